//! What the benchmarks share.

use burn::tensor::Device;
use paysage::{kernels::normal, prelude::*};

/// The device of the features that the benchmark was built with.
pub fn device() -> Device {
    default_device().expect("a backend: enable flex, ndarray, wgpu, ...")
}

/// A restricted machine of Bernoulli units, its weights drawn as training would start them.
pub fn machine(visible: usize, hidden: usize) -> BoltzmannMachine {
    let device = device();
    let layers = [visible, hidden].map(|units| Bernoulli::new(units, &device).into());
    let mut machine = BoltzmannMachine::chain(layers.into()).expect("two layers");
    let spread = (2.0 / (visible + hidden) as f64).sqrt();
    let weight = normal([visible, hidden], RandomKey::new(1), &device) * spread;
    machine.connections[0].weight = weight;
    machine
}

/// Waits for the device, which may still be at work when a call returns.
pub fn finish<T>(result: T, device: &Device) -> T {
    device.sync().expect("a device that works");
    result
}
