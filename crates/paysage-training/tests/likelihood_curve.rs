//! The likelihood as training goes on, against the exact one.

mod kept;

use std::{collections::BTreeMap, num::NonZeroUsize};

use paysage_data::{BarsAndStripes, Table};
use paysage_kernels::RandomKey;
use paysage_layers::{AnyLayer, LayerKind};
use paysage_models::{BoltzmannMachine, Exact, ExactError, Initialization};
use paysage_optimizers::schedule;
use paysage_samplers::PersistentContrastiveDivergence;
use paysage_testkit::machines;
use paysage_training::{Callback, LikelihoodCurve, Trainer, TrainingError};

use kept::Kept;

/// A machine trained for some epochs under a curve, the rows, and the values of each epoch.
fn train(
    size: usize,
    hidden: usize,
    epochs: usize,
    map: impl FnOnce(LikelihoodCurve) -> LikelihoodCurve,
) -> (BoltzmannMachine, [Table; 2], Vec<BTreeMap<String, f64>>) {
    let table = BarsAndStripes { size }.generate();
    let (training, validation) = table.split(0.25, 1).expect("enough rows");
    let kinds = [size * size, hidden].map(|units| LayerKind::Bernoulli { units });
    let mut machine = machines::chain(&kinds, 0.1, false, RandomKey::new(1));
    let read = machine.initialize(Initialization::Glorot, &training, RandomKey::new(2));
    read.expect("a table in memory");
    let kept = Kept::default();
    let curve = LikelihoodCurve::standard(&training, Some(&validation)).expect("in memory");
    let curve = map(curve);
    let trainer = Trainer {
        epochs,
        batch_size: 20,
        ..Trainer::new(PersistentContrastiveDivergence::default())
    };
    let state = trainer.start(machine).expect("valid settings");
    let callbacks: &mut [Box<dyn Callback<AnyLayer>>] =
        &mut [Box::new(curve), Box::new(kept.clone())];
    let outcome = trainer.fit(state, &training, callbacks).expect("trained");
    let machine = outcome.state.machine;
    let values = kept.values();
    (machine, [training, validation], values)
}

#[test]
fn small_machines_are_summed_after_the_chosen_epochs() {
    let every = NonZeroUsize::new(2).expect("not zero");
    let every_second = |curve| LikelihoodCurve { every, ..curve };
    let (machine, tables, values) = train(3, 5, 5, every_second);
    let measured: Vec<bool> = values.iter().map(|values| !values.is_empty()).collect();
    assert_eq!(measured, [false, true, false, true, true]);
    let exact = Exact::new(&machine).expect("small");
    for (table, name) in tables
        .iter()
        .zip(["log_likelihood_exact", "log_likelihood_exact_validation"])
    {
        let expected = exact.mean_log_likelihood(table).expect("restricted");
        assert_eq!(values[4][name], expected, "{name}");
    }
}

#[test]
fn large_machines_are_annealed_between_bounds() {
    let short = |mut curve: LikelihoodCurve| {
        curve.annealing.temperatures = 100;
        curve
    };
    let (machine, tables, values) = train(5, 18, 3, short);
    assert_eq!(values.len(), 3);
    let exact = Exact::new(&machine).expect("2¹⁸ states");
    for (table, suffix) in tables.iter().zip(["", "_validation"]) {
        let of = |name: &str| values[2][&format!("log_likelihood_ais{name}{suffix}")];
        let expected = exact.mean_log_likelihood(table).expect("restricted");
        assert!(of("_low") < expected && expected < of("_high"), "{suffix}");
        assert!((of("") - expected).abs() < 0.05, "{suffix}");
    }
    // Again, to the bit.
    assert_eq!(train(5, 18, 3, short).2, values);
}

#[test]
fn a_machine_trained_beyond_all_bounds_is_named() {
    let rows: Vec<f32> = (0..40).map(|x| x as f32).collect();
    let table = Table::new("rows", 2, rows).expect("finite");
    let kinds = [LayerKind::gaussian(2); 2];
    let machine = machines::chain(&kinds, 0.1, false, RandomKey::new(3));
    let trainer: Trainer<AnyLayer, PersistentContrastiveDivergence> = Trainer {
        learning_rate: Box::new(schedule::constant(0.3)),
        ..Trainer::new(PersistentContrastiveDivergence::default())
    };
    let error = trainer.train(machine, &table).expect_err("no machine");
    let TrainingError::NotNormalizable { source, .. } = &error else {
        panic!("{error}")
    };
    let layers = vec![0, 1];
    assert_eq!(*source, ExactError::NotNormalizable { layers });
    assert!(
        error
            .to_string()
            .ends_with("a smaller learning rate than 0.3")
    );
}
