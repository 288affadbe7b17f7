//! Training with the TAP mean field, without sampling, compared with PCD for the same time.
//!
//! ```text
//! cargo run --release --example tap -- SECONDS OUT_FOLDER [IMAGES]
//! ```
//!
//! Trains RBMs with 256 hidden units on binary digits: those of IMAGES if given (MNIST's
//! `train-images-idx3-ubyte`, gzipped or not), otherwise the built-in ones. The methods are PCD, the TAP
//! (Thouless-Anderson-Palmer) expansion of each order with starting points from the data, and that of
//! second order with persistent starting points. Then trains RBMs with Gaussian visible units on the gray
//! values. Prints a table, and writes samples from each machine to the folder.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use paysage::{
    prelude::*,
    report::{ImageGrid, Palette},
    tap::{Order, Source},
    training::{CallbackError, Control, Epoch, FinishedBatch},
};

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

const HIDDEN: usize = 256;

/// Stops training at a given time.
struct Until(Instant);

impl Callback<AnyLayer> for Until {
    fn after_batch(&mut self, _: &FinishedBatch) -> Control {
        if Instant::now() >= self.0 {
            Control::Stop
        } else {
            Control::Continue
        }
    }

    fn after_epoch(&mut self, _: &mut Epoch<'_, AnyLayer>) -> Result<Control, CallbackError> {
        Ok(Control::Continue)
    }
}

fn main() -> Outcome<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let (seconds, out, images) = match words.as_slice() {
        [seconds, out] => (seconds, out, None),
        [seconds, out, images] => (seconds, out, Some(images)),
        _ => return Err("usage: tap SECONDS OUT_FOLDER [IMAGES]".into()),
    };
    let (time, out) = (Duration::from_secs(seconds.parse()?), Path::new(out));
    std::fs::create_dir_all(out)?;
    let gray = match images {
        Some(images) => read(images)?,
        None => read("builtin:digits")?,
    };
    let (training, test) = gray.split(0.1, 1)?;
    let black = [&training, &test].map(|table| threshold(table, 0.5));

    println!("| visible | method | rate | epochs | test log-likelihood | pseudo-log-likelihood |");
    println!("|---|---|---|---|---|---|");
    let bernoulli = |units, device: &_| Bernoulli::new(units, device).into();
    let pcd = || Method::from(PersistentContrastiveDivergence::default());
    compare(
        "bernoulli",
        "PCD",
        0.02,
        pcd(),
        bernoulli,
        &black,
        time,
        out,
    )?;
    for (name, order, source) in [
        ("TAP1", Order::First, Source::Data),
        ("TAP2", Order::Second, Source::Data),
        ("TAP3", Order::Third, Source::Data),
        ("TAP2 persistent", Order::Second, Source::Persistent),
    ] {
        compare(
            "bernoulli",
            name,
            0.01,
            tap(order, source),
            bernoulli,
            &black,
            time,
            out,
        )?;
    }
    let gaussian = |units, device: &_| Gaussian::new(units, device).into();
    let real = [training, test];
    compare("gaussian", "PCD", 0.001, pcd(), gaussian, &real, time, out)?;
    compare(
        "gaussian",
        "TAP2",
        0.001,
        tap(Order::Second, Source::Data),
        gaussian,
        &real,
        time,
        out,
    )
}

fn tap(order: Order, source: Source) -> Method {
    let mut tap = TapGradient {
        source,
        ..TapGradient::default()
    };
    tap.solver.order = order;
    tap.into()
}

#[allow(clippy::too_many_arguments, reason = "one row of the table")]
fn compare(
    visible: &str,
    method: &str,
    rate: f64,
    estimator: Method,
    layer: impl Fn(usize, &burn::tensor::Device) -> AnyLayer,
    [training, test]: &[Table; 2],
    time: Duration,
    out: &Path,
) -> Outcome<()> {
    let device = default_device()?;
    let hidden = Bernoulli::new(HIDDEN, &device).into();
    let layers = vec![layer(training.columns(), &device), hidden];
    let mut machine = BoltzmannMachine::chain(layers)?;
    machine.initialize(Initialization::Stddev, training, RandomKey::new(1))?;
    // Gradients of Gaussian units scale with the data; Adam normalizes them.
    let optimizer = match visible {
        "gaussian" => OptimizerKind::Adam,
        _ => OptimizerKind::Sgd,
    };
    let trainer = Trainer {
        epochs: usize::MAX,
        learning_rate: Box::new(schedule::constant(rate)),
        optimizer,
        ..Trainer::new(estimator)
    };
    let state = trainer.start(machine)?;
    let until = Until(Instant::now() + time);
    let state = trainer.fit(state, training, &mut [Box::new(until)])?.state;
    let machine = state.machine;

    let estimator = LikelihoodEstimator {
        gap: 1.0,
        budget: Duration::from_secs(30),
        ..Default::default()
    };
    let chains = machine.state_from_visible(machine.rows(training, &(0..100).collect::<Vec<_>>()));
    let key = RandomKey::new(2);
    let found = estimator.run(&machine, test, RandomKey::new(0), &mut Silent)?;
    let rows = found.log_likelihood;
    let pseudo = PseudoLogLikelihood {
        sites: Sites::Random { count: 5 },
    };
    let pseudo = pseudo.run(&machine, test, key, &mut Silent)?.value;
    println!(
        "| {visible} | {method} | {rate} | {} | {:.1} to {:.1} | {pseudo:.1} |",
        state.epochs, rows.low, rows.high
    );

    let chains = Gibbs.run(&machine, chains, &Conditions::default(), 1000, key);
    let samples: Vec<f32> = machine.visible_of(&chains).into_data().iter().collect();
    let side = training.columns().isqrt();
    let grid = ImageGrid {
        values: &samples,
        height: side,
        width: side,
        columns: 10,
        palette: Palette::Ink,
        magnify: 2,
    };
    grid.write(&out.join(format!("{visible}-{method}.png")))?;
    Ok(())
}
