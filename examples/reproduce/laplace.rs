//! Two independent Laplace sources of unit variance, mixed by a rotation, modelled by a
//! Gaussian-Bernoulli RBM with four hidden units.
//!
//! No model of the sources has a mean log-likelihood above −2.693 nats per row; the published value for
//! such an RBM is −2.736 (Melchior, Wang & Wiskott, "Gaussian-binary restricted Boltzmann machines for
//! modeling natural image statistics", 2017).

use burn::tensor::Tensor;
use paysage::{
    kernels::uniform,
    metrics::{Annealer, Annealing},
    prelude::*,
};

use crate::{Outcome, exact};

const ROWS: usize = 50_000;
const EPOCHS: usize = 200;
const BATCH: usize = 1000;
const SEED: u64 = 0;

/// The angle of the rotation, in radians.
const ANGLE: f64 = 0.6;

pub fn run() -> Outcome {
    let (training, test) = (sources(1)?, sources(2)?);
    let machine = cross()?;
    let steps = EPOCHS * ROWS / BATCH;
    let trainer = Trainer {
        epochs: EPOCHS,
        batch_size: BATCH,
        learning_rate: Box::new(schedule::cosine(0.003, 1e-5, steps)),
        seed: SEED,
        ..Trainer::new(PersistentContrastiveDivergence {
            chains: BATCH,
            ..Default::default()
        })
    };
    let machine = trainer.train(machine, &training)?;

    let exact = exact(&machine, &test)?;
    let free_energy = FreeEnergy.run(&machine, &test, RandomKey::new(0), &mut Silent)?;
    let free_energy = free_energy.value;
    let annealing = Annealing {
        chains: 2000,
        temperatures: 2000,
        ..Default::default()
    };
    let mut annealer = Annealer::new(&machine, Some(&test), RandomKey::new(SEED))?;
    let run = annealer.run(&annealing, &mut Silent)?;
    println!("| exact | AIS | reverse AIS | Bennett |");
    println!("|---|---|---|---|");
    let annealed = [
        run.first.forward.value,
        run.first.reverse.value,
        run.first.bennett.value,
    ];
    let [forward, reverse, both] = annealed.map(|log_partition| -free_energy - log_partition);
    println!("| {exact:.4} | {forward:.4} | {reverse:.4} | {both:.4} |");
    Ok(())
}

/// An RBM whose hidden weight vectors form a cross, with rarely active units. With small random initial
/// weights, two of them often end in the same direction.
fn cross() -> Result<BoltzmannMachine, Box<dyn std::error::Error>> {
    /// Shift of the mean by a hidden unit, variance, and probability that a hidden unit is 1.
    const REACH: f32 = 2.0;
    const VARIANCE: f32 = 0.5;
    const RATE: f32 = 0.1;
    let device = default_device()?;
    let (mut visible, mut hidden) = (Gaussian::new(2, &device), Bernoulli::new(4, &device));
    visible.log_var = visible.log_var + VARIANCE.ln();
    // Moving the mean by m multiplies the weight of a component by exp(m²/2σ²).
    hidden.loc = hidden.loc + (RATE.ln() - REACH * REACH / (2.0 * VARIANCE));
    let mut machine = BoltzmannMachine::chain(vec![visible.into(), hidden.into()])?;
    let (r, none) = (REACH, 0.0);
    machine.connections[0].weight =
        Tensor::from_floats([[r, none, -r, none], [none, r, none, -r]], &device);
    Ok(machine)
}

/// Rotated rows of two Laplace numbers of variance 1, sampled by inversion.
fn sources(seed: u64) -> Result<Table, Box<dyn std::error::Error>> {
    let uniforms = uniform([ROWS, 2], RandomKey::new(seed), &default_device()?);
    let scale = 0.5_f64.sqrt();
    let laplace = |u: f64| {
        // In (−½, ½): shifted by half a step, no uniform number is 0 or 1.
        let centered = u + 0.5 / 16_777_216.0 - 0.5;
        -scale * centered.signum() * (1.0 - 2.0 * centered.abs()).ln()
    };
    let values: Vec<f64> = uniforms.into_data().iter().map(laplace).collect();
    let (sine, cosine) = ANGLE.sin_cos();
    let rotated = values.chunks(2).flat_map(|pair| {
        let (a, b) = (pair[0], pair[1]);
        [
            (cosine * a - sine * b) as f32,
            (sine * a + cosine * b) as f32,
        ]
    });
    Ok(Table::new(
        "two mixed Laplace sources",
        2,
        rotated.collect(),
    )?)
}
