//! Machines of different kinds of units that are the same distribution.

use burn::tensor::Tensor;
use paysage_data::Table;
use paysage_kernels::{RandomKey, normal};
use paysage_layers::{
    Bernoulli, BernoulliFamily, Conditional, Domain, Eta, Family, Field, InverseTemperature, Layer,
    Spin, Trainable,
};
use paysage_models::{BoltzmannMachine, Exact, Phase};
use paysage_testkit::{Precision, check_layer, machines};

const VISIBLE: usize = 4;
const HIDDEN: usize = 3;

fn noise(shape: [usize; 2], child: u64) -> Tensor<2> {
    let key = RandomKey::new(700).split(child);
    normal(shape, key, &machines::device()).cast(burn::tensor::FloatDType::from(machines::dtype()))
}

fn bias(units: usize, child: u64) -> Tensor<1> {
    noise([1, units], child).squeeze_dim(0)
}

fn close(found: f64, expected: f64, what: &str) {
    Precision::of(machines::dtype()).assert_close(found, expected, what);
}

fn all_close<const D: usize>(found: &Tensor<D>, expected: &Tensor<D>, what: &str) {
    let (found, expected) = (found.to_data(), expected.to_data());
    assert_eq!(found.shape(), expected.shape());
    for (found, expected) in found.iter::<f64>().zip(expected.iter::<f64>()) {
        close(found, expected, what);
    }
}

/// With x = (s + 1)/2, spins are Bernoulli units of center ½ with twice the biases and four times the
/// weights; energies differ by the sum of the spins' biases.
#[test]
fn spins_are_bernoulli_units_of_center_one_half() {
    let options = (&machines::device(), machines::dtype());
    let spin = |units, child| Spin {
        loc: bias(units, child),
        ..Spin::new(units, options)
    };
    let spins = vec![spin(VISIBLE, 0), spin(HIDDEN, 1)];
    let bits = spins.iter().map(|spin| Bernoulli {
        loc: spin.loc.clone() * 2.0,
        center: Some(Tensor::full([spin.units()], 0.5, options)),
        ..Bernoulli::new(spin.units(), options)
    });
    let bits: Vec<Bernoulli> = bits.collect();
    let offset: f64 = spins
        .iter()
        .map(|s| s.loc.clone().sum().into_scalar::<f64>())
        .sum();
    let mut spins = BoltzmannMachine::chain(spins).expect("a machine");
    let mut bits = BoltzmannMachine::chain(bits).expect("a machine");
    let weight = noise([VISIBLE, HIDDEN], 2);
    spins.connections[0].weight = weight.clone();
    bits.connections[0].weight = weight * 4.0;

    let exact = [
        Exact::new(&spins).expect("small").log_partition(),
        Exact::new(&bits).expect("small").log_partition(),
    ];
    close(exact[0], exact[1] - offset, "ln Z");

    let state = bits.random_state(6, RandomKey::new(701));
    let of_spins = paysage_models::State {
        layers: state.layers.iter().map(|x| x.clone() * 2.0 - 1.0).collect(),
    };
    all_close(
        &spins.energy(&of_spins),
        &(bits.energy(&state) + offset),
        "E",
    );
    let free = |machine: Result<Tensor<1>, _>| machine.expect("restricted");
    let of_spins_free = free(spins.free_energy(of_spins.layers[0].clone()));
    let of_bits_free = free(bits.free_energy(state.layers[0].clone()));
    all_close(&of_spins_free, &(of_bits_free + offset), "free energy");

    let gradient_of_spins = {
        let mut state = of_spins.clone();
        let field = spins.field(1, &state);
        state.layers[1] = spins.layers[1].mean(field, &InverseTemperature::ONE);
        let phase = Phase {
            averaged: vec![1],
            ..Phase::of(state)
        };
        spins.energy_gradient(&phase) + -Exact::new(&spins).expect("small").model_gradient()
    };
    let gradient_of_bits = {
        let mut state = state.clone();
        let field = bits.field(1, &state);
        state.layers[1] = bits.layers[1].mean(field, &InverseTemperature::ONE);
        let phase = Phase {
            averaged: vec![1],
            ..Phase::of(state)
        };
        bits.energy_gradient(&phase) + -Exact::new(&bits).expect("small").model_gradient()
    };
    for (name, derivative) in &gradient_of_spins.vectors {
        let expected = gradient_of_bits.vectors[name].clone() * 2.0;
        all_close(derivative, &expected, &name.to_string());
    }
    for (name, derivative) in &gradient_of_spins.matrices {
        let expected = gradient_of_bits.matrices[name].clone() * 4.0;
        all_close(derivative, &expected, &name.to_string());
    }
}

/// The sum of two Bernoulli units, whose parameters the natural ones are: the base measure is C(2, x).
#[derive(Clone, Debug, Default)]
struct Pair;

impl Pair {
    fn of_each(&self, of: impl Fn(u64) -> Tensor<2>) -> Tensor<2> {
        of(0) + of(1)
    }
}

impl Family for Pair {
    fn domain(&self) -> Domain {
        Domain::Counts { most: Some(2) }
    }

    fn log_base_measure(&self, states: Tensor<2>) -> Option<Tensor<1>> {
        let singles = states.equal_scalar(1.0).float() * 2.0_f64.ln();
        let singles = singles.cast(burn::tensor::FloatDType::from(machines::dtype()));
        Some(singles.sum_dim(1).squeeze_dim(1))
    }

    fn log_partition(&self, eta: Eta<'_>) -> Tensor<1> {
        let one = BernoulliFamily.log_partition(eta);
        one.clone() + one
    }

    fn mean(&self, eta: Eta<'_>) -> Tensor<2> {
        self.of_each(|_| BernoulliFamily.mean(eta.clone()))
    }

    fn variance(&self, eta: Eta<'_>) -> Tensor<2> {
        self.of_each(|_| BernoulliFamily.variance(eta.clone()))
    }

    fn mode(&self, natural: Tensor<2>) -> Tensor<2> {
        (natural / 4.0_f64.ln() + 1.5).floor().clamp(0.0, 2.0)
    }

    fn sample(&self, eta: Eta<'_>, key: RandomKey) -> Tensor<2> {
        self.of_each(|unit| BernoulliFamily.sample(eta.clone(), key.split(unit)))
    }

    fn start(&self, mean: f64, count: f64) -> f64 {
        BernoulliFamily.start(mean * 0.5, count * 2.0)
    }
}

/// Units that are sums of two Bernoulli units have the partition function and the likelihoods of a
/// machine in which these stand side by side.
#[test]
fn base_measures_are_part_of_all_sums() {
    let options = (&machines::device(), machines::dtype());
    let pairs = |units, child| Field {
        loc: bias(units, child),
        ..Field::<Pair>::new(units, options)
    };
    check_layer(&pairs(3, 3), RandomKey::new(702));
    let pairs = vec![pairs(2, 4), pairs(3, 5)];
    let twice = |x: &Tensor<1>| Tensor::cat(vec![x.clone(), x.clone()], 0);
    let bits = pairs.iter().map(|layer| Bernoulli {
        loc: twice(&layer.loc),
        ..Bernoulli::new(2 * layer.units(), options)
    });
    let mut bits = BoltzmannMachine::chain(bits.collect()).expect("a machine");
    let mut pairs = BoltzmannMachine::chain(pairs).expect("a machine");
    let weight = noise([2, 3], 6);
    pairs.connections[0].weight = weight.clone();
    let wide = Tensor::cat(vec![weight.clone(), weight], 1);
    bits.connections[0].weight = Tensor::cat(vec![wide.clone(), wide], 0);

    let exact = Exact::new(&pairs).expect("small");
    let expected = Exact::new(&bits).expect("small");
    close(exact.log_partition(), expected.log_partition(), "ln Z");
    // From the other side.
    let mut turned = pairs.clone();
    turned.visible = vec![1];
    let turned = Exact::new(&turned).expect("small").log_partition();
    close(turned, expected.log_partition(), "ln Z from the other side");

    // p(1, 2) is the sum over the two ways in which one unit can be 1.
    let table = |width, rows: &[f32]| Table::new("rows", width, rows.to_vec()).expect("finite");
    let found = exact.mean_log_likelihood(&table(2, &[1.0, 2.0]));
    let one_way = expected.mean_log_likelihood(&table(4, &[1.0, 1.0, 0.0, 1.0]));
    let (found, one_way) = (found.expect("small"), one_way.expect("small"));
    close(found, one_way + 2.0_f64.ln(), "log-likelihood");
    let means = exact.means()[0].clone();
    let of_bits = expected.means()[0].clone();
    let sums = of_bits.clone().slice([0..2]) + of_bits.slice([2..4]);
    all_close(&means, &sums, "means");
    // Energies have no part of the base measure.
    let state = pairs.random_state(5, RandomKey::new(703));
    let of_layers = state.layers.iter().zip(&pairs.layers);
    let own = of_layers.map(|(x, layer)| layer.energy(x.clone()));
    let own = own.reduce(|a, b| a + b).expect("two layers");
    let field = pairs.field(1, &state) * state.layers[1].clone();
    let energy = own - field.sum_dim(1).squeeze_dim::<1>(1);
    all_close(&pairs.energy(&state), &energy, "E");
    assert_eq!(pairs.layers[0].storage().1, machines::dtype());
}
