//! Parallel tempering.

use burn::tensor::{IndexingUpdateOp, Tensor};
use paysage_kernels::{Adaptation, Child, RandomKey, TemperatureLadder, exchange};
use paysage_layers::{InverseTemperature, Trainable};
use paysage_models::{BoltzmannMachine, Info, Phase, SettingError, State};

use crate::{
    Chain, Conditions, Replicas, clamp::repeated, phase::PhaseRows,
    sweep_energies::sweep_with_energies,
};

/// Parallel tempering (replica exchange): each chain has replicas at several inverse temperatures β,
/// from 1 downwards, and neighbours swap their temperatures.
///
/// A replica at β has the distribution p(x) ∝ h(x) exp(−βE(x)) with the whole energy E, biases
/// included, and the base measure h of the units. A step is one Gibbs sweep of every replica and then
/// swaps of neighbours with probability min(1, exp((β_a − β_b)(E_a − E_b))), of the even and of the odd
/// pairs in alternate steps. Both leave the product of the distributions invariant. Replicas at small β
/// cross energy barriers, and swaps bring them to β = 1, whose replicas are the
/// [`samples`](Chain::samples).
///
/// A step costs as much as a Gibbs sweep of `replicas` times as many chains. All replicas of all chains
/// are rows of one batch, and a swap exchanges the temperatures of two rows.
///
/// During the first [`adaptation`](field@Self::adaptation) steps the temperatures change until neighbours swap
/// with the probability [`target`](Self::target); only after them are the chains exactly invariant.
///
/// Swendsen & Wang, "Replica Monte Carlo simulation of spin-glasses", 1986; Desjardins et al., "Tempered
/// Markov chain Monte Carlo for training of restricted Boltzmann machines", 2010; Cho, Raiko & Ilin,
/// "Parallel tempering is efficient for learning restricted Boltzmann machines", 2010.
///
/// ```
/// use paysage_kernels::{RandomKey, default_device};
/// use paysage_layers::Bernoulli;
/// use paysage_models::BoltzmannMachine;
/// use paysage_samplers::{Chain, Conditions, ParallelTempering};
///
/// let device = default_device()?;
/// let layers = vec![Bernoulli::new(6, &device), Bernoulli::new(4, &device)];
/// let machine = BoltzmannMachine::chain(layers)?;
/// let tempering = ParallelTempering { replicas: 5, ..Default::default() };
/// let mut state = tempering.start(&machine, machine.zeros(100));
/// for step in 0..10 {
///     let key = RandomKey::new(1).split(step);
///     (state, _) = tempering.step(&machine, state, &Conditions::default(), key);
/// }
/// assert_eq!(<ParallelTempering as Chain<Bernoulli>>::samples(&state).batch(), 100);
/// assert_eq!((state.betas().len(), state.swap_rates().len()), (5, 4));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ParallelTempering {
    /// The number of replicas of each chain; at least 2.
    pub replicas: usize,
    /// The smallest inverse temperature, in (0, 1). The first ones are equally spaced from 1 to it, as
    /// in Desjardins et al.; adaptation may end above it. At 0 Gaussian units would have no
    /// distribution.
    pub lowest: f64,
    /// The swap rate that temperatures adapt to, in (0, 1): with so many replicas the range of
    /// temperatures is as wide as this rate allows. Where it reaches [`lowest`](Self::lowest), all pairs
    /// have the same rate above the target.
    pub target: f64,
    /// The number of steps in which the temperatures adapt: 0 for never, `usize::MAX` for always, as for
    /// a machine that trains.
    pub adaptation: usize,
}

/// 12 replicas with β from 1 to 0.05 or more, adapted to a swap rate of 0.3 in 1,000 steps.
///
/// For alternating swaps, a rate of 0.5 makes round trips per replica most frequent (Syed et al.,
/// "Non-reversible parallel tempering: a scalable highly parallel MCMC scheme", 2022). With their
/// formula, a rate of 0.3 needs 1.2 times as much work and spans a range that is 1.4 times as wide with
/// the same number of replicas.
impl Default for ParallelTempering {
    fn default() -> Self {
        Self {
            replicas: 12,
            lowest: 0.05,
            target: 0.3,
            adaptation: 1000,
        }
    }
}

impl ParallelTempering {
    /// Replicas that start in these states, one state of each temperature in descending order of β,
    /// with one row for each chain.
    ///
    /// # Panics
    ///
    /// When there is not one state for each replica.
    #[must_use]
    pub fn start_at<L: Trainable>(
        &self,
        machine: &BoltzmannMachine<L>,
        states: &[State],
    ) -> Replicas {
        let (found, replicas) = (states.len(), self.replicas);
        assert_eq!(found, replicas, "{found} states for {replicas} replicas");
        let (chains, layers) = (states[0].batch(), 0..machine.layers.len());
        let interleaved = layers.map(|layer| {
            let of_layer = |state: &State| state.layers[layer].clone();
            let rows = Tensor::stack::<3>(states.iter().map(of_layer).collect(), 1);
            let units = rows.dims()[2];
            rows.reshape([chains * replicas, units])
        });
        let states = State {
            layers: interleaved.collect(),
        };
        Replicas::new(states, self.ladder(machine))
    }

    fn ladder<L: Trainable>(&self, machine: &BoltzmannMachine<L>) -> TemperatureLadder {
        let options = (&machine.device(), machine.dtype());
        TemperatureLadder::linear(self.replicas, self.lowest, options)
    }

    fn adaptation(&self) -> Adaptation {
        Adaptation {
            lowest: self.lowest,
            target: self.target,
            steps: self.adaptation,
        }
    }
}

impl<L: Trainable> Chain<L> for ParallelTempering {
    type State = Replicas;

    fn check(&self) -> Result<(), SettingError> {
        let (replicas, enough) = (self.replicas as f64, self.replicas >= 2);
        SettingError::check("the number of replicas", replicas, enough, "at least 2")?;
        SettingError::check_fraction("the smallest inverse temperature", self.lowest)?;
        SettingError::check_fraction("the target of the swap rate", self.target)
    }

    fn is_capturable(&self) -> bool {
        true
    }

    fn replicas(&self) -> usize {
        self.replicas
    }

    fn start(&self, machine: &BoltzmannMachine<L>, states: State) -> Replicas {
        let layers = states.layers.into_iter();
        let states = State {
            layers: layers.map(|rows| repeated(rows, self.replicas)).collect(),
        };
        Replicas::new(states, self.ladder(machine))
    }

    fn step(
        &self,
        machine: &BoltzmannMachine<L>,
        state: Replicas,
        conditions: &Conditions,
        key: RandomKey,
    ) -> (Replicas, Info) {
        let Replicas {
            states,
            order,
            first,
            ladder,
            samples,
        } = state;
        // Their memory is free for this step.
        drop(samples);
        let [chains, replicas] = order.dims();
        let betas = match &conditions.beta {
            InverseTemperature::Shared(1.0) => ladder.betas.clone(),
            InverseTemperature::Shared(beta) => ladder.betas.clone() * *beta,
            InverseTemperature::PerChain(beta) => {
                ladder.betas.clone() * beta.clone().unsqueeze_dim(1)
            }
        };
        let by_chain = betas.clone().expand([chains, replicas]);
        // Of each replica the β of its place in the order.
        let of_replicas = Tensor::zeros_like(&by_chain);
        let add = IndexingUpdateOp::Add;
        let of_replicas = of_replicas.scatter(1, order.clone(), by_chain, add);
        let of_rows = Conditions {
            beta: InverseTemperature::PerChain(of_replicas.reshape([chains * replicas])),
            ..conditions.repeated(replicas)
        };
        let rows = key.times_rows(replicas as u32);
        let (states, energies) = sweep_with_energies(machine, states, &of_rows, rows);
        let energies = energies.reshape([chains, replicas]);
        let (steps, swaps) = (ladder.steps.clone(), key.child(Child::Swaps));
        let (order, probabilities) = exchange(energies, betas, order, steps, swaps);
        let ladder = ladder.after(probabilities, &self.adaptation());
        let info = info(&ladder);
        let state = Replicas::placed(states, order, first, ladder);
        (state, info)
    }

    fn samples(state: &Replicas) -> &State {
        &state.samples
    }

    /// The states at β = 1, with the last block of layers (the hidden layer of a restricted machine) at
    /// its conditional means.
    fn negative_phase(
        &self,
        machine: &BoltzmannMachine<L>,
        state: Replicas,
        conditions: &Conditions,
        steps: usize,
        key: RandomKey,
    ) -> (Phase, Replicas, Info) {
        PhaseRows::after_steps(self, machine, state, conditions, steps, key)
    }
}

fn info(ladder: &TemperatureLadder) -> Info {
    let betas = ladder.betas.clone();
    let last = betas.dims()[1] - 1;
    Info::from([
        ("swap_rate", ladder.rates.clone().mean()),
        ("lowest_swap_rate", ladder.rates.clone().min()),
        ("lowest_beta", betas.narrow(1, last, 1).squeeze_dim(1)),
    ])
}
