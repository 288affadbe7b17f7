//! The laws of paths between layers.

use burn::tensor::{FloatDType, Tensor};
use paysage_kernels::{RandomKey, normal};
use paysage_layers::{Annealed, InverseTemperature};

use crate::Precision;

/// Checks a layer against the laws of [`Annealed`], on the path from a base of its kind.
///
/// 1. β H′ and (1 − β) H_base + β H differ by a constant.
/// 2. f′·r′ = f·r, where f′ is the field times the factor.
/// 3. At β = 1 the path ends in the layer itself.
///
/// # Panics
///
/// When a law is broken, with its number.
pub fn check_annealed<L: Annealed>(base: &L, layer: &L, key: RandomKey) {
    const ROWS: usize = 6;
    let (device, dtype) = layer.storage();
    let precision = Precision::of(dtype);
    let fields = |count| {
        let field = normal([ROWS, layer.units()], key.split(count), &device);
        field.cast(FloatDType::from(dtype))
    };
    let states = layer.sample(fields(0), &InverseTemperature::ONE, key.split(1));
    let field = fields(2);
    let values = |x: Tensor<1>| -> Vec<f64> { x.into_data().iter().collect() };
    let field_dot = |layer: &L, field: Tensor<2>| {
        let product = layer.interaction(states.clone()) * field;
        values(product.sum_dim(1).squeeze_dim(1))
    };
    for beta in [0.2, 0.7, 1.0] {
        let (between, factor) = layer.between(base, beta);
        let expected =
            base.energy(states.clone()) * (1.0 - beta) + layer.energy(states.clone()) * beta;
        let difference = values(between.energy(states.clone()) * beta - expected);
        for row in &difference {
            let what = format!("law 1 of annealing, at {beta}");
            precision.assert_close(*row, difference[0], &what);
        }
        let scaled = match factor {
            Some(factor) => field.clone() * factor.unsqueeze(),
            None => field.clone(),
        };
        let (found, expected) = (field_dot(&between, scaled), field_dot(layer, field.clone()));
        for (found, expected) in found.into_iter().zip(expected) {
            let what = format!("law 2 of annealing, at {beta}");
            precision.assert_close(found, expected, &what);
        }
    }
    let (same, _) = layer.between(base, 1.0);
    for ((name, found), (_, expected)) in same.parameters().into_iter().zip(layer.parameters()) {
        let pairs = values(found.clone())
            .into_iter()
            .zip(values(expected.clone()));
        for (found, expected) in pairs {
            precision.assert_close(found, expected, &format!("law 3 of annealing: {name}"));
        }
    }
}
