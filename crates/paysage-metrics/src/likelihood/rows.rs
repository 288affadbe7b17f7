//! Unnormalized log-likelihood of rows: ln p*(v) = ln Σ_h exp(−E(v, h)).

use burn::tensor::{Int, Tensor};
use paysage_data::{Order, Rows, total_weight, weighted_mean};
use paysage_kernels::{Child, RandomKey};
use paysage_layers::Annealed;
use paysage_models::{BoltzmannMachine, Progress, Stage, State};
use paysage_samplers::{hidden_means, systematic_resampling};

use super::{
    Doubt, Estimate, Interval, LikelihoodError,
    exchange::{Exchange, Samples, Start},
    path::{Direction, Path},
    sides::TwoSided,
    temperatures::linear,
};
use crate::{FreeEnergy, Metric, MetricError};

/// Number of chains per row and base of a machine with connected hidden layers, and of rows at a time.
const CHAINS: usize = 16;
const ROWS_AT_ONCE: usize = 256;

/// Number of chains per row and density of replica exchange.
const LADDERS: usize = 2;

/// With fewer effective samples given each row the bounds are not reliable.
const FEW_SAMPLES: f64 = 3.0;

/// A row with fewer effective samples than this depends on one of them.
const ONE_SAMPLE: f64 = 1.5;

/// With a larger share of such rows the bounds are not reliable: a mean over rows hides them.
const MOST_OF_ONE_SAMPLE: f64 = 0.1;

/// The annealing of the free layers given each of some rows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RowAnnealing {
    /// Number of rows.
    pub rows: usize,
    /// The sum of their weights; without weights their number.
    pub weight: f64,
    /// Number of steps of annealing, and of sweeps of replica exchange.
    pub steps: usize,
    /// Whether the lower bound of the mean over rows is below the upper one.
    pub is_consistent: bool,
    /// Effective number of independent samples of a base that the states of the free layers came from,
    /// of 16 given each row: the mean over rows, by weight.
    pub effective_samples: f64,
    /// Share of the rows, by weight, whose states came from one sample of a base.
    pub of_one_sample: f64,
}

impl RowAnnealing {
    /// The annealing of the sums of rows, with their weights, if any.
    #[must_use]
    pub fn of(sums: &[TwoSided], weights: Option<&[f32]>, steps: usize) -> Self {
        let each = sums.iter().map(|sides| sides.above.effective_chains);
        let effective: Vec<f64> = each.collect();
        let of_one = effective.iter().map(|&e| f64::from(e < ONE_SAMPLE));
        let of_one: Vec<f64> = of_one.collect();
        Self {
            rows: sums.len(),
            weight: weights.map_or(sums.len() as f64, total_weight),
            steps,
            is_consistent: TwoSided::is_consistent(sums, weights),
            effective_samples: weighted_mean(&effective, weights),
            of_one_sample: weighted_mean(&of_one, weights),
        }
    }

    /// That of these rows and of others together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let weight = self.weight + other.weight;
        let mean =
            |of: fn(Self) -> f64| (self.weight * of(self) + other.weight * of(other)) / weight;
        Self {
            rows: self.rows + other.rows,
            weight,
            steps: self.steps.max(other.steps),
            is_consistent: self.is_consistent && other.is_consistent,
            effective_samples: mean(|of| of.effective_samples),
            of_one_sample: mean(|of| of.of_one_sample),
        }
    }

    /// Whether there is no reason to doubt the interval.
    #[must_use]
    pub fn is_reliable(&self) -> bool {
        self.doubts().is_empty()
    }

    /// Reasons why the interval may not hold the true value.
    #[must_use]
    pub fn doubts(&self) -> Vec<Doubt> {
        let mut doubts = Vec::new();
        if !self.is_consistent {
            doubts.push(Doubt::ContradictionOfRows);
        }
        if self.effective_samples < FEW_SAMPLES {
            doubts.push(Doubt::FewSamplesOfRows {
                effective: self.effective_samples,
            });
        }
        if self.of_one_sample > MOST_OF_ONE_SAMPLE {
            doubts.push(Doubt::RowsOfOneSample {
                share: self.of_one_sample,
            });
        }
        doubts
    }
}

/// The mean of ln p*(v) over rows, in nats: exact where no hidden layers are connected, otherwise by
/// annealing of the hidden layers given each row between each base and the machine, in both directions.
pub(super) fn log_weights_of_rows<L: Annealed>(
    sums: &AnnealedSums<L>,
    rows: &dyn Rows,
    key: RandomKey,
    progress: &mut dyn Progress,
) -> Result<(Interval, Option<RowAnnealing>), LikelihoodError> {
    let machine = sums.machine;
    if machine.check_restricted().is_ok() {
        return match FreeEnergy.run(machine, rows, key, progress) {
            Ok(free_energy) => Ok((finite(Interval::exactly(-free_energy.value))?, None)),
            Err(MetricError::Rows(error)) => Err(error.into()),
            // Rows with missing values have no likelihood.
            Err(_) => Err(LikelihoodError::NotFinite),
        };
    }
    let mut of_bases = vec![Vec::with_capacity(rows.count()); sums.bases.len()];
    let chunks = rows.chunks(Order::Stored, ROWS_AT_ONCE);
    for (batch, chunk) in chunks.enumerate() {
        let shown = machine.tensor_of(&chunk?);
        let found = sums.batch(&shown, key.child(Child::Chunk(batch)));
        for (all, found) in of_bases.iter_mut().zip(found) {
            all.extend(found);
        }
        progress.report(Stage::RowAnnealing, of_bases[0].len(), rows.count());
    }
    let weights = rows.weights();
    let sides = best(of_bases, weights);
    let annealing = RowAnnealing::of(&sides, weights, sums.steps);
    let mean = finite(TwoSided::weighted_mean(&sides, weights))?;
    Ok((mean, Some(annealing)))
}

fn finite(interval: Interval) -> Result<Interval, LikelihoodError> {
    if interval.low.is_finite() && interval.high.is_finite() {
        Ok(interval)
    } else {
        Err(LikelihoodError::NotFinite)
    }
}

/// The estimates from below of the base where they are the highest on average over all rows, with their
/// weights, if any, and those from above of the base where they are the lowest. A choice row by row would be
/// biased towards errors.
fn best(of_bases: Vec<Vec<TwoSided>>, weights: Option<&[f32]>) -> Vec<TwoSided> {
    let mean = |sides: &[TwoSided], of: fn(&TwoSided) -> f64| {
        let values: Vec<f64> = sides.iter().map(of).collect();
        weighted_mean(&values, weights)
    };
    let best = |of: fn(&TwoSided) -> f64| {
        let by_mean = |a: &&Vec<TwoSided>, b: &&Vec<TwoSided>| mean(a, of).total_cmp(&mean(b, of));
        of_bases.iter().max_by(by_mean).into_iter().flatten()
    };
    let below = best(|sides| sides.below.value);
    let above = best(|sides| -sides.above.value);
    let both = below.zip(above);
    both.map(|(below, above)| TwoSided {
        below: below.below,
        above: above.above,
    })
    .collect()
}

/// Bounds of ln Σ exp(−E) over the layers that are not clamped, for each row, by annealing these
/// layers in both directions between one or two bases and the machine.
///
/// Reverse chains start from replica exchange along the same paths, with the same layers clamped.
pub struct AnnealedSums<'a, L: Annealed> {
    /// The machine.
    pub machine: &'a BoltzmannMachine<L>,
    /// One or two machines of independent units from which annealing starts:
    /// [`base_of_rows`](crate::base_of_rows) and [`uniform_base`](crate::uniform_base).
    pub bases: Vec<BoltzmannMachine<L>>,
    /// The layers that are clamped at the values of the rows: all visible ones, or none. At least one
    /// layer must be free.
    pub clamped: &'a [usize],
    /// Number of annealing steps, at least 1.
    pub steps: usize,
}

impl<L: Annealed> AnnealedSums<'_, L> {
    /// The bounds for rows `[rows, visible units]`.
    ///
    /// # Panics
    ///
    /// When the rows are not as wide as the visible layers, when every layer is clamped, or without a
    /// base.
    #[must_use]
    pub fn rows(&self, rows: &Tensor<2>, key: RandomKey) -> Vec<TwoSided> {
        let mut of_bases = vec![Vec::new(); self.bases.len()];
        let batches = rows.clone().split(ROWS_AT_ONCE, 0).into_iter().enumerate();
        for (batch, rows) in batches {
            let found = self.batch(&rows, key.child(Child::Chunk(batch)));
            for (all, found) in of_bases.iter_mut().zip(found) {
                all.extend(found);
            }
        }
        best(of_bases, None)
    }

    /// The sides of each base.
    fn batch(&self, rows: &Tensor<2>, key: RandomKey) -> Vec<Vec<TwoSided>> {
        let count = rows.dims()[0];
        let bases = self.bases.iter();
        let paths = bases.map(|base| Path::new(self.machine, base, self.clamped));
        let paths: Vec<Path<L>> = paths.collect();
        let shown = self.shown(rows, CHAINS);
        let keys = [key, key.child(Child::UniformBase)];
        let of_bases = paths.iter().zip(&self.bases).zip(keys);
        let forward: Vec<Forward> = of_bases
            .map(|((path, base), key)| self.forward(path, base, &shown, key))
            .collect();
        let key_of_starts = key.child(Child::ReverseStart);
        let samples = self.exchanged(&paths, rows, &forward, key_of_starts);
        let of_bases = paths.iter().zip(&forward).zip(keys).enumerate();
        let sides = of_bases.map(|(number, ((path, up), key))| {
            let own = self.own_samples(number, count, samples.origins.len());
            let down = self.reverse(path, samples.state.selected(&own), key);
            let origins: Vec<i64> = own.iter().map(|&row| samples.origins[row]).collect();
            let each = up.log_weights.chunks(CHAINS).zip(down.chunks(CHAINS));
            let each = each.zip(origins.chunks(CHAINS)).zip(&up.bases);
            let sides = each.map(|(((up, down), origins), base)| TwoSided {
                below: Estimate::of_log_weights(up),
                above: Estimate::of_clusters(down, origins).subtracted_from(*base),
            });
            sides.collect()
        });
        sides.collect()
    }

    /// The rows, each so many times.
    fn shown(&self, rows: &Tensor<2>, times: usize) -> State {
        let each = (0..rows.dims()[0] as i32).flat_map(|row| (0..times).map(move |_| row));
        let each: Vec<i32> = each.collect();
        let each = Tensor::<1, Int>::from_data(each.as_slice(), &rows.device());
        self.machine
            .state_from_visible(rows.clone().select(0, each))
    }

    fn forward(
        &self,
        path: &Path<L>,
        base: &BoltzmannMachine<L>,
        shown: &State,
        key: RandomKey,
    ) -> Forward {
        let mut state = base.random_state(shown.batch(), key.child(Child::ForwardStart));
        for &layer in self.clamped {
            state.layers[layer] = shown.layers[layer].clone();
        }
        let bases = path.log_partition_of_base(shown);
        let bases: Vec<f64> = bases.into_iter().step_by(CHAINS).collect();
        let (betas, key) = (linear(self.steps), key.child(Child::ForwardChains));
        let forward = Direction::Forward;
        let (mut log_weights, states) = path.weigh(&betas, forward, state, key, &mut |_| {});
        for (of_row, base) in log_weights.chunks_mut(CHAINS).zip(&bases) {
            of_row.iter_mut().for_each(|weight| *weight += base);
        }
        Forward {
            bases,
            log_weights,
            states,
        }
    }

    fn reverse(&self, path: &Path<L>, samples: State, key: RandomKey) -> Vec<f64> {
        let betas: Vec<f64> = linear(self.steps).into_iter().rev().collect();
        let key = key.child(Child::ReverseChains);
        let reverse = Direction::Reverse;
        let (weights, _) = path.weigh(&betas, reverse, samples, key, &mut |_| {});
        weights
    }

    /// Samples of the free layers given each row by replica exchange, those of one time side by side.
    ///
    /// The replicas of the last path start from the resampled forward chains of their row, the others
    /// from mean-field means.
    fn exchanged(
        &self,
        paths: &[Path<L>],
        rows: &Tensor<2>,
        forward: &[Forward],
        key: RandomKey,
    ) -> Samples {
        let shown = self.shown(rows, LADDERS);
        let annealed = State::stacked(forward.iter().map(|forward| &forward.states));
        let ancestors = (0..rows.dims()[0]).flat_map(|row| {
            let own = row * CHAINS..(row + 1) * CHAINS;
            let weights = forward.iter().flat_map(|f| &f.log_weights[own.clone()]);
            let weights: Vec<f64> = weights.copied().collect();
            let numbers = systematic_resampling(&weights, LADDERS, 0.5).into_iter();
            let all = rows.dims()[0] * CHAINS;
            numbers.map(move |number| number / CHAINS * all + row * CHAINS + number % CHAINS)
        });
        let ancestors: Vec<usize> = ancestors.collect();
        let means = Start {
            states: hidden_means(self.machine, self.machine.visible_of(&shown)),
            samples: (0..shown.batch()).map(|chain| chain / LADDERS).collect(),
            are_given: true,
        };
        let annealed = Start {
            states: annealed.selected(&ancestors),
            samples: ancestors,
            are_given: false,
        };
        let mut starts = vec![means, annealed];
        let starts = starts.split_off(starts.len() - paths.len());
        let densities = linear(densities(self.steps));
        let mut exchange = Exchange::new(&vec![densities; paths.len()], &starts);
        let times = (CHAINS * paths.len()).div_ceil(LADDERS);
        exchange.run(paths, self.steps, times, key, &mut |_| {})
    }

    /// The numbers of the samples from which the reverse chains of a base start, row by row.
    fn own_samples(&self, base: usize, rows: usize, samples: usize) -> Vec<usize> {
        let at_once = rows * LADDERS;
        let times = samples / at_once;
        let of_row = |row: usize| {
            (0..CHAINS).map(move |chain| {
                let number = chain * self.bases.len() + base;
                let (time, ladder) = (number % times, number / times % LADDERS);
                time * at_once + row * LADDERS + ladder
            })
        };
        (0..rows).flat_map(of_row).collect()
    }
}

/// Forward chains of all rows from one base.
struct Forward {
    /// ln Z of the base given each row.
    bases: Vec<f64>,
    /// The log weights, that of the base included, row by row.
    log_weights: Vec<f64>,
    /// The states at the end.
    states: State,
}

/// Number of steps between the densities of a path: more of them where there are more sweeps to use them.
fn densities(steps: usize) -> usize {
    ((steps as f64).sqrt() / 2.0).clamp(4.0, 24.0) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sums of rows with these effective numbers of samples.
    fn sums(effective: &[f64]) -> Vec<TwoSided> {
        let sides = |&effective_chains: &f64| {
            let mut sides = TwoSided::exactly(0.0);
            sides.above.effective_chains = effective_chains;
            sides
        };
        effective.iter().map(sides).collect()
    }

    #[test]
    fn a_mean_over_rows_hides_no_rows_of_one_sample() {
        let fine = RowAnnealing::of(&sums(&[8.0; 10]), None, 64);
        assert!(fine.is_reliable());
        let mut each = [8.0; 10];
        each[3] = 1.0;
        let one = RowAnnealing::of(&sums(&each), None, 64);
        assert!(one.is_reliable());
        each[7] = 1.2;
        let two = RowAnnealing::of(&sums(&each), None, 64);
        assert_eq!(two.doubts(), [Doubt::RowsOfOneSample { share: 0.2 }]);
        // Together with as many good rows it is one of ten.
        let both = two.and(fine);
        assert!((both.of_one_sample - 0.1).abs() < 1e-12);
        assert!((both.effective_samples - (two.effective_samples + 8.0) / 2.0).abs() < 1e-12);
        assert_eq!(both.rows, 20);
    }

    #[test]
    fn the_base_is_chosen_by_the_weights_of_rows() {
        let of = |values: [f64; 2]| values.map(TwoSided::exactly).to_vec();
        let below = |weights: Option<&[f32]>| {
            let best = best(vec![of([0.0, 3.0]), of([2.0, 0.0])], weights);
            best.iter()
                .map(|sides| sides.below.value)
                .collect::<Vec<_>>()
        };
        assert_eq!(below(None), [0.0, 3.0]);
        assert_eq!(below(Some(&[4.0, 1.0])), [2.0, 0.0]);
    }

    #[test]
    fn rows_count_by_their_weights() {
        let weights = [9.0, 1.0];
        let found = RowAnnealing::of(&sums(&[1.0, 11.0]), Some(&weights), 64);
        assert_eq!(found.weight, 10.0);
        assert!((found.effective_samples - 2.0).abs() < 1e-12);
        assert!((found.of_one_sample - 0.9).abs() < 1e-12);
        let repeated = [[1.0; 9].as_slice(), &[11.0]].concat();
        let repeated = RowAnnealing::of(&sums(&repeated), None, 64);
        assert!((found.effective_samples - repeated.effective_samples).abs() < 1e-12);
        assert_eq!(found.doubts().len(), 2);
    }
}
