//! Shape checks of fields and parameters.

use burn::tensor::Tensor;

use crate::InverseTemperature;

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
