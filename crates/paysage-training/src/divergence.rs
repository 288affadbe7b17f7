//! Parameters beyond reason.

use burn::tensor::Tensor;
use paysage_layers::Trainable;
use paysage_models::{BoltzmannMachine, ParameterId, Phase, Step, Visitor};

/// The largest difference between the mean energies of the two phases of a step, in nats per
/// visible unit: the log-likelihood of the data would be of this size.
const MOST_NATS: f64 = 1000.0;

/// A fault of the parameters.
pub(crate) enum Divergence {
    /// A parameter is infinite or not a number.
    NotFinite(ParameterId),
    /// Energies are too large by so many nats per visible unit; the parameter is the largest one.
    TooLarge(ParameterId, f64),
}

/// Looks for a fault in the parameters, and in the energies of the last step under them. It waits
/// for the device once.
pub(crate) fn find<L: Trainable>(
    machine: &BoltzmannMachine<L>,
    last: Option<&Step>,
) -> Option<Divergence> {
    let mut sizes = Sizes::default();
    machine.visit(&mut sizes);
    let Sizes { ids, mut numbers } = sizes;
    let energy = |phase: &Phase| {
        let energy = machine.energy(&phase.state).unsqueeze_dim::<2>(1);
        phase.rows.columns(energy)
    };
    numbers.extend(last.map(|step| energy(&step.data) - energy(&step.model)));
    let numbers: Vec<f64> = Tensor::cat(numbers, 0).into_data().iter().collect();
    let (sizes, rest) = numbers.split_at(ids.len());
    if let Some(place) = sizes.iter().position(|size| !size.is_finite()) {
        return Some(Divergence::NotFinite(ids[place]));
    }
    // Energies that overflow differ by no number.
    let gap = rest.first().filter(|gap| !gap.is_nan());
    let nats = gap.map_or(f64::INFINITY, |gap| {
        gap.abs() / machine.visible_units() as f64
    });
    let largest = (0..ids.len()).max_by(|&a, &b| sizes[a].total_cmp(&sizes[b]))?;
    (last.is_some() && nats > MOST_NATS).then(|| Divergence::TooLarge(ids[largest], nats))
}

/// The mean absolute value of each parameter, which is finite only if all entries are.
#[derive(Default)]
struct Sizes {
    ids: Vec<ParameterId>,
    numbers: Vec<Tensor<1>>,
}

impl Visitor for Sizes {
    fn vector(&mut self, id: ParameterId, tensor: &Tensor<1>) {
        self.ids.push(id);
        self.numbers.push(tensor.clone().abs().mean());
    }

    fn matrix(&mut self, id: ParameterId, tensor: &Tensor<2>) {
        self.ids.push(id);
        self.numbers.push(tensor.clone().abs().mean());
    }
}
