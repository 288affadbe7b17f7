//! The exact gradient as an estimator.

use burn::tensor::{Tensor, TensorData};
use paysage_kernels::RandomKey;
use paysage_layers::{RowAverage, Trainable};
use paysage_models::{
    Batch, BoltzmannMachine, Estimator, Info, Phase, SettingError, State, States, Step,
};

/// The gradient of the log-likelihood of a small restricted machine, without sampling: the negative
/// phase has all visible states with their probabilities.
///
/// Training with it does not depend on random numbers, but for the order of the rows.
///
/// ```
/// use paysage_kernels::RandomKey;
/// use paysage_layers::LayerKind;
/// use paysage_models::{Batch, Estimator};
/// use paysage_testkit::{ExactGradient, machines};
///
/// let kinds = [LayerKind::bernoulli(3), LayerKind::bernoulli(2)];
/// let machine = machines::chain(&kinds, 0.5, false, RandomKey::new(1));
/// let rows = machine.visible_of(&machine.random_state(4, RandomKey::new(2)));
/// let (step, ()) = ExactGradient.step(&machine, &Batch::from(rows), (), RandomKey::new(3));
/// assert_eq!(step.model.state.batch(), 8);
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct ExactGradient;

impl<L: Trainable> Estimator<L> for ExactGradient {
    type State = ();

    fn init(&self, _machine: &BoltzmannMachine<L>) -> Result<(), SettingError> {
        Ok(())
    }

    /// # Panics
    ///
    /// When hidden layers are connected, or visible layers are not discrete.
    fn step(
        &self,
        machine: &BoltzmannMachine<L>,
        batch: &Batch,
        (): (),
        _key: RandomKey,
    ) -> (Step, ()) {
        let data = phase(machine, batch.rows.clone(), batch.average());
        let rows = visible_states(machine);
        let free = machine
            .free_energy(rows.clone())
            .expect("a restricted machine");
        let free: Vec<f64> = free.into_data().iter().collect();
        let lowest = free.iter().copied().fold(f64::INFINITY, f64::min);
        let weights: Vec<f64> = free.iter().map(|free| (lowest - free).exp()).collect();
        let sum: f64 = weights.iter().sum();
        let weights: Vec<f64> = weights.iter().map(|weight| weight / sum).collect();
        let options = (&machine.device(), machine.dtype());
        let states = weights.len();
        let weights = Tensor::from_data(TensorData::new(weights, [states]), options);
        let model = phase(machine, rows, RowAverage::Weighted(weights));
        let step = Step {
            gradient: machine.gradient(&data, &model),
            weight: batch.total_weight(),
            data,
            model,
            info: Info::new(),
        };
        (step, ())
    }
}

/// Visible rows with the conditional means of the hidden units.
fn phase<L: Trainable>(
    machine: &BoltzmannMachine<L>,
    rows: Tensor<2>,
    average: RowAverage,
) -> Phase {
    let mut state: State = machine.state_from_visible(rows);
    let hidden = machine.hidden();
    let mut phase = Phase::of(state.clone());
    for &layer in &hidden {
        let field = machine.field(layer, &state);
        state.layers[layer] = machine.layers[layer].mean(field, &phase.beta);
    }
    phase.state = state;
    phase.averaged = hidden;
    phase.rows = average;
    phase
}

/// All states of the visible units: `[states, visible units]`.
fn visible_states<L: Trainable>(machine: &BoltzmannMachine<L>) -> Tensor<2> {
    let states = States::of_layers(machine.visible.iter().map(|&layer| &machine.layers[layer]));
    let count = states.count();
    let tables = states.units(&(0..count).collect::<Vec<_>>());
    let options = (&machine.device(), machine.dtype());
    let layers = tables.into_iter().map(|table| {
        let units = table.len() / count;
        Tensor::from_data(TensorData::new(table, [count, units]), options)
    });
    Tensor::cat(layers.collect(), 1)
}
