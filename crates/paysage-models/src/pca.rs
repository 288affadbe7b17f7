//! Principal component analysis.

mod components;
mod fit;

use burn::tensor::Device;
use paysage_data::{DataError, Rows};
use paysage_kernels::RandomKey;

pub use components::PrincipalComponents;

/// Settings of a principal component analysis (PCA) of a data set of any size.
///
/// Rows are read by chunks, several times. Up to 1,000 columns, the covariance matrix is accumulated
/// and decomposed exactly. With more columns, and fewer components than columns, the leading
/// components come from randomized subspace iteration: memory grows with columns × components, and
/// the result converges to the exact one with the number of passes, faster where variances fall
/// faster.
///
/// Halko, Martinsson & Tropp, "Finding structure with randomness", SIAM Review 2011.
///
/// ```
/// use paysage_data::Table;
/// use paysage_kernels::{RandomKey, default_device};
/// use paysage_models::Pca;
///
/// let rows = Table::new("line", 2, vec![0.0, 1.0, 1.0, 3.0, 2.0, 5.0])?;
/// let pca = Pca { components: 1 };
/// let found = pca.run(&rows, &default_device()?, RandomKey::new(0))?;
/// let scores = found.transform(rows.values());
/// assert_eq!(scores.len(), 3);
/// for (x, y) in found.inverse(&scores).iter().zip(rows.values()) {
///     assert!((x - y).abs() < 1e-5);
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pca {
    /// The largest number of components. There are never more than columns, or than rows minus one.
    pub components: usize,
}

impl Pca {
    /// The principal components of all rows. Missing values (NaN) count as the mean of their column,
    /// rows by their weights.
    /// The key matters for wide data only; products are computed on the device.
    ///
    /// # Errors
    ///
    /// When the rows cannot be read.
    pub fn run(
        &self,
        rows: &(impl Rows + ?Sized),
        device: &Device,
        key: RandomKey,
    ) -> Result<PrincipalComponents, DataError> {
        fit::fit(rows, self.components, fit::MOST_COLUMNS, device, key)
    }
}

#[cfg(test)]
mod tests;
