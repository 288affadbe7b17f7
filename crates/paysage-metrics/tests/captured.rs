//! Annealing that a GPU captures and replays gives what it gives when it is launched step by step.

use paysage_kernels::{RandomKey, allow_capture};
use paysage_metrics::{Annealer, Annealing, Spacing};
use paysage_models::Silent;
use paysage_testkit::machines;

/// ln Z of a machine from below.
fn log_partition(kinds: &str, centered: bool, is_captured: bool) -> f64 {
    allow_capture(is_captured);
    let kinds = machines::kinds_of(kinds);
    let machine = machines::chain(&kinds, 1.0, centered, RandomKey::new(31));
    let annealing = Annealing {
        chains: 4,
        temperatures: 60,
        spacing: Spacing::Linear,
    };
    let mut annealer = Annealer::new(&machine, None, RandomKey::new(2)).expect("normalizable");
    let estimate = annealer
        .forward(&annealing, &mut Silent)
        .expect("enough chains");
    estimate.value
}

/// Of the last machine nothing is captured.
#[test]
fn captured_annealing_is_that_which_is_launched() {
    for kinds in ["5,4", "spin:4,onehot:2x3", "4,spin:3,5", "gaussian:4,3"] {
        for centered in [false, true] {
            let [launched, captured] =
                [false, true].map(|is_captured| log_partition(kinds, centered, is_captured));
            assert!(launched.is_finite(), "{kinds}");
            assert_eq!(launched.to_bits(), captured.to_bits(), "{kinds} {centered}");
        }
    }
}
