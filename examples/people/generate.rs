//! Synthetic table of people from three latent groups.

use rand::{RngExt, SeedableRng, rngs::ChaCha12Rng};
use rand_distr::{Distribution, Normal};

/// The names of the columns.
pub const COLUMNS: [&str; 6] = ["age", "region", "smoker", "stage", "pressure", "weight"];

/// Parameters of a group.
struct Group {
    share: f64,
    /// Probabilities of north, south and west.
    region: [f64; 3],
    smoker: f64,
    /// Probabilities of early, middle and late.
    stage: [f64; 3],
    age: f64,
    weight: f64,
}

const GROUPS: [Group; 3] = [
    Group {
        share: 0.5,
        region: [0.8, 0.1, 0.1],
        smoker: 0.1,
        stage: [0.8, 0.15, 0.05],
        age: 30.0,
        weight: 65.0,
    },
    Group {
        share: 0.3,
        region: [0.1, 0.8, 0.1],
        smoker: 0.8,
        stage: [0.1, 0.3, 0.6],
        age: 50.0,
        weight: 90.0,
    },
    Group {
        share: 0.2,
        region: [0.05, 0.15, 0.8],
        smoker: 0.3,
        stage: [0.1, 0.8, 0.1],
        age: 72.0,
        weight: 68.0,
    },
];

/// Rows of cells. Within a group, pressure depends on age; all other columns are independent.
pub fn people(rows: usize, seed: u64) -> Vec<Vec<String>> {
    let mut chance = ChaCha12Rng::seed_from_u64(seed);
    let person = |_| {
        let group = &GROUPS[pick(&GROUPS.each_ref().map(|group| group.share), &mut chance)];
        let region = ["north", "south", "west"][pick(&group.region, &mut chance)];
        let smoker = ["no", "yes"][pick(&[1.0 - group.smoker, group.smoker], &mut chance)];
        let stage = ["early", "middle", "late"][pick(&group.stage, &mut chance)];
        let age = normal(group.age, 5.0, &mut chance);
        let pressure = normal(90.0 + 0.8 * age, 4.0, &mut chance);
        let weight = normal(group.weight, 6.0, &mut chance);
        vec![
            format!("{age:.0}"),
            region.into(),
            smoker.into(),
            stage.into(),
            format!("{pressure:.1}"),
            format!("{weight:.1}"),
        ]
    };
    (0..rows).map(person).collect()
}

/// The same rows, with a random fraction of empty cells.
pub fn with_gaps(rows: &[Vec<String>], share: f64, seed: u64) -> Vec<Vec<String>> {
    let mut chance = ChaCha12Rng::seed_from_u64(seed);
    let mut cell = |cell: &String| match chance.random_bool(share) {
        true => String::new(),
        false => cell.clone(),
    };
    rows.iter()
        .map(|row| row.iter().map(&mut cell).collect())
        .collect()
}

fn pick(shares: &[f64], chance: &mut ChaCha12Rng) -> usize {
    let mut left = chance.random::<f64>();
    let passed = shares.iter().position(|share| {
        left -= share;
        left < 0.0
    });
    passed.unwrap_or(shares.len() - 1)
}

fn normal(mean: f64, deviation: f64, chance: &mut ChaCha12Rng) -> f64 {
    Normal::new(mean, deviation)
        .expect("a positive standard deviation")
        .sample(chance)
}
