//! Interpolation between two layers of a kind.

use burn::tensor::Tensor;

use crate::Trainable;

/// A layer with a path of layers that leads to it from another of its kind, as annealed importance
/// sampling (AIS) needs.
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
    /// Whether a GPU may [capture](paysage_kernels::Capture) work with [`between`](Self::between) and its layer at many β: it
    /// gives functions of `paysage_kernels` no other numbers that depend on β than ±β, 2β and (1 − β)/β.
    fn is_capturable(&self) -> bool {
        false
    }

    /// The layer at inverse temperature β on the path from `base`, with
    /// β H′(x) = (1 − β) H_base(x) + β H(x) up to a constant; 0 < β. Beyond β = 1 the base is
    /// subtracted, which must leave a valid layer.
    ///
    /// Where its r′(x) differs from this layer's r(x), also the factor of a field, `[units]`, with
    /// f′·r′(x) = f·r(x).
    fn between(&self, base: &Self, beta: f64) -> (Self, Option<Tensor<1>>);
}

/// (1 − β)/β, the weight of the energy of the base relative to that of the layer.
#[must_use]
pub fn share_of_base(beta: f64) -> f64 {
    (1.0 - beta) / beta
}
