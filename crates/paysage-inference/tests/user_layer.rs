//! Layers of a user's own kind that cannot be divided into clamped and free units.

use burn::tensor::{Bool, DType, Device, Tensor, TensorData};
use paysage_data::Table;
use paysage_inference::{
    ChainSettings, ConditionalLikelihood, Imputation, InferenceError, Predictor, RowScores,
};
use paysage_kernels::{InverseTemperature, RandomKey};
use paysage_layers::{
    Annealed, Bernoulli, Centered, Conditional, Derivatives, Domain, Layer, Moments, Named,
    NamedMut, RowAverage, Trainable,
};
use paysage_models::{BoltzmannMachine, Silent};
use paysage_testkit::machines;

/// Binary units whose number is a field of the layer and no property of its parameters.
#[derive(Clone, Debug)]
struct Counted {
    inner: Bernoulli,
    units: usize,
}

impl Layer for Counted {
    fn units(&self) -> usize {
        self.units
    }

    fn domain(&self) -> Domain {
        self.inner.domain()
    }

    fn energy(&self, states: Tensor<2>) -> Tensor<1> {
        self.inner.energy(states)
    }

    fn interaction(&self, states: Tensor<2>) -> Tensor<2> {
        self.inner.interaction(states)
    }
}

impl Conditional for Counted {
    fn log_partition(&self, field: Tensor<2>, beta: &InverseTemperature) -> Tensor<1> {
        self.inner.log_partition(field, beta)
    }

    fn mean(&self, field: Tensor<2>, beta: &InverseTemperature) -> Tensor<2> {
        self.inner.mean(field, beta)
    }

    fn variance(&self, field: Tensor<2>, beta: &InverseTemperature) -> Tensor<2> {
        self.inner.variance(field, beta)
    }

    fn mode(&self, field: Tensor<2>) -> Tensor<2> {
        self.inner.mode(field)
    }

    fn sample(&self, field: Tensor<2>, beta: &InverseTemperature, key: RandomKey) -> Tensor<2> {
        self.inner.sample(field, beta, key)
    }
}

impl Centered for Counted {
    fn center(&self) -> Option<&Tensor<1>> {
        self.inner.center()
    }

    fn set_center(&mut self, center: Option<Tensor<1>>) {
        self.inner.set_center(center);
    }

    fn add_field(&mut self, field: Tensor<1>) {
        self.inner.add_field(field);
    }
}

impl Trainable for Counted {
    fn storage(&self) -> (Device, DType) {
        self.inner.storage()
    }

    fn parameters(&self) -> Vec<Named<'_>> {
        self.inner.parameters()
    }

    fn parameters_mut(&mut self) -> Vec<NamedMut<'_>> {
        self.inner.parameters_mut()
    }

    fn energy_gradient(&self, states: Tensor<2>, average: &RowAverage) -> Derivatives {
        self.inner.energy_gradient(states, average)
    }

    fn start_from(&mut self, moments: &Moments) {
        self.inner.start_from(moments);
    }
}

impl Annealed for Counted {
    fn between(&self, base: &Self, beta: f64) -> (Self, Option<Tensor<1>>) {
        let (inner, factor) = self.inner.between(&base.inner, beta);
        let units = self.units;
        (Self { inner, units }, factor)
    }
}

fn machine() -> BoltzmannMachine<Counted> {
    let layer = |units| Counted {
        inner: Bernoulli::new(units, &machines::device()),
        units,
    };
    BoltzmannMachine::chain(vec![layer(3), layer(2)]).expect("valid")
}

#[test]
fn dividing_a_layer_with_a_size_of_its_own_is_an_error() {
    let (machine, key) = (machine(), RandomKey::new(170));
    let device = machines::device();
    let rows = Tensor::<2>::from_floats([[0.0, 1.0, 1.0]], &device);
    let mask =
        |values: [bool; 3]| Tensor::<2, Bool>::from_data(TensorData::from([values]), &device);
    let some = mask([true, false, false]);
    let rest = mask([false, true, true]);
    let likelihood = ConditionalLikelihood::default();
    let found = likelihood.run_batch(&machine, &rows, &some, &rest, key);
    assert!(
        matches!(found, Err(InferenceError::Indivisible { layer: 0 })),
        "{found:?}"
    );
    let mut progress = Silent;
    let table = Table::with_missing("rows", 3, vec![0.0, f32::NAN, 1.0]).expect("finite");
    let scores = RowScores::default();
    let mut answers = scores
        .run(&machine, &table, key, &mut progress)
        .expect("valid");
    let error = answers
        .next()
        .expect("a chunk")
        .expect_err("a missing value");
    assert!(
        matches!(error, InferenceError::Indivisible { layer: 0 }),
        "{error}"
    );
}

/// Questions that do not divide the layer have an answer.
#[test]
fn other_questions_have_an_answer() {
    let (machine, key) = (machine(), RandomKey::new(171));
    let device = machines::device();
    let rows = Tensor::<2>::from_floats([[0.0, 1.0, 1.0]], &device);
    let mask =
        |values: [bool; 3]| Tensor::<2, Bool>::from_data(TensorData::from([values]), &device);
    // Without weights every unit is a fair coin.
    let likelihood = ConditionalLikelihood::default();
    let (all, none) = (mask([true; 3]), mask([false; 3]));
    let found = likelihood.run_batch(&machine, &rows, &all, &none, key);
    let found = found.expect("the likelihood of the row").mean().value;
    assert!((found + 3.0 * 2.0_f64.ln()).abs() < 1e-5, "{found}");
    let found = Predictor::default().run_batch(&machine, &rows, &[1], key);
    let found = found.expect("a prediction").discrete.expect("a coin");
    let probabilities: Vec<f64> = found.probabilities.into_data().iter().collect();
    assert!(probabilities.iter().all(|p| (p - 0.5).abs() < 1e-6));
    let chains = ChainSettings {
        chains: 2,
        burn_in: 1,
        sweeps: 2,
    };
    let some = mask([true, false, true]);
    let found = Imputation { chains }.run_batch(&machine, rows, &some, key);
    let mean: Vec<f64> = found.expect("means").mean.into_data().iter().collect();
    assert!((mean[1] - 0.5).abs() < 1e-6);
}
