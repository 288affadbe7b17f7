//! Restricted Boltzmann machines of binary units, as those of scikit-learn: the numbers of rows enter all formulas
//! as they are, also where they are not 0 or 1.

use burn::tensor::{DType, Tensor, TensorData};
use numpy::{PyReadonlyArray1, PyReadonlyArray2, PyUntypedArrayMethods};
use paysage::{
    data::{Order, Rows},
    kernels::{Child, DeviceChoice, RandomKey, select_device},
    layers::{Bernoulli, Conditional, InverseTemperature, Layer},
    models::{BoltzmannMachine, Progress, Stage, State},
    optimizers::{OptimizerKind, schedule},
    samplers::{PersistentContrastiveDivergence, PersistentState},
    training::{Callback, Trainer},
};
use pyo3::prelude::*;

use crate::{
    arrays::{ArrayRows, Numbers, single},
    fault::{Fault, not_contiguous},
    watch::{self, Watch},
};

/// Number of rows that are computed at a time.
const CHUNK: usize = 1000;

/// Index of the visible and the hidden layer.
const VISIBLE: usize = 0;
const HIDDEN: usize = 1;

/// A restricted Boltzmann machine of binary units: weights `[visible, hidden]` and the biases of both layers.
#[pyclass(frozen, module = "paysage._core")]
pub(crate) struct BernoulliMachine {
    machine: Box<BoltzmannMachine<Bernoulli>>,
}

/// Weights `[visible, hidden]`, visible and hidden biases, and hidden units of the chains `[chains, hidden]`.
type Trained<'py> = (
    Bound<'py, PyAny>,
    Bound<'py, PyAny>,
    Bound<'py, PyAny>,
    Bound<'py, PyAny>,
);

#[pymethods]
impl BernoulliMachine {
    #[new]
    #[pyo3(signature = (weight, visible, hidden, double=false))]
    fn new(
        weight: PyReadonlyArray2<'_, f64>,
        visible: PyReadonlyArray1<'_, f64>,
        hidden: PyReadonlyArray1<'_, f64>,
        double: bool,
    ) -> PyResult<Self> {
        let device = select_device(DeviceChoice::Cpu).map_err(Fault::from)?;
        let dtype = if double { DType::F64 } else { DType::F32 };
        let options = (&device, dtype);
        let [units, hidden_units] = [0, 1].map(|axis| weight.shape()[axis]);
        let vector = |array: &PyReadonlyArray1<'_, f64>| -> Result<Tensor<1>, Fault> {
            let values = array.as_slice().map_err(not_contiguous)?.to_vec();
            let shape = [values.len()];
            Ok(Tensor::from_data(TensorData::new(values, shape), options))
        };
        let mut layers = Vec::new();
        for (name, array, expected) in [
            ("visible", &visible, units),
            ("hidden", &hidden, hidden_units),
        ] {
            if array.shape()[0] != expected {
                return Err(Fault::value(format_args!(
                    "{name}: expected {expected} biases for weights of shape ({units}, {hidden_units}), got {}",
                    array.shape()[0]
                ))
                .into());
            }
            let mut layer = Bernoulli::new(expected, options);
            layer.loc = vector(array)?;
            layers.push(layer);
        }
        let mut machine = BoltzmannMachine::chain(layers).map_err(Fault::from)?;
        let values = weight.as_slice().map_err(not_contiguous)?.to_vec();
        let values = TensorData::new(values, [units, hidden_units]);
        machine.connections[0].weight = Tensor::from_data(values, options);
        Ok(Self {
            machine: Box::new(machine),
        })
    }

    /// Means of the hidden units given rows: `[rows, hidden]`.
    fn hidden_means<'py>(
        &self,
        py: Python<'py>,
        rows: PyReadonlyArray2<'py, f32>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let means = self.of_rows(py, &rows, |machine, rows| {
            machine.layers[HIDDEN].mean(hidden_field(machine, rows), &InverseTemperature::ONE)
        })?;
        means.into_matrix(py, self.machine.layers[HIDDEN].units())
    }

    /// Free energy of each row in nats: `[rows]`.
    fn free_energy<'py>(
        &self,
        py: Python<'py>,
        rows: PyReadonlyArray2<'py, f32>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let energies = self.of_rows(py, &rows, |machine, rows| {
            machine.free_energy(rows).expect("a restricted machine")
        })?;
        Ok(energies.into_vector(py))
    }

    /// Pseudo-log-likelihood of each row in nats, the sum over all units: `[rows]`.
    ///
    /// ```text
    /// Σ_i ln σ(F(v with v_i replaced by 1 − v_i) − F(v))
    /// ```
    fn pseudo_log_likelihood<'py>(
        &self,
        py: Python<'py>,
        rows: PyReadonlyArray2<'py, f32>,
    ) -> PyResult<Bound<'py, PyAny>> {
        Ok(self
            .of_rows(py, &rows, pseudo_log_likelihood)?
            .into_vector(py))
    }

    /// Rows after `sweeps` steps of Gibbs sampling, hidden units first.
    fn gibbs<'py>(
        &self,
        py: Python<'py>,
        rows: PyReadonlyArray2<'py, f32>,
        sweeps: usize,
        seed: u64,
    ) -> PyResult<Bound<'py, PyAny>> {
        let (machine, source) = (&self.machine, self.rows(&rows)?);
        let key = RandomKey::new(seed);
        let sampled = watch::run(py, None, |mut watch| {
            let mut all = Vec::with_capacity(source.values().len());
            for chunk in source.chunks(Order::Stored, CHUNK) {
                let chunk = chunk?;
                let key = key.starting_at(chunk.positions[0] as u32);
                let mut state = machine.state_from_visible(machine.tensor_of(&chunk));
                for sweep in 0..sweeps {
                    let key = key.child(Child::Sweep(sweep));
                    for (place, layer) in [HIDDEN, VISIBLE].into_iter().enumerate() {
                        let (field, key) =
                            (machine.field(layer, &state), key.child(Child::Layer(place)));
                        state.layers[layer] =
                            machine.layers[layer].sample(field, &InverseTemperature::ONE, key);
                    }
                    watch.report(Stage::GibbsSampling, sweep + 1, sweeps);
                }
                all.extend(state.layers[VISIBLE].to_data().iter::<f32>());
            }
            Ok(all)
        })?;
        single(py, sampled, source.columns())
    }

    /// Trains by persistent contrastive divergence with plain gradient steps, and returns weights, visible biases,
    /// hidden biases and the hidden units of the chains.
    #[pyo3(signature = (rows, chains, *, learning_rate, batch_size, epochs, seed, progress=None))]
    #[expect(clippy::too_many_arguments, reason = "they are named in Python")]
    fn train<'py>(
        &self,
        py: Python<'py>,
        rows: PyReadonlyArray2<'py, f32>,
        chains: PyReadonlyArray2<'py, f32>,
        learning_rate: f64,
        batch_size: usize,
        epochs: usize,
        seed: u64,
        progress: Option<Py<PyAny>>,
    ) -> PyResult<Trained<'py>> {
        let source = self.rows(&rows)?;
        let machine = (*self.machine).clone();
        let [count, hidden] = [0, 1].map(|axis| chains.shape()[axis]);
        let states = chains.as_slice().map_err(not_contiguous)?.to_vec();
        let (machine, chains) = watch::run(py, progress.as_ref(), |watch| {
            let options = (&machine.device(), machine.dtype());
            let mut start = machine.zeros(count);
            let states = TensorData::new(states, [count, hidden]);
            start.layers[HIDDEN] = Tensor::from_data(states, options);
            let trainer = Trainer {
                epochs,
                batch_size,
                learning_rate: Box::new(schedule::constant(learning_rate)),
                optimizer: OptimizerKind::Sgd,
                seed,
                ..Trainer::new(PersistentContrastiveDivergence {
                    chains: count,
                    ..Default::default()
                })
            };
            let mut state = trainer.start(machine)?;
            state.estimator = PersistentState {
                chains: Some(start),
                ..PersistentState::default()
            };
            let mut callbacks: Vec<Box<dyn Callback<Bernoulli>>> = vec![Box::new(watch)];
            let state = trainer.fit_unchecked(state, &source, &mut callbacks)?.state;
            let chains = state.estimator.chains;
            Ok((state.machine, chains.ok_or(Fault::work("no chains"))?))
        })?;
        let State { layers } = chains;
        let numbers = |values: TensorData| {
            let mut numbers = Numbers::of(machine.dtype());
            numbers.extend(Tensor::<1>::from_data(
                TensorData::new(
                    values.iter::<f64>().collect::<Vec<_>>(),
                    [values.num_elements()],
                ),
                (&machine.device(), machine.dtype()),
            ));
            numbers
        };
        let loc = |layer: usize| numbers(machine.layers[layer].loc.to_data());
        Ok((
            numbers(machine.connections[0].weight.to_data()).into_matrix(py, hidden)?,
            loc(VISIBLE).into_vector(py),
            loc(HIDDEN).into_vector(py),
            numbers(layers[HIDDEN].to_data()).into_matrix(py, hidden)?,
        ))
    }
}

impl BernoulliMachine {
    /// The rows of an array, which must be complete and as wide as the visible layer.
    fn rows<'a>(&self, array: &'a PyReadonlyArray2<'_, f32>) -> Result<ArrayRows<'a>, Fault> {
        let rows = ArrayRows::new(array)?;
        let (found, expected) = (rows.columns(), self.machine.visible_units());
        match found == expected {
            true => Ok(rows),
            false => Err(Fault::value(format_args!(
                "X has {found} columns, but the machine has {expected} visible units"
            ))),
        }
    }

    /// Numbers of chunks of rows, one chunk after another.
    fn of_rows<const D: usize>(
        &self,
        py: Python<'_>,
        array: &PyReadonlyArray2<'_, f32>,
        of: impl Fn(&BoltzmannMachine<Bernoulli>, Tensor<2>) -> Tensor<D> + Send + Sync,
    ) -> PyResult<Numbers> {
        let (machine, rows) = (&self.machine, self.rows(array)?);
        watch::run(py, None, |mut watch: Watch| {
            let mut numbers = Numbers::of(machine.dtype());
            let mut done = 0;
            for chunk in machine.chunks(&rows) {
                let chunk = chunk?;
                done += chunk.dims()[0];
                numbers.extend(of(machine, chunk));
                watch.report(Stage::Rows, done, rows.count());
            }
            Ok(numbers)
        })
    }
}

fn hidden_field(machine: &BoltzmannMachine<Bernoulli>, rows: Tensor<2>) -> Tensor<2> {
    machine.field(HIDDEN, &machine.state_from_visible(rows))
}

/// With δ_i = 1 − 2 v_i, F(v) − F(v') = loc_i δ_i + Σ_j [ℓ_j(f_j + w_ij δ_i) − ℓ_j(f_j)], where ℓ is the log
/// partition function of a hidden unit.
fn pseudo_log_likelihood(machine: &BoltzmannMachine<Bernoulli>, rows: Tensor<2>) -> Tensor<1> {
    let field = hidden_field(machine, rows.clone());
    let log_partition = |field: Tensor<2>| {
        let hidden = &machine.layers[HIDDEN];
        hidden.log_partition(field, &InverseTemperature::ONE)
    };
    let before = log_partition(field.clone());
    let change = rows.mul_scalar(-2.0).add_scalar(1.0);
    let weight = &machine.connections[0].weight;
    let loc = &machine.layers[VISIBLE].loc;
    let mut sum = before.zeros_like();
    for unit in 0..machine.visible_units() {
        let change = change.clone().narrow(1, unit, 1);
        let moved = field.clone() + change.clone() * weight.clone().narrow(0, unit, 1);
        let bias = change.squeeze_dim::<1>(1) * loc.clone().narrow(0, unit, 1);
        let gain = bias + log_partition(moved) - before.clone();
        // ln σ(−gain) = −softplus(gain), without overflow.
        let positive = gain.clone().clamp_min(0.0);
        sum = sum - positive - (-gain.abs()).exp().log1p();
    }
    sum
}
