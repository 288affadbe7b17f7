//! The device of a command.

use paysage::{
    burn::tensor::Device,
    kernels::{DeviceChoice, falls_back, select_device},
};

use crate::{failure::Failure, output};

/// The device of a choice. Where the program was built for a GPU and finds none, a line says so.
pub(crate) fn select(choice: DeviceChoice) -> Result<Device, Failure> {
    let device = select_device(choice)?;
    if choice == DeviceChoice::Auto && falls_back(&device) {
        output::say("no GPU was found: the CPU computes");
    }
    Ok(device)
}
