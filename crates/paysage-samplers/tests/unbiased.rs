//! Unbiased contrastive divergence against the exact gradient, and contrastive divergence from noise.

mod common;

use burn::tensor::Tensor;
use paysage_kernels::RandomKey;
use paysage_layers::{AnyLayer, LayerKind};
use paysage_models::{Batch, BoltzmannMachine, Estimator, Exact, Gradient, SettingError};
use paysage_samplers::{
    ChainStart, ContrastiveDivergence, RowChains, UnbiasedContrastiveDivergence,
};
use paysage_testkit::{machines, statistics};

/// Number of independent estimates of the gradient.
const REPEATS: usize = 100;

fn entries(gradient: &Gradient) -> Vec<f64> {
    let vectors = gradient.vectors.values().map(Tensor::to_data);
    let matrices = gradient.matrices.values().map(Tensor::to_data);
    let all = vectors.chain(matrices);
    all.flat_map(|data| data.iter::<f64>().collect::<Vec<_>>())
        .collect()
}

fn rows_of(machine: &BoltzmannMachine, rows: usize) -> Batch {
    let first = machine.visible_of(&machine.random_state(3, RandomKey::new(300)));
    let rows: Vec<_> = (0..rows / 3).map(|_| first.clone()).collect();
    Batch::from(Tensor::cat(rows, 0))
}

/// Estimates of the model's part of the gradient, entry by entry, beside its exact value.
fn model_parts<E: Estimator<AnyLayer>>(
    machine: &BoltzmannMachine,
    estimator: &E,
    seed: u64,
) -> Vec<(Vec<f64>, f64)> {
    let batch = rows_of(machine, 150);
    let exact = Exact::new(machine).expect("a small machine");
    let expected = entries(&exact.model_gradient());
    let mut found = vec![Vec::new(); expected.len()];
    for repeat in 0..REPEATS {
        let state = estimator.init(machine).expect("valid settings");
        let key = RandomKey::new(seed).split(repeat as u64);
        let (step, _) = estimator.step(machine, &batch, state, key);
        let estimate = entries(&machine.energy_gradient(&step.model));
        for (all, entry) in found.iter_mut().zip(estimate) {
            all.push(entry);
        }
    }
    found.into_iter().zip(expected).collect()
}

fn kinds() -> [Vec<LayerKind>; 5] {
    [
        machines::kinds_of("4,3"),
        machines::kinds_of("spin:4,spin:2"),
        machines::kinds_of("onehot:2x3,onehot:1x3"),
        machines::kinds_of("gaussian:3,3"),
        machines::kinds_of("4,3,spin:2"),
    ]
}

#[test]
fn the_expectation_of_the_negative_phase_is_exact_where_that_of_cd_is_not() {
    let mut biased = 0;
    for (count, kinds) in kinds().iter().enumerate() {
        let key = RandomKey::new(301).split(count as u64);
        let machine = machines::chain(kinds, 1.0, true, key);
        let ucd = UnbiasedContrastiveDivergence {
            most: 2000,
            ..Default::default()
        };
        let what = format!("{kinds:?}");
        for (estimates, exact) in model_parts(&machine, &ucd, 302) {
            statistics::assert_mean(&estimates, exact, &what);
        }
        let cd = ContrastiveDivergence::default();
        biased += usize::from(
            model_parts(&machine, &cd, 302)
                .iter()
                .any(|(found, exact)| {
                    let (mean, error) = statistics::mean_and_error(found);
                    (mean - exact).abs() > statistics::SIGMAS * error
                }),
        );
    }
    assert!(
        biased >= 3,
        "{biased} of 5 machines have a visible bias of CD-1"
    );
}

#[test]
fn later_corrections_are_unbiased_as_well_and_chains_that_do_not_meet_are_counted() {
    let machine = machines::chain(&machines::kinds_of("4,3"), 1.0, true, RandomKey::new(310));
    let ucd = UnbiasedContrastiveDivergence {
        steps: 4,
        most: 2000,
        ..Default::default()
    };
    for (estimates, exact) in model_parts(&machine, &ucd, 311) {
        statistics::assert_mean(&estimates, exact, "k = 4");
    }
    let batch = rows_of(&machine, 300);
    let info = |most: usize| {
        let ucd = UnbiasedContrastiveDivergence {
            most,
            ..Default::default()
        };
        let (step, _) = ucd.step(&machine, &batch, RowChains::default(), RandomKey::new(312));
        let number = |name: &str| step.info[name].clone().into_scalar::<f64>();
        (number("unmet_chains"), number("meeting_sweeps"))
    };
    let (unmet, sweeps) = info(2000);
    assert!(unmet == 0.0 && sweeps > 2.0 && sweeps < 100.0, "{sweeps}");
    let (unmet, censored) = info(3);
    assert!(unmet > 0.0 && censored <= 3.0 && censored < sweeps);
    let (all, one) = info(1);
    assert_eq!((all, one), (300.0, 1.0));
}

#[test]
fn continuous_units_that_never_meet_are_refused() {
    for (kinds, layer) in [("4,gaussian:2", 1), ("4,3,gaussian:2", 0)] {
        let machine = machines::chain(&machines::kinds_of(kinds), 0.1, true, RandomKey::new(320));
        let refused = UnbiasedContrastiveDivergence::default().init(&machine);
        match layer {
            1 => assert_eq!(
                refused.map(drop).expect_err(kinds).to_string(),
                "unbiased contrastive divergence needs discrete units, but those of layer 1 are \
                 continuous"
            ),
            // The last layer is drawn together with the visible one.
            _ => assert!(refused.is_ok(), "{kinds}"),
        }
    }
    let machine = machines::chain(&machines::kinds_of("4,3"), 0.1, true, RandomKey::new(320));
    let few = UnbiasedContrastiveDivergence {
        steps: 5,
        most: 4,
        ..Default::default()
    };
    let refused = few.init(&machine).map(drop);
    assert!(matches!(refused, Err(SettingError::OutOfRange { .. })));
}

/// Many sweeps from noise reach the distribution; few of a machine whose weights are strong do not, and
/// remember nothing of the data.
#[test]
fn chains_from_noise_do_not_depend_on_the_rows() {
    let machine = machines::chain(&machines::kinds_of("4,3"), 0.7, true, RandomKey::new(330));
    let cd = ContrastiveDivergence {
        steps: 40,
        start: ChainStart::Noise,
        ..Default::default()
    };
    for (estimates, exact) in model_parts(&machine, &cd, 331) {
        statistics::assert_mean(&estimates, exact, "40 sweeps from noise");
    }
    let model = |rows: &Batch, start: ChainStart| {
        let cd = ContrastiveDivergence {
            start,
            ..Default::default()
        };
        let (step, _) = cd.step(&machine, rows, RowChains::default(), RandomKey::new(332));
        step.model.state.layers[0].to_data()
    };
    let rows = rows_of(&machine, 300);
    let others = Batch::from(Tensor::ones_like(&rows.rows) - rows.rows.clone());
    let noise = ChainStart::Noise;
    assert_eq!(model(&rows, noise), model(&others, noise));
    assert_ne!(
        model(&rows, ChainStart::Data),
        model(&others, ChainStart::Data)
    );
}
