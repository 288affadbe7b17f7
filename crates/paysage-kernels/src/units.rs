//! Shape checks of fields and parameters.

use burn::tensor::Tensor;

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
