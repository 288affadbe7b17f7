//! The laws of layers that take part in the expansion of Thouless, Anderson and Palmer.

use burn::tensor::{FloatDType, Tensor};
use paysage_kernels::{RandomKey, normal};
use paysage_layers::{Cumulants, InverseTemperature, Slopes, Tap, Tilt};

use crate::Precision;

/// Checks a layer against the laws of [`Tap`].
///
/// 1. Under a field alone the means are those of the layer.
/// 2. They change with the field by the second cumulants, and these (of independent units) by the
///    third.
/// 3. The tilt of given cumulants has these cumulants.
/// 4. The entropy less ⟨H⟩ is the log-partition less the field times ⟨r⟩.
/// 5. Balance is how much the terms of the neighbours change with the means.
///
/// # Panics
///
/// With the law that is broken.
pub fn check_tap<L: Tap>(layer: &L, key: RandomKey) {
    const ROWS: usize = 4;
    let like = layer.parameters()[0].1;
    let (device, dtype): (_, FloatDType) = (like.device(), like.dtype().into());
    let precision = Precision::of(like.dtype());
    let noise = |child| normal([ROWS, layer.units()], key.split(child), &device).cast(dtype);
    let values = |x: Tensor<2>| -> Vec<f64> { x.into_data().iter().collect() };
    let close = |found: Tensor<2>, expected: Tensor<2>, law: &str| {
        for (found, expected) in values(found).into_iter().zip(values(expected)) {
            precision.assert_close(found, expected, &format!("{law} of the expansion"));
        }
    };
    let (field, direction) = (noise(0), noise(1));
    let at = |field: Tensor<2>| {
        let curvature = None;
        layer.cumulants(&Tilt { field, curvature })
    };
    let seen = |at: &Cumulants| layer.interaction(at.mean.clone());
    let here = at(field.clone());

    let mean = layer.mean(field.clone(), &InverseTemperature::ONE);
    close(here.mean.clone(), mean, "law 1");

    // How a function of the cumulants changes along the direction.
    let change = |of: &dyn Fn(&Cumulants) -> Tensor<2>| {
        let step = |share: f64| of(&at(field.clone() + direction.clone() * share));
        (step(precision.step) - step(-precision.step)) * (0.5 / precision.step)
    };
    let covariance = |x: Tensor<2>| spread(layer, &here, x);
    close(change(&seen), covariance(direction.clone()), "law 2");
    if layer.states_of_a_site() == 1 {
        let third = here.third.clone() * direction.clone();
        close(change(&|at| at.second.clone()), third, "law 2");
    }

    let again = layer.cumulants(&layer.tilt_of(&here));
    close(again.mean, here.mean.clone(), "law 3");
    close(again.second, here.second.clone(), "law 3");

    let lifted = (field.clone() * seen(&here)).sum_dim(1);
    let log_partition = layer.log_partition(field.clone(), &InverseTemperature::ONE);
    let entropy = layer.entropy(&here).unsqueeze_dim::<2>(1);
    close(
        entropy,
        log_partition.unsqueeze_dim::<2>(1) - lifted,
        "law 4",
    );

    let slopes = [2, 3, 4].map(noise);
    let [first, second, third] = slopes.clone();
    let balance = layer.balance(
        &here,
        &Slopes {
            field: first,
            second: Some(second),
            third: Some(third),
        },
    );
    let terms = |at: &Cumulants| {
        let [first, second, third] = slopes.clone();
        let sum = first * seen(at) + second * at.second.clone() + third * at.third.clone();
        sum.sum_dim(1)
    };
    let expected = covariance(direction.clone()) * balance.field;
    close(change(&terms), expected.sum_dim(1), "law 5");
}

/// The covariance of r times x.
fn spread<L: Tap>(layer: &L, at: &Cumulants, x: Tensor<2>) -> Tensor<2> {
    let states = layer.states_of_a_site();
    if states == 1 {
        return x * at.second.clone();
    }
    let [rows, units] = x.dims();
    let by_site = (x.clone() * at.second.clone()).reshape([rows, units / states, states]);
    let mean = by_site
        .sum_dim(2)
        .repeat_dim(2, states)
        .reshape([rows, units]);
    (x - mean) * at.second.clone()
}
