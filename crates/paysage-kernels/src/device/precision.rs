//! How exact products are.

use burn::tensor::Device;

#[cfg(any(feature = "cube", doc))]
use crate::Precision;
#[cfg(feature = "cube")]
use crate::gpu::has_cooperative_matrices;

/// How products of f32 matrices are computed on a device.
///
/// - `f32` on CPUs, and on GPUs without anything else.
/// - `f32 as three bf16 parts; samples and gradients: two` on GPUs with cooperative matrices (tensor cores) of bf16:
///   see [`Precision`].
/// - `f32 or TF32, f32 sums` on other GPUs with TF32 tensor cores: burn rounds the factors to 10 bits after the leading
///   one where the shapes suit these cores, a relative error of up to 2⁻¹¹ for each factor.
///
/// Opens a GPU.
///
/// ```
/// use paysage_kernels::{describe, default_device, product_precision};
///
/// let device = default_device()?;
/// println!("{}: products in {}", describe(&device), product_precision(&device));
/// # Ok::<(), paysage_kernels::DeviceError>(())
/// ```
#[must_use]
pub fn product_precision(device: &Device) -> &'static str {
    #[cfg(feature = "cube")]
    if let Some(client) = super::gpus::client(device) {
        use cubecl::{prelude::Scalar, tf32};
        if has_cooperative_matrices(&client) {
            return match Precision::current() {
                Precision::Standard => "f32 as three bf16 parts; samples and gradients: two",
                Precision::Exact => "f32 as three bf16 parts",
            };
        }
        if client.properties().supports_type(tf32::elem_type_native()) {
            return "f32 or TF32, f32 sums";
        }
    }
    let _ = device;
    "f32"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{DeviceChoice, devices};

    #[test]
    fn a_cpu_computes_in_f32() {
        for found in devices() {
            let precision = product_precision(&found.device);
            assert!(precision.starts_with("f32"), "{}: {precision}", found.name);
            if found.choice == DeviceChoice::Cpu {
                assert_eq!(precision, "f32");
            }
        }
    }
}
