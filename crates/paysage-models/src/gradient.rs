//! The gradient: a tensor for each parameter that is trained.

use std::{
    collections::BTreeMap,
    ops::{Add, Neg},
};

use burn::tensor::Tensor;
use paysage_kernels::Outer;
use paysage_layers::{InverseTemperature, RowAverage, Trainable};

use crate::{
    BoltzmannMachine, Connection, State,
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

impl Add for Gradient {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            vectors: combine(self.vectors, other.vectors, Add::add),
            matrices: combine(self.matrices, other.matrices, Add::add),
        }
    }
}

impl Neg for Gradient {
    type Output = Self;

    fn neg(self) -> Self {
        let vectors = self.vectors.into_iter().map(|(name, x)| (name, -x));
        let matrices = self.matrices.into_iter().map(|(name, x)| (name, -x));
        Self {
            vectors: vectors.collect(),
            matrices: matrices.collect(),
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

/// One side of a gradient: rows that stand for a distribution.
#[derive(Clone, Copy, Debug)]
pub struct Phase<'a> {
    /// The rows.
    pub state: &'a State,
    /// Layers whose entry in the state is their conditional mean given the others, at β = 1,
    /// instead of a state: their rows then stand for the whole conditional distribution, which has
    /// the same expectation as a sample and less variance.
    pub averaged: &'a [usize],
    /// How the rows count.
    pub rows: &'a RowAverage,
}

impl<L: Trainable> BoltzmannMachine<L> {
    /// ⟨∂E⟩ over a phase, for every parameter that is not frozen.
    #[must_use]
    pub fn energy_gradient(&self, phase: Phase<'_>) -> Gradient {
        self.gradient_of(
            |connection| self.outer(connection, &phase, -1.0).sum(),
            &[(phase, 1.0)],
        )
    }

    /// ⟨∂E⟩ over the data minus ⟨∂E⟩ over the model: the gradient of the mean negative
    /// log-likelihood, for every parameter that is not frozen.
    #[must_use]
    pub fn gradient(&self, data: Phase<'_>, model: Phase<'_>) -> Gradient {
        self.gradient_of(
            |connection| {
                let model = self.outer(connection, &model, 1.0);
                self.outer(connection, &data, -1.0).sum_with(model)
            },
            &[(data, 1.0), (model, -1.0)],
        )
    }

    /// The derivatives in weights as given, and those of layers as sums over phases.
    fn gradient_of(
        &self,
        weights: impl Fn(&Connection) -> Tensor<2>,
        phases: &[(Phase<'_>, f64)],
    ) -> Gradient {
        let mut gradient = Gradient::default();
        for (c, connection) in self.connections.iter().enumerate() {
            gradient
                .matrices
                .insert(weight_name(c), weights(connection));
        }
        for (phase, factor) in phases {
            self.add_layers(&mut gradient.vectors, phase, *factor);
        }
        for (i, layer) in self.layers.iter().enumerate() {
            let field_dot = || self.field_dot(i, &gradient.matrices);
            for (name, derivative) in layer.interaction_gradient(&field_dot) {
                add(&mut gradient.vectors, layer_parameter(i, name), derivative);
            }
        }
        self.without_frozen(gradient)
    }

    /// A gradient without the parameters that training leaves alone.
    #[must_use]
    pub fn without_frozen(&self, mut gradient: Gradient) -> Gradient {
        let trained = |name: &String| !self.frozen.contains(name);
        gradient.vectors.retain(|name, _| trained(name));
        gradient.matrices.retain(|name, _| trained(name));
        gradient
    }

    /// factor · ⟨r_t r_dᵀ⟩ of a connection.
    fn outer(&self, connection: &Connection, phase: &Phase<'_>, factor: f64) -> Outer {
        let seen = |layer: usize| self.layers[layer].interaction(phase.state.layers[layer].clone());
        let (left, right) = (seen(connection.target), seen(connection.domain));
        phase.rows.outer(left, right, factor)
    }

    /// ⟨∂H⟩ of each layer.
    fn add_layers(
        &self,
        vectors: &mut BTreeMap<String, Tensor<1>>,
        phase: &Phase<'_>,
        factor: f64,
    ) {
        for (i, layer) in self.layers.iter().enumerate() {
            let states = phase.state.layers[i].clone();
            let derivatives = if phase.averaged.contains(&i) {
                layer.expected_energy_gradient(states, &InverseTemperature::ONE, phase.rows)
            } else {
                layer.energy_gradient(states, phase.rows)
            };
            for (name, derivative) in derivatives {
                add(vectors, layer_parameter(i, name), derivative * factor);
            }
        }
    }

    /// ⟨f·r⟩ of each unit of a layer. The derivatives −⟨r_t r_dᵀ⟩ in the weights hold it already:
    /// f_i r_i is r_i Σ_j W_ij r_j.
    fn field_dot(&self, layer: usize, derivatives: &BTreeMap<String, Tensor<2>>) -> Tensor<1> {
        let zero = || {
            let (device, dtype) = self.layers[layer].storage();
            Tensor::zeros([self.layers[layer].units()], (&device, dtype))
        };
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
            .reduce(|sum, part| sum + part)
            .unwrap_or_else(zero)
    }
}

/// Adds a derivative to those of the same name.
fn add(vectors: &mut BTreeMap<String, Tensor<1>>, name: String, derivative: Tensor<1>) {
    let sum = match vectors.remove(&name) {
        Some(sum) => sum + derivative,
        None => derivative,
    };
    vectors.insert(name, sum);
}
