//! Counterfactual rows.

use burn::tensor::{Bool, Tensor};
use paysage_data::Rows;
use paysage_kernels::{Child, RandomKey, on_workers};
use paysage_layers::Trainable;
use paysage_models::{BoltzmannMachine, Progress, State};
use paysage_samplers::{Clamp, Conditions, Gibbs, Sampler};

use crate::{
    Answers, InferenceError, check_sites,
    chunks::{CHUNK, answer},
    clamped_chains::{ClampedChains, with_visible},
    given::Given,
    running::Running,
};

/// Largest number of values of samples that are kept at a time.
const MOST_VALUES: usize = 1 << 26;

/// Counterfactual samples: the other units of a row if some of its units had other values.
///
/// Two Gibbs chains start from the observed row: the *factual* chain, in which the changed units are
/// clamped at their observed values, and the *counterfactual* chain, in which they are clamped at their
/// new values; all other units are free in both. The first sweep of the hidden units infers hidden
/// causes of the observed row (abduction). Both chains use the same random numbers, so that they differ
/// only in what follows from the change.
///
/// After few sweeps the rest of the row is still near the observed one. With many sweeps both chains
/// forget the row, and the effect on a unit tends to the difference of its conditional means given the
/// changed units, E[x | changed] − E[x | observed].
///
/// This is conditioning with common random numbers and not the do-operator of Pearl: a Boltzmann
/// machine is undirected, so a change also has effects on the causes of the changed units, and an
/// influence cannot be distinguished from a correlation.
///
/// ```
/// use paysage_data::Table;
/// use paysage_inference::Counterfactual;
/// use paysage_kernels::{RandomKey, default_device};
/// use paysage_models::{BoltzmannMachine, Silent};
/// use paysage_layers::Bernoulli;
///
/// let device = default_device()?;
/// let layers = vec![Bernoulli::new(2, &device), Bernoulli::new(3, &device)];
/// let machine = BoltzmannMachine::chain(layers)?;
/// let rows = Table::new("rows", 2, vec![0.0, 1.0])?;
/// let (change, mut progress) = ([1.0, f32::NAN], Silent);
/// let question = Counterfactual::default();
/// let mut answers = question.run(&machine, &rows, &change, RandomKey::new(1), &mut progress)?;
/// let found = answers.next().expect("a chunk")?;
/// // Without weights the first unit has no effect on the second.
/// assert_eq!(found.effect.into_data().iter().collect::<Vec<f64>>(), [1.0, 0.0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counterfactual {
    /// Number of sweeps over the hidden units given the whole row before both chains start, where
    /// hidden layers are connected. Restricted machines need none: their first draw is exact.
    pub abduction: usize,
    /// Number of sweeps of both chains, at least 1.
    pub sweeps: usize,
    /// Number of Monte Carlo repeats, at least 1.
    pub repeats: usize,
}

impl Default for Counterfactual {
    fn default() -> Self {
        Self {
            abduction: 100,
            sweeps: 10,
            repeats: 100,
        }
    }
}

/// Factual and counterfactual samples of rows.
#[derive(Clone, Debug)]
pub struct CounterfactualSamples {
    /// Position of the first row in the data set, counted from 0.
    pub first_row: usize,
    /// The rows with the changed units at their observed values, one sample per repeat:
    /// `[batch, visible units]` each.
    pub factual: Vec<Tensor<2>>,
    /// The rows with the changed units at their new values, one sample per repeat and with the random
    /// numbers of the factual one: `[batch, visible units]` each.
    pub counterfactual: Vec<Tensor<2>>,
    /// The mean over the repeats of counterfactual minus factual conditional means of each unit:
    /// `[batch, visible units]`.
    pub effect: Tensor<2>,
    /// The standard error of the effect over the repeats: `[batch, visible units]`; nothing for a
    /// single repeat.
    pub standard_error: Option<Tensor<2>>,
}

impl Counterfactual {
    /// Samples all rows of a data set, which must be complete, chunk by chunk. `change` has one value
    /// per visible unit, and NaN for units that are not changed.
    ///
    /// # Errors
    ///
    /// When there are no repeats or no sweeps, when the machine cannot be normalized, or when `change`
    /// does not fit the visible units. An answer is an error where rows cannot be read, miss a value or
    /// have values that the visible units do not take.
    pub fn run<'a, L: Trainable>(
        &self,
        machine: &'a BoltzmannMachine<L>,
        rows: &'a dyn Rows,
        change: &[f32],
        key: RandomKey,
        progress: &'a mut dyn Progress,
    ) -> Result<Answers<'a, CounterfactualSamples>, InferenceError> {
        self.check()?;
        machine.check_normalizable()?;
        let change = Given::new(machine, change)?;
        let settings = *self;
        // Both samples of every repeat are kept.
        let kept = self.repeats.saturating_mul(2 * machine.visible_units());
        let at_once = (MOST_VALUES / kept).clamp(1, CHUNK);
        Ok(answer(machine, rows, at_once, progress, move |chunk| {
            chunk.require(rows, "a counterfactual", |_| true)?;
            let shape = chunk.rows.dims();
            let (changed, values) = change.repeated(0, 1);
            let (changed, values) = (changed.expand(shape), values.expand(shape));
            let key = key.starting_at(chunk.first_row as u32);
            let found = on_workers(|| settings.sample(machine, chunk.rows, changed, values, key));
            Ok(CounterfactualSamples {
                first_row: chunk.first_row,
                ..found
            })
        }))
    }

    /// Samples complete rows `[batch, visible units]` on the device, with units changed to these values
    /// where the mask is true. Mask and values have the shape of the rows or `[1, visible units]`; other
    /// values are ignored.
    ///
    /// # Errors
    ///
    /// When there are no repeats or no sweeps, when the machine cannot be normalized, or when a site of
    /// several units is changed in part.
    ///
    /// # Panics
    ///
    /// When rows, mask or values do not fit the machine or one another.
    pub fn run_batch<L: Trainable>(
        &self,
        machine: &BoltzmannMachine<L>,
        rows: Tensor<2>,
        changed: &Tensor<2, Bool>,
        values: Tensor<2>,
        key: RandomKey,
    ) -> Result<CounterfactualSamples, InferenceError> {
        self.check()?;
        machine.check_normalizable()?;
        check_sites(machine, changed)?;
        let changed = changed.clone().expand(rows.dims());
        let values = values.expand(rows.dims());
        Ok(on_workers(|| {
            self.sample(machine, rows, changed, values, key)
        }))
    }

    fn check(&self) -> Result<(), InferenceError> {
        match (self.repeats, self.sweeps) {
            (0, _) => Err(InferenceError::NoRepeats),
            (_, 0) => Err(InferenceError::NoSweeps),
            _ => Ok(()),
        }
    }

    fn sample<L: Trainable>(
        &self,
        machine: &BoltzmannMachine<L>,
        rows: Tensor<2>,
        changed: Tensor<2, Bool>,
        values: Tensor<2>,
        key: RandomKey,
    ) -> CounterfactualSamples {
        let deep = machine.check_restricted().is_err();
        let abduction = if deep { self.abduction } else { 0 };
        let observed = Conditions::clamped(Clamp::none().layers(&machine.visible));
        let chains = ClampedChains::new(machine, changed);
        let (mut factual, mut counterfactual) = (Vec::new(), Vec::new());
        let mut effect = Running::like(&rows);
        for repeat in 0..self.repeats {
            let key = key.child(Child::Repeat(repeat));
            let start = machine.random_state(rows.dims()[0], key.child(Child::Start));
            let start = with_visible(machine, start, rows.clone());
            let start = Gibbs.run(
                machine,
                start,
                &observed,
                abduction,
                key.child(Child::BurnIn),
            );
            let (last, key) = (self.sweeps - 1, key.child(Child::Sweeps));
            let follow = |start: State| {
                let state = chains.run(start, last, key);
                chains.sweep(state, key.child(Child::Sweep(last)))
            };
            let (here, here_mean) = follow(start.clone());
            let (there, there_mean) = follow(chains.with_clamped(start, values.clone()));
            factual.push(machine.visible_of(&here));
            counterfactual.push(machine.visible_of(&there));
            effect.push(there_mean - here_mean);
        }
        CounterfactualSamples {
            first_row: 0,
            factual,
            counterfactual,
            effect: effect.mean(),
            standard_error: effect.standard_error(),
        }
    }
}
