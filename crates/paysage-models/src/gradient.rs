//! The gradient: a tensor for each parameter that is trained.

use std::{
    collections::BTreeMap,
    ops::{Add, Sub},
};

use burn::tensor::Tensor;
use paysage_layers::{InverseTemperature, RowAverage, Trainable};

use crate::{
    BoltzmannMachine, State,
    visit::{layer_parameter, weight_name},
};

/// Derivatives by the name of the parameter, each of the shape of its parameter.
///
/// The gradient of the mean negative log-likelihood is ⟨∂E⟩_data − ⟨∂E⟩_model; an update
/// subtracts it.
#[derive(Clone, Debug, Default)]
pub struct Gradient {
    /// Derivatives in the parameters of layers: `[units]`.
    pub vectors: BTreeMap<String, Tensor<1>>,
    /// Derivatives in weights: `[units of target, units of domain]`.
    pub matrices: BTreeMap<String, Tensor<2>>,
}

impl Sub for Gradient {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self {
            vectors: combine(self.vectors, other.vectors, Sub::sub),
            matrices: combine(self.matrices, other.matrices, Sub::sub),
        }
    }
}

impl Add for Gradient {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            vectors: combine(self.vectors, other.vectors, Add::add),
            matrices: combine(self.matrices, other.matrices, Add::add),
        }
    }
}

/// Entry by entry; both sides come from one machine, so both have the same names.
fn combine<T>(
    left: BTreeMap<String, T>,
    mut right: BTreeMap<String, T>,
    with: impl Fn(T, T) -> T,
) -> BTreeMap<String, T> {
    left.into_iter()
        .map(|(name, l)| {
            let r = right.remove(&name).expect("gradients of one machine");
            (name, with(l, r))
        })
        .collect()
}

impl<L: Trainable> BoltzmannMachine<L> {
    /// ⟨∂E⟩ over the rows of a state, for every parameter that is not frozen.
    ///
    /// `averaged` names layers whose entry in the state is their conditional mean given the
    /// others, at β = 1, instead of a state: their rows then stand for the whole conditional
    /// distribution, which has the same expectation as a sample and less variance.
    #[must_use]
    pub fn energy_gradient(
        &self,
        state: &State,
        averaged: &[usize],
        rows: &RowAverage,
    ) -> Gradient {
        let seen: Vec<Tensor<2>> = self
            .layers
            .iter()
            .zip(&state.layers)
            .map(|(layer, states)| layer.interaction(states.clone()))
            .collect();
        let mut gradient = Gradient::default();
        for (c, connection) in self.connections.iter().enumerate() {
            let (left, right) = (&seen[connection.target], &seen[connection.domain]);
            let derivative = -rows.outer(left.clone(), right.clone());
            gradient.matrices.insert(weight_name(c), derivative);
        }
        for (i, layer) in self.layers.iter().enumerate() {
            let states = state.layers[i].clone();
            let pull = || self.pull(i, &gradient.matrices);
            let derivatives = if averaged.contains(&i) {
                layer.expected_energy_gradient(states, &pull, &InverseTemperature::ONE, rows)
            } else {
                layer.energy_gradient(states, &pull, rows)
            };
            for (name, derivative) in derivatives {
                gradient
                    .vectors
                    .insert(layer_parameter(i, name), derivative);
            }
        }
        gradient
            .vectors
            .retain(|name, _| !self.frozen.contains(name));
        gradient
            .matrices
            .retain(|name, _| !self.frozen.contains(name));
        gradient
    }

    /// ⟨f·r⟩ of each unit of a layer. The derivatives −⟨r_t r_dᵀ⟩ in the weights hold it already:
    /// f_i r_i is r_i Σ_j W_ij r_j.
    fn pull(&self, layer: usize, derivatives: &BTreeMap<String, Tensor<2>>) -> Tensor<1> {
        let zero = || self.layers[layer].parameters()[0].1.zeros_like();
        self.connections
            .iter()
            .enumerate()
            .filter(|(_, connection)| connection.touches(layer))
            .map(|(c, connection)| {
                let product = connection.weight.clone() * derivatives[&weight_name(c)].clone();
                if connection.target == layer {
                    -product.sum_dim(1).squeeze_dim::<1>(1)
                } else {
                    -product.sum_dim(0).squeeze_dim::<1>(0)
                }
            })
            .reduce(|sum, pull| sum + pull)
            .unwrap_or_else(zero)
    }
}
