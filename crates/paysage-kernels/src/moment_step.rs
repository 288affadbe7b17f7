//! A step of the means of units with two values.

use burn::tensor::Tensor;

/// A damped step of the TAP equations for units with two values, whose probabilities are ∝ exp((field + loc)·x).
///
/// With the cavity fields f, f₂ and f₃ of the mean m, the variance κ₂ = (m − low)(high − m) and the third cumulant
/// κ₃ = κ₂(low + high − 2m),
///
/// ```text
/// target  = f + f₂ (low + high − 2m) + f₃ ((high − low)² − 6κ₂)
/// natural ← natural + share (target − natural)
/// m       ← low + (high − low) σ((high − low)(natural + loc))
/// ```
#[derive(Clone, Copy, Debug)]
pub struct MomentStep<'a> {
    /// The lower and the higher value.
    pub values: [f64; 2],
    /// The bias of each unit: `[units]`.
    pub loc: &'a Tensor<1>,
    /// The fields before the step: `[batch, units]`.
    pub natural: &'a Tensor<2>,
    /// The means before it: `[batch, units]`.
    pub mean: &'a Tensor<2>,
    /// f, f₂ and f₃, `[batch, units]` each; nothing where a field is 0.
    pub fields: [Option<&'a Tensor<2>>; 3],
    /// The share of the way of each row: `[batch, 1]`.
    pub share: &'a Tensor<2>,
}

impl MomentStep<'_> {
    /// The new fields, means, variances and third cumulants, by one kernel. `None` on a CPU and for other types than f32.
    ///
    /// # Panics
    ///
    /// When the shapes do not fit.
    #[must_use]
    pub fn on_gpu(&self) -> Option<[Tensor<2>; 4]> {
        let [rows, units] = self.natural.dims();
        let fields = self.fields.into_iter().flatten();
        for of_units in fields.chain([self.mean]) {
            assert_eq!(
                of_units.dims(),
                [rows, units],
                "a step of means: the shapes"
            );
        }
        let others = (self.share.dims(), self.loc.dims());
        assert_eq!(others, ([rows, 1], [units]), "a step of means: the shapes");
        #[cfg(all(feature = "cube", not(feature = "fusion")))]
        return crate::gpu::moment_step(self);
        #[cfg(any(not(feature = "cube"), feature = "fusion"))]
        None
    }
}
