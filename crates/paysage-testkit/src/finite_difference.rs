//! Derivatives by central differences.

use burn::tensor::{DType, Tensor};
use paysage_layers::Trainable;
use paysage_models::{BoltzmannMachine, Gradient, Mapper, ParameterId};

/// The step of a central difference and the error to expect of it.
#[derive(Clone, Copy, Debug)]
pub struct Precision {
    /// How far to each side.
    pub step: f64,
    /// The largest error allowed, relative to one plus the magnitude.
    pub tolerance: f64,
}

impl Precision {
    /// What a float type can show.
    #[must_use]
    pub fn of(dtype: DType) -> Self {
        if dtype == DType::F64 {
            Self {
                step: 1e-5,
                tolerance: 1e-6,
            }
        } else {
            Self {
                step: 1e-2,
                tolerance: 5e-3,
            }
        }
    }

    /// What a float type can show of a number that is computed in two ways without differences: 1e-9 in
    /// f64.
    #[must_use]
    pub fn of_sums(dtype: DType) -> Self {
        Self {
            step: 0.0,
            tolerance: match dtype {
                DType::F64 => 1e-9,
                _ => 2e-5,
            },
        }
    }

    /// Checks that two numbers agree.
    ///
    /// # Panics
    ///
    /// When they do not.
    pub fn assert_close(self, found: f64, expected: f64, what: &str) {
        let error = (found - expected).abs() / (1.0 + expected.abs());
        assert!(
            error <= self.tolerance,
            "{what}: {found} where {expected} was expected (relative error {error:.2e})"
        );
    }
}

/// Checks every entry of a gradient against the central difference of a function of the machine,
/// with a precision such as [`Precision::of`] its float type.
///
/// # Panics
///
/// At the first entry that differs.
pub fn check_gradient<L: Trainable>(
    machine: &BoltzmannMachine<L>,
    gradient: &Gradient,
    precision: Precision,
    value: impl Fn(&BoltzmannMachine<L>) -> f64,
) {
    let entries = |data: &Tensor<1>| -> Vec<f64> { data.to_data().iter().collect() };
    let all = gradient
        .vectors
        .iter()
        .map(|(&id, tensor)| (id, entries(tensor)))
        .chain(gradient.matrices.iter().map(|(&id, tensor)| {
            let flat = tensor.clone().reshape([tensor.shape().num_elements()]);
            (id, entries(&flat))
        }));
    for (id, derivatives) in all {
        for (position, derivative) in derivatives.into_iter().enumerate() {
            let at = |sign: f64| {
                let mut moved = machine.clone();
                moved.map(&mut Nudge {
                    id,
                    position,
                    by: sign * precision.step,
                });
                value(&moved)
            };
            let difference = (at(1.0) - at(-1.0)) / (2.0 * precision.step);
            precision.assert_close(derivative, difference, &format!("{id}[{position}]"));
        }
    }
}

/// Adds to one entry of one parameter.
struct Nudge {
    id: ParameterId,
    position: usize,
    by: f64,
}

impl Nudge {
    fn nudge(&self, flat: Tensor<1>) -> Tensor<1> {
        let at = self.position..self.position + 1;
        let entry = flat.clone().slice([at.clone()]);
        flat.slice_assign([at], entry + self.by)
    }
}

impl Mapper for Nudge {
    fn vector(&mut self, id: ParameterId, tensor: Tensor<1>) -> Tensor<1> {
        if id == self.id {
            self.nudge(tensor)
        } else {
            tensor
        }
    }

    fn matrix(&mut self, id: ParameterId, tensor: Tensor<2>) -> Tensor<2> {
        if id == self.id {
            let shape = tensor.dims();
            self.nudge(tensor.reshape([shape[0] * shape[1]]))
                .reshape(shape)
        } else {
            tensor
        }
    }
}
