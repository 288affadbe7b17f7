//! Chains and the series of their order parameter.

use std::time::Instant;

use paysage::{burn::tensor::Tensor, prelude::*, samplers::integrated_autocorrelation_time};

use crate::{
    Outcome,
    jumps::{Jumps, Telegraph},
    problems::Problem,
};

/// The most draws of a chain whose autocorrelations are computed.
const DRAWS: usize = 4000;

/// A measurement.
pub(crate) struct Mixing {
    /// The integrated autocorrelation time of the order parameter, in sweeps, and its standard error.
    pub(crate) time: [f64; 2],
    /// Whether the chains are too short for the time: it is at least as long as this.
    pub(crate) is_lower_bound: bool,
    /// The chains as a process with two states.
    pub(crate) telegraph: Telegraph,
    /// The lowest swap rate of neighbours.
    pub(crate) lowest_swap_rate: Option<f64>,
    /// Seconds per 1,000 sweeps of all chains.
    pub(crate) seconds: f64,
}

/// Chains of a machine that start at rows of the data.
pub(crate) struct Run<'a> {
    pub(crate) problem: &'a Problem,
    pub(crate) machine: &'a BoltzmannMachine,
    pub(crate) chains: usize,
    /// The number of steps; the first tenth is not measured.
    pub(crate) steps: usize,
    /// The work of a step, in sweeps.
    pub(crate) cost: f64,
}

impl Run<'_> {
    pub(crate) fn measure<C: Chain<AnyLayer>>(
        &self,
        chain: C,
        key: RandomKey,
        lowest_swap_rate: impl FnOnce(&C::State) -> Option<f64> + Send,
    ) -> Outcome<Mixing> {
        let (machine, started) = (self.machine, Instant::now());
        let direction = self.problem.direction(machine);
        let thin = self.steps.div_ceil(DRAWS);
        let mut series = vec![Vec::new(); self.chains];
        let mut jumps = Jumps::new(self.chains, self.problem.quartiles);
        let lowest_swap_rate = on_workers(|| {
            let rows = self.problem.starts(self.chains);
            let rows = machine.batch(&self.problem.rows, &rows).rows;
            let start = Gibbs.sweep(
                machine,
                machine.state_from_visible(rows),
                &Conditions::default(),
                key.split(u64::MAX),
            );
            let mut state = chain.start(machine, start);
            for step in 0..self.steps {
                let free = Conditions::default();
                (state, _) = chain.step(machine, state, &free, key.split(step as u64));
                if step >= self.steps / 10 {
                    let visible = machine.visible_of(C::samples(&state));
                    let order: Tensor<2> = visible.matmul(direction.clone());
                    let order: Vec<f64> = order.into_data().iter().collect();
                    jumps.add(&order);
                    if step % thin == 0 {
                        for (series, x) in series.iter_mut().zip(order) {
                            series.push(x);
                        }
                    }
                }
            }
            lowest_swap_rate(&state)
        });
        let draws = series[0].len();
        let (time, error) = time_and_error(&series)?;
        let scale = thin as f64 * self.cost;
        let work = self.steps as f64 * self.cost;
        Ok(Mixing {
            time: [time * scale, error * scale],
            // Sokal: an estimate needs 50 times as many draws as the time.
            is_lower_bound: time * 10.0 > draws as f64,
            telegraph: jumps.telegraph(self.cost),
            lowest_swap_rate,
            seconds: started.elapsed().as_secs_f64() / work * 1000.0,
        })
    }
}

/// The integrated autocorrelation time in draws, and its standard error by the jackknife over chains.
fn time_and_error(series: &[Vec<f64>]) -> Outcome<(f64, f64)> {
    let time = integrated_autocorrelation_time(series)?;
    let count = series.len();
    if count < 3 {
        return Ok((time, f64::INFINITY));
    }
    let without = |chain: usize| {
        let mut others = series.to_vec();
        others.remove(chain);
        integrated_autocorrelation_time(&others)
    };
    let times: Vec<f64> = (0..count).map(without).collect::<Result<_, _>>()?;
    let mean = times.iter().sum::<f64>() / count as f64;
    let squares: f64 = times.iter().map(|t| (t - mean).powi(2)).sum();
    Ok((time, (squares * (count as f64 - 1.0) / count as f64).sqrt()))
}
