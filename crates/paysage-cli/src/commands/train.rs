//! `paysage train`.

use std::num::NonZeroUsize;

use paysage::{
    data::{DataError, Table},
    kernels::{Child, RandomKey, describe, select_device},
    layers::{AnyLayer, LayerKind, Stored},
    models::BoltzmannMachine,
    optimizers::schedule,
    samplers::{ContrastiveDivergence, PersistentContrastiveDivergence},
    tap::TapGradient,
    training::{
        self as library, Callback, Checkpoints, LikelihoodCurve, Monitor, Pretraining, ProgressBar,
        Trainer, TrainingState,
    },
};

use crate::{
    arguments::{Method, Train},
    commands::report,
    config::{Config, MOST_NUMBERS, tap_order},
    failure::Failure,
    output,
    run_folder::RunFolder,
    source,
    stop::StopOnInterrupt,
};

pub(crate) fn run(words: Train) -> Result<(), Failure> {
    let folder = RunFolder::new(&words.out);
    let base = match &words.config {
        Some(path) => Config::read(path)?,
        None if words.resume => folder.settings()?,
        None => Config::default(),
    };
    let config = base.with(&words)?;
    let name = config.data.as_deref().ok_or_else(|| {
        Failure::input("no data: name a file or a built-in set, such as builtin:digits")
    })?;
    let device = select_device(config.device)?;
    // A run that starts anew has a new schema.
    let source = config
        .reading(words.resume.then_some(&folder))?
        .load(name)?;
    let table = &source.table;
    // Before rows are shuffled and split, so that messages count them as the file does.
    let (visible, hidden) = (source.layers(&config)?, config.hidden_layers()?);
    check_size(&config, &visible, &hidden)?;
    let layers = |kinds: &[LayerKind]| {
        let layers = kinds.iter().map(|kind| AnyLayer::from_kind(kind, &device));
        layers.collect::<Vec<AnyLayer>>()
    };
    let machine = BoltzmannMachine::stacked(layers(&visible), layers(&hidden));
    let mut machine = machine.map_err(Failure::input)?;
    check_values(&config, &machine, table)?;
    let (training, validation) = source::split(table, &config)?;

    let checkpoint = if words.resume {
        check_resumable(&folder, &config)?;
        let path = folder.checkpoint();
        Some(TrainingState::<AnyLayer, library::Method>::load(
            &path, &device,
        )?)
    } else {
        None
    };
    let mut trainer = trainer(&config, training.rows());
    if let Some(checkpoint) = &checkpoint {
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
    } else {
        folder.start(&config)?;
        if let Some(schema) = &source.schema {
            output::say(schema);
            schema.write(folder.schema())?;
        }
    }
    output::say(format_args!(
        "training {} on {} of {} on {}",
        describe_layers(&visible, &hidden),
        match training.rows() {
            1 => "1 row".to_owned(),
            rows => format!("{rows} rows"),
        },
        table.source(),
        describe(&device)
    ));
    let stop = StopOnInterrupt::listen();
    let state = match checkpoint {
        Some(checkpoint) => checkpoint,
        None => {
            start(&config, &folder, &mut machine, &training, &stop)?;
            trainer.start(machine)?
        }
    };
    let mut callbacks: Vec<Box<dyn Callback<AnyLayer>>> = Vec::new();
    trainer.monitors = Monitor::standard(&state.machine, &training, validation.as_ref());
    if let Some(every) = config.likelihood_every {
        // Before those that keep and show what it adds.
        let curve = LikelihoodCurve {
            every,
            ..LikelihoodCurve::standard(&training, held_out)?
        };
        callbacks.push(Box::new(curve));
    }
    let others: [Box<dyn Callback<AnyLayer>>; 4] = [
        Box::new(folder.clone()),
        Box::new(Checkpoints::new(folder.checkpoint())),
        Box::new(ProgressBar::new(training.rows())),
        Box::new(stop),
    ];
    callbacks.extend(others);
    let outcome = trainer.fit(state, &training, &mut callbacks)?;
    if outcome.stopped {
        let place = folder.path().display();
        return Err(Failure::work(format!(
            "stopped: {} of {} epochs are kept in {place}; go on with `paysage train --resume \
             --out {place}`",
            outcome.state.epochs, config.epochs
        )));
    }
    // From here on Ctrl-C ends the program: the model is kept, and the report can be had again.
    drop(callbacks);
    report::write(&folder, &config, &outcome.state.machine, &training)?;
    output::print(format_args!("{}\n", folder.report().display()))
}

/// Gives the machine the parameters that training starts from: random ones, or those of layers that
/// were trained one by one.
fn start(
    config: &Config,
    folder: &RunFolder,
    machine: &mut BoltzmannMachine<AnyLayer>,
    training: &Table,
    stop: &StopOnInterrupt,
) -> Result<(), Failure> {
    let key = RandomKey::new(config.seed).child(Child::Initialization);
    let initialization = config.init();
    let Some(epochs) = config.pretrain_epochs else {
        machine.initialize(initialization, training, key)?;
        return Ok(());
    };
    let pretraining = Pretraining {
        initialization,
        key,
    };
    let of_stage = Config {
        epochs,
        ..config.clone()
    };
    let outcome = pretraining.run(machine, training, |stage| {
        let callbacks: Vec<Box<dyn Callback<AnyLayer>>> = vec![
            Box::new(ProgressBar::new(training.rows()).titled(stage)),
            Box::new(stop.clone()),
        ];
        (trainer(&of_stage, training.rows()), callbacks)
    })?;
    if outcome.stopped {
        return Err(Failure::work(format!(
            "stopped while layers were trained one by one: nothing is kept in {}; train anew",
            folder.path().display()
        )));
    }
    Ok(())
}

/// Refuses what no memory holds, before it is asked for.
fn check_size(config: &Config, visible: &[LayerKind], hidden: &[LayerKind]) -> Result<(), Failure> {
    let sides = visible
        .iter()
        .flat_map(|side| hidden.first().map(|first| (side, first)));
    let above = hidden.windows(2).map(|pair| (&pair[0], &pair[1]));
    for (lower, upper) in sides.chain(above) {
        if lower.units() > MOST_NUMBERS / upper.units() {
            return Err(Failure::input(format!(
                "--hidden {}: a connection of {lower} with {upper} is too large: it may have at \
                 most {MOST_NUMBERS} weights",
                config.hidden
            )));
        }
    }
    let all = visible.iter().chain(hidden);
    let widest = all.map(LayerKind::units).max().unwrap_or(1);
    let chains = config.chains.unwrap_or(config.batch_size);
    if config.method != Method::Cd && chains > MOST_NUMBERS / widest {
        let word = match config.chains {
            Some(_) => "--chains",
            None => "--batch-size, and with it --chains,",
        };
        return Err(Failure::input(format!(
            "{word} is {chains}: a layer of {widest} units leaves room for at most {} chains",
            MOST_NUMBERS / widest
        )));
    }
    Ok(())
}

/// Checks that every value is one that the visible units can take, and says what may help.
fn check_values(
    config: &Config,
    machine: &BoltzmannMachine<AnyLayer>,
    table: &Table,
) -> Result<(), Failure> {
    let checked = match table.is_complete() {
        true => machine.check(table),
        false if config.method == Method::Tap => {
            return Err(Failure::input(format!(
                "--method tap: {} misses values, which it does not fill in: use pcd or cd",
                table.source()
            )));
        }
        false => machine.check_known(table),
    };
    checked.map_err(|error| {
        let value = match error {
            DataError::OutOfRange { value, .. } if config.visible == "bernoulli" => value,
            _ => return error.into(),
        };
        Failure::input(if value > 0.0 && value < 1.0 {
            format!(
                "{error}: for gray values try --threshold 0.5, for real ones --visible gaussian"
            )
        } else {
            format!("{error}: use --threshold to make it so, or --visible gaussian")
        })
    })
}

/// Refuses to go on where there is nothing to go on from, or not with these settings.
fn check_resumable(folder: &RunFolder, config: &Config) -> Result<(), Failure> {
    let place = folder.path().display();
    // The rest is built into the state that the checkpoint holds, or into who was set aside for
    // validation.
    let free = [
        "--epochs",
        "--learning-rate",
        "--likelihood-every",
        "--device",
    ];
    let differences = folder.settings()?.differences(config);
    let fixed = |(option, _, _): &&(String, String, String)| !free.contains(&option.as_str());
    if let Some((option, old, new)) = differences.iter().find(fixed) {
        return Err(Failure::input(format!(
            "{place}: {option} is {old} in this run, not {new}: with --resume only {} may differ",
            free.join(", ")
        )));
    }
    let path = folder.checkpoint();
    if !path.exists() {
        let path = path.display();
        return Err(Failure::input(format!(
            "{path}: no such file, so no epoch is kept to go on from: train without --resume"
        )));
    }
    Ok(())
}

/// `bernoulli:784 – bernoulli:200`, or `bernoulli:3 + gaussian:2 – bernoulli:20`
fn describe_layers(visible: &[LayerKind], hidden: &[LayerKind]) -> String {
    let sides: Vec<String> = visible.iter().map(LayerKind::to_string).collect();
    let hidden = hidden.iter().map(LayerKind::to_string);
    let names: Vec<String> = [sides.join(" + ")].into_iter().chain(hidden).collect();
    names.join(" – ")
}

fn trainer(config: &Config, rows: usize) -> Trainer<AnyLayer, library::Method> {
    let estimator: library::Method = match config.method {
        Method::Cd => ContrastiveDivergence {
            steps: config.gibbs_steps,
            data: config.data_phase(),
        }
        .into(),
        Method::Pcd => PersistentContrastiveDivergence {
            chains: config.chains.unwrap_or(config.batch_size),
            steps: config.gibbs_steps,
            data: config.data_phase(),
            ..Default::default()
        }
        .into(),
        Method::Tap => {
            let mut tap = TapGradient {
                starts: config.chains.unwrap_or(config.batch_size),
                ..TapGradient::default()
            };
            if let Ok(Some(order)) = tap_order(config.tap_order) {
                tap.solver.order = order;
            }
            tap.into()
        }
    };
    let steps = config.epochs * rows.div_ceil(config.batch_size);
    let rate = config.rate();
    Trainer {
        epochs: config.epochs,
        batch_size: config.batch_size,
        learning_rate: Box::new(schedule::cosine(rate, rate / 100.0, steps)),
        optimizer: config.optimizer(),
        seed: config.seed,
        ..Trainer::new(estimator)
    }
}
