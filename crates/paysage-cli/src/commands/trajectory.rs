//! Trajectory parallel tempering between the models that a run kept.

use std::path::Path;

use paysage::{
    kernels::RandomKey,
    layers::AnyLayer,
    metrics::{LadderEstimate, LadderPartition},
    models::{BoltzmannMachine, Model},
    samplers::{LadderSelection, Trajectory, TrajectoryError, TrajectoryTempering},
    training::{RunFolder, epoch_of},
};

use crate::{
    arguments::Sample,
    commands::diagnosis::Exchange,
    failure::Failure,
    model,
    output::{Bar, decimals, number},
};

/// The most steps of each chain whose log weights are kept for ln Z.
const MOST_STEPS: usize = 400;

/// Tempering with a ladder of the models that a run kept up to the sampled one.
pub(crate) fn tempering(
    options: &Sample,
    model: &Model,
    folder: &Path,
) -> Result<TrajectoryTempering, Failure> {
    let mut paths = RunFolder::new(folder).epoch_models()?;
    if let Some(last) = epoch_of(&options.model.path) {
        paths.retain(|path| epoch_of(path) < Some(last));
    }
    if paths.is_empty() {
        return Err(Failure::input(format_args!(
            "--trajectory: {}: no past models: train with --save-every 1, or use --tempering",
            folder.display()
        )));
    }
    let load = |path| model::load(path, options.model.compute).map(|past| past.machine);
    let past = paths.iter().map(|path| load(path));
    let past: Vec<_> = past.collect::<Result<_, _>>()?;
    let (key, mut bar) = (RandomKey::new(options.model.seed), Bar::new("ladder"));
    let ladder = LadderSelection::default().run(&model.machine, &past, key, &mut bar);
    let ladder = ladder.map_err(|error| match error {
        TrajectoryError::OtherLayers { number } => {
            let fault = "the model has other layers or connections than the sampled one";
            Failure::input(format_args!("--trajectory: {fault}")).at(&paths[number - 1])
        }
        error => Failure::input(format_args!("--trajectory: {error}")),
    })?;
    Ok(TrajectoryTempering { ladder })
}

/// What the last half of the sweeps says about a ladder.
pub(crate) struct LadderRecord {
    ladder: Vec<BoltzmannMachine<AnyLayer>>,
    sweeps: usize,
    /// `None` where units are clamped: the sum over the states of the lowest machine is another one then.
    partition: Option<LadderPartition>,
}

impl LadderRecord {
    pub(crate) fn new(tempering: &TrajectoryTempering, sweeps: usize, is_free: bool) -> Self {
        Self {
            ladder: tempering.ladder.clone(),
            sweeps,
            partition: is_free.then(LadderPartition::default),
        }
    }

    /// After a sweep, counted from 0: what is to be printed, after the last one.
    pub(crate) fn after(&mut self, sweep: usize, state: &Trajectory<AnyLayer>) -> Option<Exchange> {
        let half = self.sweeps / 2;
        // Even and odd pairs of neighbours swap in alternate steps: two of every 2·stride are taken.
        let stride = (self.sweeps - half).div_ceil(MOST_STEPS);
        let is_taken = sweep >= half && (sweep / 2).is_multiple_of(stride);
        if let (true, Some(partition)) = (is_taken, &mut self.partition) {
            partition.record(state.works());
        }
        if sweep + 1 < self.sweeps {
            return None;
        }
        let mut neighbours = format!("ladder: {} machines and the model", self.ladder.len());
        if let Some(partition) = &mut self.partition {
            partition.next_batch();
            if let Ok(Some(estimate)) = partition.estimate(&self.ladder) {
                neighbours += &format!("\n{}", text(&estimate));
            }
        }
        Some(Exchange {
            neighbours,
            rates: state.swap_rates(),
        })
    }
}

/// `ln Z along the ladder: 102.31 ± 0.02 nats`
fn text(estimate: &LadderEstimate) -> String {
    let error = estimate.standard_error.filter(|error| error.is_finite());
    match error {
        Some(error) => {
            let digits = decimals(error).saturating_sub(3);
            let value = number(estimate.value, digits);
            format!("ln Z along the ladder: {value} ± {error:.digits$} nats")
        }
        None => format!(
            "ln Z along the ladder: {:.2} nats (no standard error: one chain)",
            estimate.value
        ),
    }
}
