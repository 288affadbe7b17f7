//! Random numbers, sampling kernels and matrix products for the backends of burn.
//!
//! All random numbers of Paysage are drawn by the functions of this crate from a [`RandomKey`]
//! ([`uniform`], [`normal`], [`sample_bernoulli`], [`sample_gaussian`], [`sample_categorical`], and by
//! inversion [`sample_binomial`], [`sample_poisson`], [`sample_truncated_normal`]),
//! and all products with a matrix of states are computed by [`times`], [`times_transposed`] or
//! [`Outer`]. Layers and samplers do not depend on the backend: a faster kernel for one backend is
//! added here.
//!
//! [`plain`] implements each of them in ordinary tensor operations: for any backend, and as the
//! reference for faster kernels. `cpu` has the kernels for tensors in host memory, `gpu` those for
//! CubeCL devices, and `backend` selects one. Random numbers come from Philox 4x32-10 and are
//! bitwise equal on all backends, numbers of threads and splits of the rows.

mod adam;
mod add;
#[cfg_attr(
    not(any(feature = "flex", feature = "ndarray")),
    allow(
        unused_variables,
        reason = "what burn's macro makes for no backend uses nothing"
    )
)]
#[cfg_attr(
    feature = "ndarray",
    allow(deprecated, reason = "supported for as long as burn has it")
)]
mod backend;
mod capture;
mod column_means;
#[cfg_attr(
    not(any(feature = "flex", feature = "ndarray")),
    allow(
        dead_code,
        reason = "only uniform and normal numbers serve other backends"
    )
)]
mod cpu;
mod device;
mod discrete_units;
mod draw;
mod exchange;
mod gather;
#[cfg(feature = "cube")]
mod gpu;
mod inverse_temperature;
mod inversion;
mod key;
mod key_child;
#[cfg_attr(
    any(not(feature = "cube"), feature = "fusion"),
    allow(dead_code, reason = "only GPUs capture work")
)]
mod lineage;
mod log_partition;
mod log_sum_exp;
mod moment_step;
mod philox;
pub mod plain;
mod precision;
mod product;
mod rectified;
mod repeat;
mod row_dots;
mod temperature_ladder;
pub mod truncated_series;
mod units;
mod workers;

pub use adam::{AdamStep, adam};
pub use add::{add_outer, add_scaled, descend, minus_row, scale};
pub use capture::{Capture, Replayable, TensorMut, Time, allow_capture};
pub use column_means::ColumnMeans;
pub use cpu::log_products::log_products;
pub use device::{
    DeviceChoice, DeviceError, FoundDevice, data_limit, default_device, describe, devices,
    falls_back, most_precise, product_precision, select_device,
};
pub use discrete_units::DiscreteUnits;
pub use draw::{
    bernoulli_mean, categorical_mean, normal, sample_bernoulli, sample_categorical,
    sample_gaussian, uniform,
};
pub use exchange::{bernoulli_mask, exchange, swap_probabilities};
pub use gather::gather_rows_on_gpu;
pub use inverse_temperature::InverseTemperature;
pub use inversion::{sample_binomial, sample_poisson, sample_truncated_normal};
pub use key::RandomKey;
pub use key_child::Child;
pub use log_partition::{bernoulli_log_partition, categorical_log_partition};
pub use log_sum_exp::log_sum_exp;
pub use moment_step::MomentStep;
pub use philox::philox4x32_10;
pub use precision::{Precision, PrecisionError};
pub use product::{Outer, Product, times, times_transposed};
pub use rectified::{
    RectifiedQuantity, RectifiedSide, RectifiedUnits, rectified, sample_rectified,
};
pub use repeat::repeat;
pub use row_dots::row_dots;
pub use temperature_ladder::{Adaptation, TemperatureLadder};
pub use workers::on_workers;
