//! The gradient of a machine of standardized units.

use burn::tensor::{Tensor, TensorData};
use paysage_data::Moments;
use paysage_layers::Trainable;
use paysage_models::{
    BoltzmannMachine, Connection, Gradient, ParameterId, Phase, SettingError, Step,
};

use crate::GradientTransform;

/// The name of the parameter that takes up a constant field.
const LOC: &str = "loc";

/// The standardized gradient: the step that gradient descent takes in a machine whose units have mean 0
/// and standard deviation 1, expressed in the parameters of this machine.
///
/// With the means μ and standard deviations s of the r of all units, the machine is written as
///
/// ```text
/// E = … − loc̃·r/s − Σ_c ((r_t − μ_t)/s_t)ᵀ W̃ ((r_d − μ_d)/s_d)
/// ```
///
/// A step along the gradient in (loc̃, W̃) is one along g′ in (loc, W), where g is the gradient and
/// Δ⟨r⟩ = ⟨r⟩_data − ⟨r⟩_model:
///
/// ```text
/// g′_W     = (g_W + μ_t Δ⟨r_d⟩ᵀ + Δ⟨r_t⟩ μ_dᵀ) / (s_t² s_dᵀ²)
/// g′_loc,t = g_loc,t / s_t² − Σ g′_W μ_d
/// ```
///
/// Plain gradient descent ([`OptimizerKind::Sgd`](crate::OptimizerKind::Sgd) or momentum) with it is
/// invariant under a change of the units of each visible column (x → a x), and under a flip of binary
/// units; optimizers that scale each parameter are not. Where the layers have centers at the means of
/// the data ([`center_visible`](BoltzmannMachine::center_visible)), it is also invariant under a shift
/// of real-valued columns.
///
/// Means and variances of visible units are those of the data; those of hidden units are estimated from
/// the positive phase of each batch, with their conditional variance given the visible units, which
/// takes one product with the weights. Units that never vary are not scaled. Offsets into a frozen bias,
/// and frozen parameters, are left out. Other parameters, such as `log_var`, have no units of measurement
/// and keep their derivative.
///
/// `StandardizedRBM` of <https://github.com/cossio/RestrictedBoltzmannMachines.jl>, which scales the
/// weights and not the biases; Melchior, Fischer & Wiskott, "How to center deep Boltzmann machines", JMLR
/// 17, 2016, for the offsets.
///
/// ```
/// use paysage_data::{BarsAndStripes, Moments};
/// use paysage_layers::AnyLayer;
/// use paysage_optimizers::{GradientTransform, StandardizedGradient};
///
/// let moments = Moments::of(&BarsAndStripes { size: 3 }.generate())?;
/// let transform = StandardizedGradient { moments, epsilon: 0.01 };
/// assert!(GradientTransform::<AnyLayer>::check(&transform).is_ok());
/// # Ok::<(), paysage_data::DataError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct StandardizedGradient {
    /// The means and standard deviations of the columns of the data.
    pub moments: Moments,
    /// Added to the variance of r of each unit, so that rare units do not take long steps: finite and at
    /// least 0, which keeps the invariance under a change of units.
    pub epsilon: f64,
}

/// The statistics of the units of a layer, in terms of r: `[units]` each.
struct Units {
    /// The mean μ.
    offset: Tensor<1>,
    /// The reciprocal of the variance s².
    precision: Tensor<1>,
    /// Δ⟨r⟩.
    difference: Tensor<1>,
}

impl<L: Trainable> GradientTransform<L> for StandardizedGradient {
    fn check(&self) -> Result<(), SettingError> {
        SettingError::check_not_negative("the number that is added to variances", self.epsilon)
    }

    /// # Panics
    ///
    /// When the moments are not those of as many columns as the machine has visible units.
    fn apply(&self, machine: &BoltzmannMachine<L>, mut step: Step) -> Step {
        let (found, expected) = (self.moments.mean.len(), machine.visible_units());
        assert_eq!(
            found, expected,
            "moments of as many columns as visible units"
        );
        let layers = 0..machine.layers.len();
        let units: Vec<Units> = layers.map(|l| self.units(machine, l, &step)).collect();
        let takes_up = |layer| step.gradient.vectors.contains_key(&loc(layer));
        let takes_up: Vec<bool> = (0..units.len()).map(takes_up).collect();
        for (layer, units) in units.iter().enumerate() {
            if let Some(derivative) = step.gradient.vectors.get_mut(&loc(layer)) {
                derivative.inplace(|derivative| derivative * units.precision.clone());
            }
        }
        for (c, connection) in machine.connections.iter().enumerate() {
            standardize(&mut step.gradient, c, connection, &units, &takes_up);
        }
        step
    }
}

impl StandardizedGradient {
    fn units<L: Trainable>(
        &self,
        machine: &BoltzmannMachine<L>,
        layer: usize,
        step: &Step,
    ) -> Units {
        let seen = |values: Tensor<1>| -> Tensor<1> {
            let row = machine.layers[layer].interaction(values.unsqueeze::<2>());
            row.squeeze_dim(0)
        };
        let [data, model] = [&step.data, &step.model].map(|phase| phase.mean(layer));
        let mut spans = machine.visible_spans();
        let (mean, variance) = match spans.find(|(visible, _)| *visible == layer) {
            Some((_, span)) => {
                let like = |values: Vec<f64>| {
                    let data = TensorData::new(values, [span.len()]);
                    Tensor::<1>::from_data(data, (&machine.device(), machine.dtype()))
                };
                let deviations = &self.moments.deviation[span.clone()];
                (
                    like(self.moments.mean[span.clone()].to_vec()),
                    like(deviations.iter().map(|s| s * s).collect()),
                )
            }
            None => {
                let variance = variance(machine, layer, &step.data, data.clone());
                (data.clone(), variance)
            }
        };
        // r is affine, unit by unit.
        let slope = seen(data.ones_like()) - seen(data.zeros_like());
        let variance = variance * slope.square() + self.epsilon;
        let constant = variance.clone().equal_scalar(0.0);
        Units {
            offset: seen(mean),
            precision: variance.mask_fill(constant, 1.0).recip(),
            difference: seen(data) - seen(model),
        }
    }
}

/// The variance of the units of a layer over the rows of a phase; where these are conditional means, of
/// the units that they are the means of.
fn variance<L: Trainable>(
    machine: &BoltzmannMachine<L>,
    layer: usize,
    phase: &Phase,
    mean: Tensor<1>,
) -> Tensor<1> {
    let deviation = phase.state.layers[layer].clone() - mean.unsqueeze::<2>();
    let between = phase.rows.columns(deviation.square());
    if !phase.averaged.contains(&layer) {
        return between;
    }
    let field = machine.field(layer, &phase.state);
    let within = machine.layers[layer].variance(field, &phase.beta);
    between + phase.rows.columns(within)
}

/// Centers and scales the derivatives in the weights of a connection, and takes the change of the
/// offsets out of the biases of both layers.
fn standardize(
    gradient: &mut Gradient,
    index: usize,
    connection: &Connection,
    units: &[Units],
    takes_up: &[bool],
) {
    let (target, domain) = (connection.target, connection.domain);
    let Some(derivative) = gradient.matrices.remove(&ParameterId::weight(index)) else {
        return;
    };
    let column = |x: &Tensor<1>| x.clone().unsqueeze_dim::<2>(1);
    let row = |x: &Tensor<1>| x.clone().unsqueeze_dim::<2>(0);
    let mut derivative = derivative;
    // The bias of a layer takes up the offset of its neighbour.
    if takes_up[domain] {
        let (offset, difference) = (&units[target].offset, &units[domain].difference);
        derivative = derivative + column(offset).matmul(row(difference));
    }
    if takes_up[target] {
        let (difference, offset) = (&units[target].difference, &units[domain].offset);
        derivative = derivative + column(difference).matmul(row(offset));
    }
    let derivative = derivative * column(&units[target].precision) * row(&units[domain].precision);
    if let Some(of_target) = gradient.vectors.get_mut(&loc(target)) {
        let shift = derivative.clone().matmul(column(&units[domain].offset));
        of_target.inplace(|x| x - shift.squeeze_dim(1));
    }
    if let Some(of_domain) = gradient.vectors.get_mut(&loc(domain)) {
        let shift = row(&units[target].offset).matmul(derivative.clone());
        of_domain.inplace(|x| x - shift.squeeze_dim(0));
    }
    gradient
        .matrices
        .insert(ParameterId::weight(index), derivative);
}

const fn loc(layer: usize) -> ParameterId {
    ParameterId::layer(layer, LOC)
}
