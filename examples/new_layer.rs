//! A layer kind of your own: genotypes, which are 0, 1 or 2 copies of an allele.
//!
//! `Family` is its distribution, `StoredFamily` its name in model files, `TapFamily` the TAP expansion;
//! `layer_kinds!` makes the layer types of a machine from a list of kinds. Run it with
//! `cargo run --release --example new_layer`.

use burn::tensor::Tensor;
use paysage::{
    kernels::{most_precise, uniform},
    layers::{
        BernoulliFamily, CavityFields, Cumulants, Domain, Eta, Family, Field, StoredFamily,
        TapFamily, Units, layer_kinds,
    },
    prelude::*,
};
use paysage_testkit::{check_annealed, check_layer, check_tap};

/// Units in {0, 1, 2}: two alleles, each present with probability σ(β(loc + f)).
#[derive(Clone, Copy, Debug, Default)]
struct Genotype;

impl Family for Genotype {
    fn domain(&self) -> Domain {
        Domain::Counts { most: Some(2) }
    }

    /// ln C(2, x): there are two ways to have one copy.
    fn log_base_measure(&self, states: Tensor<2>) -> Option<Tensor<1>> {
        let ways = states.clone() * (-states + 2.0) * 2.0_f64.ln();
        Some(ways.sum_dim(1).squeeze_dim(1))
    }

    fn log_partition(&self, eta: Eta<'_>) -> Tensor<1> {
        BernoulliFamily.log_partition(eta) * 2.0
    }

    fn mean(&self, eta: Eta<'_>) -> Tensor<2> {
        BernoulliFamily.mean(eta) * 2.0
    }

    fn variance(&self, eta: Eta<'_>) -> Tensor<2> {
        BernoulliFamily.variance(eta) * 2.0
    }

    /// p(1)/p(0) is at least 1 from η = −ln 2 on, p(2)/p(1) from ln 2 on.
    fn mode(&self, natural: Tensor<2>) -> Tensor<2> {
        (natural / 4.0_f64.ln() + 1.5).floor().clamp(0.0, 2.0)
    }

    fn sample(&self, eta: Eta<'_>, key: RandomKey) -> Tensor<2> {
        let first = BernoulliFamily.sample(eta.clone(), key.split(0));
        first + BernoulliFamily.sample(eta, key.split(1))
    }

    /// The logit of the frequency of the allele, with one more observation of a single copy.
    fn start(&self, mean: f64, count: f64) -> f64 {
        let present = count * mean + 1.0;
        (present / (2.0 * count + 2.0 - present)).ln()
    }
}

impl StoredFamily for Genotype {
    const NAME: &'static str = "genotype";
    type Shape = Units;

    fn of_shape(_: &Units) -> Self {
        Self
    }

    fn shape(&self, units: usize) -> Units {
        Units { units }
    }
}

impl TapFamily for Genotype {
    fn natural_parameter(&self, mean: Tensor<2>) -> Tensor<2> {
        mean.clone().log() - (-mean + 2.0).log()
    }

    fn cumulants(&self, mean: Tensor<2>) -> Cumulants {
        let second = mean.clone() * (mean.clone() * -0.5 + 1.0);
        let third = second.clone() * (-mean.clone() + 1.0);
        Cumulants {
            mean,
            second,
            third,
        }
    }

    fn effective_field(&self, at: &Cumulants, cavity: &CavityFields) -> Tensor<2> {
        let third = || at.second.clone() * -3.0 + 1.0;
        cavity.through_mean(|| -at.mean.clone() + 1.0, third)
    }
}

layer_kinds! {
    /// The layers of the machine.
    enum AnyOfMine;
    /// Their kinds in files: `{"kind":"genotype","units":12}`.
    enum KindOfMine;
    /// Copies of an allele.
    Genotype { units }: Field<Genotype>;
    /// Units in {0, 1}.
    Bernoulli { units }: Bernoulli;
}

/// Genotypes of people from two populations, in which an allele has the frequency 0.2 or 0.8.
fn genotypes(people: usize, sites: usize) -> Result<Table, Box<dyn std::error::Error>> {
    let shape = [people, 1 + 2 * sites];
    let draws = uniform(shape, RandomKey::new(1), &default_device()?);
    let draws: Vec<f32> = draws.into_data().iter().collect();
    let person = |row: &[f32]| {
        let frequency = if row[0] < 0.5 { 0.2 } else { 0.8 };
        let copies = |pair: &[f32]| pair.iter().filter(|&&u| u < frequency).count() as f32;
        row[1..].chunks(2).map(copies).collect::<Vec<f32>>()
    };
    let values = draws.chunks(1 + 2 * sites).flat_map(person).collect();
    Ok(Table::new("genotypes", sites, values)?)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let device = default_device()?;
    // Is the layer right? The battery of laws panics with the law that is broken.
    let options = (&device, most_precise(&device));
    let mut layer = Field::<Genotype>::new(3, options);
    layer.loc = Tensor::from_data([0.7, -1.2, 0.0], options);
    check_layer(&layer, RandomKey::new(1));
    check_annealed(
        &Field::<Genotype>::new(3, options),
        &layer,
        RandomKey::new(2),
    );
    check_tap(&layer, RandomKey::new(3));

    let data = genotypes(1000, 12)?;
    let visible = Field::<Genotype>::new(12, &device).into();
    let layers: Vec<AnyOfMine> = vec![visible, Bernoulli::new(2, &device).into()];
    let mut machine = BoltzmannMachine::chain(layers)?;
    machine.initialize(Initialization::default(), &data, RandomKey::new(4))?;
    let before = Exact::new(&machine)?.mean_log_likelihood(&data)?;
    let mut trainer = Trainer::new(PersistentContrastiveDivergence::default());
    trainer.epochs = 30;
    let machine = trainer.train(machine, &data)?;
    let after = Exact::new(&machine)?.mean_log_likelihood(&data)?;
    println!("log-likelihood: {before:.2} nats per row before training, {after:.2} after");
    assert!(after > before + 1.0);
    Ok(())
}
