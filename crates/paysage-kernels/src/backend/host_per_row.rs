//! Backends with tensors in host memory: the kernels of [`crate::cpu`] with one β per row.

use burn::{
    backend::{TensorMetadata, tensor::FloatTensor},
    tensor::DType,
};

use super::{
    DrawsPerRow,
    host::{Float, Host, vector},
};
use crate::{
    RandomKey,
    cpu::{bernoulli::Bernoulli, categorical::Categorical, gaussian::Gaussian, per_row::PerRow},
};

/// The kernels of one backend.
macro_rules! on_host {
    ($backend:ty) => {
        impl DrawsPerRow for $backend {
            fn bernoulli_mean_per_row(
                field: FloatTensor<Self>,
                loc: FloatTensor<Self>,
                beta: FloatTensor<Self>,
            ) -> FloatTensor<Self> {
                with_units::<Self, f32, _>(&loc, &beta, |units| {
                    Self::change(field, |values| units.mean(values))
                })
            }

            fn sample_bernoulli_per_row(
                field: FloatTensor<Self>,
                loc: FloatTensor<Self>,
                beta: FloatTensor<Self>,
                key: RandomKey,
            ) -> FloatTensor<Self> {
                with_units::<Self, f32, _>(&loc, &beta, |units| {
                    Self::change(field, |values| units.sample(values, key))
                })
            }

            fn sample_gaussian_per_row(
                field: FloatTensor<Self>,
                loc: FloatTensor<Self>,
                deviation: FloatTensor<Self>,
                scale: FloatTensor<Self>,
                key: RandomKey,
            ) -> FloatTensor<Self> {
                Self::read(&loc, |loc| {
                    Self::read(&deviation, |deviation| {
                        Self::read(&scale, |scale| {
                            let scale = PerRow::Each(scale);
                            let units = Gaussian {
                                loc,
                                deviation,
                                scale,
                            };
                            Self::change(field, |values| units.sample(values, key))
                        })
                    })
                })
            }

            fn categorical_mean_per_row(
                field: FloatTensor<Self>,
                loc: FloatTensor<Self>,
                states: usize,
                beta: FloatTensor<Self>,
            ) -> FloatTensor<Self> {
                with_sites::<Self, _>(&loc, states, &beta, |sites| {
                    Self::change(field, |values| sites.mean(values))
                })
            }

            fn sample_categorical_per_row(
                field: FloatTensor<Self>,
                loc: FloatTensor<Self>,
                states: usize,
                beta: FloatTensor<Self>,
                key: RandomKey,
            ) -> FloatTensor<Self> {
                with_sites::<Self, _>(&loc, states, &beta, |sites| {
                    Self::change(field, |values| sites.sample(values, key))
                })
            }

            fn bernoulli_log_partition_per_row(
                field: FloatTensor<Self>,
                loc: FloatTensor<Self>,
                beta: FloatTensor<Self>,
            ) -> FloatTensor<Self> {
                bernoulli_log_partition::<Self>(&field, &loc, &beta)
            }

            fn categorical_log_partition_per_row(
                field: FloatTensor<Self>,
                loc: FloatTensor<Self>,
                states: usize,
                beta: FloatTensor<Self>,
            ) -> FloatTensor<Self> {
                let sums = with_sites::<Self, _>(&loc, states, &beta, |sites| {
                    Self::read(&field, |field| sites.log_partition(field))
                });
                vector::<Self, f32>(sums, &field)
            }
        }
    };
}

#[cfg(feature = "flex")]
on_host!(burn::backend::Flex);
#[cfg(feature = "ndarray")]
on_host!(burn::backend::NdArray);

fn with_units<B: Host, F: Float, R>(
    loc: &FloatTensor<B>,
    beta: &FloatTensor<B>,
    work: impl FnOnce(Bernoulli<'_, F>) -> R,
) -> R {
    B::read(loc, |loc| {
        B::read(beta, |beta| {
            let beta = PerRow::Each(beta);
            work(Bernoulli { loc, beta })
        })
    })
}

fn with_sites<B: Host, R>(
    loc: &FloatTensor<B>,
    states: usize,
    beta: &FloatTensor<B>,
    work: impl FnOnce(Categorical<'_>) -> R,
) -> R {
    B::read(loc, |loc| {
        B::read(beta, |beta| {
            let beta = PerRow::Each(beta);
            work(Categorical { loc, states, beta })
        })
    })
}

fn bernoulli_log_partition<B: Host>(
    field: &FloatTensor<B>,
    loc: &FloatTensor<B>,
    beta: &FloatTensor<B>,
) -> FloatTensor<B> {
    match field.dtype() {
        DType::F64 => sums_of_units::<B, f64>(field, loc, beta),
        _ => sums_of_units::<B, f32>(field, loc, beta),
    }
}

fn sums_of_units<B: Host, F: Float>(
    field: &FloatTensor<B>,
    loc: &FloatTensor<B>,
    beta: &FloatTensor<B>,
) -> FloatTensor<B> {
    let sums = with_units::<B, F, _>(loc, beta, |units| {
        B::read(field, |field| units.log_partition(field))
    });
    vector::<B, F>(sums, field)
}
