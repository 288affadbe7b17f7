//! Persistent contrastive divergence with Jarzynski reweighting.

use burn::tensor::{Int, Tensor};
use paysage_kernels::{Child, RandomKey, on_workers, uniform};
use paysage_layers::{InverseTemperature, RowAverage, Trainable};
use paysage_models::{
    Batch, BoltzmannMachine, Estimator, Info, Record, RecordError, Recorded, Scalar, SettingError,
    State, Step,
};

use crate::{
    Chain, Conditions, Gibbs, PersistentContrastiveDivergence, RowChains,
    blocks::Blocks, contrastive_divergence::step_of, independent_machine, resampling::resampled,
};

/// Persistent contrastive divergence whose chains have importance weights, which follow the changes of the
/// parameters (Jarzynski's equality), and give ln Z from step to step.
///
/// The chains start as exact samples of independent units, whose ln Z is known. When an update changes the
/// parameters from θ to θ', the weight of a chain at x is multiplied by exp(F_θ(x) − F_θ'(x)); sweeps leave
/// it alone. So
///
/// ln Z = ln Z₀ + ln (1/n) Σ w_i,
///
/// which the quantity `log_partition_jarzynski` reports, with the effective sample size
/// (Σ w)²/Σ w² of the weights as `jarzynski_effective_chains`. The negative phase is the weighted mean. Every
/// 16 steps, chains are resampled by their weights where the effective sample size is less than half
/// of their number.
///
/// The mean of the weights is unbiased at any number of chains, but its logarithm is unreliable where the
/// effective sample size is small or resampling is frequent: the estimate drifts where the parameters change
/// faster than the chains mix. F is the free energy of the states that the next sweep depends on; it
/// takes two more products in each step. Nothing else is read from the device.
///
/// Carbone, Hua, Coste & Vanden-Eijnden, "Efficient training of energy-based models using Jarzynski equality",
/// 2023.
///
/// ```
/// use paysage_samplers::{JarzynskiContrastiveDivergence, PersistentContrastiveDivergence};
///
/// let pcd = PersistentContrastiveDivergence { chains: 512, ..Default::default() };
/// let reweighted = JarzynskiContrastiveDivergence { pcd };
/// assert_eq!(reweighted.pcd.chains, 512);
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct JarzynskiContrastiveDivergence {
    /// The settings of the chains.
    pub pcd: PersistentContrastiveDivergence,
}

/// The state of [`JarzynskiContrastiveDivergence`].
#[derive(Clone, Debug, Default)]
pub struct JarzynskiState {
    chains: Option<WeightedChains>,
    rows: RowChains,
}

/// Chains with log weights.
#[derive(Clone, Debug)]
struct WeightedChains {
    states: State,
    /// Since the last resampling: `[chains]`.
    log_weights: Tensor<1>,
    /// F of the states under the parameters of the last step: `[chains]`.
    energies: Tensor<1>,
    /// ln Z at the last resampling, or of the independent units: `[1]`.
    log_partition: Tensor<1>,
    steps: usize,
}

/// The number of steps between two looks at the effective sample size, which wait for the device.
const LOOK: usize = 16;

/// The fraction of effective chains below which chains are resampled.
const FEW: f64 = 0.5;

impl<L: Trainable> Estimator<L> for JarzynskiContrastiveDivergence {
    type State = JarzynskiState;

    fn init(&self, machine: &BoltzmannMachine<L>) -> Result<JarzynskiState, SettingError> {
        self.pcd.init(machine)?;
        Ok(JarzynskiState::default())
    }

    fn step(
        &self,
        machine: &BoltzmannMachine<L>,
        batch: &Batch,
        state: JarzynskiState,
        key: RandomKey,
    ) -> (Step, JarzynskiState) {
        on_workers(|| {
            let JarzynskiState { chains, mut rows } = state;
            let [positive, negative] =
                [Child::PositivePhase, Child::NegativePhase].map(|child| key.child(child));
            let plain = machine.without_centers();
            let is_first = chains.is_none();
            let data = self.pcd.data.rows(&plain, batch, &mut rows, positive, is_first);
            let mut chains = chains.unwrap_or_else(|| {
                let rows = data.draws(&Gibbs, &plain);
                WeightedChains::start(&plain, rows, self.pcd.chains, negative)
            });
            chains.reweight(&plain, negative);
            let (weights, mut info) = chains.weights();
            let free = Conditions::default();
            let states = chains.states;
            let (mut model, states, _) =
                Gibbs.negative_phase(&plain, states, &free, self.pcd.steps, negative);
            model.rows = RowAverage::Weighted(weights);
            chains.states = states;
            chains.energies = free_energy(&plain, &chains.states);
            chains.steps += 1;
            // The energies of a machine with centers differ by a constant.
            let one = first_row(&chains.states);
            let constant = plain.energy(&one) - machine.energy(&one);
            if let Some(log_partition) = info.get_mut(LOG_PARTITION) {
                *log_partition = log_partition.clone() + constant;
            }
            let step = Step {
                info,
                ..step_of(machine, data, model)
            };
            let chains = Some(chains);
            (step, JarzynskiState { chains, rows })
        })
    }

    fn takes_missing(&self) -> bool {
        true
    }

    fn chains(state: &JarzynskiState) -> Option<&State> {
        state.chains.as_ref().map(|chains| &chains.states)
    }
}

const LOG_PARTITION: &str = "log_partition_jarzynski";
const EFFECTIVE: &str = "jarzynski_effective_chains";

impl WeightedChains {
    /// Exact samples of independent units with about the moments of the machine.
    fn start<L: Trainable>(
        machine: &BoltzmannMachine<L>,
        rows: State,
        chains: usize,
        key: RandomKey,
    ) -> Self {
        let independent = independent_machine(machine, rows);
        let states = independent.random_state(chains, key.child(Child::Noise));
        let sums = independent.layers.iter().zip(&states.layers);
        let sums = sums.map(|(layer, units)| {
            let none = units.clone().narrow(0, 0, 1).zeros_like();
            layer.log_partition(none, &InverseTemperature::ONE)
        });
        let energies = Blocks::of_start(machine).free_energy_of(&independent, &states);
        Self {
            log_weights: energies.zeros_like(),
            energies,
            log_partition: sums.reduce(|sum, term| sum + term).expect("a layer"),
            states,
            steps: 0,
        }
    }

    /// Multiplies the weights for new parameters, and resamples where few chains are left.
    fn reweight<L: Trainable>(&mut self, machine: &BoltzmannMachine<L>, key: RandomKey) {
        let energies = free_energy(machine, &self.states);
        self.log_weights =
            self.log_weights.clone() + (self.energies.clone() - energies.clone());
        self.energies = energies;
        if !self.steps.is_multiple_of(LOOK) {
            return;
        }
        let chains = self.states.batch();
        let (_, info) = self.weights();
        if info[EFFECTIVE].clone().into_scalar::<f64>() >= FEW * chains as f64 {
            return;
        }
        let log_weights: Vec<f64> = self.log_weights.to_data().iter().collect();
        let device = machine.device();
        let offset = uniform([1, 1], key.child(Child::Noise), &device);
        let rows = resampled(&log_weights, offset.into_scalar());
        let rows = Tensor::<1, Int>::from_data(rows.as_slice(), &device);
        for layer in &mut self.states.layers {
            *layer = layer.clone().select(0, rows.clone());
        }
        self.energies = self.energies.clone().select(0, rows);
        self.log_partition = info[LOG_PARTITION].clone();
        self.log_weights = self.log_weights.zeros_like();
    }

    /// Weights that sum to one, ln Z and the effective number of chains.
    fn weights(&self) -> (Tensor<1>, Info) {
        let largest = self.log_weights.clone().max();
        let weights = (self.log_weights.clone() - largest.clone()).exp();
        let mean = weights.clone().mean();
        let weights = weights.clone() / weights.sum();
        let info = Info::from([
            (LOG_PARTITION, self.log_partition.clone() + largest + mean.log()),
            (EFFECTIVE, weights.clone().square().sum().recip()),
        ]);
        (weights, info)
    }
}

/// The free energy of the states of Gibbs chains: the layers that a sweep draws first are summed out.
fn free_energy<L: Trainable>(machine: &BoltzmannMachine<L>, states: &State) -> Tensor<1> {
    Blocks::of_start(machine).free_energy_of(machine, states)
}

fn first_row(states: &State) -> State {
    let layers = states.layers.iter();
    State {
        layers: layers.map(|x| x.clone().narrow(0, 0, 1)).collect(),
    }
}

impl<L: Trainable> Recorded<L> for JarzynskiState {
    fn record(&self) -> Record {
        let mut record = Record::default();
        record.nest("rows", Recorded::<L>::record(&self.rows));
        record.nest("chains", Recorded::<L>::record(&self.chains));
        record
    }

    fn restore(mut record: Record, machine: &BoltzmannMachine<L>) -> Result<Self, RecordError> {
        let state = Self {
            rows: Recorded::<L>::restore(record.take_nested("rows"), machine)?,
            chains: Recorded::<L>::restore(record.take_nested("chains"), machine)?,
        };
        record.finish()?;
        Ok(state)
    }
}

impl<L: Trainable> Recorded<L> for WeightedChains {
    fn record(&self) -> Record {
        let mut record = Record::default();
        record.nest("states", Recorded::<L>::record(&self.states));
        record.put("log_weights", &self.log_weights);
        record.put("energies", &self.energies);
        record.put("log_partition", &self.log_partition);
        let steps = Scalar::UInt(self.steps as u64);
        record.scalars.insert("steps".into(), steps);
        record
    }

    fn restore(mut record: Record, machine: &BoltzmannMachine<L>) -> Result<Self, RecordError> {
        let states: State = Recorded::<L>::restore(record.take_nested("states"), machine)?;
        let options = (&machine.device(), machine.dtype());
        let mut take = |name: &str, entries: usize| {
            let tensor = record.take::<1>(name, options)?;
            match tensor.dims() == [entries] {
                true => Ok(tensor),
                false => Err(RecordError::Shape {
                    name: name.into(),
                    found: tensor.dims().to_vec(),
                    expected: vec![entries],
                }),
            }
        };
        let chains = Self {
            log_weights: take("log_weights", states.batch())?,
            energies: take("energies", states.batch())?,
            log_partition: take("log_partition", 1)?,
            steps: record.take_uint("steps")? as usize,
            states,
        };
        record.finish()?;
        Ok(chains)
    }
}
