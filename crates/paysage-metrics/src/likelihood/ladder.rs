//! ln Z along a ladder of machines.

use paysage_layers::Trainable;
use paysage_models::{BoltzmannMachine, Exact, ExactError};
use paysage_samplers::Works;

use super::bennett::{Bennett, logistic};

/// ln Z of the sampled machine of [`TrajectoryTempering`](paysage_samplers::TrajectoryTempering), from
/// the log weights that its swaps compute anyway.
///
/// ln Z of the lowest machine, whose units are independent, is exact; the differences of neighbours are
/// estimates by Bennett's acceptance ratio. The standard error is that of independent chains, whose
/// states may be correlated in time: it takes the swaps between machines and the autocorrelation of chains
/// into account, but not modes that no chain has visited.
///
/// ```
/// use paysage_kernels::{RandomKey, default_device};
/// use paysage_layers::Bernoulli;
/// use paysage_metrics::LadderPartition;
/// use paysage_models::BoltzmannMachine;
/// use paysage_samplers::{Chain, Conditions, TrajectoryTempering, independent_machine};
///
/// let device = default_device()?;
/// let layers = vec![Bernoulli::new(3, &device), Bernoulli::new(2, &device)];
/// let machine = BoltzmannMachine::chain(layers)?;
/// let bottom = independent_machine(&machine, machine.zeros(10));
/// let tempering = TrajectoryTempering { ladder: vec![bottom] };
/// let mut state = tempering.start(&machine, machine.zeros(20));
/// let mut partition = LadderPartition::default();
/// for step in 0..4 {
///     let key = RandomKey::new(1).split(step);
///     (state, _) = tempering.step(&machine, state, &Conditions::default(), key);
///     partition.record(state.works());
/// }
/// let estimate = partition.estimate(&tempering.ladder)?.expect("log weights of all neighbours");
/// assert!((estimate.value - 5.0 * 2.0_f64.ln()).abs() < 1e-3);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct LadderPartition {
    /// Of each pair of neighbours, from the bottom.
    pairs: Vec<Pair>,
    /// The number of chains of the batches before this one.
    before: usize,
    /// The number of chains of this batch.
    batch: usize,
}

/// The log weights of a pair of neighbours: the chain of each, and forward and reverse.
#[derive(Clone, Debug, Default)]
struct Pair {
    chains: Vec<usize>,
    forward: Vec<f64>,
    reverse: Vec<f64>,
}

/// An estimate of ln Z along a ladder.
#[derive(Clone, Debug, PartialEq)]
pub struct LadderEstimate {
    /// ln Z, in nats.
    pub value: f64,
    /// Its standard error, in nats; `None` of a single chain.
    pub standard_error: Option<f64>,
    /// ln Z of each machine minus that of the machine below it.
    pub differences: Vec<f64>,
}

impl LadderPartition {
    /// Adds the log weights of a step; it reads them from the device.
    pub fn record(&mut self, works: &[Works]) {
        for work in works {
            if self.pairs.len() <= work.pair {
                self.pairs.resize_with(work.pair + 1, Pair::default);
            }
            let pair = &mut self.pairs[work.pair];
            let forward = work.forward.to_data();
            let chains = forward.num_elements();
            self.batch = chains;
            pair.chains.extend(self.before..self.before + chains);
            pair.forward.extend(forward.iter::<f64>());
            pair.reverse.extend(work.reverse.to_data().iter::<f64>());
        }
    }

    /// Declares that the next steps are those of other chains.
    pub fn next_batch(&mut self) {
        self.before += std::mem::take(&mut self.batch);
    }

    /// ln Z of the machine above a ladder; `None` where a pair of neighbours has no log weights, as after a
    /// single step, and without a ladder.
    ///
    /// # Errors
    ///
    /// When the sum over the states of the lowest machine has no closed form.
    pub fn estimate<L: Trainable>(
        &self,
        ladder: &[BoltzmannMachine<L>],
    ) -> Result<Option<LadderEstimate>, ExactError> {
        let is_known = |pair: &Pair| !pair.chains.is_empty();
        let lowest = match ladder.first() {
            Some(lowest) if self.pairs.len() == ladder.len() => lowest,
            _ => return Ok(None),
        };
        if !self.pairs.iter().all(is_known) {
            return Ok(None);
        }
        let start = Exact::new(lowest)?.log_partition();
        let chains = self.before + self.batch;
        let mut influences = vec![0.0; chains];
        let differences = self
            .pairs
            .iter()
            .map(|pair| pair.difference(&mut influences));
        let differences: Vec<f64> = differences.collect();
        let squares: f64 = influences.iter().map(|x| x * x).sum();
        let count = chains as f64;
        Ok(Some(LadderEstimate {
            value: start + differences.iter().sum::<f64>(),
            standard_error: (chains > 1).then(|| (squares * count / (count - 1.0)).sqrt()),
            differences,
        }))
    }
}

impl Pair {
    /// The difference of ln Z; adds the first-order change of it that each chain makes.
    fn difference(&self, influences: &mut [f64]) -> f64 {
        let value = Bennett::of_log_weights(&self.forward, &self.reverse, 0..).value;
        // The estimate is where Σ a = Σ b, and its derivative in a and b is 1 and −1 over the slope.
        let probabilities = |weights: &[f64], sign: f64| -> Vec<f64> {
            weights.iter().map(|w| logistic(w - sign * value)).collect()
        };
        let (a, b) = (
            probabilities(&self.forward, 1.0),
            probabilities(&self.reverse, -1.0),
        );
        let slope: f64 = a.iter().chain(&b).map(|p| p * (1.0 - p)).sum();
        for ((chain, a), b) in self.chains.iter().zip(a).zip(b) {
            influences[*chain] += (a - b) / slope;
        }
        value
    }
}

#[cfg(test)]
mod tests {
    use paysage_kernels::RandomKey;
    use paysage_layers::LayerKind;
    use paysage_samplers::{Chain, Conditions, TrajectoryTempering, independent_machine};
    use paysage_testkit::machines;

    use super::*;

    /// Forty estimates of chains that are correlated in time, beside the exact value.
    #[test]
    fn intervals_hold_the_exact_value() {
        let kinds = [LayerKind::bernoulli(6), LayerKind::bernoulli(5)];
        let machine = machines::chain(&kinds, 1.5, true, RandomKey::new(400));
        let sum = Exact::new(&machine).expect("a small machine");
        let exact = sum.log_partition();
        let states = machine.random_state(50, RandomKey::new(401));
        let mut half = machine.clone();
        half.connections[0].weight = half.connections[0].weight.clone() * 0.5;
        let ladder = vec![independent_machine(&machine, states), half];
        let tempering = TrajectoryTempering {
            ladder: ladder.clone(),
        };
        let mut inside = 0;
        for seed in 0..40 {
            let key = RandomKey::new(402).split(seed);
            let mut partition = LadderPartition::default();
            for batch in 0..2 {
                let key = key.split(batch);
                let mut state = tempering.start(&machine, sum.sample(20, key.split(0)));
                for step in 0..60 {
                    let free = Conditions::default();
                    (state, _) = tempering.step(&machine, state, &free, key.split(1 + step));
                    if step >= 20 {
                        partition.record(state.works());
                    }
                }
                partition.next_batch();
            }
            let found = partition.estimate(&ladder).expect("independent units");
            let found = found.expect("log weights");
            let error = found.standard_error.expect("several chains");
            assert!(error < 0.2, "{found:?}");
            assert!(
                (found.value - exact).abs() < 4.9 * error,
                "{found:?}, {exact}"
            );
            inside += usize::from((found.value - exact).abs() < 1.96 * error);
        }
        // 38 of 40 are expected; 33 or fewer happen once in a hundred times.
        assert!(inside >= 34, "{inside} of 40 intervals hold ln Z");
    }

    #[test]
    fn one_chain_has_no_error_and_one_step_no_estimate() {
        let kinds = [LayerKind::bernoulli(3), LayerKind::bernoulli(2)];
        let machine = machines::chain(&kinds, 0.5, true, RandomKey::new(410));
        let bottom = independent_machine(&machine, machine.zeros(5));
        let tempering = TrajectoryTempering {
            ladder: vec![bottom, machine.clone()],
        };
        let mut state = tempering.start(&machine, machine.zeros(1));
        let mut partition = LadderPartition::default();
        for step in 0..2 {
            let estimate = partition
                .estimate(&tempering.ladder)
                .expect("independent units");
            assert_eq!(estimate, None);
            let free = Conditions::default();
            (state, _) = tempering.step(&machine, state, &free, RandomKey::new(411).split(step));
            partition.record(state.works());
        }
        let estimate = partition
            .estimate(&tempering.ladder)
            .expect("independent units");
        let estimate = estimate.expect("log weights of both pairs");
        assert_eq!(estimate.standard_error, None);
        // The machine above the second one of the ladder is the same.
        assert!(estimate.differences[1].abs() < 1e-6);
    }
}
