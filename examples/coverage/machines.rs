//! Machines whose ln Z and log-likelihoods are exact sums, with rows for each.

use paysage::{
    burn::tensor::{Device, Tensor, TensorData},
    prelude::*,
    training::{MethodName, Settings},
};
use rand::{RngExt, SeedableRng, rngs::ChaCha12Rng};

use crate::Outcome;

/// A machine, rows, and their names.
pub(crate) struct Case {
    pub family: &'static str,
    pub name: String,
    pub machine: BoltzmannMachine,
    pub rows: Table,
}

/// Number of units of the smaller layer: 2¹⁷ states are too many for exact samples as starts of reverse
/// chains, and few enough for an exact sum.
const UNITS: usize = 17;

/// Number of rows that are no training data.
const ROWS: usize = 27;

/// All machines, or those of one family, or the trained ones of one learning rate; `quick` leaves out those
/// that need training.
pub(crate) fn all(only: Option<&str>, rate: Option<f64>, quick: bool) -> Outcome<Vec<Case>> {
    let device = default_device()?;
    let wanted = |family: &str| only.is_none_or(|only| only == family);
    let mut cases = Vec::new();
    if wanted("hopfield") {
        for (patterns, weight) in [(3, 0.05), (3, 0.15), (17, 0.05), (17, 0.1), (17, 0.2)] {
            cases.push(hopfield(patterns, weight, &device)?);
        }
    }
    if wanted("ferromagnet") {
        for (coupling, tilt) in [
            (0.5, 0.0),
            (0.8, 0.0),
            (1.0, 0.0),
            (1.2, 0.05),
            (1.5, 0.2),
            (2.0, 0.0),
            (2.5, 0.2),
        ] {
            cases.push(ferromagnet(coupling, tilt, &device)?);
        }
    }
    if wanted("wells") {
        for (coupling, tilt, from) in [
            (1.0, 0.05, Well::Lighter),
            (1.5, 0.05, Well::Lighter),
            (1.5, 0.25, Well::Lighter),
            (1.5, 0.25, Well::Heavier),
            (2.5, 0.05, Well::Both),
        ] {
            cases.push(double_well(coupling, tilt, from, &device)?);
        }
    }
    if wanted("mixture") {
        for (distance, of) in [(1.0, 4), (2.0, 4), (4.0, 4), (4.0, 1), (8.0, 4)] {
            cases.push(mixture(distance, of, &device)?);
        }
    }
    if wanted("digits") && !quick {
        let once = [0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 3.0].map(|rate| (rate, 1));
        let again = [0.5, 1.0, 2.0].map(|rate| (rate, 2));
        for (trained, seed) in once.into_iter().chain(again) {
            if rate.is_none_or(|rate| rate == trained) {
                cases.push(digits(trained, seed, &device)?);
            }
        }
    }
    Ok(cases)
}

/// Built-in digits, trained at a learning rate that may be too large.
fn digits(rate: f64, seed: u64, device: &Device) -> Outcome<Case> {
    let settings = Settings {
        hidden: "18".into(),
        method: MethodName::Pcd,
        learning_rate: Some(rate),
        epochs: Some(20),
        seed,
        ..Settings::default()
    };
    let data = settings.read_data("builtin:digits?rows=2000")?;
    let mut machine = settings.machine(&data.layout, device)?;
    let trainer = settings.trainer(&data.table, &machine)?;
    settings.set_centers(&mut machine, &data.table)?;
    let key = settings.initialization_key();
    machine.initialize(settings.initialization(), &data.table, key)?;
    Ok(Case {
        family: "digits",
        name: format!("learning rate {rate}, seed {seed}"),
        machine: trainer.train(machine, &data.table)?,
        rows: data.table,
    })
}

/// Hidden spins whose weights are patterns: modes at the patterns and their negatives. The rows are the
/// patterns.
fn hopfield(patterns: usize, weight: f64, device: &Device) -> Outcome<Case> {
    const VISIBLE: usize = 60;
    let all = signs(VISIBLE * patterns);
    let layers = [VISIBLE, UNITS].map(|units| Spin::new(units, device).into());
    let mut machine = BoltzmannMachine::chain(layers.into())?;
    let weights = |unit: usize, hidden: usize| weight * all[hidden % patterns * VISIBLE + unit];
    machine.connections[0].weight = matrix([VISIBLE, UNITS], weights, device);
    Ok(Case {
        family: "hopfield",
        name: format!("{patterns} patterns, weights {weight}"),
        machine,
        rows: table("patterns", VISIBLE, &all)?,
    })
}

/// A deep machine whose spins are all coupled to those of the next layer. Above a coupling of 1/√2 all
/// of them agree. In the rows no sign prevails, so that the hidden layers have both.
fn ferromagnet(coupling: f64, tilt: f64, device: &Device) -> Outcome<Case> {
    const OUTER: usize = 24;
    let mut top = Spin::new(OUTER, device);
    top.loc = Tensor::full([OUTER], tilt, device);
    let middle = Spin::new(UNITS, device);
    let layers = vec![Spin::new(OUTER, device).into(), middle.into(), top.into()];
    let mut machine = BoltzmannMachine::chain(layers)?;
    let weight = coupling / ((OUTER * UNITS) as f64).sqrt();
    for connection in &mut machine.connections {
        connection.weight = Tensor::full(connection.weight.dims(), weight, device);
    }
    Ok(Case {
        family: "ferromagnet",
        name: format!("three layers, coupling {coupling}, field {tilt}"),
        machine,
        rows: table("random spins", OUTER, &signs(ROWS * OUTER))?,
    })
}

/// The modes that rows are from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Well {
    Lighter,
    Heavier,
    Both,
}

/// Two modes, all spins up or all down above a coupling of 1, of which a field makes one heavier.
fn double_well(coupling: f64, tilt: f64, from: Well, device: &Device) -> Outcome<Case> {
    const VISIBLE: usize = 40;
    let mut visible = Spin::new(VISIBLE, device);
    visible.loc = Tensor::full([VISIBLE], tilt, device);
    let mut machine =
        BoltzmannMachine::chain(vec![visible.into(), Spin::new(UNITS, device).into()])?;
    let weight = coupling / ((VISIBLE * UNITS) as f64).sqrt();
    machine.connections[0].weight = Tensor::full([VISIBLE, UNITS], weight, device);
    let noise = signs(ROWS * VISIBLE * 4);
    let rows = noise.chunks(4).enumerate().map(|(unit, noise)| {
        let up = match from {
            Well::Lighter => false,
            Well::Heavier => true,
            Well::Both => (unit / VISIBLE).is_multiple_of(2),
        };
        // One spin of sixteen is turned.
        let turned = noise.iter().all(|&sign| sign > 0.0);
        if up == turned { -1.0 } else { 1.0 }
    });
    let rows: Vec<f64> = rows.collect();
    Ok(Case {
        family: "wells",
        name: format!("coupling {coupling}, field {tilt}, rows of {from:?}").to_lowercase(),
        machine,
        rows: table("spins", VISIBLE, &rows)?,
    })
}

/// Gaussian units around sums of four centers, one of 20 for each one-hot site; rows of the first so many
/// states.
fn mixture(distance: f64, states: usize, device: &Device) -> Outcome<Case> {
    const VISIBLE: usize = 8;
    const SITES: usize = 4;
    const STATES: usize = 20;
    let hidden = OneHot::new(SITES, STATES, device);
    let layers = vec![Gaussian::new(VISIBLE, device).into(), hidden.into()];
    let mut machine = BoltzmannMachine::chain(layers)?;
    let means = signs(VISIBLE * SITES * STATES);
    let mean = |unit: usize, state: usize| means[state * VISIBLE + unit];
    let weights = |unit, state| 0.5 * distance * mean(unit, state);
    machine.connections[0].weight = matrix([VISIBLE, SITES * STATES], weights, device);
    let rows = (0..ROWS).flat_map(|row| {
        let of_sites = move |unit| (0..SITES).map(move |site| (site * STATES + row % states, unit));
        (0..VISIBLE).map(of_sites)
    });
    let rows: Vec<f64> = rows
        .map(|sites| sites.map(|(state, unit)| weights(unit, state)).sum())
        .collect();
    Ok(Case {
        family: "mixture",
        name: format!("distance {distance}, rows of {states} states"),
        machine,
        rows: table("means", VISIBLE, &rows)?,
    })
}

/// Random signs, always the same.
fn signs(count: usize) -> Vec<f64> {
    let mut chance = ChaCha12Rng::seed_from_u64(1);
    let sign = |up| if up { 1.0 } else { -1.0 };
    (0..count).map(|_| sign(chance.random_bool(0.5))).collect()
}

fn matrix(dims: [usize; 2], entry: impl Fn(usize, usize) -> f64, device: &Device) -> Tensor<2> {
    let [rows, columns] = dims;
    let entries = (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column)));
    let entries: Vec<f64> = entries.map(|(row, column)| entry(row, column)).collect();
    Tensor::from_data(TensorData::new(entries, dims), device)
}

fn table(name: &str, columns: usize, values: &[f64]) -> Outcome<Table> {
    let values = values.iter().map(|&value| value as f32).collect();
    Ok(Table::new(name, columns, values)?)
}
