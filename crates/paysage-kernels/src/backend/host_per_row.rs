//! Backends with tensors in host memory: the kernels of [`crate::cpu`] with one β per row.

use burn::backend::tensor::FloatTensor;

use super::{
    DrawsPerRow,
    host::{
        Beta, Host, bernoulli_log_partition, categorical_log_partition, with_sites, with_units,
    },
};
use crate::{
    RandomKey,
    cpu::{gaussian::Gaussian, per_row::PerRow},
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
                with_units::<Self, f32, _>(&loc, Beta::Each(&beta), |units| {
                    Self::change(field, |values| units.mean(values))
                })
            }

            fn sample_bernoulli_per_row(
                field: FloatTensor<Self>,
                loc: FloatTensor<Self>,
                beta: FloatTensor<Self>,
                key: RandomKey,
            ) -> FloatTensor<Self> {
                with_units::<Self, f32, _>(&loc, Beta::Each(&beta), |units| {
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
                with_sites::<Self, _>(&loc, states, Beta::Each(&beta), |sites| {
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
                with_sites::<Self, _>(&loc, states, Beta::Each(&beta), |sites| {
                    Self::change(field, |values| sites.sample(values, key))
                })
            }

            fn bernoulli_log_partition_per_row(
                field: FloatTensor<Self>,
                loc: FloatTensor<Self>,
                beta: FloatTensor<Self>,
            ) -> FloatTensor<Self> {
                bernoulli_log_partition::<Self>(&field, &loc, Beta::Each(&beta))
            }

            fn categorical_log_partition_per_row(
                field: FloatTensor<Self>,
                loc: FloatTensor<Self>,
                states: usize,
                beta: FloatTensor<Self>,
            ) -> FloatTensor<Self> {
                categorical_log_partition::<Self>(&field, &loc, states, Beta::Each(&beta))
            }
        }
    };
}

#[cfg(feature = "flex")]
on_host!(burn::backend::Flex);
#[cfg(feature = "ndarray")]
on_host!(burn::backend::NdArray);
