//! The module `paysage._core`: Boltzmann machines for Python.
//!
//! It takes arrays, settings as JSON and paths, and gives arrays; the classes that users see are in the Python
//! sources beside it. Computations run without the GIL and end by Ctrl-C, and errors are exceptions of one line.

// The tests are in Python: a test program of Rust has no interpreter whose symbols it could link with.
#![cfg(not(test))]

mod arrays;
mod bernoulli;
mod bytes;
mod fault;
mod input;
mod model;
mod queries;
mod run;
mod settings;
mod sites;
mod training;
mod watch;

use paysage::{data::quiet_decoders, kernels};
use pyo3::prelude::*;

/// Python allocates objects at multiples of 16 bytes. Tensors need larger ones, and so a box.
const _: () = assert!(
    align_of::<bernoulli::BernoulliMachine>() <= 16
        && align_of::<input::Data>() <= 16
        && align_of::<model::PyModel>() <= 16
        && align_of::<training::Training>() <= 16
);

/// Devices of this build, in the words of `paysage devices`.
#[pyfunction]
fn devices() -> Vec<String> {
    let devices = kernels::devices().into_iter();
    devices.map(|device| device.name).collect()
}

/// Paysage for Python.
#[pymodule]
fn _core(module: &Bound<'_, PyModule>) -> PyResult<()> {
    quiet_decoders();
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    module.add_function(wrap_pyfunction!(devices, module)?)?;
    module.add_function(wrap_pyfunction!(run::train, module)?)?;
    module.add_function(wrap_pyfunction!(run::resume, module)?)?;
    module.add_function(wrap_pyfunction!(run::report, module)?)?;
    module.add_class::<bernoulli::BernoulliMachine>()?;
    module.add_class::<input::Data>()?;
    module.add_class::<model::PyModel>()?;
    module.add_class::<training::Training>()
}
