//! The device of a command.

use paysage::{
    burn::tensor::Device,
    kernels::{DeviceChoice, falls_back, select_device},
};

use crate::{arguments::Compute, failure::Failure, output};

/// The device of a choice, with the precision of its products. Where the program was built for a GPU and
/// finds none, a line says so.
pub(crate) fn select(choice: Compute) -> Result<Device, Failure> {
    choice.precision.set();
    let device = select_device(choice.device)?;
    if choice.device == DeviceChoice::Auto && falls_back(&device) {
        output::say("no GPU was found: the CPU computes");
    }
    Ok(device)
}
