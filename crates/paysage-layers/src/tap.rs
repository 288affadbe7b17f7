//! What the expansion of Thouless, Anderson and Palmer (TAP) needs of a layer.

use burn::tensor::Tensor;

use crate::{Derivatives, RowAverage, Trainable};

/// The cumulants of the units of a layer at a point of the TAP expansion: `[batch, units]` each.
#[derive(Clone, Debug)]
pub struct Cumulants {
    /// The means of x (magnetizations).
    pub mean: Tensor<2>,
    /// The variances of r; of one-hot sites their probabilities, which stand for the covariance
    /// diag(p) − p pᵀ.
    pub second: Tensor<2>,
    /// The third cumulants of r; of one-hot sites their probabilities again.
    pub third: Tensor<2>,
}

/// The cavity fields of a layer: derivatives of the neighbours' terms of the TAP free energy in the
/// [`Cumulants`] of the layer, `[batch, units]` each; `None` where a derivative is zero.
#[derive(Clone, Debug)]
pub struct CavityFields {
    /// The derivative in the means of r: the mean field.
    pub field: Tensor<2>,
    /// The derivative in `second`.
    pub second: Option<Tensor<2>>,
    /// The derivative in `third`.
    pub third: Option<Tensor<2>>,
}

/// The natural parameters of independent units, p(x) ∝ h(x) exp(field·r + ½ Σ curvature (r − ⟨r⟩)² −
/// H): `[batch, units]` each.
#[derive(Clone, Debug)]
pub struct NaturalParameters {
    /// The field.
    pub field: Tensor<2>,
    /// The quadratic term; `None` where the mean of a unit determines its variance.
    pub curvature: Option<Tensor<2>>,
}

impl CavityFields {
    /// The derivative of the neighbours' terms in the means, where second and third cumulants are
    /// functions of the mean with these derivatives: field + second · ∂κ₂/∂m + third · ∂κ₃/∂m.
    #[must_use]
    pub fn through_mean(
        &self,
        second_derivative: impl FnOnce() -> Tensor<2>,
        third_derivative: impl FnOnce() -> Tensor<2>,
    ) -> Tensor<2> {
        let second = self.second.clone();
        let second = second.map(|field| field * second_derivative());
        let third = self.third.clone();
        let third = third.map(|field| field * third_derivative());
        sum(self.field.clone(), [second, third])
    }
}

impl NaturalParameters {
    /// A field without a quadratic term.
    #[must_use]
    pub const fn of_field(field: Tensor<2>) -> Self {
        Self {
            field,
            curvature: None,
        }
    }

    /// A function of each parameter and the same one of others; a missing curvature is zero.
    #[must_use]
    pub fn combined(&self, with: &Self, by: impl Fn(Tensor<2>, Tensor<2>) -> Tensor<2>) -> Self {
        let curvature = match (&self.curvature, &with.curvature) {
            (None, None) => None,
            (Some(own), None) => Some(by(own.clone(), own.zeros_like())),
            (None, Some(other)) => Some(by(other.zeros_like(), other.clone())),
            (Some(own), Some(other)) => Some(by(own.clone(), other.clone())),
        };
        Self {
            field: by(self.field.clone(), with.field.clone()),
            curvature,
        }
    }
}

/// A layer that takes part in the TAP expansion.
///
/// The expansion is about independent units with given moments: the means, and for real units the
/// variances too. This trait relates moments to natural parameters.
///
/// ```
/// use burn::tensor::Tensor;
/// use paysage_kernels::default_device;
/// use paysage_layers::{Bernoulli, NaturalParameters, Tap};
///
/// let device = default_device()?;
/// let layer = Bernoulli::new(1, &device);
/// let field = Tensor::from_floats([[3.0_f32.ln()]], &device);
/// let cumulants = layer.cumulants(&NaturalParameters::of_field(field));
/// let value = |x: Tensor<2>| x.into_scalar::<f32>();
/// // A coin that shows 1 three times in four.
/// assert!((value(cumulants.mean.clone()) - 0.75).abs() < 1e-6);
/// assert!((value(cumulants.second.clone()) - 0.1875).abs() < 1e-6);
/// assert!((value(cumulants.third.clone()) + 0.09375).abs() < 1e-6);
/// # Ok::<(), paysage_kernels::DeviceError>(())
/// ```
pub trait Tap: Trainable {
    /// The cumulants of units with these natural parameters; NaN where they define no distribution.
    fn cumulants(&self, natural: &NaturalParameters) -> Cumulants;

    /// The cumulants of units with these means and no quadratic term.
    fn cumulants_of_means(&self, means: Tensor<2>) -> Cumulants;

    /// The natural parameters of units with these cumulants.
    fn natural_parameters(&self, at: &Cumulants) -> NaturalParameters;

    /// The right-hand side of the self-consistency equation: the natural parameters that the cavity
    /// fields give the units, at these cumulants. At a stationary point they are the units' own.
    fn self_consistency(&self, at: &Cumulants, cavity: &CavityFields) -> NaturalParameters;

    /// A step from natural parameters towards those that the [cavity fields give](Self::self_consistency), a share of the way
    /// for each row, `[batch, 1]`, and the cumulants there. On a GPU in one kernel for units with two values.
    fn stepped(
        &self,
        natural: &NaturalParameters,
        at: &Cumulants,
        cavity: &CavityFields,
        share: &Tensor<2>,
    ) -> (NaturalParameters, Cumulants) {
        composed_step(self, natural, at, cavity, share)
    }

    /// The moments relative to the scale of the units, in which distances between points are
    /// measured: the means by default. `[batch, one column per moment]`.
    fn standardized(&self, at: &Cumulants) -> Tensor<2> {
        at.mean.clone()
    }

    /// The entropy of the units relative to the base measure, less ⟨H⟩, in nats: `[batch]`.
    fn entropy(&self, at: &Cumulants) -> Tensor<1>;

    /// Minus the derivative of the TAP free energy in each trained parameter, at fixed moments of x,
    /// averaged over the rows: that of ⟨H⟩, and that of the neighbours' terms through r.
    fn expansion_gradient(
        &self,
        at: &Cumulants,
        cavity: &CavityFields,
        average: &RowAverage,
    ) -> Derivatives;
}

/// [`Tap::stepped`] in ordinary operations.
pub(crate) fn composed_step<L: Tap>(
    layer: &L,
    natural: &NaturalParameters,
    at: &Cumulants,
    cavity: &CavityFields,
    share: &Tensor<2>,
) -> (NaturalParameters, Cumulants) {
    let target = layer.self_consistency(at, cavity);
    let natural = natural.combined(&target, |from, to| {
        let way = to - from.clone();
        from + way * share.clone()
    });
    let cumulants = layer.cumulants(&natural);
    (natural, cumulants)
}

/// −Σ p ln p, which is 0 at p = 0: `[batch, units] → [batch]`.
pub(crate) fn entropy_term(p: Tensor<2>) -> Tensor<1> {
    let tiny = f64::from(f32::MIN_POSITIVE);
    let product = p.clone() * p.clamp_min(tiny).log();
    -product.sum_dim(1).squeeze_dim::<1>(1)
}

/// The sum of the first term and of those others that are there.
pub(crate) fn sum(first: Tensor<2>, others: [Option<Tensor<2>>; 2]) -> Tensor<2> {
    others.into_iter().flatten().fold(first, |sum, x| sum + x)
}
