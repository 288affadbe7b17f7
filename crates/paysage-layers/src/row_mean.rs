//! Means of rows that are computed when they are needed.

use std::ops::{Add, Neg, Sub};

use burn::tensor::Tensor;
use paysage_kernels::ColumnMeans;

/// A row of a number for each unit, `[units]`, such as a derivative: computed, or a mean of rows that is to be.
///
/// The sum of two means is one kernel on a GPU.
///
/// ```
/// use burn::tensor::Tensor;
/// use paysage_kernels::default_device;
/// use paysage_layers::{RowAverage, RowMean};
///
/// let device = default_device()?;
/// let mean = |rows, factor| -> RowMean {
///     RowAverage::Uniform.scaled_columns(Tensor::from_floats(rows, &device), factor)
/// };
/// let contrast = mean([[1.0], [3.0]], 1.0) - mean([[0.0], [1.0]], 2.0);
/// assert_eq!(contrast.compute().try_into_vec_as::<f32>().expect("readable"), [1.0]);
/// # Ok::<(), paysage_kernels::DeviceError>(())
/// ```
#[derive(Clone, Debug)]
pub enum RowMean {
    /// Computed: `[units]`.
    Computed(Tensor<1>),
    /// To be computed.
    Pending(ColumnMeans),
}

impl RowMean {
    /// The row: `[units]`.
    #[must_use]
    pub fn compute(self) -> Tensor<1> {
        match self {
            Self::Computed(row) => row,
            Self::Pending(means) => means.compute(),
        }
    }

    /// Another row, moved towards this one by a rate: row + rate · (this − row).
    #[must_use]
    pub fn attract(self, row: Tensor<1>, rate: f64) -> Tensor<1> {
        match self {
            Self::Computed(mean) => {
                let step = (mean - row.clone()) * rate;
                row + step
            }
            Self::Pending(means) => means.attract(row, rate),
        }
    }
}

impl From<Tensor<1>> for RowMean {
    fn from(row: Tensor<1>) -> Self {
        Self::Computed(row)
    }
}

impl Add for RowMean {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self::Computed(match (self, other) {
            (Self::Pending(first), Self::Pending(second)) => first.sum_with(second),
            (first, second) => first.compute() + second.compute(),
        })
    }
}

impl Sub for RowMean {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        match (self, other) {
            (first @ Self::Pending(_), second @ Self::Pending(_)) => first + -second,
            (first, second) => Self::Computed(first.compute() - second.compute()),
        }
    }
}

impl Neg for RowMean {
    type Output = Self;

    fn neg(self) -> Self {
        match self {
            Self::Computed(row) => Self::Computed(-row),
            Self::Pending(means) => Self::Pending(ColumnMeans {
                factor: -means.factor,
                ..means
            }),
        }
    }
}
