//! `paysage train`.

use paysage::{
    burn::tensor::Device,
    data::{AnyRows, DataError, Rows, total_weight},
    kernels::{describe, product_precision},
    layers::{AnyLayer, LayerKind, Stored},
    models::{BoltzmannMachine, Model},
    report::ending,
    training::{
        Continuation, PreparedRun, ProgressBar, ResumedRun, RunData, RunError, RunFolder, Settings,
        SettingsError, TrainingError,
    },
};

use crate::{
    arguments::Train, commands::report, device, failure::Failure, output, stop::StopOnInterrupt,
};

pub(crate) fn run(options: &Train) -> Result<(), Failure> {
    let folder = options.out.as_deref().map(RunFolder::new);
    let base = match (&options.config, &folder) {
        (Some(path), _) => Settings::read(path)?,
        (None, Some(folder)) if options.resume => folder.settings()?,
        (None, _) => Settings::default(),
    };
    if options.config.is_some() && !base.earlier.is_empty() {
        output::say(
            "warning: --config: the first epochs of that run had another learning rate or number of \
             epochs; this run uses the settings of its last epochs throughout",
        );
    }
    let settings = options.settings(base)?;
    match folder {
        Some(folder) if !options.print_config => match options.resume {
            true => resume(&folder, settings),
            false => start(&folder, settings, None),
        },
        _ => output::print(settings.annotated(&Train::notes())),
    }
}

/// A run from the beginning: a new one, or one that goes on before its first checkpoint.
fn start(
    folder: &RunFolder,
    settings: Settings,
    continuation: Option<Continuation>,
) -> Result<(), Failure> {
    let settings = Settings {
        earlier: Vec::new(),
        ..settings
    };
    let lock = folder.lock_existing()?;
    let source = settings.data.as_deref().ok_or(SettingsError::NoData)?;
    let device = device::select((&settings).into())?;
    let RunData {
        rows,
        layout,
        warnings,
        alignment,
    } = settings.data(source, &folder.temporary())?;
    // Before anything is written: what does not fit the machine is refused.
    let PreparedRun {
        settings,
        mut machine,
        trainer,
        training,
        validation,
    } = settings.prepare(rows, &layout, &device)?;
    // With the settings that depend on the data: those that the folder of the same run has.
    let _lock = folder.begin(&settings, continuation, lock)?;
    for warning in &warnings {
        output::say(format_args!("warning: {warning}"));
    }
    if let Some(alignment) = &alignment {
        output::say(alignment);
        if let Some(line) = alignment.warning() {
            output::say(format_args!("warning: {line}"));
        }
    }
    if let Some(schema) = layout.schema() {
        output::say(schema);
        schema.write(folder.schema())?;
    }
    announce(&machine, &training, &device);
    let stop = StopOnInterrupt::listen();
    initialize(&settings, folder, &mut machine, &training, &stop)?;
    let run = ResumedRun {
        state: trainer.start(machine)?,
        settings,
        layout,
        trainer,
        training,
        validation,
    };
    train(folder, run, stop)
}

/// Continues a run after its last checkpoint.
fn resume(folder: &RunFolder, settings: Settings) -> Result<(), Failure> {
    let lock = folder.lock_existing()?;
    let continuation = folder.continuation(&settings)?;
    let from = match continuation {
        Continuation::Checkpoint => None,
        Continuation::Pretraining => Some("layerwise pretraining goes on"),
        Continuation::Beginning => Some("no checkpoint yet: training starts from the beginning"),
    };
    if let Some(from) = from {
        output::say(format_args!("{}: {from}", folder.path().display()));
        drop(lock);
        return start(folder, settings, Some(continuation));
    }
    let source = settings.data.as_deref().ok_or(SettingsError::NoData)?;
    let device = device::select((&settings).into())?;
    let checkpoint = folder.last_checkpoint(&device)?;
    if let Some(damage) = &checkpoint.damage {
        output::say(format_args!("warning: {damage}"));
    }
    let data = settings.data_again(source, &checkpoint.layout, &folder.temporary())?;
    let run = folder.resume(settings, checkpoint, data.rows)?;
    announce(&run.state.machine, &run.training, &device);
    train(folder, run, StopOnInterrupt::listen())
}

/// Trains for the epochs that are left, and writes the report.
fn train(folder: &RunFolder, run: ResumedRun, stop: StopOnInterrupt) -> Result<(), Failure> {
    let ResumedRun {
        settings,
        layout,
        state,
        trainer,
        training,
        validation,
    } = run;
    let held_out = validation.as_ref().map(|rows| rows as &dyn Rows);
    let mut callbacks = folder.callbacks(&settings, &layout, (&training, held_out))?;
    callbacks.push(Box::new(ProgressBar::new(training.count())));
    callbacks.push(Box::new(stop));
    let outcome = trainer.fit(state, &training, &mut callbacks);
    drop(callbacks);
    let outcome = outcome.map_err(|error| broken(folder, error))?;
    folder.remove_stage_checkpoints()?;
    let stopped_early = folder
        .early_stopping(&settings)?
        .is_some_and(|early| early.stopped.is_some());
    if outcome.stopped && !stopped_early {
        let (place, epochs) = (folder.path().display(), outcome.state.epochs);
        return Err(Failure::work(format!(
            "stopped: {epochs} of {} epochs are done, and the state is kept in {place}; continue with \
             `paysage train --resume --out {place}`",
            trainer.epochs
        )));
    }
    // From here on Ctrl-C ends the program: the model is kept, and `paysage report` writes the rest.
    output::say(format_args!("metrics: {:.1} s", outcome.measuring));
    for (name, text) in ending(folder, &settings)? {
        output::say(format_args!("{name}: {text}"));
    }
    let model = Model::new(outcome.state.machine.clone(), layout);
    let model = model.map_err(Failure::work)?;
    report::write(folder, &settings, &model, &training, outcome.state.chains())?;
    output::print(format_args!("{}\n", folder.report().display()))
}

/// The error of a training, with the way back where its parameters have diverged or its data have changed.
fn broken(folder: &RunFolder, error: TrainingError) -> Failure {
    let has_checkpoint = folder.has_checkpoint();
    let has_any = has_checkpoint || folder.has_stage_checkpoint();
    let place = folder.path().display();
    if matches!(error, TrainingError::Data(DataError::Disk(_))) && has_any {
        return Failure::work(format_args!(
            "{error}; the last checkpoint is kept: with the data of the first run, continue with \
             `paysage train --resume --out {place}`"
        ));
    }
    let has_diverged = matches!(
        error,
        TrainingError::Diverged { .. }
            | TrainingError::TooLarge { .. }
            | TrainingError::NotNormalizable { .. }
    );
    let failure = Failure::from(error);
    let again = format!("`paysage train --resume --learning-rate RATE --out {place}`");
    match has_diverged {
        true if has_checkpoint => Failure::work(format_args!(
            "{failure}; the last checkpoint is kept: {again}"
        )),
        true if has_any => {
            Failure::work(format_args!("{failure}; {again} trains the layers again"))
        }
        _ => failure,
    }
}

/// Sets the initial parameters: random ones, or those of layers that are trained one by one.
fn initialize(
    settings: &Settings,
    folder: &RunFolder,
    machine: &mut BoltzmannMachine<AnyLayer>,
    training: &AnyRows,
    stop: &StopOnInterrupt,
) -> Result<(), Failure> {
    let pretrained = settings.initialize(machine, training, Some(folder), |stage, damage| {
        if let Some(damage) = damage {
            output::say(format_args!("warning: {damage}"));
        }
        let bar = ProgressBar::new(training.count()).titled(stage);
        vec![Box::new(bar), Box::new(stop.clone())]
    });
    let pretrained = pretrained.map_err(|error| match error {
        RunError::Training(error) => broken(folder, error),
        error => error.into(),
    })?;
    match pretrained.stopped {
        true => Err(Failure::work(format!(
            "stopped during layerwise pretraining, and the state is kept in {place}; continue with \
             `paysage train --resume --out {place}`",
            place = folder.path().display()
        ))),
        false => Ok(()),
    }
}

/// Prints the machine, the data and the device.
fn announce(machine: &BoltzmannMachine<AnyLayer>, training: &AnyRows, device: &Device) {
    let kinds = |layers: &[usize]| {
        let kinds = layers.iter().map(|&layer| machine.layers[layer].kind());
        kinds.collect::<Vec<LayerKind>>()
    };
    output::say(format_args!(
        "training {} on {}{} of {} on {}, products in {}",
        layers_in_words(&kinds(&machine.visible), &kinds(&machine.hidden())),
        match training.count() {
            1 => "1 row".to_owned(),
            rows => format!("{rows} rows"),
        },
        training.weights().map_or_else(String::new, |weights| {
            format!(" (sum of weights {:.1})", total_weight(weights))
        }),
        training.source(),
        describe(device),
        product_precision(device),
    ));
}

/// `bernoulli:784 – bernoulli:200`, or `bernoulli:3 + gaussian:2 – bernoulli:20`
fn layers_in_words(visible: &[LayerKind], hidden: &[LayerKind]) -> String {
    let sides: Vec<String> = visible.iter().map(LayerKind::to_string).collect();
    let hidden = hidden.iter().map(LayerKind::to_string);
    let names: Vec<String> = [sides.join(" + ")].into_iter().chain(hidden).collect();
    names.join(" – ")
}
