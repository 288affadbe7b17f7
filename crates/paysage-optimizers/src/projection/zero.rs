//! Parameters of which some entries are zero.

use burn::tensor::{Bool, Tensor};

use super::Projection;

/// Every entry is 0. On a slice, it sets rows or columns to zero.
///
/// ```
/// use paysage_optimizers::{Projection, Selection, Zero};
///
/// let third_unit_is_unused = Zero.on(Selection::default().columns(2..3));
/// # let _ = third_unit_is_unused;
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Zero;

impl Projection for Zero {
    fn is_on_device(&self) -> bool {
        true
    }

    fn nearest(&self, parameter: Tensor<2>) -> Tensor<2> {
        // Not a product with 0, which would keep NaN.
        parameter.zeros_like()
    }
}

/// Every entry w_ij with i ≠ j is 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Diagonal;

impl Projection for Diagonal {
    fn nearest(&self, parameter: Tensor<2>) -> Tensor<2> {
        let off_diagonal = Tensor::<2, Bool>::diag_mask(parameter.dims(), 0, &parameter.device());
        parameter.mask_fill(off_diagonal, 0.0)
    }
}

/// The entries of a mask are 0.
#[derive(Clone, Debug)]
pub struct ZeroMask {
    /// True for the entries that are 0; of the shape of the parameter, or of its selected slice.
    pub mask: Tensor<2, Bool>,
}

impl Projection for ZeroMask {
    /// # Panics
    ///
    /// When the shapes of the mask and of the parameter differ.
    fn nearest(&self, parameter: Tensor<2>) -> Tensor<2> {
        let (mask, shape) = (self.mask.dims(), parameter.dims());
        assert_eq!(mask, shape, "the shapes of mask and parameter");
        let mask = self.mask.clone().to_device(&parameter.device());
        parameter.mask_fill(mask, 0.0)
    }
}
