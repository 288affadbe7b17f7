//! What the rest of a row would have been.

use burn::tensor::{Bool, Tensor};
use paysage_kernels::{RandomKey, on_workers};
use paysage_layers::Trainable;
use paysage_models::{BoltzmannMachine, State};

use crate::{
    Clamp, ConditioningError, Conditions, Gibbs, Sampler, check_sites,
    imputation::check_chains,
    running::Running,
    walk::{Walk, show},
};

/// What the other units of a row would have been, had some of them been other than they were.
///
/// Two chains walk side by side from the row as it was observed, the *factual* one with the chosen
/// units held at what they were and the *counterfactual* one with them held at what they might have
/// been; all other units follow in both. In the first sweep the factual chain finds hidden units that
/// may have been behind the whole row (abduction). Draws are functions of key, row and column, and
/// both chains have the same keys: what happens to a row by chance happens to it in both worlds, and
/// they differ only in what follows from the change.
///
/// After few sweeps the rest of the row is still near what was observed: a hidden unit is another one
/// only if the change tips it, a visible one only if hidden units do. With many sweeps both chains
/// forget the row, and the effect on a unit tends to the difference of its means given the chosen
/// units alone, E[x | changed] − E[x | as they were].
///
/// This is conditioning with the chance of the row kept. It is not the do-operator of Pearl: a
/// Boltzmann machine is undirected, a change has effects on what a cause of it would be as well, and
/// nothing here tells an influence from a correlation.
///
/// ```
/// use burn::tensor::{Bool, Tensor, TensorData};
/// use paysage_kernels::default_device;
/// use paysage_layers::Bernoulli;
/// use paysage_models::BoltzmannMachine;
/// use paysage_samplers::Counterfactual;
///
/// let device = default_device()?;
/// let layers = vec![Bernoulli::new(2, &device), Bernoulli::new(3, &device)];
/// let machine = BoltzmannMachine::chain(layers)?;
/// let rows = Tensor::from_floats([[0.0, 1.0]], &device);
/// let changed = Tensor::<2, Bool>::from_data(TensorData::from([[true, false]]), &device);
/// let values = Tensor::from_floats([[1.0, 1.0]], &device);
/// let found = Counterfactual::default().ask(&machine, rows, &changed, values)?;
/// // Without weights the first unit has no effect but on itself.
/// assert_eq!(found.effect.into_data().iter().collect::<Vec<f64>>(), [1.0, 0.0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Counterfactual {
    /// The sweeps over the hidden units given the whole row from which both chains start, where hidden
    /// layers are connected. Others need none: the first draw of their hidden units is exact.
    pub abduction: usize,
    /// The sweeps in which the other units follow.
    pub sweeps: usize,
    /// How often all of that is done, with other keys.
    pub repeats: usize,
    /// What all draws depend on.
    pub key: RandomKey,
}

impl Default for Counterfactual {
    fn default() -> Self {
        Self {
            abduction: 100,
            sweeps: 10,
            repeats: 100,
            key: RandomKey::new(0),
        }
    }
}

/// Rows in two worlds.
#[derive(Clone, Debug)]
pub struct Worlds {
    /// The rows with the chosen units as they were and the others as they went on, one for each
    /// repeat: `[batch, visible units]` each.
    pub factual: Vec<Tensor<2>>,
    /// The rows with the chosen units changed, one for each repeat and with the chance of the factual
    /// one: `[batch, visible units]` each.
    pub counterfactual: Vec<Tensor<2>>,
    /// The mean over the repeats of counterfactual less factual units, each as the mean that it was
    /// drawn with: `[batch, visible units]`.
    pub effect: Tensor<2>,
    /// The standard error of the effect, from how the repeats differ: `[batch, visible units]`. It is
    /// not a number for a single one.
    pub standard_error: Tensor<2>,
}

impl Counterfactual {
    /// Asks of rows `[batch, visible units]`, known in full, what they would have been, had the units
    /// where the mask is true had these values. Mask and values are of the shape of the rows or `[1, visible units]`;
    /// values elsewhere do not count.
    ///
    /// # Errors
    ///
    /// When there are no repeats or no sweeps, or when a one-hot site is changed in part.
    ///
    /// # Panics
    ///
    /// When rows, mask or values do not fit the machine or one another.
    pub fn ask<L: Trainable>(
        &self,
        machine: &BoltzmannMachine<L>,
        rows: Tensor<2>,
        changed: &Tensor<2, Bool>,
        values: Tensor<2>,
    ) -> Result<Worlds, ConditioningError> {
        check_chains(self.repeats, self.sweeps)?;
        check_sites(machine, changed)?;
        let changed = changed.clone().expand(rows.dims());
        let values = values.expand(rows.dims());
        Ok(on_workers(|| self.walk(machine, rows, changed, values)))
    }

    fn walk<L: Trainable>(
        &self,
        machine: &BoltzmannMachine<L>,
        rows: Tensor<2>,
        changed: Tensor<2, Bool>,
        values: Tensor<2>,
    ) -> Worlds {
        let deep = machine.check_restricted().is_err();
        let abduction = if deep { self.abduction } else { 0 };
        let observed = Conditions::clamped(Clamp::none().layers(&machine.visible));
        let walk = Walk::new(machine, changed);
        let (mut factual, mut counterfactual) = (Vec::new(), Vec::new());
        let mut effect = Running::like(&rows);
        for repeat in 0..self.repeats as u64 {
            let key = self.key.split(repeat);
            let start = machine.random_state(rows.dims()[0], key.split(0));
            let start = show(machine, start, rows.clone());
            let start = Gibbs.run(machine, start, &observed, abduction, key.split(1));
            let (last, key) = (self.sweeps - 1, key.split(2));
            let follow = |start: State| {
                let state = walk.run(start, last, key);
                walk.sweep(state, key.split(last as u64))
            };
            let (here, here_mean) = follow(start.clone());
            let (there, there_mean) = follow(walk.with_held(start, values.clone()));
            factual.push(machine.visible_of(&here));
            counterfactual.push(machine.visible_of(&there));
            effect.push(there_mean - here_mean);
        }
        Worlds {
            factual,
            counterfactual,
            effect: effect.mean(),
            standard_error: effect.standard_error(),
        }
    }
}
