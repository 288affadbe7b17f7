//! The lowest floor of Paysage: where randomness, draws and products meet the backend.
//!
//! Everything random in Paysage goes through a [`RandomKey`] into one of the draws of this crate
//! ([`uniform`], [`normal`], [`sample_bernoulli`], [`sample_gaussian`], [`sample_categorical`]),
//! and every product with a matrix of states through [`times`], [`times_transposed`] or
//! [`transposed_times`]. Layers and samplers call these without knowing which backend runs, so a
//! faster kernel for one backend goes in here and nowhere else.
//!
//! The draws have one body in ordinary tensor operations that serves every backend and says what
//! a faster kernel must reproduce; their random words come from Philox 4x32-10 and are bit for
//! bit the same on every backend, number of threads and split of the rows.

mod device;
mod draw;
mod key;
mod philox;
mod product;

pub use device::{
    DeviceChoice, DeviceError, default_device, describe, most_precise, select_device,
};
pub use draw::{normal, sample_bernoulli, sample_categorical, sample_gaussian, sigmoid, uniform};
pub use key::RandomKey;
pub use philox::philox4x32_10;
pub use product::{times, times_transposed, transposed_times};
