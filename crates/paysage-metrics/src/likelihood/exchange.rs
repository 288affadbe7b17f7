//! Replica exchange between bases and a machine.

use std::collections::BTreeSet;

use burn::tensor::{FloatDType, Int, Tensor};
use paysage_kernels::{Child, RandomKey, on_workers, uniform};
use paysage_layers::Annealed;
use paysage_models::State;

use super::path::{Chains, Direction, Path, Rung};

/// Replica exchange (parallel tempering) along the paths between one or two bases and a machine: the
/// densities are in one row, with a base at each end and the machine at the end of the first path.
///
/// A sweep moves the chains of every density, and then swaps the even or the odd pairs of neighbours with
/// probability min(1, f_a(x_b) f_b(x_a)/(f_a(x_a) f_b(x_b))). The chains of a base are independent samples
/// in every sweep. So a state of the machine whose replica has come from a base is independent of those
/// of other visits to a base.
///
/// Swendsen & Wang, "Replica Monte Carlo simulation of spin-glasses", 1986; Syed, Bouchard-Côté,
/// Deligiannidis & Doucet, "Non-reversible parallel tempering: a scalable highly parallel MCMC scheme",
/// 2022.
pub(super) struct Exchange {
    /// The path and the inverse temperature of each density.
    densities: Vec<(usize, f64)>,
    /// The replicas at each.
    replicas: Vec<Replicas<State>>,
    /// The number of sweeps so far.
    sweeps: usize,
}

/// The replicas at one density.
#[derive(Clone)]
struct Replicas<S> {
    states: S,
    /// The state or the sample of a base that each replica came from: `[chains]`. Numbers below 0 are those
    /// of the start, others of a sweep.
    origins: Tensor<1, Int>,
}

/// States in which replicas start.
pub(super) struct Start {
    /// The states.
    pub states: State,
    /// The number of the sample that each state came from.
    pub samples: Vec<usize>,
    /// Whether they are given states, or came from samples of a base.
    pub are_given: bool,
}

/// States of the machine.
pub(super) struct Samples {
    /// The states, those of one time side by side.
    pub state: State,
    /// The sample that each state came from: equal numbers for one sample.
    pub origins: Vec<i64>,
}

/// Whether a state with this origin did not come from a base.
pub(super) fn is_given(origin: i64) -> bool {
    origin < 0 && origin % 2 != 0
}

impl Samples {
    /// The number of samples of a base that the states came from.
    pub fn arrivals(&self) -> usize {
        let of_bases = self.origins.iter().copied().filter(|&o| !is_given(o));
        of_bases.collect::<BTreeSet<i64>>().len()
    }

    /// So many rows: these, repeated or cut off.
    pub fn cycled(self, rows: usize) -> Self {
        let found = self.origins.len();
        Self {
            state: self.state.cycled(rows),
            origins: (0..rows).map(|row| self.origins[row % found]).collect(),
        }
    }
}

impl Exchange {
    /// Replicas along paths with these inverse temperatures from 0 to 1, and starts of their own.
    pub fn new(ladders: &[Vec<f64>], starts: &[Start]) -> Self {
        let mut densities = Vec::new();
        let mut replicas = Vec::new();
        for (path, (betas, start)) in ladders.iter().zip(starts).enumerate() {
            let mut betas = betas.clone();
            if path > 0 {
                // The machine is the end of the first path.
                betas.pop();
                betas.reverse();
            }
            densities.extend(betas.iter().map(|&beta| (path, beta)));
            let device = start.states.layers[0].device();
            // Given states have odd numbers.
            let first = if start.are_given { -1 } else { -2 };
            let origins = start
                .samples
                .iter()
                .map(|&sample| first - 2 * sample as i64);
            let origins: Vec<i64> = origins.collect();
            let origins = Tensor::<1, Int>::from_data(origins.as_slice(), &device);
            replicas.extend(betas.iter().map(|_| Replicas {
                states: start.states.clone(),
                origins: origins.clone(),
            }));
        }
        Self {
            densities,
            replicas,
            sweeps: 0,
        }
    }

    /// The number of sweeps so far.
    pub fn sweeps(&self) -> usize {
        self.sweeps
    }

    /// The number of densities.
    pub fn replicas(&self) -> usize {
        self.densities.len()
    }

    /// The number of chains of each density.
    pub fn chains(&self) -> usize {
        self.replicas[0].states.batch()
    }

    /// Moves all replicas, and takes the states of the machine so many times in the second half of the
    /// sweeps, or after each of them where they are fewer.
    pub fn run<L: Annealed>(
        &mut self,
        paths: &[Path<L>],
        sweeps: usize,
        times: usize,
        key: RandomKey,
        each: &mut (dyn FnMut(usize) + Send),
    ) -> Samples {
        let machine = self.densities.iter().position(|&(_, beta)| beta == 1.0);
        let machine = machine.expect("a path ends at the machine");
        let last = self.densities.len() - 1;
        let (taken, mut samples) = (times_of(sweeps, times), Vec::new());
        on_workers(|| {
            let rungs = self.densities.iter();
            let rungs = rungs.map(|&(path, beta)| paths[path].rung(beta));
            let rungs: Vec<Rung<L>> = rungs.collect();
            let all = std::mem::take(&mut self.replicas).into_iter();
            let mut all: Vec<Replicas<Chains>> = all
                .map(|replicas| Replicas {
                    states: paths[0].chains(replicas.states),
                    origins: replicas.origins,
                })
                .collect();
            for sweep in 1..=sweeps {
                self.sweeps += 1;
                let key = key.child(Child::Sweep(self.sweeps));
                let moved = all.into_iter().zip(&rungs).enumerate();
                let moved = moved.map(|(rung, (replicas, density))| {
                    let (chains, key) = (replicas.states, key.child(Child::Rung(rung)));
                    let origin = 2 * self.sweeps + usize::from(rung == last);
                    Replicas {
                        states: paths[0].step(density, Direction::Forward, chains, key),
                        origins: match self.densities[rung].1 {
                            0.0 => replicas.origins.full_like(origin as i64),
                            _ => replicas.origins,
                        },
                    }
                });
                all = moved.collect();
                let pairs = self.sweeps % 2..last;
                for low in pairs.step_by(2) {
                    let key = key.child(Child::Swaps).child(Child::Rung(low));
                    swap(&paths[0], &rungs[low..low + 2], &mut all[low..low + 2], key);
                }
                if taken.contains(&sweep) {
                    let Replicas { states, origins } = all[machine].clone();
                    samples.push((states.state, origins));
                }
                each(sweep);
            }
            let replicas = all.into_iter().map(|replicas| Replicas {
                states: replicas.states.state,
                origins: replicas.origins,
            });
            self.replicas = replicas.collect();
        });
        gathered(samples)
    }
}

/// Swaps the replicas of two neighbours.
fn swap<L: Annealed>(
    path: &Path<L>,
    rungs: &[Rung<L>],
    replicas: &mut [Replicas<Chains>],
    key: RandomKey,
) {
    let density = |rung: usize, at: usize| path.log_density(&rungs[rung], &replicas[at].states);
    let log_ratio = density(0, 1) + density(1, 0) - density(0, 0) - density(1, 1);
    let dtype: FloatDType = log_ratio.dtype().into();
    let chance = uniform([log_ratio.dims()[0], 1], key, &log_ratio.device());
    let mask = chance
        .squeeze_dim::<1>(1)
        .cast(dtype)
        .lower(log_ratio.exp());
    let [low, high] = [0, 1].map(|at| replicas[at].clone());
    let exchanged = |own: Replicas<Chains>, other: &Replicas<Chains>| Replicas {
        states: own.states.where_from(&mask, &other.states),
        origins: own.origins.mask_where(mask.clone(), other.origins.clone()),
    };
    replicas[0] = exchanged(low.clone(), &high);
    replicas[1] = exchanged(high, &low);
}

/// The sweeps after which states are taken: the last one, and others before it in the second half.
fn times_of(sweeps: usize, times: usize) -> Vec<usize> {
    let half = sweeps.div_ceil(2);
    let times = times.clamp(1, half);
    let sweep = |time: usize| sweeps - time * half / times;
    (0..times).rev().map(sweep).collect()
}

/// All samples as rows of one state, and their origins, with a number of its own for each chain.
fn gathered(samples: Vec<(State, Tensor<1, Int>)>) -> Samples {
    let (states, origins): (Vec<State>, Vec<Tensor<1, Int>>) = samples.into_iter().unzip();
    let chains = states[0].batch();
    let origins: Vec<i64> = Tensor::cat(origins, 0).into_data().iter().collect();
    let origins = origins.into_iter().enumerate();
    let origins = origins.map(|(row, origin)| match origin {
        ..0 => origin,
        _ => origin * chains as i64 + (row % chains) as i64,
    });
    Samples {
        state: State::stacked(states.iter()),
        origins: origins.collect(),
    }
}

#[cfg(test)]
mod tests;
