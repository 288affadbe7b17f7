//! Samples given some units.

use burn::tensor::Tensor;
use paysage_kernels::{Child, RandomKey, on_workers};
use paysage_layers::Trainable;
use paysage_models::{BoltzmannMachine, Progress, Stage};
use paysage_samplers::{Chain, Gibbs};

use crate::{Answers, InferenceError, clamped_chains::ClampedChains, given::Given};

/// Largest number of values of the widest layer that chains have at a time.
const MOST_VALUES: usize = 1 << 20;

/// Sampling from the conditional distribution given some visible units, or from the distribution of the
/// machine where none is given.
///
/// Every sample is the final state of a Gibbs chain of its own, in which the given units are clamped
/// and all others, hidden ones too, are free. Chains start from a draw of the free units without a
/// field. The machine may have any graph.
///
/// ```
/// use paysage_inference::ConditionalSampling;
/// use paysage_kernels::{RandomKey, default_device};
/// use paysage_models::{BoltzmannMachine, Silent};
/// use paysage_layers::Bernoulli;
///
/// let device = default_device()?;
/// let layers = vec![Bernoulli::new(3, &device), Bernoulli::new(2, &device)];
/// let machine = BoltzmannMachine::chain(layers)?;
/// let given = [f32::NAN, 1.0, f32::NAN];
/// let (sampling, mut progress) = (ConditionalSampling { samples: 10, sweeps: 5 }, Silent);
/// for samples in sampling.run(&machine, &given, RandomKey::new(1), &mut progress)? {
///     let samples: Vec<f32> = samples?.into_data().iter().collect();
///     assert!(samples.chunks(3).all(|sample| sample[1] == 1.0));
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConditionalSampling {
    /// Number of samples, at least 1.
    pub samples: usize,
    /// Number of Gibbs sweeps of each chain, at least 1.
    pub sweeps: usize,
}

/// Receives the number of the step, counted from 0, and the state of the chains after it.
type Observe<'a, S> = &'a mut (dyn FnMut(usize, &S) + Send);

impl ConditionalSampling {
    /// Samples visible units, chunk by chunk: `[samples, visible units]`.
    ///
    /// `given` has one value per visible unit, and NaN for free units. It may have several rows of
    /// them, such as one for each class: the samples take them one after the other, again from the first
    /// after the last one.
    ///
    /// # Errors
    ///
    /// When there are no samples or no sweeps, when the machine cannot be normalized, or when `given`
    /// does not fit the visible units.
    pub fn run<'a, L: Trainable>(
        &self,
        machine: &'a BoltzmannMachine<L>,
        given: &[f32],
        key: RandomKey,
        progress: &'a mut dyn Progress,
    ) -> Result<Answers<'a, Tensor<2>>, InferenceError> {
        self.sampled(machine, Gibbs, given, key, progress, None)
    }

    /// Samples as [`run`](Self::run) does, with `sweeps` steps of any chain.
    ///
    /// `observe` receives the number of each step, counted from 0, and the state after it. Chains run in
    /// batches, one batch after the other, and step 0 is the first of a batch.
    ///
    /// ```
    /// use paysage_inference::ConditionalSampling;
    /// use paysage_kernels::{RandomKey, default_device};
    /// use paysage_layers::Bernoulli;
    /// use paysage_models::{BoltzmannMachine, Silent};
    /// use paysage_samplers::ParallelTempering;
    ///
    /// let device = default_device()?;
    /// let layers = vec![Bernoulli::new(3, &device), Bernoulli::new(2, &device)];
    /// let machine = BoltzmannMachine::chain(layers)?;
    /// let (sampling, mut progress) = (ConditionalSampling { samples: 10, sweeps: 5 }, Silent);
    /// let tempering = ParallelTempering { replicas: 4, ..Default::default() };
    /// let mut steps = 0;
    /// let mut observe = |step: usize, _: &_| steps = step + 1;
    /// let (given, key) = ([f32::NAN; 3], RandomKey::new(1));
    /// let answers =
    ///     sampling.run_chain(&machine, tempering, &given, key, &mut progress, &mut observe)?;
    /// for samples in answers {
    ///     assert_eq!(samples?.dims(), [10, 3]);
    /// }
    /// assert_eq!(steps, 5);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`run`](Self::run), and when a setting of the chain is out of range.
    pub fn run_chain<'a, L: Trainable, C: Chain<L> + 'a>(
        &self,
        machine: &'a BoltzmannMachine<L>,
        chain: C,
        given: &[f32],
        key: RandomKey,
        progress: &'a mut dyn Progress,
        observe: &'a mut (dyn FnMut(usize, &C::State) + Send),
    ) -> Result<Answers<'a, Tensor<2>>, InferenceError> {
        self.sampled(machine, chain, given, key, progress, Some(observe))
    }

    fn sampled<'a, L: Trainable, C: Chain<L> + 'a>(
        &self,
        machine: &'a BoltzmannMachine<L>,
        chain: C,
        given: &[f32],
        key: RandomKey,
        progress: &'a mut dyn Progress,
        mut observe: Option<Observe<'a, C::State>>,
    ) -> Result<Answers<'a, Tensor<2>>, InferenceError> {
        chain.check()?;
        match (self.samples, self.sweeps) {
            (0, _) => return Err(InferenceError::NoSamples),
            (_, 0) => return Err(InferenceError::NoSweeps),
            _ => {}
        }
        machine.check_normalizable()?;
        let given = Given::rows(machine, given)?;
        let widest = machine.layers.iter().map(|layer| layer.units()).max();
        let at_once = (MOST_VALUES / widest.unwrap_or(1) / chain.replicas()).max(1);
        let Self { samples, sweeps } = *self;
        let starts = (0..samples).step_by(at_once);
        Ok(Box::new(starts.map(move |start| {
            let count = at_once.min(samples - start);
            let key = key.starting_at(start as u32);
            let found = on_workers(|| {
                let (mask, rows) = given.repeated(start, count);
                let chains = ClampedChains::new(machine, mask);
                let states = chains.start(rows, key.child(Child::Start));
                let (conditions, key) = (chains.conditions(), key.child(Child::BurnIn));
                let mut state = chain.start(machine, states);
                for sweep in 0..sweeps {
                    let key = key.child(Child::Sweep(sweep));
                    (state, _) = chain.step(machine, state, conditions, key);
                    if let Some(observe) = &mut observe {
                        observe(sweep, &state);
                    }
                }
                machine.visible_of(C::samples(&state))
            });
            progress.report(Stage::Rows, start + count, samples);
            Ok(found)
        })))
    }
}
