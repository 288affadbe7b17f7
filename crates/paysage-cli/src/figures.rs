//! Figures of a run, drawn by the library into the run's folder.

use paysage::{
    data::{ImageShape, Table},
    kernels::{Child, RandomKey},
    layers::AnyLayer,
    models::{BoltzmannMachine, Stage, State},
    report::{EpochRecord, Run, RunFigures, RunReport},
};

use crate::{config::Config, failure::Failure, output, run_folder::RunFolder};

/// Draws all figures of a run into its folder, with progress on a terminal.
pub(crate) fn draw(
    folder: &RunFolder,
    config: &Config,
    machine: &BoltzmannMachine<AnyLayer>,
    table: &Table,
    records: &[EpochRecord],
    chains: Option<&State>,
) -> Result<RunReport, Failure> {
    let run = Run {
        machine,
        rows: table,
        image: table.image(),
        records,
        chains,
        key: RandomKey::new(config.seed).child(Child::Figures),
    };
    let key = RandomKey::new(config.seed).split(u64::MAX - 2);
    let bar = output::bar("samples for figures", "sweeps", 0);
    let mut progress = |stage: Stage, done: usize, total: usize| {
        if stage == Stage::GibbsSampling {
            bar.set_length(total as u64);
            bar.set_position(done as u64);
        }
    };
    let report = RunFigures::default().run(&run, &folder.figures(), key, &mut progress);
    bar.finish_and_clear();
    let report = report?;
    output::say(format_args!(
        "figures: {} in {:.1} s",
        report.figures.len(),
        report.seconds
    ));
    Ok(report)
}
