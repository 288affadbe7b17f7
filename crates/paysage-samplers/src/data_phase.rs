//! Positive-phase inference of unobserved units.

use burn::tensor::Tensor;
use paysage_kernels::{RandomKey, on_workers};
use paysage_layers::Trainable;
use paysage_models::{Batch, BoltzmannMachine, Phase, SettingError, State};

use crate::{Clamp, Conditions, Gibbs, MeanField, RowChains, Sampler, phase::PhaseRows};

/// The number of mean-field sweeps in a deep machine. Salakhutdinov & Hinton (2009) report 10 for
/// MNIST.
pub(crate) const MEAN_FIELD_SWEEPS: usize = 10;

/// Positive-phase inference of unobserved units: of hidden units, and of visible ones that are
/// missing.
///
/// Where hidden layers are connected with visible ones alone and all of these are observed, the
/// hidden units are independent, and either method is exact: it takes their conditional means.
///
/// ```
/// use paysage_samplers::{DataPhase, PersistentContrastiveDivergence};
///
/// let pcd = PersistentContrastiveDivergence {
///     data: DataPhase::Gibbs { sweeps: 5 },
///     ..Default::default()
/// };
/// assert!(pcd.data.check().is_ok());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DataPhase {
    /// Variational mean field: the means of a product of independent units, after so many sweeps
    /// towards the conditional distribution. The gradient is then that of a lower bound of the
    /// likelihood. Missing visible units are drawn from the product in the end, so that rows are
    /// states.
    ///
    /// Salakhutdinov & Hinton, "Deep Boltzmann machines", 2009.
    MeanField {
        /// The number of sweeps; at least 1.
        sweeps: usize,
    },
    /// Gibbs chains with the observed units clamped, one for each row of the data set. The gradient
    /// is that of the likelihood itself as far as the chains are in equilibrium.
    ///
    /// Younes, "On the convergence of Markovian stochastic algorithms with rapidly decreasing
    /// ergodicity rates", 1999.
    Gibbs {
        /// The number of sweeps whenever the row is in a batch; at least 1.
        sweeps: usize,
    },
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
    /// Checks the number of sweeps.
    ///
    /// # Errors
    ///
    /// When it is 0.
    pub fn check(&self) -> Result<(), SettingError> {
        let (Self::MeanField { sweeps } | Self::Gibbs { sweeps }) = *self;
        SettingError::check_count("the number of sweeps of the positive phase", sweeps)
    }

    /// The rows of a batch with a draw of all unobserved units, from the distribution that
    /// represents them in the gradient: `[batch, units]` for each layer.
    pub fn draw<L: Trainable>(
        &self,
        machine: &BoltzmannMachine<L>,
        batch: &Batch,
        chains: &mut RowChains,
        key: RandomKey,
    ) -> State {
        on_workers(|| {
            self.rows(machine, batch, chains, key, true)
                .draws(&Gibbs, machine)
        })
    }

    /// The rows of a batch for the positive phase, with their weights; whether draws of them follow
    /// matters for speed alone.
    pub(crate) fn rows<L: Trainable>(
        &self,
        machine: &BoltzmannMachine<L>,
        batch: &Batch,
        chains: &mut RowChains,
        key: RandomKey,
        draws_follow: bool,
    ) -> PhaseRows {
        let mut rows = self.inferred(machine, batch, chains, key, draws_follow);
        rows.phase.rows = batch.average();
        rows
    }

    fn inferred<L: Trainable>(
        &self,
        machine: &BoltzmannMachine<L>,
        batch: &Batch,
        chains: &mut RowChains,
        key: RandomKey,
        draws_follow: bool,
    ) -> PhaseRows {
        if batch.known.is_none() && machine.is_restricted() {
            let phase = Phase {
                averaged: machine.hidden(),
                ..Phase::of(machine.state_from_visible(batch.rows.clone()))
            };
            return PhaseRows::averaging(&Gibbs, machine, phase, key, draws_follow);
        }
        match *self {
            Self::MeanField { sweeps } => mean_field(machine, batch, sweeps, key),
            Self::Gibbs { sweeps } => chains.rows(machine, batch, sweeps, key),
        }
    }
}

/// The means of the hidden units given visible rows `[batch, visible units]`, with the rows as the
/// visible units of the state.
///
/// Where no two hidden layers are connected these are the exact conditional means, found in one
/// sweep; in a deep machine they are those of variational mean field.
///
/// Salakhutdinov & Hinton, "Deep Boltzmann machines", 2009.
#[must_use]
pub fn hidden_means<L: Trainable>(machine: &BoltzmannMachine<L>, rows: Tensor<2>) -> State {
    let sweeps = if machine.is_restricted() {
        1
    } else {
        MEAN_FIELD_SWEEPS
    };
    let clamped = Conditions::clamped(Clamp::none().layers(&machine.visible));
    let state = machine.state_from_visible(rows);
    // Mean field draws nothing: any key will do.
    MeanField.run(machine, state, &clamped, sweeps, RandomKey::new(0))
}

/// The rows of a batch with the mean-field means of hidden units and a mean-field draw of missing
/// ones.
pub(crate) fn mean_field<L: Trainable>(
    machine: &BoltzmannMachine<L>,
    batch: &Batch,
    sweeps: usize,
    key: RandomKey,
) -> PhaseRows {
    let clamped = observed(machine, batch);
    let missing: &[usize] = match batch.known {
        Some(_) => &machine.visible,
        None => &[],
    };
    let state = machine.state_from_visible(batch.rows.clone());
    // Missing units start from their mean without a field, and not from zero.
    let state = MeanField.update(machine, state, missing, &clamped, key);
    let means = MeanField.run(machine, state, &clamped, sweeps, key);
    let mut state = means.clone();
    for &layer in missing {
        // Given the means of all others, drawn or not.
        let drawn = Gibbs.update(machine, means.clone(), &[layer], &clamped, key);
        state.layers[layer] = drawn.layers[layer].clone();
    }
    let phase = Phase {
        averaged: machine.hidden(),
        ..Phase::of(state)
    };
    PhaseRows::of_means(phase, key)
}

/// The conditions with the observed units of a batch clamped.
pub(crate) fn observed<L: Trainable>(machine: &BoltzmannMachine<L>, batch: &Batch) -> Conditions {
    let none = Clamp::none();
    Conditions::clamped(match &batch.known {
        None => none.layers(&machine.visible),
        Some(known) => none.visible(machine, known),
    })
}
