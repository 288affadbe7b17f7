//! What rows do not show, in the data phase of a gradient.

use burn::tensor::Tensor;
use paysage_kernels::{RandomKey, on_workers};
use paysage_layers::Trainable;
use paysage_models::{Batch, BoltzmannMachine, Memory, State};

use crate::{Clamp, Conditions, Gibbs, MeanField, RowChains, Sampler, phase::PhaseRows};

/// How often the hidden layers of a deep machine are brought closer to their mean-field fixed
/// point. Salakhutdinov & Hinton (2009) report 10 for MNIST.
pub(crate) const MEAN_FIELD_SWEEPS: usize = 10;

/// How the units that a row does not show enter the data phase: hidden units, and visible ones
/// that are missing.
///
/// Where hidden layers meet visible ones alone and all of these are known, the hidden units are
/// independent, and every choice is the exact one: their conditional means.
///
/// ```
/// use paysage_samplers::{DataPhase, PersistentContrastiveDivergence};
///
/// let pcd = PersistentContrastiveDivergence {
///     data: DataPhase::gibbs(5),
///     ..Default::default()
/// };
/// assert!(matches!(pcd.data, DataPhase::Gibbs(_)));
/// ```
#[derive(Clone, Debug)]
pub enum DataPhase {
    /// By the means of a product of independent units, as close to the conditional distribution
    /// as so many sweeps bring it. The gradient is then that of a lower bound of the likelihood.
    /// Missing visible units are drawn from the product in the end, so that rows are states.
    ///
    /// Salakhutdinov & Hinton, "Deep Boltzmann machines", 2009.
    MeanField {
        /// The sweeps, at least 1.
        sweeps: usize,
    },
    /// By chains that hold what is known of their row, one for each row of the table. The gradient
    /// is that of the likelihood itself as far as the chains are in equilibrium.
    ///
    /// Younes, "On the convergence of Markovian stochastic algorithms with rapidly decreasing
    /// ergodicity rates", 1999.
    Gibbs(RowChains),
}

/// Ten sweeps of mean field.
impl Default for DataPhase {
    fn default() -> Self {
        Self::MeanField {
            sweeps: MEAN_FIELD_SWEEPS,
        }
    }
}

impl DataPhase {
    /// Chains with so many Gibbs sweeps, at least 1, whenever their row is in a batch.
    #[must_use]
    pub fn gibbs(sweeps: usize) -> Self {
        Self::Gibbs(RowChains::new(sweeps))
    }

    /// The rows of a batch with a draw of all units that they do not show, from the distribution
    /// that stands for them in the gradient: `[batch, units]` for each layer.
    pub fn draw<L: Trainable>(
        &mut self,
        machine: &BoltzmannMachine<L>,
        batch: &Batch,
        key: RandomKey,
    ) -> State {
        on_workers(|| self.show(machine, batch, key).draws(machine))
    }

    /// The rows of a batch for the data phase.
    pub(crate) fn show<L: Trainable>(
        &mut self,
        machine: &BoltzmannMachine<L>,
        batch: &Batch,
        key: RandomKey,
    ) -> PhaseRows {
        if batch.known.is_none() && machine.check_restricted().is_ok() {
            let state = machine.state_from_visible(batch.rows.clone());
            return PhaseRows::averaging(machine, state, machine.hidden(), key);
        }
        match self {
            Self::MeanField { sweeps } => mean_field(machine, batch, *sweeps, key),
            Self::Gibbs(chains) => chains.show(machine, batch, key),
        }
    }

    /// Adds what is carried from batch to batch.
    pub(crate) fn remember(&self, memory: &mut Memory) {
        if let Self::Gibbs(chains) = self {
            chains.remember(memory);
        }
    }

    /// Goes on from what was remembered.
    pub(crate) fn resume(&mut self, memory: Memory) {
        if let Self::Gibbs(chains) = self {
            chains.resume(memory);
        }
    }
}

/// The means of the hidden units given visible rows `[batch, visible units]`, with the rows as the
/// visible units of the state.
///
/// Where hidden layers meet visible ones alone these are the exact conditional means, found in one
/// sweep; in a deep machine they are those of variational mean field.
///
/// Salakhutdinov & Hinton, "Deep Boltzmann machines", 2009.
#[must_use]
pub fn hidden_means<L: Trainable>(machine: &BoltzmannMachine<L>, rows: Tensor<2>) -> State {
    let restricted = machine.check_restricted().is_ok();
    let sweeps = if restricted { 1 } else { MEAN_FIELD_SWEEPS };
    let held = Conditions::clamped(Clamp::none().layers(&machine.visible));
    let state = machine.state_from_visible(rows);
    // Mean field draws nothing: any key will do.
    MeanField.run(machine, state, &held, sweeps, RandomKey::new(0))
}

/// The rows of a batch with the mean-field means of hidden units and a mean-field draw of missing
/// ones.
pub(crate) fn mean_field<L: Trainable>(
    machine: &BoltzmannMachine<L>,
    batch: &Batch,
    sweeps: usize,
    key: RandomKey,
) -> PhaseRows {
    let held = what_is_known(machine, batch);
    let missing: &[usize] = match batch.known {
        Some(_) => &machine.visible,
        None => &[],
    };
    let state = machine.state_from_visible(batch.rows.clone());
    // From where no hidden unit says anything, rather than from zero.
    let state = MeanField.update(machine, state, missing, &held, key);
    let means = MeanField.run(machine, state, &held, sweeps, key);
    let mut state = means.clone();
    for &layer in missing {
        // Given the means of all others, whether they are drawn as well or not.
        let drawn = Gibbs.update(machine, means.clone(), &[layer], &held, key);
        state.layers[layer] = drawn.layers[layer].clone();
    }
    PhaseRows::of_means(state, machine.hidden(), key)
}

/// The visible units that a batch knows are held.
pub(crate) fn what_is_known<L: Trainable>(
    machine: &BoltzmannMachine<L>,
    batch: &Batch,
) -> Conditions {
    let none = Clamp::none();
    Conditions::clamped(match &batch.known {
        None => none.layers(&machine.visible),
        Some(known) => none.visible(machine, known),
    })
}
