//! TAP estimates of ln Z and log-likelihoods.

use paysage_data::{DataError, Order, Rows, sample_by_weight};
use paysage_kernels::RandomKey;
use paysage_layers::Tap;
use paysage_metrics::{Evaluation, FreeEnergy, Measurement, Metric, MetricError, Pending};
use paysage_models::{BoltzmannMachine, Progress, Stage};
use paysage_samplers::hidden_means;

use crate::{Solution, Solver};

/// Settings for the TAP estimate of ln Z and of the mean log-likelihood of rows.
///
/// Nothing is random: the starts are rows of the data in a fixed order, so the result is the same in
/// every run.
///
/// ```
/// use paysage_data::BarsAndStripes;
/// use paysage_kernels::default_device;
/// use paysage_layers::Bernoulli;
/// use paysage_models::{BoltzmannMachine, Silent};
/// use paysage_tap::TapEstimator;
///
/// let device = default_device()?;
/// let data = BarsAndStripes { size: 3 }.generate();
/// let machine = BoltzmannMachine::chain(vec![Bernoulli::new(9, &device), Bernoulli::new(4, &device)])?;
/// let found = TapEstimator::default().run(&machine, &data, &mut Silent)?;
/// // Thirteen fair coins.
/// assert!((found.log_partition - 13.0 * 2.0_f64.ln()).abs() < 1e-4);
/// assert!(found.log_partition_low <= found.log_partition + 1e-4);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TapEstimator {
    /// The solver of the TAP equations.
    pub solver: Solver,
    /// Number of starts: random rows of the data, drawn by their weights; at least one is used.
    pub starts: usize,
}

impl Default for TapEstimator {
    fn default() -> Self {
        Self {
            solver: Solver::default(),
            starts: 20,
        }
    }
}

/// TAP estimates of ln Z and of the mean log-likelihood of rows, in nats, and the convergence of the
/// solver.
///
/// The estimates are no bounds, and their error is not known: compare them with an annealed or exact
/// likelihood. Only [`log_partition_low`](Self::log_partition_low) is a bound.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TapLikelihood {
    /// Estimate of ln Z: the largest Γ of a fixed point. NaN, and the log-likelihood too, where no
    /// start has converged.
    pub log_partition: f64,
    /// ln Σ exp Γ over the distinct fixed points.
    pub log_partition_of_all: f64,
    /// Lower bound of ln Z: the largest mean-field (first-order) value at the solutions, whether they
    /// have converged or not. An estimate below it is wrong by at least the difference.
    pub log_partition_low: f64,
    /// The mean over rows of −ln Σ_h exp(−E(v, h)).
    pub free_energy: f64,
    /// The mean over rows of ln p(v), with the largest Γ for ln Z.
    pub log_likelihood: f64,
    /// Number of starts that have converged.
    pub converged: usize,
    /// Number of starts.
    pub starts: usize,
    /// Number of distinct fixed points.
    pub fixed_points: usize,
    /// The larger of the second- and third-order terms at the fixed point, in nats; NaN in first
    /// order. A diagnostic and no error bound: see [`Solution::beyond_mean_field`].
    pub beyond_mean_field: f64,
    /// The largest residual of the TAP equations.
    pub residual: f64,
    /// Number of rows whose free energy is exact, or whose TAP equations have converged.
    pub rows_converged: usize,
    /// Number of rows.
    pub rows: usize,
}

impl TapEstimator {
    /// The estimates for a machine and rows, which the solver also starts from. ln Σ_h exp(−E(v, h))
    /// of a row is exact where no hidden layers are connected, and elsewhere Γ with the visible
    /// units clamped to the row.
    ///
    /// # Errors
    ///
    /// When the machine cannot be normalized, or rows have missing values or cannot be read.
    pub fn run<L: Tap>(
        &self,
        machine: &BoltzmannMachine<L>,
        rows: &dyn Rows,
        progress: &mut dyn Progress,
    ) -> Result<TapLikelihood, MetricError> {
        machine.check_normalizable()?;
        let solution = self.solution(machine, rows)?;
        let log_partition = solution.log_partition();
        let (free_energy, rows_converged) = self.free_energy(machine, rows, progress)?;
        Ok(TapLikelihood {
            log_partition,
            log_partition_of_all: solution.log_partition_of_all(),
            log_partition_low: solution.log_partition_low(),
            free_energy,
            log_likelihood: -free_energy - log_partition,
            converged: solution.converged(),
            starts: solution.values.len(),
            fixed_points: solution.fixed_points().len(),
            beyond_mean_field: solution.beyond_mean_field(),
            residual: solution.residuals.iter().copied().fold(0.0, f64::max),
            rows_converged,
            rows: rows.count(),
        })
    }

    /// The solution from some rows.
    fn solution<L: Tap>(
        &self,
        machine: &BoltzmannMachine<L>,
        rows: &dyn Rows,
    ) -> Result<Solution, DataError> {
        let count = self.starts.clamp(1, rows.count().max(1));
        let sample;
        let (from, order): (&dyn Rows, _) = match rows.weights() {
            None => (rows, Order::Shuffled { seed: 0, epoch: 0 }),
            Some(_) => {
                sample = sample_by_weight(rows, count, 0)?;
                (&sample, Order::Stored)
            }
        };
        let starts = match from.chunks(order, count).next() {
            Some(chunk) => hidden_means(machine, machine.tensor_of(&chunk?)),
            None => machine.zeros(1),
        };
        Ok(self.solver.solve(machine, &starts, &[]))
    }

    /// The mean free energy of rows, and the number of rows for which it is exact or converged.
    fn free_energy<L: Tap>(
        &self,
        machine: &BoltzmannMachine<L>,
        rows: &dyn Rows,
        progress: &mut dyn Progress,
    ) -> Result<(f64, usize), MetricError> {
        if machine.check_restricted().is_ok() {
            // The free energy draws nothing: any key will do.
            let exact = FreeEnergy.run(machine, rows, RandomKey::new(0), progress)?;
            return Ok((exact.value, rows.count()));
        }
        let (mut sum, mut total, mut converged, mut done) = (0.0, 0.0, 0, 0);
        for chunk in machine.chunks(rows) {
            let starts = hidden_means(machine, chunk?);
            let solution = self.solver.solve(machine, &starts, &machine.visible);
            let count = solution.values.len();
            match rows.weights() {
                None => {
                    sum += solution.values.iter().sum::<f64>();
                    total += count as f64;
                }
                Some(weights) => {
                    for (value, &weight) in solution.values.iter().zip(&weights[done..]) {
                        sum += value * f64::from(weight);
                        total += f64::from(weight);
                    }
                }
            }
            converged += solution.converged();
            done += count;
            progress.report(Stage::Rows, done, rows.count());
        }
        Ok((-sum / total, converged))
    }
}

/// The quantity of a [`TapMetric`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Quantity {
    /// Mean free energy of rows in nats, `free_energy_tap`.
    FreeEnergy,
    /// Largest Γ of a fixed point in nats, `log_partition_tap`.
    LogPartition,
    /// Mean log-likelihood of rows in nats, `log_likelihood_tap`.
    #[default]
    LogLikelihood,
    /// Fraction of starts that converged, `tap_converged`.
    Converged,
}

/// One number of a [`TapLikelihood`], as a metric.
///
/// ```
/// use paysage_data::BarsAndStripes;
/// use paysage_kernels::{RandomKey, default_device};
/// use paysage_layers::Bernoulli;
/// use paysage_metrics::Metric;
/// use paysage_models::{BoltzmannMachine, Silent};
/// use paysage_tap::{Quantity, TapMetric};
///
/// let device = default_device()?;
/// let data = BarsAndStripes { size: 3 }.generate();
/// let machine = BoltzmannMachine::chain(vec![Bernoulli::new(9, &device), Bernoulli::new(4, &device)])?;
/// let metric = TapMetric { quantity: Quantity::LogPartition, ..Default::default() };
/// let log_partition = metric.run(&machine, &data, RandomKey::new(0), &mut Silent)?;
/// // Thirteen fair coins.
/// assert!((log_partition.value - 13.0 * 2.0_f64.ln()).abs() < 1e-4);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct TapMetric {
    /// The quantity.
    pub quantity: Quantity,
    /// The settings of the estimate.
    pub estimator: TapEstimator,
}

impl<L: Tap> Metric<L> for TapMetric {
    fn name(&self) -> &str {
        match self.quantity {
            Quantity::FreeEnergy => "free_energy_tap",
            Quantity::LogPartition => "log_partition_tap",
            Quantity::LogLikelihood => "log_likelihood_tap",
            Quantity::Converged => "tap_converged",
        }
    }

    fn start(&self, on: Evaluation<'_, L>) -> Result<Pending, MetricError> {
        let Evaluation { machine, rows, .. } = on;
        machine.check_normalizable()?;
        let solution = || self.estimator.solution(machine, rows);
        let value = match self.quantity {
            Quantity::FreeEnergy => self.estimator.free_energy(machine, rows, on.progress)?.0,
            Quantity::LogPartition => solution()?.log_partition(),
            Quantity::LogLikelihood => {
                let found = self.estimator.run(machine, rows, on.progress)?;
                found.log_likelihood
            }
            Quantity::Converged => {
                let solution = solution()?;
                solution.converged() as f64 / solution.values.len() as f64
            }
        };
        Ok(Pending::ready(Measurement::estimate(value)))
    }
}
