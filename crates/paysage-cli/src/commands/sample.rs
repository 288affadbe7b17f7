//! `paysage sample`.

use paysage::{
    kernels::RandomKey,
    layers::{AnyLayer, Layer},
    models::BoltzmannMachine,
    samplers::{Conditions, Gibbs, Sampler},
};

use crate::{
    arguments::Sample,
    config::MOST_NUMBERS,
    failure::Failure,
    model::Model,
    output,
    rows::{RowsFile, check_writable},
};

pub(crate) fn run(words: &Sample) -> Result<(), Failure> {
    if words.count == 0 {
        return Err(Failure::input("--count is 0: draw at least 1 row"));
    }
    check_writable(&words.out)?;
    let model = Model::load(&words.model, words.device)?;
    let out = RowsFile::new(&words.out, &model)?;
    let machine = &model.machine;
    let widest = machine.layers.iter().map(Layer::units).max().unwrap_or(1);
    if words.count > MOST_NUMBERS / widest.max(1) {
        return Err(Failure::input(format!(
            "--count is {}: of this model at most {} rows can be drawn at once",
            words.count,
            MOST_NUMBERS / widest.max(1)
        )));
    }
    let rows = draw(
        machine,
        words.count,
        words.sweeps,
        RandomKey::new(words.seed),
    );
    out.write(machine.visible_units(), &rows)?;
    output::print(format_args!("{}\n", words.out.display()))
}

/// Visible units of chains from a random start, row by row, with a progress bar.
pub(crate) fn draw(
    machine: &BoltzmannMachine<AnyLayer>,
    count: usize,
    sweeps: usize,
    key: RandomKey,
) -> Vec<f32> {
    let bar = output::bar("sampling", "sweeps", sweeps);
    let mut chains = machine.random_state(count, key.split(0));
    let key = key.split(1);
    for sweep in 0..sweeps as u64 {
        chains = Gibbs.sweep(machine, chains, &Conditions::default(), key.split(sweep));
        bar.inc(1);
    }
    let rows = machine.visible_of(&chains).into_data().iter().collect();
    bar.finish_and_clear();
    rows
}
