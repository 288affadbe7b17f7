//! The gradient: a tensor for each parameter that is trained.

use std::{
    collections::BTreeMap,
    ops::{Add, Mul, Neg},
};

use burn::tensor::Tensor;
use paysage_kernels::add_outer;
use paysage_layers::{RowMean, Trainable};

use crate::{BoltzmannMachine, Connection, ParameterId, Phase};

/// Derivatives by parameter, each of the shape of its parameter.
///
/// The gradient of the mean negative log-likelihood is ⟨∂E⟩_data − ⟨∂E⟩_model; an update
/// subtracts it.
#[derive(Clone, Debug, Default)]
pub struct Gradient {
    /// Derivatives in the parameters of layers: `[units]`.
    pub vectors: BTreeMap<ParameterId, Tensor<1>>,
    /// Derivatives in weights: `[units of target, units of domain]`.
    pub matrices: BTreeMap<ParameterId, Tensor<2>>,
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
        let vectors = self.vectors.into_iter().map(|(id, x)| (id, -x));
        let matrices = self.matrices.into_iter().map(|(id, x)| (id, -x));
        Self {
            vectors: vectors.collect(),
            matrices: matrices.collect(),
        }
    }
}

/// The product with a number.
impl Mul<f64> for Gradient {
    type Output = Self;

    fn mul(self, factor: f64) -> Self {
        let vectors = self.vectors.into_iter().map(|(id, x)| (id, x * factor));
        let matrices = self.matrices.into_iter().map(|(id, x)| (id, x * factor));
        Self {
            vectors: vectors.collect(),
            matrices: matrices.collect(),
        }
    }
}

/// Entry by entry; both sides come from one machine, so both have the same parameters.
fn combine<T>(
    left: BTreeMap<ParameterId, T>,
    mut right: BTreeMap<ParameterId, T>,
    with: impl Fn(T, T) -> T,
) -> BTreeMap<ParameterId, T> {
    left.into_iter()
        .map(|(id, l)| {
            let r = right.remove(&id).expect("gradients of one machine");
            (id, with(l, r))
        })
        .collect()
}

impl<L: Trainable> BoltzmannMachine<L> {
    /// ⟨∂E⟩ over a phase, for every parameter that is not frozen.
    #[must_use]
    pub fn energy_gradient(&self, phase: &Phase) -> Gradient {
        self.gradient_of(&[(phase, 1.0)])
    }

    /// ⟨∂E⟩ over the data minus ⟨∂E⟩ over the model: the gradient of the mean negative
    /// log-likelihood, for every parameter that is not frozen.
    #[must_use]
    pub fn gradient(&self, data: &Phase, model: &Phase) -> Gradient {
        self.gradient_of(&[(data, 1.0), (model, -1.0)])
    }

    /// Σ factor · ⟨∂E⟩ over one or two phases.
    fn gradient_of(&self, phases: &[(&Phase, f64)]) -> Gradient {
        let mut gradient = Gradient::default();
        for (c, connection) in self.connections.iter().enumerate() {
            let id = ParameterId::weight(c);
            let derivative = self.weight_gradient(connection, phases);
            gradient.matrices.insert(id, derivative);
        }
        let mut vectors = BTreeMap::new();
        for (phase, factor) in phases {
            self.add_layers(&mut vectors, phase, *factor);
        }
        for (i, layer) in self.layers.iter().enumerate() {
            let field_dot = || self.field_dot(i, &gradient.matrices);
            for (name, derivative) in layer.interaction_gradient(&field_dot) {
                add(&mut vectors, ParameterId::layer(i, name), derivative, 1.0);
            }
        }
        let vectors = vectors.into_iter();
        gradient.vectors = vectors.map(|(id, mean)| (id, mean.compute())).collect();
        self.without_frozen(gradient)
    }

    /// A gradient without the entries of frozen parameters.
    #[must_use]
    pub fn without_frozen(&self, mut gradient: Gradient) -> Gradient {
        gradient.vectors.retain(|id, _| !self.is_frozen(*id));
        gradient.matrices.retain(|id, _| !self.is_frozen(*id));
        gradient
    }

    /// −Σ factor · ⟨r_t r_dᵀ⟩ of a connection over one or two phases.
    ///
    /// With r_t = x + o, where o is minus the center, ⟨r_t r_dᵀ⟩ = ⟨x r_dᵀ⟩ + o ⟨r_d⟩ᵀ, and the product
    /// with binary x is fast.
    fn weight_gradient(&self, connection: &Connection, phases: &[(&Phase, f64)]) -> Tensor<2> {
        let [target, domain] = [connection.target, connection.domain].map(|i| &self.layers[i]);
        let constant = target.constant_interaction();
        let (mut products, mut means) = (Vec::new(), None);
        for &(phase, factor) in phases {
            let states = |layer: usize| phase.state.layers[layer].clone();
            let left = target.varying_interaction(states(connection.target));
            let right = domain.interaction(states(connection.domain));
            if constant.is_some() {
                let mean = phase.rows.scaled_columns(right.clone(), -factor);
                means = Some(match means {
                    Some(means) => means + mean,
                    None => mean,
                });
            }
            products.push(phase.rows.outer(left, right, -factor));
        }
        let mut products = products.into_iter();
        let sum = match (products.next(), products.next()) {
            (Some(first), Some(second)) => first.sum_with(second),
            (Some(first), None) => first.sum(),
            (None, _) => connection.weight.zeros_like(),
        };
        match (constant, means) {
            (Some(constant), Some(means)) => {
                add_outer(sum, constant.squeeze_dim(0), means.compute())
            }
            _ => sum,
        }
    }

    /// Adds factor · ⟨∂H⟩ of each layer.
    fn add_layers(&self, vectors: &mut BTreeMap<ParameterId, RowMean>, phase: &Phase, factor: f64) {
        for (i, layer) in self.layers.iter().enumerate() {
            let states = phase.state.layers[i].clone();
            let derivatives = if phase.averaged.contains(&i) {
                let field = || self.field(i, &phase.state);
                layer.expected_energy_gradient(states, &field, &phase.beta, &phase.rows)
            } else {
                layer.energy_gradient(states, &phase.rows)
            };
            for (name, derivative) in derivatives {
                add(vectors, ParameterId::layer(i, name), derivative, factor);
            }
        }
    }

    /// ⟨f·r⟩ of each unit of a layer, from the derivatives −⟨r_t r_dᵀ⟩ in the weights: f_i r_i is
    /// r_i Σ_j W_ij r_j.
    fn field_dot(&self, layer: usize, derivatives: &BTreeMap<ParameterId, Tensor<2>>) -> Tensor<1> {
        let options = (&self.device(), self.dtype());
        let zero = || Tensor::zeros([self.layers[layer].units()], options);
        self.connections
            .iter()
            .enumerate()
            .filter(|(_, connection)| connection.touches(layer))
            .map(|(c, connection)| {
                let derivative = derivatives[&ParameterId::weight(c)].clone();
                let product = connection.weight.clone() * derivative;
                if connection.target == layer {
                    -product.sum_dim(1).squeeze_dim::<1>(1)
                } else {
                    -product.sum_dim(0).squeeze_dim::<1>(0)
                }
            })
            .reduce(|sum, dot| sum + dot)
            .unwrap_or_else(zero)
    }
}

/// Adds factor times a derivative, with a factor of ±1, to the derivatives of the same parameter.
fn add(
    vectors: &mut BTreeMap<ParameterId, RowMean>,
    id: ParameterId,
    derivative: RowMean,
    factor: f64,
) {
    let is_negative = factor < 0.0;
    let sum = match vectors.remove(&id) {
        Some(sum) if is_negative => sum - derivative,
        Some(sum) => sum + derivative,
        None if is_negative => -derivative,
        None => derivative,
    };
    vectors.insert(id, sum);
}
