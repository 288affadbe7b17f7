//! Likelihoods by the expansion.

use paysage_data::{Table, shuffled};
use paysage_kernels::RandomKey;
use paysage_layers::Tap;
use paysage_metrics::{Metric, MetricError, free_energy};
use paysage_models::BoltzmannMachine;
use paysage_samplers::hidden_means;

use crate::{Solution, Solver};

/// The starts from which fixed points are sought: rows of the data.
const STARTS: usize = 20;

/// ln Z and the mean log-likelihood of rows by the expansion, in nats, and how far its solver came.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TapLikelihood {
    /// The largest Γ of a fixed point; NaN, and the likelihood too, where no start has converged.
    pub log_partition: f64,
    /// ln Σ exp Γ over the distinct fixed points.
    pub log_partition_of_all: f64,
    /// The mean over rows of −ln Σ_h exp(−E(v, h)).
    pub free_energy: f64,
    /// The mean over rows of ln p(v), with the largest Γ for ln Z.
    pub log_likelihood: f64,
    /// How many starts have converged, and of how many.
    pub converged: usize,
    /// The starts.
    pub starts: usize,
    /// How many distinct fixed points they led to.
    pub fixed_points: usize,
    /// The largest of the terms of second and third order, in nats: an estimate of ln Z is no better
    /// than they are small. NaN in first order.
    pub beyond_mean_field: f64,
    /// The largest residual: how far a moment would still move.
    pub residual: f64,
    /// For how many rows the free energy is exact, or its expansion has converged.
    pub rows_converged: usize,
    /// The rows.
    pub rows: usize,
}

impl TapLikelihood {
    /// Of a machine and rows, from which the solver starts as well. ln Σ_h exp(−E(v, h)) of a row is
    /// exact where no hidden layers are connected, and elsewhere Γ with the row held.
    ///
    /// An expansion is no bound: compare it with an annealed or exact likelihood.
    ///
    /// # Errors
    ///
    /// When the machine cannot be normalized.
    pub fn estimate<L: Tap>(
        machine: &BoltzmannMachine<L>,
        table: &Table,
        solver: &Solver,
    ) -> Result<Self, MetricError> {
        machine.check_normalizable()?;
        let solution = from_rows(machine, table, solver);
        let log_partition = solution.log_partition();
        let (free_energy, rows_converged) = of_rows(machine, table, solver);
        Ok(Self {
            log_partition,
            log_partition_of_all: solution.log_partition_of_all(),
            free_energy,
            log_likelihood: -free_energy - log_partition,
            converged: solution.converged(),
            starts: solution.values.len(),
            fixed_points: solution.fixed_points().len(),
            beyond_mean_field: solution.beyond_mean_field(),
            residual: solution.residuals.iter().copied().fold(0.0, f64::max),
            rows_converged,
            rows: table.rows(),
        })
    }
}

/// Where the solver comes to from some rows.
fn from_rows<L: Tap>(machine: &BoltzmannMachine<L>, table: &Table, solver: &Solver) -> Solution {
    let rows = shuffled(table.rows(), 0, 0);
    let starts = &rows[..rows.len().min(STARTS)];
    let starts = hidden_means(machine, machine.rows(table, starts));
    solver.solve(machine, &starts, &[])
}

/// The mean free energy of rows, and of how many it is exact or converged.
fn of_rows<L: Tap>(machine: &BoltzmannMachine<L>, table: &Table, solver: &Solver) -> (f64, usize) {
    if let Ok(free_energy) = free_energy(machine, table) {
        return (free_energy, table.rows());
    }
    let of_batch = |rows| {
        let starts = hidden_means(machine, rows);
        let solution = solver.solve(machine, &starts, &machine.visible);
        (solution.values.iter().sum::<f64>(), solution.converged())
    };
    let batches = machine.batches(table).map(of_batch);
    let (sum, converged) = batches.fold((0.0, 0), |(s, n), (sum, count)| (s + sum, n + count));
    (-sum / table.rows() as f64, converged)
}

/// What a [`TapMetric`] is of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Quantity {
    /// The mean free energy of rows in nats, `free_energy_tap`.
    FreeEnergy,
    /// The largest Γ of a fixed point that is reached from rows in nats, `log_partition_tap`.
    LogPartition,
    /// The mean log-likelihood of rows in nats, `log_likelihood_tap`.
    #[default]
    LogLikelihood,
    /// The share of starts that converged, `tap_converged`.
    Converged,
}

/// A number of [`TapLikelihood`], for monitors.
///
/// ```
/// use paysage_data::BarsAndStripes;
/// use paysage_kernels::{RandomKey, default_device};
/// use paysage_layers::Bernoulli;
/// use paysage_metrics::Metric;
/// use paysage_models::BoltzmannMachine;
/// use paysage_tap::{Quantity, TapMetric};
///
/// let device = default_device()?;
/// let table = BarsAndStripes { size: 3 }.generate();
/// let machine = BoltzmannMachine::chain(vec![Bernoulli::new(9, &device), Bernoulli::new(4, &device)])?;
/// let metric = TapMetric { quantity: Quantity::LogPartition, ..Default::default() };
/// let log_partition = metric.evaluate(&machine, &table, RandomKey::new(0))?;
/// // Thirteen fair coins.
/// assert!((log_partition - 13.0 * 2.0_f64.ln()).abs() < 1e-4);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct TapMetric {
    /// Which number.
    pub quantity: Quantity,
    /// How fixed points are found.
    pub solver: Solver,
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

    fn evaluate(
        &self,
        machine: &BoltzmannMachine<L>,
        table: &Table,
        _key: RandomKey,
    ) -> Result<f64, MetricError> {
        machine.check_normalizable()?;
        let solution = || from_rows(machine, table, &self.solver);
        Ok(match self.quantity {
            Quantity::FreeEnergy => of_rows(machine, table, &self.solver).0,
            Quantity::LogPartition => solution().log_partition(),
            Quantity::LogLikelihood => {
                TapLikelihood::estimate(machine, table, &self.solver)?.log_likelihood
            }
            Quantity::Converged => {
                let solution = solution();
                solution.converged() as f64 / solution.values.len() as f64
            }
        })
    }
}
