//! Gradient estimators against the exact gradient of the likelihood.

use paysage_data::Table;
use paysage_kernels::RandomKey;
use paysage_layers::{AnyLayer, LayerKind};
use paysage_models::{BoltzmannMachine, Estimator, Exact, Gradient, Recorded, SettingError, Step};
use paysage_samplers::{
    Chain, ContrastiveDivergence, DataPhase, Gibbs, MeanField, PersistentContrastiveDivergence,
    PersistentState, RowChains, Tempered,
};
use paysage_testkit::{Precision, check_gradient, machines, statistics};

const CHAINS: usize = 21_000;

fn machine() -> BoltzmannMachine {
    let kinds = [LayerKind::bernoulli(4), LayerKind::onehot(1, 3)];
    machines::chain(&kinds, 0.6, true, RandomKey::new(70))
}

/// A few rows, unlike the machine's own distribution.
fn table() -> Table {
    let rows = [
        [1.0, 1.0, 0.0, 0.0],
        [0.0, 1.0, 0.0, 0.0],
        [1.0, 1.0, 1.0, 0.0],
    ];
    Table::new("rows", 4, rows.concat()).expect("finite")
}

/// The state of PCD with chains at these states.
fn at(chains: paysage_models::State) -> PersistentState {
    PersistentState {
        chains: Some(chains),
        ..Default::default()
    }
}

/// Checks a gradient against differences of the exact likelihood: every entry averages numbers
/// between −1 and 1 over the chains.
fn assert_unbiased(machine: &BoltzmannMachine, gradient: &Gradient) {
    let precision = Precision {
        tolerance: 4.9 / (CHAINS as f64).sqrt(),
        ..Precision::of(machine.dtype())
    };
    check_gradient(machine, gradient, precision, |moved| {
        let exact = Exact::new(moved).expect("a small machine");
        -exact.mean_log_likelihood(&table()).expect("restricted")
    });
}

#[test]
fn persistent_chains_in_equilibrium_give_the_exact_gradient() {
    let machine = machine();
    let exact = Exact::new(&machine).expect("a small machine");
    let estimator = PersistentContrastiveDivergence::default();
    let state = at(exact.sample(CHAINS, RandomKey::new(71)));
    let rows = machine.batch(&table(), &[0, 1, 2]);
    let (step, _) = estimator.step(&machine, &rows, state, RandomKey::new(72));
    assert_unbiased(&machine, &step.gradient);
}

#[test]
fn persistent_chains_stay_in_equilibrium() {
    let machine = machine();
    let exact = Exact::new(&machine).expect("a small machine");
    let estimator = PersistentContrastiveDivergence {
        steps: 3,
        ..Default::default()
    };
    let state = at(exact.sample(CHAINS, RandomKey::new(77)));
    let rows = machine.batch(&table(), &[0, 1, 2]);
    let (_, state) = estimator.step(&machine, &rows, state, RandomKey::new(78));
    let chains = state.chains.expect("chains after a step");
    for (layer, mean) in chains.layers.into_iter().zip(exact.means()) {
        let columns: Vec<f64> = layer.transpose().into_data().iter().collect();
        for (column, mean) in columns.chunks(CHAINS).zip(mean.into_data().iter::<f64>()) {
            statistics::assert_mean(column, mean, "a chain after three sweeps");
        }
    }
}

#[test]
fn many_steps_of_contrastive_divergence_give_the_exact_gradient() {
    let machine = machine();
    let estimator = ContrastiveDivergence {
        steps: 40,
        ..Default::default()
    };
    let indices: Vec<usize> = (0..CHAINS).map(|row| row % 3).collect();
    let rows = machine.batch(&table(), &indices);
    let state = RowChains::default();
    let (step, _) = estimator.step(&machine, &rows, state, RandomKey::new(73));
    assert_unbiased(&machine, &step.gradient);
}

#[test]
fn the_number_of_chains_does_not_depend_on_the_batch() {
    let machine = machine();
    let estimator = PersistentContrastiveDivergence {
        chains: 7,
        ..Default::default()
    };
    let mut state = estimator.init(&machine).expect("valid settings");
    for batch in [vec![0, 1, 2], vec![2]] {
        let rows = machine.batch(&table(), &batch);
        (_, state) = estimator.step(&machine, &rows, state, RandomKey::new(74));
        let chains = state.chains.as_ref().expect("chains after a step");
        assert_eq!(chains.batch(), 7);
    }
}

#[test]
fn deep_machines_have_a_gradient_for_every_parameter() {
    let kinds = machines::kinds_of("4,3,gaussian:2");
    let machine = machines::chain(&kinds, 0.3, false, RandomKey::new(75));
    let rows = machine.batch(&table(), &[0, 1, 2]);
    let cd = ContrastiveDivergence::default();
    let (step, _) = cd.step(&machine, &rows, RowChains::default(), RandomKey::new(76));
    let Step { gradient, .. } = step;
    let all = gradient.vectors.keys().chain(gradient.matrices.keys());
    assert_eq!(all.count(), machine.parameters().len());
}

/// The gradient of a step is that of its phases, whose means are those of the rows.
#[test]
fn a_step_has_the_statistics_of_its_phases() {
    let machine = machine();
    let rows = machine.batch(&table(), &[0, 1, 2]);
    let pcd = PersistentContrastiveDivergence::default();
    let (step, _) = pcd.step(&machine, &rows, Default::default(), RandomKey::new(79));
    assert_eq!(step.weight, 3.0);
    let again = machine.gradient(&step.data, &step.model);
    for (id, derivative) in &step.gradient.matrices {
        assert_eq!(derivative.to_data(), again.matrices[id].to_data(), "{id}");
    }
    let means: Vec<f64> = step.data.mean(0).into_data().iter().collect();
    for (found, expected) in means.iter().zip([2.0 / 3.0, 1.0, 1.0 / 3.0, 0.0]) {
        assert!((found - expected).abs() < 1e-6, "{means:?}");
    }
}

/// Chains of another kind start, step, and are saved and restored to the bit.
fn check_chain<C: Chain<AnyLayer> + Copy>(chain: C, what: &str) {
    let machine = machine();
    let rows = machine.batch(&table(), &[0, 1, 2]);
    let pcd = PersistentContrastiveDivergence {
        chains: 9,
        steps: 2,
        ..Default::default()
    };
    let pcd = pcd.with_chain(chain);
    let state = pcd.init(&machine).expect("valid settings");
    let (_, state) = pcd.step(&machine, &rows, state, RandomKey::new(80));
    let record = Recorded::<AnyLayer>::record(&state);
    assert!(!record.tensors.is_empty(), "{what}: the chains are saved");
    let restored = Recorded::restore(record.clone(), &machine).expect("restored");
    let steps = [state, restored].map(|state| {
        let (step, state) = pcd.step(&machine, &rows, state, RandomKey::new(81));
        let matrices = step.gradient.matrices.into_values();
        let bits = matrices.map(burn::tensor::Tensor::into_data);
        let record = Recorded::<AnyLayer>::record(&state);
        (bits.collect::<Vec<_>>(), record)
    });
    assert_eq!(steps[0], steps[1], "{what}");
    assert_ne!(steps[0].1, record, "{what}: the chains move");
}

#[test]
fn other_chains_go_through_the_same_door() {
    check_chain(Gibbs, "Gibbs");
    check_chain(MeanField, "mean field");
    let tempered = Tempered {
        beta: 0.7,
        chain: Gibbs,
    };
    check_chain(tempered, "a tempered chain");
}

/// The negative phase of chains at another temperature has the expectations of that temperature:
/// those of a machine with β times the energy.
#[test]
fn tempered_chains_have_the_distribution_of_their_temperature() {
    const BETA: f64 = 0.5;
    let machine = machine();
    let mut scaled = machine.clone();
    struct Scale;
    impl paysage_models::Mapper for Scale {
        fn vector(
            &mut self,
            id: paysage_models::ParameterId,
            tensor: burn::tensor::Tensor<1>,
        ) -> burn::tensor::Tensor<1> {
            match id {
                paysage_models::ParameterId::Layer { name: "center", .. } => tensor,
                _ => tensor * BETA,
            }
        }
        fn matrix(
            &mut self,
            _: paysage_models::ParameterId,
            tensor: burn::tensor::Tensor<2>,
        ) -> burn::tensor::Tensor<2> {
            tensor * BETA
        }
    }
    scaled.map(&mut Scale);
    let exact = Exact::new(&scaled).expect("a small machine");
    let pcd = PersistentContrastiveDivergence {
        steps: 3,
        ..Default::default()
    };
    let pcd = pcd.with_chain(Tempered {
        beta: BETA,
        chain: Gibbs,
    });
    let state = at(exact.sample(CHAINS, RandomKey::new(82)));
    let rows = machine.batch(&table(), &[0, 1, 2]);
    let (step, _) = pcd.step(&machine, &rows, state, RandomKey::new(83));
    for (layer, mean) in exact.means().into_iter().enumerate() {
        let found = step.model.mean(layer).into_data();
        for (found, mean) in found.iter::<f64>().zip(mean.into_data().iter::<f64>()) {
            let slack = 5.0 * 0.5 / (CHAINS as f64).sqrt();
            assert!((found - mean).abs() < slack, "{found}, expected {mean}");
        }
    }
}

#[test]
fn settings_of_zero_are_refused() {
    let machine = machine();
    let zero = |found: Result<(), SettingError>| {
        let error = found.expect_err("a setting of zero");
        assert!(matches!(error, SettingError::Zero { .. }), "{error}");
    };
    let cd = ContrastiveDivergence::default();
    let pcd = PersistentContrastiveDivergence::default();
    let cd_of = |cd: ContrastiveDivergence| cd.init(&machine).map(drop);
    let pcd_of = |pcd: PersistentContrastiveDivergence| pcd.init(&machine).map(drop);
    zero(cd_of(ContrastiveDivergence { steps: 0, ..cd }));
    zero(pcd_of(PersistentContrastiveDivergence { steps: 0, ..pcd }));
    zero(pcd_of(PersistentContrastiveDivergence { chains: 0, ..pcd }));
    for data in [
        DataPhase::MeanField { sweeps: 0 },
        DataPhase::Gibbs { sweeps: 0 },
    ] {
        zero(cd_of(ContrastiveDivergence { data, ..cd }));
        zero(pcd_of(PersistentContrastiveDivergence { data, ..pcd }));
    }
    for beta in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let hot = pcd.with_chain(Tempered { beta, chain: Gibbs });
        let error = hot.init(&machine).map(drop).expect_err("out of range");
        assert!(matches!(error, SettingError::OutOfRange { .. }), "{error}");
    }
}
