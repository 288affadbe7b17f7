//! Memory of devices.

use burn::tensor::Device;

/// A data set takes at most one part in so many of the memory of a GPU: the rest is for parameters, states of
/// the optimizer, chains and gradients, and for other programs.
#[cfg(feature = "cube")]
const PARTS: u64 = 4;

/// The limit where the driver does not state its memory: it fits beside a training on the small GPUs of
/// laptops.
#[cfg(feature = "cube")]
const UNSTATED: u64 = 1 << 30;

/// The most bytes of a data set that is kept in the memory of a GPU: a quarter of the memory, 1 GiB where the
/// driver does not state it, and never more than it allocates at once. `None` on a CPU, where rows are in the
/// memory of the device already.
///
/// ```
/// use paysage_kernels::{data_limit, default_device};
///
/// match data_limit(&default_device()?) {
///     Some(bytes) => println!("a GPU keeps up to {bytes} bytes of rows"),
///     None => println!("a CPU"),
/// }
/// # Ok::<(), paysage_kernels::DeviceError>(())
/// ```
#[must_use]
pub fn data_limit(device: &Device) -> Option<u64> {
    #[cfg(feature = "cube")]
    if let Some(client) = super::gpus::client(device) {
        let memory = &client.properties().memory;
        let part = memory.max_memory().map_or(UNSTATED, |all| all / PARTS);
        return Some(part.min(memory.max_page_size));
    }
    let _ = device;
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::devices;

    #[test]
    fn only_gpus_have_a_limit() {
        for found in devices() {
            let is_gpu = found.choice != crate::DeviceChoice::Cpu;
            let limit = data_limit(&found.device);
            assert_eq!(limit.is_some(), is_gpu, "{}", found.name);
            assert!(limit.is_none_or(|bytes| bytes > 1 << 20), "{limit:?}");
        }
    }
}
