//! One pair of layers, and the machine that it is trained as.

use std::fmt;

use burn::tensor::Tensor;
use paysage_data::{DataError, Rows};
use paysage_kernels::RandomKey;
use paysage_layers::Trainable;
use paysage_models::{Batch, BoltzmannMachine, Connection, Initialization, ParameterId};
use paysage_samplers::{DataPhase, RowChains};

use crate::TrainingError;

/// A stage of layerwise training: the connection that is trained, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PretrainingStage {
    /// The number of the stage; its upper layer is hidden layer `number`.
    pub number: usize,
    /// The number of stages.
    pub of: usize,
}

/// `layer 1 of 3`
impl fmt::Display for PretrainingStage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "layer {} of {}", self.number, self.of)
    }
}

impl PretrainingStage {
    /// The numbers of tied copies of the lower and of the upper layer.
    pub(super) fn copies(self) -> [usize; 2] {
        let (first, last) = (self.number == 1, self.number == self.of);
        [
            if first && !last { 2 } else { 1 },
            if last && !first { 2 } else { 1 },
        ]
    }

    /// The parameters of the machine of this stage that are copies of a parameter of the whole machine;
    /// none where the stage does not train it.
    #[must_use]
    pub fn copies_of(self, parameter: ParameterId) -> Vec<ParameterId> {
        let [lower, upper] = self.copies();
        match parameter {
            ParameterId::Layer { layer, name } => {
                let copies = match layer {
                    _ if layer + 1 == self.number => 0..lower,
                    _ if layer == self.number => lower..lower + upper,
                    _ => 0..0,
                };
                copies.map(|copy| ParameterId::layer(copy, name)).collect()
            }
            ParameterId::Weight { connection } if connection + 1 == self.number => {
                (0..lower * upper).map(ParameterId::weight).collect()
            }
            ParameterId::Weight { .. } => Vec::new(),
        }
    }

    /// The factor of the weights of the stage in the whole machine.
    pub(super) fn share(self) -> f64 {
        let inner = self.number > 1 && self.number < self.of;
        if inner { 0.5 } else { 1.0 }
    }
}

/// A pair of layers as the restricted machine of its stage: the copies of the lower layer, which
/// are visible, before those of the upper one, and every copy of the one connected with every copy
/// of the other.
pub(super) struct Pair<L: Trainable> {
    pub(super) stage: PretrainingStage,
    pub(super) machine: BoltzmannMachine<L>,
}

impl<L: Trainable> Pair<L> {
    /// A pair that is initialized from rows of its lower layer.
    pub(super) fn new(
        stage: PretrainingStage,
        layers: [L; 2],
        initialization: Initialization,
        rows: &(impl Rows + ?Sized),
        key: RandomKey,
    ) -> Result<Self, DataError> {
        let mut single = BoltzmannMachine::chain(layers.into()).expect("layers of a machine");
        single.initialize(initialization, rows, key)?;
        Ok(Self::of(stage, &single))
    }

    /// A pair whose training continues, with the machine of its state.
    ///
    /// # Errors
    ///
    /// When the machine is not of this stage.
    pub(super) fn continued(
        stage: PretrainingStage,
        layers: [L; 2],
        machine: &BoltzmannMachine<L>,
    ) -> Result<Self, TrainingError> {
        let single = BoltzmannMachine::chain(layers.into()).expect("layers of a machine");
        let shape = |machine: &BoltzmannMachine<L>| {
            let units: Vec<usize> = machine.layers.iter().map(|layer| layer.units()).collect();
            let ends = machine.connections.iter().map(|c| (c.target, c.domain));
            (units, ends.collect::<Vec<_>>(), machine.visible.clone())
        };
        match shape(machine) == shape(&Self::of(stage, &single).machine) {
            true => Ok(Self {
                stage,
                machine: machine.clone(),
            }),
            false => Err(TrainingError::OtherStage { stage }),
        }
    }

    /// Copies of the layers and of the connection of a restricted machine.
    fn of(stage: PretrainingStage, single: &BoltzmannMachine<L>) -> Self {
        let weight = &single.connections[0].weight;
        let [lower, upper] = stage.copies();
        let ends = (0..lower).flat_map(|target| (0..upper).map(move |copy| (target, lower + copy)));
        let connections = ends.map(|(target, domain)| Connection {
            target,
            domain,
            weight: weight.clone(),
        });
        let layers = [
            vec![single.layers[0].clone(); lower],
            vec![single.layers[1].clone(); upper],
        ];
        let visible = (0..lower).collect();
        let machine = BoltzmannMachine::new(layers.concat(), connections.collect(), visible);
        Self {
            stage,
            machine: machine.expect("copies of layers that fit"),
        }
    }

    pub(super) fn lower(&self) -> &L {
        &self.machine.layers[0]
    }

    pub(super) fn upper(&self) -> &L {
        &self.machine.layers[self.machine.visible.len()]
    }

    /// The center of the upper layer.
    pub(super) fn upper_center(&self) -> Option<Tensor<1>> {
        self.upper().center().cloned()
    }

    pub(super) fn weight(&self) -> Tensor<2> {
        self.machine.connections[0].weight.clone()
    }

    /// The layers that are copies of one another.
    pub(super) fn tied_layers(&self) -> [Vec<usize>; 2] {
        [self.machine.visible.clone(), self.machine.hidden()]
    }

    /// Rows of the upper layer, drawn given those of the lower one.
    pub(super) fn propagated(&self, batch: Batch, key: RandomKey) -> Batch {
        let upper = self.machine.visible.len();
        let shown = repeated(batch, upper);
        let chains = &mut RowChains::default();
        let state = DataPhase::default().draw(&self.machine, &shown, chains, key);
        Batch {
            rows: state.layers[upper].clone(),
            known: None,
            ..shown
        }
    }
}

/// Rows repeated side by side, once for each copy of a layer.
pub(super) fn repeated(batch: Batch, copies: usize) -> Batch {
    Batch {
        rows: batch.rows.repeat_dim(1, copies),
        known: batch.known.map(|known| known.repeat_dim(1, copies)),
        ..batch
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stage_has_copies_of_its_own_parameters() {
        let stage = |number| PretrainingStage { number, of: 3 };
        let copies = |number, id: ParameterId| -> Vec<String> {
            let copies = stage(number).copies_of(id).into_iter();
            copies.map(|id| id.to_string()).collect()
        };
        let visible = ParameterId::layer(0, "loc");
        assert_eq!(copies(1, visible), ["layers.0.loc", "layers.1.loc"]);
        assert!(copies(2, visible).is_empty());
        let first = ParameterId::layer(1, "loc");
        assert_eq!(copies(1, first), ["layers.2.loc"]);
        assert_eq!(copies(2, first), ["layers.0.loc"]);
        let top = ParameterId::layer(3, "loc");
        assert_eq!(copies(3, top), ["layers.1.loc", "layers.2.loc"]);
        let weights = ["connections.0.weight", "connections.1.weight"];
        assert_eq!(copies(1, ParameterId::weight(0)), weights);
        assert_eq!(copies(2, ParameterId::weight(1)), weights[..1]);
        assert_eq!(copies(3, ParameterId::weight(2)), weights);
        assert!(copies(1, ParameterId::weight(2)).is_empty());
    }
}
