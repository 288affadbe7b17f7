//! The GPUs of this machine.

use std::sync::OnceLock;

use burn::tensor::{Device, DeviceType};

/// The GPU backends that were compiled in, in the order in which they are asked.
pub(crate) const BACKENDS: &[(&str, DeviceType)] = &[
    #[cfg(feature = "cuda")]
    ("CUDA", DeviceType::Cuda),
    #[cfg(feature = "rocm")]
    ("ROCm", DeviceType::Rocm),
    #[cfg(feature = "metal")]
    ("Metal", DeviceType::Metal),
    #[cfg(feature = "vulkan")]
    ("Vulkan", DeviceType::Vulkan),
    #[cfg(feature = "wgpu")]
    ("wgpu", DeviceType::Wgpu),
];

/// The GPUs of the first backend that finds one, those that are hardware first. They are looked for once.
pub(crate) fn all() -> &'static [Device] {
    &found().1
}

/// The same, after the name of the backend.
fn found() -> &'static (&'static str, Vec<Device>) {
    static FOUND: OnceLock<(&str, Vec<Device>)> = OnceLock::new();
    FOUND.get_or_init(|| {
        let gpus = |(name, kind): &(&'static str, DeviceType)| {
            (*name, Device::enumerate(kind.clone()).into_vec())
        };
        let first = BACKENDS.iter().map(gpus).find(|(_, gpus)| !gpus.is_empty());
        let (name, mut gpus) = first.unwrap_or_default();
        gpus.sort_by_key(is_software);
        (name, gpus)
    })
}

/// Whether a GPU is a program that computes on the CPU, such as Mesa's software Vulkan.
pub(crate) fn is_software(device: &Device) -> bool {
    let software: &[Device] = &[
        #[cfg(feature = "metal")]
        Device::metal(burn::tensor::DeviceKind::Cpu),
        #[cfg(feature = "vulkan")]
        Device::vulkan(burn::tensor::DeviceKind::Cpu),
        #[cfg(feature = "wgpu")]
        Device::wgpu(burn::tensor::DeviceKind::Cpu),
    ];
    software.contains(device)
}

/// What launches kernels on a GPU.
#[cfg(feature = "cube")]
pub(crate) fn client(device: &Device) -> Option<cubecl::client::Client> {
    match device.as_dispatch() {
        burn::backend::DispatchDevice::Cube(device) => Some(device.client()),
        #[allow(
            unreachable_patterns,
            reason = "where no other backend was compiled in"
        )]
        _ => None,
    }
}

/// The name that the driver gives a GPU, and the backend.
#[cfg(feature = "cube")]
pub(crate) fn name(device: &Device) -> Option<String> {
    let (backend, gpus) = found();
    let identity = gpus.contains(device).then(|| device.identity()).flatten();
    identity.map(|identity| format!("{}, {backend}", identity.name))
}

#[cfg(not(feature = "cube"))]
pub(crate) fn name(_: &Device) -> Option<String> {
    None
}
