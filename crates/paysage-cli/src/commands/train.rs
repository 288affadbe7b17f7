//! `paysage train`.

use paysage::{
    data::Table,
    kernels::{RandomKey, describe, select_device},
    layers::{AnyLayer, LayerKind, Stored},
    models::{BoltzmannMachine, GradientEstimator},
    optimizers::schedule,
    samplers::{ContrastiveDivergence, PersistentContrastiveDivergence},
    training::{Checkpoint, Monitor, ProgressBar, Trainer},
};

use crate::{
    arguments::{Method, Train},
    commands::report,
    config::Config,
    failure::Failure,
    run_folder::RunFolder,
    source,
    stop::StopOnInterrupt,
};

/// The child of a run's seed that weights start from. Training takes the children that epochs
/// count, and monitors the last one.
const INITIALIZATION: u64 = u64::MAX - 1;

pub(crate) fn run(words: Train) -> Result<(), Failure> {
    let folder = RunFolder::new(&words.out);
    let base = match &words.config {
        Some(path) => Config::read(path)?,
        None if words.resume => Config::read(&folder.config())?,
        None => Config::default(),
    };
    let config = base.with(&words)?;
    let name = config.data.as_deref().ok_or_else(|| {
        Failure::input("no data: name a file or a built-in set, such as builtin:digits")
    })?;
    let device = select_device(config.device)?;
    let table = source::load(name, config.preparation())?;
    // Before rows are shuffled and split, so that messages count them as the file does.
    let kinds = layers(&config, &table)?;
    let machine = BoltzmannMachine::<AnyLayer>::chain(
        kinds
            .iter()
            .map(|kind| AnyLayer::from_kind(kind, &device))
            .collect(),
    );
    let mut machine = machine.map_err(Failure::input)?;
    machine.check(&table)?;
    let (training, validation) = split(&table, &config)?;

    let checkpoint = if words.resume {
        Some(Checkpoint::<AnyLayer>::load(&folder.checkpoint(), &device)?)
    } else {
        None
    };
    let mut trainer = trainer(&config, training.rows());
    if let Some(checkpoint) = checkpoint {
        if checkpoint.machine.outline() != machine.outline() {
            return Err(Failure::input(format!(
                "{}: the checkpoint is of another machine: leave --visible, --hidden and the data \
                 as they were",
                folder.path().display()
            )));
        }
        if checkpoint.epochs >= config.epochs {
            return Err(Failure::input(format!(
                "{}: all {} epochs are done: ask for more with --epochs",
                folder.path().display(),
                checkpoint.epochs
            )));
        }
        folder.keep_metrics(checkpoint.epochs)?;
        folder.write_config(&config)?;
        (trainer, machine) = trainer.resume(checkpoint);
    } else {
        folder.start(&config)?;
        let key = RandomKey::new(config.seed).split(INITIALIZATION);
        machine.initialize(config.init, &training, key);
    }
    eprintln!(
        "training {} on {} rows of {} on {}",
        describe_layers(&kinds),
        training.rows(),
        table.source(),
        describe(&device)
    );
    trainer.monitors = Monitor::standard(&machine, &training, validation.as_ref());
    trainer.callbacks = vec![
        Box::new(folder.clone()),
        Box::new(ProgressBar::new(training.rows())),
        Box::new(StopOnInterrupt::listen()),
    ];
    let outcome = trainer.fit(&mut machine, &training)?;
    if outcome.stopped {
        return Err(Failure::work(format!(
            "stopped: {} of {} epochs are kept in {}; go on with --resume",
            outcome.epochs,
            config.epochs,
            folder.path().display()
        )));
    }
    report::write(&folder, &config, &machine, &training)?;
    println!("{}", folder.report().display());
    Ok(())
}

/// The kinds of all layers, the visible one first.
fn layers(config: &Config, table: &Table) -> Result<Vec<LayerKind>, Failure> {
    let mut layers = vec![config.visible_layer(table)?];
    layers.extend(config.hidden_layers()?);
    Ok(layers)
}

/// `bernoulli:784 – bernoulli:200`
fn describe_layers(kinds: &[LayerKind]) -> String {
    let names: Vec<String> = kinds.iter().map(LayerKind::to_string).collect();
    names.join(" – ")
}

/// Training and validation rows.
pub(crate) fn split(table: &Table, config: &Config) -> Result<(Table, Option<Table>), Failure> {
    if config.validation == 0.0 {
        return Ok((table.clone(), None));
    }
    let (training, validation) = table.split(config.validation, config.seed)?;
    Ok((training, Some(validation)))
}

fn trainer(config: &Config, rows: usize) -> Trainer<AnyLayer> {
    let estimator: Box<dyn GradientEstimator<AnyLayer>> = match config.method {
        Method::Cd => Box::new(ContrastiveDivergence {
            steps: config.gibbs_steps,
        }),
        Method::Pcd => Box::new(PersistentContrastiveDivergence {
            chains: config.chains.unwrap_or(config.batch_size),
            steps: config.gibbs_steps,
            state: None,
        }),
    };
    let steps = config.epochs * rows.div_ceil(config.batch_size);
    let rate = config.rate();
    Trainer {
        epochs: config.epochs,
        batch_size: config.batch_size,
        learning_rate: Box::new(schedule::cosine(rate, rate / 10.0, steps)),
        optimizer: config.optimizer.build(),
        seed: config.seed,
        ..Trainer::new(estimator)
    }
}
