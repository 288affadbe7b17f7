//! Devices of the backends that were compiled in.

mod gpus;
mod memory;
mod precision;

use std::{fmt, str::FromStr};

use burn::tensor::{DType, Device, Tensor};
use serde::{Deserialize, Serialize};
use thiserror::Error;

#[cfg(all(feature = "cube", not(feature = "fusion")))]
pub(crate) use gpus::client;
pub use memory::data_limit;
pub use precision::product_precision;

/// Which device to use.
///
/// ```
/// use paysage_kernels::DeviceChoice;
///
/// assert_eq!("gpu".parse(), Ok(DeviceChoice::Gpu(0)));
/// assert_eq!(DeviceChoice::Gpu(1).to_string(), "gpu:1");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum DeviceChoice {
    /// The first GPU where a GPU backend was compiled in and finds one, otherwise the CPU.
    #[default]
    Auto,
    /// The CPU.
    Cpu,
    /// The GPU of this number, counted from 0, in the order of [`devices`].
    Gpu(usize),
}

/// Error of a device choice.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum DeviceError {
    /// No backend feature was enabled.
    #[error(
        "no backend was compiled in: build with one of the features \
         flex, ndarray, wgpu, vulkan, metal, cuda or rocm"
    )]
    NoBackend,
    /// Only the other kind of backend was compiled in.
    #[error("no {wanted} backend was compiled in: build with one of the features {features}")]
    NotCompiled {
        /// The requested device.
        wanted: DeviceChoice,
        /// The features that provide it.
        features: &'static str,
    },
    /// No GPU backend finds a GPU.
    #[error("no GPU was found by {}: install the driver of the GPU, or choose cpu", backends.join(", "))]
    NoGpu {
        /// The GPU backends that were compiled in.
        backends: Vec<&'static str>,
    },
    /// There are fewer GPUs.
    #[error(
        "there is no GPU {number}: {count} found, and they are counted from 0: `paysage devices` lists them"
    )]
    NoSuchGpu {
        /// The requested GPU.
        number: usize,
        /// The number of GPUs.
        count: usize,
    },
    /// The name is not one of a device.
    #[error("expected auto, cpu, gpu or gpu:1 as device, got {word:?}")]
    UnknownWord {
        /// The name.
        word: String,
    },
}

/// A device that can be chosen.
#[derive(Clone, Debug)]
pub struct FoundDevice {
    /// The choice of this device.
    pub choice: DeviceChoice,
    /// The device.
    pub device: Device,
    /// Its name, as [`describe`] gives it.
    pub name: String,
    /// Whether it is a program that computes on the CPU what a GPU would: [`DeviceChoice::Auto`] takes it only
    /// where no CPU backend was compiled in.
    pub is_software: bool,
}

/// The CPU, where a CPU backend was compiled in, and all GPUs that the compiled backends find. Opens each GPU.
///
/// ```
/// for found in paysage_kernels::devices() {
///     println!("{}: {}", found.choice, found.name);
/// }
/// ```
#[must_use]
pub fn devices() -> Vec<FoundDevice> {
    let found = |(choice, device): (DeviceChoice, Device)| FoundDevice {
        choice,
        name: describe(&device),
        is_software: gpus::is_software(&device),
        device,
    };
    let cpu = cpu().map(|device| (DeviceChoice::Cpu, device));
    let gpus = gpus::all().iter().cloned().enumerate();
    let gpus = gpus.map(|(number, device)| (DeviceChoice::Gpu(number), device));
    cpu.into_iter().chain(gpus).map(found).collect()
}

/// The device of a choice, among the backends of the enabled features.
///
/// A CPU device is flex, or ndarray where flex was not compiled in. GPUs are those of the first of
/// CUDA, ROCm, Metal, Vulkan and wgpu that was compiled in and finds one.
///
/// # Errors
///
/// When no backend of that kind was compiled in, or there is no such GPU.
///
/// ```
/// use paysage_kernels::{DeviceChoice, describe, select_device};
///
/// let device = select_device(DeviceChoice::Auto)?;
/// println!("running on {}", describe(&device));
/// # Ok::<(), paysage_kernels::DeviceError>(())
/// ```
pub fn select_device(choice: DeviceChoice) -> Result<Device, DeviceError> {
    match choice {
        DeviceChoice::Auto => {
            let hardware = gpus::all().iter().find(|device| !gpus::is_software(device));
            let device = hardware.cloned().or_else(cpu);
            device.map_or_else(|| gpu(0), Ok)
        }
        DeviceChoice::Cpu => cpu().ok_or(DeviceError::NotCompiled {
            wanted: choice,
            features: "flex or ndarray",
        }),
        DeviceChoice::Gpu(_) if gpus::BACKENDS.is_empty() => Err(DeviceError::NotCompiled {
            wanted: DeviceChoice::Gpu(0),
            features: "wgpu, vulkan, metal, cuda or rocm",
        }),
        DeviceChoice::Gpu(number) => gpu(number),
    }
}

/// Whether a CPU backend is used though a GPU backend was compiled in, which finds no GPU or only software.
///
/// ```
/// use paysage_kernels::{default_device, falls_back};
///
/// if falls_back(&default_device()?) {
///     println!("no GPU was found");
/// }
/// # Ok::<(), paysage_kernels::DeviceError>(())
/// ```
#[must_use]
pub fn falls_back(device: &Device) -> bool {
    !gpus::BACKENDS.is_empty() && !gpus::all().contains(device)
}

/// The device of [`DeviceChoice::Auto`].
///
/// # Errors
///
/// When no backend was compiled in, or only GPU backends that find no GPU.
pub fn default_device() -> Result<Device, DeviceError> {
    select_device(DeviceChoice::Auto)
}

/// The most precise float type of a device: f64 or f32.
///
/// Some GPU drivers store f64 but compute its exponential in f32, so the precision is measured.
#[must_use]
pub fn most_precise(device: &Device) -> DType {
    const SMALL: f64 = 1e-10;
    if !device.supports_dtype(DType::F64) {
        return DType::F32;
    }
    let small = Tensor::<1>::full([1], SMALL, (device, DType::F64));
    let excess = (small.exp() - 1.0).try_into_scalar::<f64>();
    match excess {
        Ok(excess) if (excess / SMALL - 1.0).abs() < 1e-3 => DType::F64,
        _ => DType::F32,
    }
}

/// Human-readable name of a device: `Flex(Cpu)`, `NVIDIA H200, CUDA`. Opens a GPU.
#[must_use]
pub fn describe(device: &Device) -> String {
    gpus::name(device).unwrap_or_else(|| {
        let debug = format!("{device:?}");
        let inner = debug.strip_prefix("Device<");
        let inner = inner.and_then(|inner| inner.strip_suffix('>'));
        inner.unwrap_or(&debug).to_owned()
    })
}

/// A GPU by its number.
fn gpu(number: usize) -> Result<Device, DeviceError> {
    let all = gpus::all();
    match (all.get(number), all.len()) {
        (Some(device), _) => Ok(device.clone()),
        (None, _) if gpus::BACKENDS.is_empty() => Err(DeviceError::NoBackend),
        (None, 0) => Err(DeviceError::NoGpu {
            backends: gpus::BACKENDS.iter().map(|(name, _)| *name).collect(),
        }),
        (None, count) => Err(DeviceError::NoSuchGpu { number, count }),
    }
}

#[allow(unreachable_code, reason = "which line is reached depends on features")]
fn cpu() -> Option<Device> {
    #[cfg(feature = "flex")]
    return Some(Device::flex());
    #[cfg(feature = "ndarray")]
    #[allow(deprecated, reason = "supported for as long as burn has it")]
    return Some(Device::ndarray());
    None
}

impl fmt::Display for DeviceChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::Cpu => f.write_str("cpu"),
            Self::Gpu(0) => f.write_str("gpu"),
            Self::Gpu(number) => write!(f, "gpu:{number}"),
        }
    }
}

impl From<DeviceChoice> for String {
    fn from(choice: DeviceChoice) -> Self {
        choice.to_string()
    }
}

impl TryFrom<String> for DeviceChoice {
    type Error = DeviceError;

    fn try_from(word: String) -> Result<Self, DeviceError> {
        word.parse()
    }
}

impl FromStr for DeviceChoice {
    type Err = DeviceError;

    fn from_str(word: &str) -> Result<Self, DeviceError> {
        let number = word.strip_prefix("gpu:").map(str::parse);
        match (word, number) {
            ("auto", _) => Ok(Self::Auto),
            ("cpu", _) => Ok(Self::Cpu),
            ("gpu", _) => Ok(Self::Gpu(0)),
            (_, Some(Ok(number))) => Ok(Self::Gpu(number)),
            _ => Err(DeviceError::UnknownWord {
                word: word.to_owned(),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_is_one_word_in_files_too() {
        for (word, choice) in [
            ("auto", DeviceChoice::Auto),
            ("cpu", DeviceChoice::Cpu),
            ("gpu", DeviceChoice::Gpu(0)),
            ("gpu:3", DeviceChoice::Gpu(3)),
        ] {
            assert_eq!(word.parse(), Ok(choice));
            assert_eq!(choice.to_string(), word);
            assert_eq!(DeviceChoice::try_from(String::from(choice)), Ok(choice));
        }
        assert_eq!("gpu:0".parse(), Ok(DeviceChoice::Gpu(0)));
        for word in ["", "gpu:", "gpu:-1", "gpu:1:2", "GPU"] {
            let error = word.parse::<DeviceChoice>().expect_err(word);
            assert!(matches!(error, DeviceError::UnknownWord { .. }), "{error}");
        }
    }

    /// Every device that is listed can be chosen, and the default one is among them.
    #[test]
    fn listed_devices_can_be_chosen() {
        let all = devices();
        for found in &all {
            assert_eq!(select_device(found.choice).as_ref(), Ok(&found.device));
            assert!(!found.name.is_empty());
        }
        let chosen = default_device();
        match chosen {
            Ok(chosen) => {
                let found = all.iter().find(|found| found.device == chosen);
                let found = found.expect("the default device is listed");
                let has_cpu = all.iter().any(|found| found.choice == DeviceChoice::Cpu);
                assert!(!(found.is_software && has_cpu), "{found:?}");
            }
            Err(_) => assert!(all.is_empty()),
        }
        let gpus = all.len()
            - all
                .iter()
                .filter(|found| found.choice == DeviceChoice::Cpu)
                .count();
        let error = select_device(DeviceChoice::Gpu(gpus)).expect_err("one more than there are");
        let expected = match (gpus, gpus::BACKENDS.is_empty()) {
            (_, true) => matches!(error, DeviceError::NotCompiled { .. }),
            (0, _) => matches!(error, DeviceError::NoGpu { .. }),
            (count, _) => {
                error
                    == DeviceError::NoSuchGpu {
                        number: gpus,
                        count,
                    }
            }
        };
        assert!(expected, "{error}");
    }
}
