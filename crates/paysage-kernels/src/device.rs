//! Devices of the backends that were compiled in.

use std::{fmt, str::FromStr};

use burn::tensor::{DType, Device, Tensor};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Kind of device.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DeviceChoice {
    /// A GPU where a GPU backend was compiled in, otherwise the CPU.
    #[default]
    Auto,
    /// The CPU.
    Cpu,
    /// A GPU.
    Gpu,
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
    /// The name is not one of the three.
    #[error("expected auto, cpu or gpu as device, got {word:?}")]
    UnknownWord {
        /// The name.
        word: String,
    },
}

/// The device of a choice, among the backends of the enabled features.
///
/// A CPU device is flex, or ndarray where flex was not compiled in; a GPU device is the first of
/// CUDA, ROCm, Metal, Vulkan and wgpu that was compiled in.
///
/// # Errors
///
/// When no backend of that kind was compiled in.
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
        DeviceChoice::Auto => gpu().or_else(cpu).ok_or(DeviceError::NoBackend),
        DeviceChoice::Cpu => cpu().ok_or(DeviceError::NotCompiled {
            wanted: choice,
            features: "flex or ndarray",
        }),
        DeviceChoice::Gpu => gpu().ok_or(DeviceError::NotCompiled {
            wanted: choice,
            features: "wgpu, vulkan, metal, cuda or rocm",
        }),
    }
}

/// The device of [`DeviceChoice::Auto`].
///
/// # Errors
///
/// When no backend was compiled in.
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

/// Human-readable name of a device: `Flex`, `Wgpu(DefaultDevice)`.
#[must_use]
pub fn describe(device: &Device) -> String {
    let debug = format!("{device:?}");
    debug
        .strip_prefix("Device<")
        .and_then(|inner| inner.strip_suffix('>'))
        .unwrap_or(&debug)
        .to_owned()
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

#[allow(unreachable_code, reason = "which line is reached depends on features")]
fn gpu() -> Option<Device> {
    #[cfg(feature = "cuda")]
    return Some(Device::cuda(0));
    #[cfg(feature = "rocm")]
    return Some(Device::rocm(0));
    #[cfg(feature = "metal")]
    return Some(Device::metal(burn::tensor::DeviceKind::DefaultDevice));
    #[cfg(feature = "vulkan")]
    return Some(Device::vulkan(burn::tensor::DeviceKind::DefaultDevice));
    #[cfg(any(feature = "wgpu", feature = "unfused-wgpu"))]
    return Some(Device::wgpu(burn::tensor::DeviceKind::DefaultDevice));
    None
}

impl fmt::Display for DeviceChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Auto => "auto",
            Self::Cpu => "cpu",
            Self::Gpu => "gpu",
        })
    }
}

impl FromStr for DeviceChoice {
    type Err = DeviceError;

    fn from_str(word: &str) -> Result<Self, DeviceError> {
        match word {
            "auto" => Ok(Self::Auto),
            "cpu" => Ok(Self::Cpu),
            "gpu" => Ok(Self::Gpu),
            _ => Err(DeviceError::UnknownWord {
                word: word.to_owned(),
            }),
        }
    }
}
