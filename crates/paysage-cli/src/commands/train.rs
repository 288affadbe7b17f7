//! `paysage train`.

use paysage::{
    burn::tensor::Device,
    data::{AnyRows, DataError, Layout, Rows, total_weight},
    kernels::{describe, product_precision},
    layers::{AnyLayer, LayerKind, Stored},
    models::{BoltzmannMachine, Model},
    report::ending,
    training::{
        Callback, Checkpoints, Method, PreparedRun, PretrainingStage, ProgressBar, RunData,
        RunFolder, Settings, SettingsError, StageTraining, Trainer, TrainingError, TrainingState,
    },
};

use crate::{
    arguments::Train, commands::report, device, failure::Failure, model, output,
    stop::StopOnInterrupt,
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
            false => start(&folder, settings, Start::New),
        },
        _ => output::print(settings.annotated(&Train::notes())),
    }
}

/// The way a run starts from the beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Start {
    /// In a folder without results.
    New,
    /// In the folder of the same run, which has no checkpoint yet but those of layerwise pretraining.
    Again {
        /// Whether these are of the same settings.
        with_stages: bool,
    },
}

/// A run from the beginning.
fn start(folder: &RunFolder, settings: Settings, start: Start) -> Result<(), Failure> {
    let settings = Settings {
        earlier: Vec::new(),
        ..settings
    };
    let _lock = folder.lock_existing()?;
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
    if start == Start::New {
        folder.check_free(&settings)?;
    }
    let _lock = match _lock {
        Some(lock) => lock,
        None => folder.lock()?,
    };
    match start {
        // Another process may have trained there before the folder was locked.
        Start::New => folder.start(&settings)?,
        Start::Again { with_stages } => {
            if !with_stages {
                folder.remove_stage_checkpoints()?;
            }
            folder.start_again(&settings)?;
        }
    }
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
    settings.set_centers(&mut machine, &training)?;
    initialize(&settings, folder, &mut machine, &training, &stop)?;
    let state = trainer.start(machine)?;
    let rows = (training, validation);
    train(folder, &settings, &layout, rows, (state, trainer), stop)
}

/// Continues a run after its last checkpoint.
fn resume(folder: &RunFolder, settings: Settings) -> Result<(), Failure> {
    let lock = folder.lock_existing()?;
    folder.check_resumable(&settings)?;
    if !folder.has_checkpoint() {
        // Stages at another learning rate are not those of these settings.
        let is_same = folder.settings()?.initial_rate() == settings.initial_rate();
        let with_stages = is_same && folder.has_stage_checkpoint();
        let from = match with_stages {
            true => "layerwise pretraining goes on",
            false => "no checkpoint yet: training starts from the beginning",
        };
        output::say(format_args!("{}: {from}", folder.path().display()));
        drop(lock);
        return start(folder, settings, Start::Again { with_stages });
    }
    let source = settings.data.as_deref().ok_or(SettingsError::NoData)?;
    let device = device::select((&settings).into())?;
    let state = model::checkpoint(&folder.checkpoint(), &device)?;
    let layout = Model::<AnyLayer>::load(&folder.model(), &device)?.layout;
    let data = settings.data_again(source, &layout, &folder.temporary())?;
    state.machine.check_known(&data.rows)?;
    let (training, validation) = settings.split(data.rows)?;
    state.check_data(&training)?;
    let mut trainer = settings.trainer(&training, &state.machine)?;
    if state.epochs >= trainer.epochs && state.epochs > 0 && folder.report().exists() {
        return Err(Failure::input(format!(
            "{}: all {} epochs are done: ask for more with --epochs",
            folder.path().display(),
            state.epochs
        )));
    }
    let held_out = validation.as_ref().map(|rows| rows as &dyn Rows);
    trainer.monitors = settings.monitors(&state.machine, &training, held_out)?;
    let settings = settings.resolved(&trainer.monitors)?;
    let settings = settings.continuing(&folder.settings()?, state.epochs);
    folder.keep_metrics(state.epochs)?;
    folder.keep_models(state.epochs)?;
    let stopped = folder
        .early_stopping(&settings)?
        .and_then(|stopping| stopping.stopped);
    if let Some(epoch) = stopped {
        if folder.report().exists() {
            return Err(Failure::input(format!(
                "{}: training stopped early after epoch {epoch}: continue with a larger --patience",
                folder.path().display()
            )));
        }
        // Only the report is missing.
        trainer.epochs = epoch;
    }
    folder.write_settings(&settings)?;
    announce(&state.machine, &training, &device);
    let stop = StopOnInterrupt::listen();
    let rows = (training, validation);
    train(folder, &settings, &layout, rows, (state, trainer), stop)
}

/// Trains for the epochs that are left, and writes the report.
fn train(
    folder: &RunFolder,
    settings: &Settings,
    layout: &Layout,
    (training, validation): (AnyRows, Option<AnyRows>),
    (state, trainer): (TrainingState<AnyLayer, Method>, Trainer<AnyLayer, Method>),
    stop: StopOnInterrupt,
) -> Result<(), Failure> {
    let held_out = validation.as_ref().map(|rows| rows as &dyn Rows);
    let mut early = folder.early_stopping(settings)?;
    let mut callbacks: Vec<Box<dyn Callback<AnyLayer> + '_>> = Vec::new();
    if let Some(curve) = settings.likelihood_curve(&training, held_out)? {
        // Before the callbacks that keep and show its values.
        callbacks.push(Box::new(curve));
    }
    if let Some(early) = &mut early {
        callbacks.push(Box::new(early));
    }
    callbacks.push(Box::new(folder.keep_run(settings, layout)?));
    callbacks.push(Box::new(ProgressBar::new(training.count())));
    callbacks.push(Box::new(stop));
    let outcome = trainer.fit(state, &training, &mut callbacks);
    drop(callbacks);
    let outcome = outcome.map_err(|error| broken(folder, error))?;
    folder.remove_stage_checkpoints()?;
    let stopped_early = early.is_some_and(|early| early.stopped.is_some());
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
    for (name, text) in ending(folder, settings)? {
        output::say(format_args!("{name}: {text}"));
    }
    let model = Model::new(outcome.state.machine.clone(), layout.clone());
    let model = model.map_err(Failure::work)?;
    report::write(folder, settings, &model, &training, outcome.state.chains())?;
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

/// Sets the initial parameters: random ones, or those of layers that were trained one by one.
fn initialize(
    settings: &Settings,
    folder: &RunFolder,
    machine: &mut BoltzmannMachine<AnyLayer>,
    training: &AnyRows,
    stop: &StopOnInterrupt,
) -> Result<(), Failure> {
    let Some((pretraining, trainers)) = settings.pretraining(training, machine)? else {
        let key = settings.initialization_key();
        return Ok(machine.initialize(settings.initialization(), training, key)?);
    };
    let device = machine.device();
    let (mut stages, mut are_kept) = (Vec::new(), true);
    for (number, trainer) in (1..).zip(trainers) {
        let stage = PretrainingStage {
            number,
            of: machine.connections.len(),
        };
        let checkpoints = Checkpoints {
            every: settings.checkpoint_every,
            ..Checkpoints::new(folder.stage_checkpoint(stage))
        };
        let state = match are_kept && checkpoints.exist() {
            true => model::checkpoint(&checkpoints.path, &device).map(Some),
            false => Ok(None),
        };
        // The layers above it are trained again as well.
        are_kept &= state.is_ok();
        let state = state.unwrap_or_else(|error| {
            output::say(format_args!(
                "warning: {error}; this layer is trained again"
            ));
            None
        });
        let bar = ProgressBar::new(training.count()).titled(stage);
        let callbacks: Vec<Box<dyn Callback<AnyLayer>>> =
            vec![Box::new(checkpoints), Box::new(bar), Box::new(stop.clone())];
        stages.push(StageTraining {
            trainer,
            callbacks,
            state,
        });
    }
    let mut stages = stages.into_iter();
    let pretrained = pretraining.run(machine, training, |_| {
        stages.next().expect("a training of each stage")
    });
    let pretrained = pretrained.map_err(|error| broken(folder, error))?;
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
