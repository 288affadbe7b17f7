//! Driven sequential Monte Carlo.

use burn::tensor::{Tensor, TensorData};
use paysage_kernels::{Child, RandomKey, Replayable};
use paysage_layers::{InverseTemperature, Trainable};
use paysage_models::{
    BoltzmannMachine, Info, Phase, Record, RecordError, Recorded, SettingError, State,
};

use crate::{AutoregressiveGamma, Chain, Conditions, Gibbs};

/// Driven sequential Monte Carlo: the inverse temperature of each chain is an autoregressive gamma
/// process with mean 1.
///
/// At small β a chain crosses energy barriers; at large β it returns to a mode. The chains do not have
/// the distribution of the machine, but a mixture of those at other temperatures, which biases a
/// gradient that is estimated from them: the more so, the greater the standard deviation.
///
/// Fisher, Smith & Walsh, "Boltzmann encoded adversarial machines", 2018; [`AutoregressiveGamma`].
///
/// ```
/// use paysage_samplers::{DrivenSequentialMonteCarlo, PersistentContrastiveDivergence};
///
/// let driven = DrivenSequentialMonteCarlo::default();
/// let pcd = PersistentContrastiveDivergence::default().with_chain(driven);
/// assert_eq!(pcd.chain.beta.autocorrelation, 0.9);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct DrivenSequentialMonteCarlo<C = Gibbs> {
    /// The process of the inverse temperatures, relative to that of the conditions.
    pub beta: AutoregressiveGamma,
    /// The chain.
    pub chain: C,
}

/// Gibbs chains with a standard deviation of 0.6 and an autocorrelation of 0.9, as in the original
/// Paysage.
impl Default for DrivenSequentialMonteCarlo {
    fn default() -> Self {
        Self {
            beta: AutoregressiveGamma {
                deviation: 0.6,
                autocorrelation: 0.9,
            },
            chain: Gibbs,
        }
    }
}

/// The state of [`DrivenSequentialMonteCarlo`].
#[derive(Clone, Debug)]
pub struct DrivenState<S = State> {
    /// The chains.
    pub chains: S,
    /// The inverse temperature of each chain; empty before the first step, which draws it from the
    /// stationary distribution.
    pub betas: Vec<f64>,
}

const CHAINS: &str = "chains";
const BETAS: &str = "betas";

impl<S> Replayable for DrivenState<S> {}

impl<L: Trainable, S: Recorded<L>> Recorded<L> for DrivenState<S> {
    fn record(&self) -> Record {
        let mut record = Record::default();
        record.nest(CHAINS, self.chains.record());
        let betas = TensorData::new(self.betas.clone(), [self.betas.len()]);
        if !self.betas.is_empty() {
            record.tensors.insert(BETAS.into(), betas);
        }
        record
    }

    fn restore(mut record: Record, machine: &BoltzmannMachine<L>) -> Result<Self, RecordError> {
        let betas = record.tensors.remove(BETAS);
        let state = Self {
            chains: Recorded::restore(record.take_nested(CHAINS), machine)?,
            betas: betas.map_or_else(Vec::new, |betas| betas.iter::<f64>().collect()),
        };
        record.finish()?;
        Ok(state)
    }
}

impl<C> DrivenSequentialMonteCarlo<C> {
    /// The next inverse temperatures.
    fn betas(&self, betas: &[f64], chains: usize, key: RandomKey) -> Vec<f64> {
        let key = key.child(Child::DrivenTemperatures);
        match betas.len() == chains {
            true => self.beta.next(betas, key),
            false => self.beta.stationary(chains, key),
        }
    }

    /// The conditions at other inverse temperatures.
    fn conditions<L: Trainable>(
        machine: &BoltzmannMachine<L>,
        conditions: &Conditions,
        betas: &[f64],
    ) -> Conditions {
        let data = TensorData::new(betas.to_vec(), [betas.len()]);
        let betas = Tensor::from_data(data, (&machine.device(), machine.dtype()));
        Conditions {
            clamp: conditions.clamp.clone(),
            beta: InverseTemperature::PerChain(conditions.beta.scale_rows(betas)),
        }
    }
}

impl<L: Trainable, C: Chain<L>> Chain<L> for DrivenSequentialMonteCarlo<C> {
    type State = DrivenState<C::State>;

    fn check(&self) -> Result<(), SettingError> {
        let AutoregressiveGamma {
            deviation,
            autocorrelation,
        } = self.beta;
        SettingError::check(
            "the standard deviation of the inverse temperatures",
            deviation,
            deviation > 0.0 && deviation <= 1.0,
            "a number greater than 0 and at most 1",
        )?;
        SettingError::check(
            "the autocorrelation of the inverse temperatures",
            autocorrelation,
            (0.0..1.0).contains(&autocorrelation),
            "a number of at least 0 and less than 1",
        )?;
        self.chain.check()
    }

    fn replicas(&self) -> usize {
        self.chain.replicas()
    }

    fn start(&self, machine: &BoltzmannMachine<L>, states: State) -> Self::State {
        DrivenState {
            chains: self.chain.start(machine, states),
            betas: Vec::new(),
        }
    }

    fn step(
        &self,
        machine: &BoltzmannMachine<L>,
        state: Self::State,
        conditions: &Conditions,
        key: RandomKey,
    ) -> (Self::State, Info) {
        let count = C::samples(&state.chains).batch();
        let betas = self.betas(&state.betas, count, key);
        let conditions = Self::conditions(machine, conditions, &betas);
        let (chains, info) = self.chain.step(machine, state.chains, &conditions, key);
        (DrivenState { chains, betas }, info)
    }

    fn samples(state: &Self::State) -> &State {
        C::samples(&state.chains)
    }

    /// The chain's own negative phase, of one step at the last inverse temperatures after the others.
    fn negative_phase(
        &self,
        machine: &BoltzmannMachine<L>,
        state: Self::State,
        conditions: &Conditions,
        steps: usize,
        key: RandomKey,
    ) -> (Phase, Self::State, Info) {
        let count = C::samples(&state.chains).batch();
        let DrivenState {
            mut chains,
            mut betas,
        } = state;
        let mut phase = None;
        for step in 0..steps.max(1) {
            let key = key.child(Child::Sweep(step));
            betas = self.betas(&betas, count, key);
            let conditions = Self::conditions(machine, conditions, &betas);
            let next = self
                .chain
                .negative_phase(machine, chains, &conditions, 1, key);
            chains = next.1;
            phase = Some((next.0, next.2));
        }
        let (phase, info) = phase.expect("at least one step");
        (phase, DrivenState { chains, betas }, info)
    }
}
