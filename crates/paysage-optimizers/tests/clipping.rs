//! Gradient clipping.

mod common;

use common::{flat, gradient_step, norm};
use paysage_kernels::RandomKey;
use paysage_layers::AnyLayer;
use paysage_models::{Gradient, SettingError, Step};
use paysage_optimizers::{ClipNorm, GradientTransform};
use paysage_testkit::machines;

fn all(gradient: &Gradient) -> Vec<f64> {
    let vectors = gradient.vectors.values().flat_map(flat);
    let matrices = gradient.matrices.values().flat_map(flat);
    vectors.chain(matrices).collect()
}

#[test]
fn clipping_scales_the_whole_gradient() {
    let kinds = machines::kinds_of("3,gaussian:2,2");
    let machine = machines::chain(&kinds, 1.0, false, RandomKey::new(700));
    let before = gradient_step(&machine);
    let values = all(&before.gradient);
    let size = norm(&values);
    for (limit, factor) in [(size / 4.0, 0.25), (size * 2.0, 1.0)] {
        let after = ClipNorm { norm: limit }.apply(&machine, before.clone());
        for (found, value) in all(&after.gradient).into_iter().zip(&values) {
            assert!((found - factor * value).abs() < 1e-5 * size, "{found}");
        }
    }
    let zero = Step {
        gradient: before.gradient.clone() + -before.gradient,
        ..gradient_step(&machine)
    };
    let after = ClipNorm { norm: 1.0 }.apply(&machine, zero);
    assert!(all(&after.gradient).iter().all(|&x| x == 0.0));
}

#[test]
fn norms_out_of_range_are_refused() {
    for norm in [0.0, f64::INFINITY] {
        let transform: &dyn GradientTransform<AnyLayer> = &ClipNorm { norm };
        let error = transform.check().expect_err("out of range");
        assert!(matches!(error, SettingError::OutOfRange { .. }), "{error}");
    }
}
