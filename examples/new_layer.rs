//! A layer kind of one's own: spins that are −1 or +1, trained on the Ising model.
//!
//! Paysage has no spin layer, and needs none: a layer is a type with three traits, in your crate.
//! `Layer` is its physics, `Trainable` its parameters and their gradient, `Stored` what a model file
//! says of it. Samplers, estimators, optimizers, metrics and files then work as for our own kinds.
//! Two more are capabilities: `Annealed`, one function, bounds the likelihood, and `Tap` does without
//! sampling.
//!
//! For each of five seeds, the trained machine had the magnetization of the data within two standard
//! errors, and their energy within 3 %.
//!
//! ```text
//! cargo run --release --example new_layer
//! ```

use burn::tensor::{Bool, Tensor, TensorCreationOptions, TensorData};
use paysage::{
    data::Ising,
    kernels::{most_precise, sample_bernoulli},
    layers::{
        Annealed, Cumulants, Moments, Named, NamedMut, RowAverage, Slopes, Support, Tap, Tilt,
    },
    metrics::Interval,
    prelude::*,
    tap::TapEstimator,
};
use paysage_testkit::{check_annealed, check_layer, check_tap, statistics::mean_and_error};
use serde::{Deserialize, Serialize};

// 1. The layer.

/// Units in {−1, +1}, with H(x) = −loc·x and r(x) = x: under a field, p(x = 1) = σ(2β(loc + f)).
#[derive(Clone, Debug)]
struct Spin {
    /// The local magnetic field on each unit: `[units]`.
    loc: Tensor<1>,
}

impl Spin {
    fn new(units: usize, options: impl Into<TensorCreationOptions>) -> Self {
        Self {
            loc: Tensor::zeros([units], options),
        }
    }

    /// β(loc + f), all that the conditional distribution depends on. β may differ from chain to
    /// chain, which is why it scales a tensor and is not a number.
    fn tilt(&self, field: Tensor<2>, beta: &InverseTemperature) -> Tensor<2> {
        beta.scale(field + self.loc.clone().unsqueeze())
    }
}

impl Layer for Spin {
    fn units(&self) -> usize {
        self.loc.dims()[0]
    }

    /// The check of data, the pseudo-likelihood and exact sums live on this list alone.
    fn support(&self) -> Support {
        Support::Discrete {
            options: vec![vec![-1.0], vec![1.0]],
            expectation: "a spin is -1 or 1".into(),
        }
    }

    fn energy(&self, states: Tensor<2>) -> Tensor<1> {
        -(states * self.loc.clone().unsqueeze())
            .sum_dim(1)
            .squeeze_dim(1)
    }

    fn interaction(&self, states: Tensor<2>) -> Tensor<2> {
        states
    }

    /// Σ ln 2 cosh y, written as |y| + ln(1 + exp(−2|y|)) because cosh overflows in f32 at y = 90.
    fn log_partition(&self, field: Tensor<2>, beta: &InverseTemperature) -> Tensor<1> {
        let size = self.tilt(field, beta).abs();
        let per_unit = size.clone() + (size * -2.0).exp().log1p();
        per_unit.sum_dim(1).squeeze_dim(1)
    }

    fn mean(&self, field: Tensor<2>, beta: &InverseTemperature) -> Tensor<2> {
        self.tilt(field, beta).tanh()
    }

    /// Not the sign: where it is zero, a spin must still be one of two values.
    fn mode(&self, field: Tensor<2>) -> Tensor<2> {
        let tilt = self.tilt(field, &InverseTemperature::ONE);
        tilt.ones_like()
            .mask_fill(tilt.lower_equal_scalar(0.0), -1.0)
    }

    /// A coin of {0, 1} stretched to {−1, +1}. Drawn from Paysage's kernel, a spin is a function
    /// of key, row and column alone, so runs repeat on any number of threads and any backend.
    fn sample(&self, field: Tensor<2>, beta: &InverseTemperature, key: RandomKey) -> Tensor<2> {
        let (field, loc) = (field * 2.0, self.loc.clone() * 2.0);
        sample_bernoulli(field, loc, beta, key) * 2.0 - 1.0
    }

    /// Spins are independent of one another given the field, so holding some tells others nothing.
    fn condition(&self, field: Tensor<2>, _: &Tensor<2>, _: &Tensor<2, Bool>) -> Tensor<2> {
        field
    }
}

impl Trainable for Spin {
    fn parameters(&self) -> Vec<Named<'_>> {
        vec![("loc", &self.loc)]
    }

    fn parameters_mut(&mut self) -> Vec<NamedMut<'_>> {
        vec![("loc", &mut self.loc)]
    }

    /// ∂H/∂loc = −x.
    fn energy_gradient(
        &self,
        states: Tensor<2>,
        average: &RowAverage,
    ) -> Vec<(&'static str, Tensor<1>)> {
        vec![("loc", -average.columns(states))]
    }

    /// The energy is linear in the spins, so its gradient at their mean is its mean gradient.
    fn expected_energy_gradient(
        &self,
        mean: Tensor<2>,
        _: &InverseTemperature,
        average: &RowAverage,
    ) -> Vec<(&'static str, Tensor<1>)> {
        self.energy_gradient(mean, average)
    }

    /// r(x) = x has no parameters.
    fn interaction_gradient(&self, _: &dyn Fn() -> Tensor<1>) -> Vec<(&'static str, Tensor<1>)> {
        Vec::new()
    }

    /// A free spin has the mean tanh(loc). One more row, imagined half up and half down, keeps loc
    /// finite where all the data agree.
    fn start_from(&mut self, moments: &Moments) {
        let rows = moments.rows as f64;
        let shrunk = moments.mean.iter().map(|mean| mean * rows / (rows + 1.0));
        let loc: Vec<f64> = shrunk.map(f64::atanh).collect();
        let options = (&self.loc.device(), self.loc.dtype());
        self.loc = Tensor::from_data(TensorData::new(loc, [self.units()]), options);
    }
}

/// What a model file says of the layer: `{"kind":"spin","units":64}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum SpinKind {
    Spin { units: usize },
}

impl Stored for Spin {
    type Kind = SpinKind;

    fn kind(&self) -> SpinKind {
        SpinKind::Spin {
            units: self.units(),
        }
    }

    fn units_of(SpinKind::Spin { units }: &SpinKind) -> usize {
        *units
    }

    fn from_kind(kind: &SpinKind, options: impl Into<TensorCreationOptions>) -> Self {
        Self::new(Self::units_of(kind), options)
    }

    /// Spins are symmetric about zero and are not centered; a file with a center is refused.
    fn set_center(&mut self, _center: Option<Tensor<1>>) {}
}

impl Annealed for Spin {
    /// β H′ = −((1 − β) loc_base + β loc)·x; r has nothing that could change on the way.
    fn between(&self, base: &Self, beta: f64) -> (Self, Option<Tensor<1>>) {
        let loc = base.loc.clone() * ((1.0 - beta) / beta) + self.loc.clone();
        (Self { loc }, None)
    }
}

impl Tap for Spin {
    fn cumulants(&self, tilt: &Tilt) -> Cumulants {
        self.cumulants_of_states(self.mean(tilt.field.clone(), &InverseTemperature::ONE))
    }

    /// Of means as well: κ₂ = 1 − m², κ₃ = −2m κ₂.
    fn cumulants_of_states(&self, mean: Tensor<2>) -> Cumulants {
        let second = -mean.clone().square() + 1.0;
        let third = second.clone() * mean.clone() * -2.0;
        Cumulants {
            mean,
            second,
            third,
        }
    }

    fn tilt_of(&self, cumulants: &Cumulants) -> Tilt {
        Tilt {
            field: cumulants.mean.clone().atanh() - self.loc.clone().unsqueeze(),
            curvature: None,
        }
    }

    /// ∂κ₂/∂m = −2m and ∂κ₃/∂m = 4 − 6κ₂.
    fn balance(&self, at: &Cumulants, slopes: &Slopes) -> Tilt {
        let second = slopes
            .second
            .clone()
            .map(|slope| slope * at.mean.clone() * -2.0);
        let third = slopes.third.clone();
        let third = third.map(|slope| slope * (at.second.clone() * -6.0 + 4.0));
        let others = [second, third].into_iter().flatten();
        Tilt {
            field: others.fold(slopes.field.clone(), |sum, term| sum + term),
            curvature: None,
        }
    }

    /// Each spin is up with p = (1 + m)/2. Below the smallest p of f32, p ln p is 0.
    fn entropy(&self, at: &Cumulants) -> Tensor<1> {
        let tiny = f64::from(f32::MIN_POSITIVE);
        let surprise = |p: Tensor<2>| p.clone() * -p.clamp_min(tiny).log();
        let up = (at.mean.clone() + 1.0) * 0.5;
        let per_unit = surprise(up.clone()) + surprise(-up + 1.0);
        per_unit.sum_dim(1).squeeze_dim::<1>(1) - self.energy(at.mean.clone())
    }

    /// Neighbours see r(x) = x, in which there is no parameter.
    fn expansion_gradient(
        &self,
        at: &Cumulants,
        _: &Slopes,
        average: &RowAverage,
    ) -> Vec<(&'static str, Tensor<1>)> {
        self.energy_gradient(at.mean.clone(), average)
    }
}

// 2. The machine's layers. All layers of a machine have one type: for a machine of different kinds
// that is an enum, here of the standard kinds and ours. It does nothing but pass on.

#[derive(Clone, Debug)]
enum Mine {
    Standard(AnyLayer),
    Spin(Spin),
}

/// Untagged, so that standard layers read as in any other model file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
enum MyKind {
    Standard(LayerKind),
    Spin(SpinKind),
}

/// The same call on whichever layer it is.
macro_rules! each {
    ($mine:expr, $layer:ident => $call:expr) => {
        match $mine {
            Mine::Standard($layer) => $call,
            Mine::Spin($layer) => $call,
        }
    };
}

/// Methods that pass on their arguments, from their signatures without the receiver.
macro_rules! pass_on {
    ($($method:ident($($argument:ident: $type:ty),*) -> $result:ty;)*) => {
        $(fn $method(&self, $($argument: $type),*) -> $result {
            each!(self, layer => layer.$method($($argument),*))
        })*
    };
}

impl Layer for Mine {
    pass_on! {
        units() -> usize;
        support() -> Support;
        energy(states: Tensor<2>) -> Tensor<1>;
        interaction(states: Tensor<2>) -> Tensor<2>;
        log_partition(field: Tensor<2>, beta: &InverseTemperature) -> Tensor<1>;
        mean(field: Tensor<2>, beta: &InverseTemperature) -> Tensor<2>;
        mode(field: Tensor<2>) -> Tensor<2>;
        sample(field: Tensor<2>, beta: &InverseTemperature, key: RandomKey) -> Tensor<2>;
        // This one has a default, which is wrong for the one-hot layers that may be inside.
        condition(field: Tensor<2>, states: &Tensor<2>, mask: &Tensor<2, Bool>) -> Tensor<2>;
    }
}

impl Trainable for Mine {
    pass_on! {
        parameters() -> Vec<Named<'_>>;
        energy_gradient(
            states: Tensor<2>,
            average: &RowAverage
        ) -> Vec<(&'static str, Tensor<1>)>;
        expected_energy_gradient(
            mean: Tensor<2>,
            beta: &InverseTemperature,
            average: &RowAverage
        ) -> Vec<(&'static str, Tensor<1>)>;
        interaction_gradient(pull: &dyn Fn() -> Tensor<1>) -> Vec<(&'static str, Tensor<1>)>;
    }

    fn parameters_mut(&mut self) -> Vec<NamedMut<'_>> {
        each!(self, layer => layer.parameters_mut())
    }

    fn start_from(&mut self, moments: &Moments) {
        each!(self, layer => layer.start_from(moments));
    }
}

impl Stored for Mine {
    type Kind = MyKind;

    fn kind(&self) -> MyKind {
        match self {
            Self::Standard(layer) => MyKind::Standard(layer.kind()),
            Self::Spin(layer) => MyKind::Spin(layer.kind()),
        }
    }

    fn units_of(kind: &MyKind) -> usize {
        match kind {
            MyKind::Standard(kind) => AnyLayer::units_of(kind),
            MyKind::Spin(kind) => Spin::units_of(kind),
        }
    }

    fn from_kind(kind: &MyKind, options: impl Into<TensorCreationOptions>) -> Self {
        match kind {
            MyKind::Standard(kind) => Self::Standard(AnyLayer::from_kind(kind, options)),
            MyKind::Spin(kind) => Self::Spin(Spin::from_kind(kind, options)),
        }
    }

    fn set_center(&mut self, center: Option<Tensor<1>>) {
        each!(self, layer => layer.set_center(center));
    }
}

impl Annealed for Mine {
    fn between(&self, base: &Self, beta: f64) -> (Self, Option<Tensor<1>>) {
        match (self, base) {
            (Self::Standard(layer), Self::Standard(base)) => {
                let (layer, factor) = layer.between(base, beta);
                (Self::Standard(layer), factor)
            }
            (Self::Spin(layer), Self::Spin(base)) => {
                let (layer, factor) = layer.between(base, beta);
                (Self::Spin(layer), factor)
            }
            _ => unreachable!("the base is of the same kind"),
        }
    }
}

impl Tap for Mine {
    pass_on! {
        // These two have defaults for independent units whose means are between 0 and 1.
        states_of_a_site() -> usize;
        scaled(at: &Cumulants) -> Tensor<2>;
        cumulants(tilt: &Tilt) -> Cumulants;
        cumulants_of_states(states: Tensor<2>) -> Cumulants;
        tilt_of(cumulants: &Cumulants) -> Tilt;
        balance(at: &Cumulants, slopes: &Slopes) -> Tilt;
        entropy(at: &Cumulants) -> Tensor<1>;
        expansion_gradient(
            at: &Cumulants,
            slopes: &Slopes,
            average: &RowAverage
        ) -> Vec<(&'static str, Tensor<1>)>;
    }
}

// 3. The physics.

/// The side of the lattice, which has periodic borders.
const SIZE: usize = 6;

/// In units of the coupling. Above the critical 2.269, so that chains do not stick in one of the two
/// magnetized phases; near enough for clusters as wide as the lattice.
const TEMPERATURE: f64 = 2.8;

/// How many configurations are drawn from a machine.
const CHAINS: usize = 2000;

/// The Ising energy per site, −Σ s_i s_j over the neighbours j to the right and below, and the
/// magnitude of the magnetization: means over configurations, with their standard errors.
fn observe(spins: &[f32]) -> [(f64, f64); 2] {
    let configurations = spins.chunks(SIZE * SIZE);
    let energy = |s: &[f32]| {
        let site = |row: usize, column: usize| s[row % SIZE * SIZE + column % SIZE];
        let pairs = |i| {
            let (row, column) = (i / SIZE, i % SIZE);
            site(row, column) * (site(row, column + 1) + site(row + 1, column))
        };
        -f64::from((0..s.len()).map(pairs).sum::<f32>()) / s.len() as f64
    };
    let magnetization = |s: &[f32]| f64::from(s.iter().sum::<f32>().abs()) / s.len() as f64;
    [
        mean_and_error(&configurations.clone().map(energy).collect::<Vec<_>>()),
        mean_and_error(&configurations.map(magnetization).collect::<Vec<_>>()),
    ]
}

/// The visible units of chains that start at random and run for long enough to forget it.
fn sample(machine: &BoltzmannMachine<Mine>, chains: usize, key: RandomKey) -> Vec<f32> {
    let start = machine.random_state(chains, key.split(0));
    let state = Gibbs.run(machine, start, &Conditions::default(), 200, key.split(1));
    machine.visible_of(&state).into_data().iter().collect()
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let device = default_device()?;

    // Before anything else: is the layer right? The battery panics with the law that it breaks.
    // It compares derivatives with differences, which takes all the precision the device has.
    let options = (&device, most_precise(&device));
    let spin = Spin {
        loc: Tensor::from_data([0.7, -1.2, 0.0, 0.3], options),
    };
    check_layer(&spin, RandomKey::new(1));
    check_annealed(&Spin::new(4, options), &spin, RandomKey::new(2));
    check_tap(&spin, RandomKey::new(3));
    println!("the laws hold");

    // Independent configurations in equilibrium; our spins are −1 where the table has 0.
    let ising = Ising {
        size: SIZE,
        temperature: TEMPERATURE,
        rows: 10_000,
        ..Ising::default()
    };
    let ising = ising.generate();
    let spins: Vec<f32> = ising.values().iter().map(|x| 2.0 * x - 1.0).collect();
    let data = Table::new("Ising spins", ising.columns(), spins)?;

    // A hidden unit that sees two spins couples them once it is summed over: with one for each bond,
    // two to a site, the machine can be the Ising model exactly. A center of one half makes hidden
    // units act as −½ and +½, so that a machine without loc does not tell up from down, as the
    // data do not; without it, training is slow to balance loc against the weights.
    let bonds = 2 * SIZE * SIZE;
    let hidden = Bernoulli {
        center: Some(Tensor::full([bonds], 0.5, &device)),
        ..Bernoulli::new(bonds, &device)
    };
    let visible = Spin::new(data.columns(), &device);
    let layers = vec![Mine::Spin(visible), Mine::Standard(hidden.into())];
    let mut machine = BoltzmannMachine::chain(layers)?;
    machine.initialize(Initialization::Hinton, &data, RandomKey::new(2));
    let untrained = sample(&machine, CHAINS, RandomKey::new(3));

    // Small batches make many steps, and a rate that falls to zero takes their noise away again.
    let (epochs, batch_size) = (30, 20);
    let steps = epochs * data.rows() / batch_size;
    let mut trainer = Trainer {
        epochs,
        batch_size,
        learning_rate: Box::new(schedule::linear(0.003, 0.0, steps)),
        monitors: Monitors::standard(&machine, &data, None)?,
        ..Trainer::new(PersistentContrastiveDivergence {
            chains: 200,
            ..Default::default()
        })
    };
    let bar = ProgressBar::new(data.rows());
    trainer.callbacks.push(Box::new(bar));
    trainer.fit(&mut machine, &data)?;

    // The file holds our layer as any other, and what is loaded is the same machine.
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("ising.safetensors");
    machine.save(&path)?;
    let loaded = BoltzmannMachine::<Mine>::load(&path, &device)?;
    let key = RandomKey::new(4);
    assert_eq!(sample(&loaded, 10, key), sample(&machine, 10, key));

    let trained = sample(&loaded, CHAINS, RandomKey::new(5));
    println!(
        "{:18}{:>20}{:>20}",
        "", "energy per site", "|magnetization|"
    );
    for (name, spins) in [
        ("data", data.values()),
        ("untrained machine", &untrained),
        ("trained machine", &trained),
    ] {
        let [energy, magnetization] =
            observe(spins).map(|(mean, error)| format!("{mean:.3} ± {error:.3}"));
        println!("{name:18}{energy:>20}{magnetization:>20}");
    }

    let estimator = LikelihoodEstimator::default();
    let found = estimator.run(&loaded, &data, RandomKey::new(0), &mut Silent)?;
    let Interval { low, high, .. } = found.log_likelihood;
    println!("log-likelihood: between {low:.2} and {high:.2} nats a configuration");

    // And without a sample. The couplings of a machine above its critical temperature are small enough
    // for the expansion; how small, its terms beyond mean field say.
    let tap = TapEstimator::default().run(&loaded, &data, &mut Silent)?;
    println!(
        "by mean field: {:.2} nats ({} of {} starts converged, terms of up to {:.1} nats)",
        tap.log_likelihood, tap.converged, tap.starts, tap.beyond_mean_field
    );
    Ok(())
}
