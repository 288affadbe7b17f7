//! Shape checks of fields and parameters.

use burn::tensor::Tensor;

use crate::{
    InverseTemperature,
    backend::{has_kernels, has_kernels_per_row},
};

/// Panics, naming the shapes, unless parameters `[units]` fit a field `[batch, units]` of sites of
/// `states` units, and all have the same float type.
pub(crate) fn assert_units(field: &Tensor<2>, parameters: &[&Tensor<1>], states: usize) {
    let [_, units] = field.dims();
    for parameter in parameters {
        assert!(
            parameter.dims() == [units] && parameter.dtype() == field.dtype(),
            "a field {:?} of {:?} does not fit a parameter {:?} of {:?}",
            field.dims(),
            field.dtype(),
            parameter.dims(),
            parameter.dtype()
        );
    }
    assert!(
        units > 0 && states > 0 && units.is_multiple_of(states),
        "a field {:?} is not of whole sites of {states} units",
        field.dims()
    );
}

/// Panics, naming the shapes, unless one β per row `[batch]` fits a field `[batch, units]` and has its
/// float type.
pub(crate) fn assert_rows(field: &Tensor<2>, beta: &InverseTemperature) {
    let InverseTemperature::PerChain(beta) = beta else {
        return;
    };
    assert!(
        beta.dims() == [field.dims()[0]] && beta.dtype() == field.dtype(),
        "a field {:?} of {:?} does not fit inverse temperatures {:?} of {:?}",
        field.dims(),
        field.dtype(),
        beta.dims(),
        beta.dtype()
    );
}

/// Field, loc and β for the kernels. Those of a GPU take no β per row: there the field becomes
/// β(loc + field), with loc = 0 and β = 1.
pub(crate) fn with_beta_in_field(
    field: Tensor<2>,
    loc: Tensor<1>,
    beta: &InverseTemperature,
) -> (Tensor<2>, Tensor<1>, InverseTemperature) {
    assert_rows(&field, beta);
    match beta {
        InverseTemperature::PerChain(_) if has_kernels(&field) && !has_kernels_per_row(&field) => {
            let zero = loc.zeros_like();
            let field = beta.scale(field + loc.unsqueeze());
            (field, zero, InverseTemperature::ONE)
        }
        beta => (field, loc, beta.clone()),
    }
}
