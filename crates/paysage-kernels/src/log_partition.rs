//! Log partition functions of units, given their fields.

use burn::{backend::Dispatch, tensor::Tensor};

use crate::{
    InverseTemperature,
    backend::{DrawsPerRow, Sums, has_kernels, has_kernels_per_row, has_precise_sums},
    plain,
    units::{assert_units, with_beta_in_field},
};

/// Σ ln(1 + exp(β(loc + field))) over units in {0, 1}, in nats: `field` is `[batch, units]`, `loc`
/// is `[units]`, the result `[batch]`.
///
/// ```
/// use burn::tensor::Tensor;
/// use paysage_kernels::{InverseTemperature, bernoulli_log_partition, default_device};
///
/// let device = default_device()?;
/// let (field, loc) = (Tensor::zeros([1, 3], &device), Tensor::zeros([3], &device));
/// let sum = bernoulli_log_partition(field, loc, &InverseTemperature::ONE);
/// assert!((sum.into_scalar::<f32>() - 3.0 * 2.0_f32.ln()).abs() < 1e-6);
/// # Ok::<(), paysage_kernels::DeviceError>(())
/// ```
///
/// # Panics
///
/// When the parameters do not fit the field.
#[must_use]
pub fn bernoulli_log_partition(
    field: Tensor<2>,
    loc: Tensor<1>,
    beta: &InverseTemperature,
) -> Tensor<1> {
    assert_units(&field, &[&loc], 1);
    let (field, loc, beta) = with_beta_in_field(field, loc, beta);
    match &beta {
        InverseTemperature::Shared(beta) if has_kernels(&field) || has_precise_sums(&field) => {
            Tensor::from_dispatch(<Dispatch as Sums>::bernoulli_log_partition(
                field.into_dispatch(),
                loc.into_dispatch(),
                *beta,
            ))
        }
        InverseTemperature::PerChain(beta) if has_precise_sums(&field) => {
            Tensor::from_dispatch(<Dispatch as DrawsPerRow>::bernoulli_log_partition_per_row(
                field.into_dispatch(),
                loc.into_dispatch(),
                beta.clone().into_dispatch(),
            ))
        }
        beta => plain::bernoulli_log_partition(field, loc, beta),
    }
}

/// Σ ln Σ exp(β(loc + field)) over the states and then the sites, in nats: `field` is
/// `[batch, sites · states]`, `loc` is `[sites · states]`, the result `[batch]`.
///
/// # Panics
///
/// When the parameters do not fit the field.
#[must_use]
pub fn categorical_log_partition(
    field: Tensor<2>,
    loc: Tensor<1>,
    states: usize,
    beta: &InverseTemperature,
) -> Tensor<1> {
    assert_units(&field, &[&loc], states);
    let (field, loc, beta) = with_beta_in_field(field, loc, beta);
    match &beta {
        InverseTemperature::Shared(beta) if has_kernels(&field) => {
            Tensor::from_dispatch(<Dispatch as Sums>::categorical_log_partition(
                field.into_dispatch(),
                loc.into_dispatch(),
                states,
                *beta as f32,
            ))
        }
        InverseTemperature::PerChain(beta) if has_kernels_per_row(&field) => Tensor::from_dispatch(
            <Dispatch as DrawsPerRow>::categorical_log_partition_per_row(
                field.into_dispatch(),
                loc.into_dispatch(),
                states,
                beta.clone().into_dispatch(),
            ),
        ),
        beta => plain::categorical_log_partition(field, loc, states, beta),
    }
}
