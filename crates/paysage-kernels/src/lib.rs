//! The lowest floor of Paysage: where randomness, draws and products meet the backend.
//!
//! Everything random in Paysage goes through a [`RandomKey`] into one of the draws of this crate
//! ([`uniform`], [`normal`], [`sample_bernoulli`], [`sample_gaussian`], [`sample_categorical`]),
//! and every product with a matrix of states through [`times`], [`times_transposed`] or
//! [`Outer`]. Layers and samplers call these without knowing which backend runs, so a
//! faster kernel for one backend goes in here and nowhere else.
//!
//! [`plain`] has a body in ordinary tensor operations for each of them, which serves every backend
//! and says what a faster kernel must compute. `cpu` has the kernels for tensors in this process,
//! `gpu` those for CubeCL's devices, and `backend` joins them to burn. The random words come from
//! Philox 4x32-10 and are bit for bit the same on every backend, number of threads and split of
//! the rows.

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
#[cfg_attr(
    not(any(feature = "flex", feature = "ndarray")),
    allow(
        dead_code,
        reason = "only uniform and normal numbers serve other backends"
    )
)]
mod cpu;
mod device;
mod draw;
#[cfg(feature = "cube")]
mod gpu;
mod inverse_temperature;
mod key;
mod log_partition;
mod log_sum_exp;
mod philox;
pub mod plain;
mod product;
mod units;
mod workers;

pub use add::add_scaled;
pub use device::{
    DeviceChoice, DeviceError, default_device, describe, most_precise, select_device,
};
pub use draw::{
    bernoulli_mean, categorical_mean, normal, sample_bernoulli, sample_categorical,
    sample_gaussian, uniform,
};
pub use inverse_temperature::InverseTemperature;
pub use key::RandomKey;
pub use log_partition::{bernoulli_log_partition, categorical_log_partition};
pub use log_sum_exp::log_sum_exp;
pub use philox::philox4x32_10;
pub use product::{Outer, times, times_transposed};
pub use workers::on_workers;
