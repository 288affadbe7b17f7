//! AIS estimates and exact values of ln Z for every pair of layer kinds.

use paysage::{
    metrics::{Annealer, Annealing},
    prelude::*,
};
use paysage_testkit::machines;

use crate::Outcome;

/// Number of seeds for each pair.
const SEEDS: u64 = 20;

pub fn run() -> Outcome {
    let annealing = Annealing {
        chains: 500,
        temperatures: 100,
        ..Default::default()
    };
    println!(
        "| visible | hidden | exact ln Z | largest error | in standard errors | intervals that contain it |"
    );
    println!("|---|---|---|---|---|---|");
    for (count, kinds) in machines::pairs().into_iter().enumerate() {
        let key = RandomKey::new(300).split(count as u64);
        let machine = machines::chain(&kinds, 0.4, false, key);
        let exact = Exact::new(&machine)?.log_partition();
        let (mut most, mut errors, mut held) = (0.0_f64, 0.0_f64, 0);
        for seed in 0..SEEDS {
            let mut annealer = Annealer::new(&machine, None, RandomKey::new(seed))?;
            let run = annealer.run(&annealing, &mut Silent)?;
            let error = (run.first.forward.value - exact).abs();
            most = most.max(error);
            errors = errors.max(error / run.first.forward.standard_error);
            let interval = run.interval();
            held += u64::from(interval.low <= exact && exact <= interval.high);
        }
        let [visible, hidden] = kinds;
        println!(
            "| {visible} | {hidden} | {exact:.4} | {most:.4} | {errors:.1} | {held} of {SEEDS} |"
        );
    }
    Ok(())
}
