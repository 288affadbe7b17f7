//! What the expansion of Thouless, Anderson and Palmer needs of a layer.

use burn::tensor::Tensor;

use crate::{RowAverage, Trainable};

/// What the neighbours of a layer see of its units, at a point of the expansion: `[batch, units]`
/// each.
#[derive(Clone, Debug)]
pub struct Cumulants {
    /// The means of x.
    pub mean: Tensor<2>,
    /// The variances of r; of sites of several states their probabilities, which stand for the
    /// covariance diag(p) − p pᵀ.
    pub second: Tensor<2>,
    /// The third cumulants of r; of sites of several states their probabilities again.
    pub third: Tensor<2>,
}

/// How what is expanded, Γ, changes with the [`Cumulants`] of a layer, by way of its neighbours:
/// `[batch, units]` each; nothing where it does not.
#[derive(Clone, Debug)]
pub struct Slopes {
    /// The derivative in the means of r: the mean field.
    pub field: Tensor<2>,
    /// The derivative in `second`.
    pub second: Option<Tensor<2>>,
    /// The derivative in `third`.
    pub third: Option<Tensor<2>>,
}

/// What a layer is tilted by, p(x) ∝ exp(field·r + ½ Σ curvature (r − ⟨r⟩)² − H): `[batch, units]`
/// each.
#[derive(Clone, Debug)]
pub struct Tilt {
    /// The field.
    pub field: Tensor<2>,
    /// The quadratic term; nothing where the units have no variance of their own.
    pub curvature: Option<Tensor<2>>,
}

/// A layer that takes part in the expansion of Thouless, Anderson and Palmer.
///
/// The expansion is about independent units with given moments: the means, and for real units the
/// variances too. A kind of layer says what distributions these are, and how they are tilted.
///
/// ```
/// use burn::tensor::Tensor;
/// use paysage_kernels::default_device;
/// use paysage_layers::{Bernoulli, Tap, Tilt};
///
/// let device = default_device()?;
/// let layer = Bernoulli::new(1, &device);
/// let tilt = Tilt { field: Tensor::from_floats([[3.0_f32.ln()]], &device), curvature: None };
/// let cumulants = layer.cumulants(&tilt);
/// let value = |x: Tensor<2>| x.into_scalar::<f32>();
/// // A coin that shows 1 three times in four.
/// assert!((value(cumulants.mean.clone()) - 0.75).abs() < 1e-6);
/// assert!((value(cumulants.second.clone()) - 0.1875).abs() < 1e-6);
/// assert!((value(cumulants.third.clone()) + 0.09375).abs() < 1e-6);
/// # Ok::<(), paysage_kernels::DeviceError>(())
/// ```
pub trait Tap: Trainable {
    /// How many units make up a site of which exactly one is 1; 1 where units are independent.
    fn states_of_a_site(&self) -> usize {
        1
    }

    /// The cumulants under a tilt.
    fn cumulants(&self, tilt: &Tilt) -> Cumulants;

    /// The cumulants of the units in given states, which are certain.
    fn cumulants_of_states(&self, states: Tensor<2>) -> Cumulants;

    /// The tilt that makes the units have these cumulants.
    fn tilt_of(&self, cumulants: &Cumulants) -> Tilt;

    /// The tilt under which the units balance the slopes of their neighbours, at these cumulants.
    fn balance(&self, at: &Cumulants, slopes: &Slopes) -> Tilt;

    /// The moments in the units' own scale, in which it is judged how far they are apart: the means, of
    /// numbers between 0 and 1, unless a layer knows better. `[batch, as many columns as moments]`.
    fn scaled(&self, at: &Cumulants) -> Tensor<2> {
        at.mean.clone()
    }

    /// The entropy of the units less ⟨H⟩, in nats: `[batch]`.
    fn entropy(&self, at: &Cumulants) -> Tensor<1>;

    /// −∂Γ/∂θ at fixed moments of x, averaged over the rows, for each trained parameter by name: of
    /// ⟨H⟩, and of what neighbours see by way of r.
    fn expansion_gradient(
        &self,
        at: &Cumulants,
        slopes: &Slopes,
        average: &RowAverage,
    ) -> Vec<(&'static str, Tensor<1>)>;
}

/// −Σ p ln p, which is 0 at p = 0: `[batch, units] → [batch]`.
pub(crate) fn surprise(p: Tensor<2>) -> Tensor<1> {
    let tiny = f64::from(f32::MIN_POSITIVE);
    let product = p.clone() * p.clamp_min(tiny).log();
    -product.sum_dim(1).squeeze_dim::<1>(1)
}

/// The sum of those that are there.
pub(crate) fn sum(first: Tensor<2>, others: [Option<Tensor<2>>; 2]) -> Tensor<2> {
    others.into_iter().flatten().fold(first, |sum, x| sum + x)
}
