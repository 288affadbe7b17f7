//! Layers between two others of their kind.

use burn::tensor::Tensor;

use crate::Trainable;

/// A layer that can be reached gradually from another one of its kind, as annealed importance
/// sampling does.
///
/// ```
/// use paysage_kernels::default_device;
/// use paysage_layers::{Annealed, Bernoulli};
///
/// let device = default_device()?;
/// let (mut base, mut layer) = (Bernoulli::new(1, &device), Bernoulli::new(1, &device));
/// base.loc = base.loc + 1.0;
/// layer.loc = layer.loc + 3.0;
/// // At β = ½ the energies of both count alike: −½ · (3 + 1)x is −½ · 1x − ½ · 3x.
/// let (half_way, _) = layer.between(&base, 0.5);
/// assert_eq!(half_way.loc.into_scalar::<f32>(), 4.0);
/// # Ok::<(), paysage_kernels::DeviceError>(())
/// ```
pub trait Annealed: Trainable {
    /// The layer whose energy at inverse temperature β is that of both layers in shares,
    /// β H′(x) = (1 − β) H_base(x) + β H(x), up to a constant; 0 < β. Beyond β = 1 the base is taken
    /// away, which must leave a layer.
    ///
    /// Where its r′(x) differs from this layer's r(x), also what a field is to be multiplied by,
    /// `[units]`, so that it acts alike on both: f′·r′(x) = f·r(x).
    fn between(&self, base: &Self, beta: f64) -> (Self, Option<Tensor<1>>);
}

/// How much the energy of the base counts beside that of the layer.
pub(crate) fn share_of_base(beta: f64) -> f64 {
    (1.0 - beta) / beta
}
