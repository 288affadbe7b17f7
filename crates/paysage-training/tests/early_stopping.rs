//! Early stopping and the best machine, without the folder of a run.

use std::num::NonZeroUsize;

use paysage_data::{BarsAndStripes, Table};
use paysage_kernels::RandomKey;
use paysage_layers::{AnyLayer, Bernoulli};
use paysage_metrics::Direction;
use paysage_models::{BoltzmannMachine, Exact, Initialization};
use paysage_optimizers::schedule;
use paysage_samplers::ContrastiveDivergence;
use paysage_testkit::machines;
use paysage_training::{
    BestEpoch, BestMachine, Callback, EarlyStopping, EpochValues, MonitorSchedule, Monitors,
    Trainer,
};

const METRIC: &str = "log_likelihood_exact_validation";

mod kept;
use kept::Kept;

/// Training rows, validation rows, and a machine that overfits.
fn data() -> (Table, Table, BoltzmannMachine) {
    let table = BarsAndStripes { size: 3 }.generate();
    let (training, validation) = table.split(0.5, 1).expect("enough rows");
    let device = machines::device();
    let layers = [9, 8].map(|units| AnyLayer::from(Bernoulli::new(units, &device)));
    let mut machine = BoltzmannMachine::chain(layers.into()).expect("a chain");
    machine
        .initialize(Initialization::Glorot, &training, RandomKey::new(1))
        .expect("rows in memory");
    (training, validation, machine)
}

#[test]
fn a_resumed_training_stops_at_the_same_epoch_with_the_same_best_machine() {
    let (training, validation, machine) = data();
    let trainer = |epochs| {
        let mut monitors =
            Monitors::standard(&machine, &training, Some(&validation)).expect("rows in memory");
        monitors.schedule = MonitorSchedule::EVERY_EPOCH;
        Trainer {
            epochs,
            batch_size: 4,
            learning_rate: Box::new(schedule::constant(0.1)),
            monitors,
            ..Trainer::new(ContrastiveDivergence::default())
        }
    };
    let metric = || BestEpoch::new(METRIC, Direction::Higher);
    let patience = NonZeroUsize::new(5).expect("not zero");

    let mut stopping = EarlyStopping::new(metric(), patience);
    let mut best = BestMachine::new(metric());
    let whole = trainer(500);
    let kept = Kept::default();
    let mut callbacks: Vec<Box<dyn Callback<AnyLayer> + '_>> = vec![
        Box::new(&mut stopping),
        Box::new(&mut best),
        Box::new(kept.clone()),
    ];
    let start = whole.start(machine.clone()).expect("valid settings");
    let outcome = whole
        .fit(start, &training, &mut callbacks)
        .expect("trained");
    drop(callbacks);
    let (epoch, value) = best.best.found.expect("a best epoch");
    assert!(outcome.stopped && outcome.state.epochs == epoch + 5);
    assert_eq!(stopping.stopped, Some(epoch + 5));
    // The best machine has the value that was measured, and it is the largest one.
    let best_machine = best.machine.expect("a machine");
    let exact = Exact::new(&best_machine).expect("a small machine");
    let found = exact.mean_log_likelihood(&validation).expect("restricted");
    assert!((found - value).abs() < 1e-9, "{found} and {value}");
    let values = kept.values();
    assert_eq!(values.len(), epoch + 5);
    assert!(values.iter().all(|values| values[METRIC] <= value));

    // Stopped after two epochs and resumed with the values of those epochs.
    let first = trainer(2);
    let start = first.start(machine.clone()).expect("valid settings");
    let kept = Kept::default();
    let state = first
        .fit(start, &training, &mut [Box::new(kept.clone())])
        .expect("trained")
        .state;
    let history: Vec<EpochValues> = (1..).zip(kept.values()).collect();
    let mut resumed = EarlyStopping::new(metric(), patience).replay(&history);
    let outcome = whole
        .fit(state, &training, &mut [Box::new(&mut resumed)])
        .expect("trained");
    assert!(outcome.stopped);
    assert_eq!(resumed, stopping);
}
