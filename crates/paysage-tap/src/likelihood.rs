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
    /// The mean over rows of ln p(v).
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
    /// The largest residual: how far a mean would still move.
    pub residual: f64,
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
        let rows = shuffled(table.rows(), 0, 0);
        let starts = &rows[..rows.len().min(STARTS)];
        let starts = hidden_means(machine, machine.rows(table, starts));
        let solution = solver.solve(machine, &starts, &[]);
        let log_partition = solution.log_partition();
        let of_rows = match free_energy(machine, table) {
            Ok(free_energy) => -free_energy,
            Err(_) => held(machine, table, solver),
        };
        Ok(Self {
            log_partition,
            log_likelihood: of_rows - log_partition,
            converged: solution.converged(),
            starts: starts.batch(),
            fixed_points: solution.fixed_points().len(),
            beyond_mean_field: solution.beyond_mean_field(),
            residual: largest(&solution),
        })
    }
}

/// The mean of Γ over rows that are held.
fn held<L: Tap>(machine: &BoltzmannMachine<L>, table: &Table, solver: &Solver) -> f64 {
    let of_batch = |rows| {
        let starts = hidden_means(machine, rows);
        let solution = solver.solve(machine, &starts, &machine.visible);
        solution.values.iter().sum::<f64>()
    };
    let sum: f64 = machine.batches(table).map(of_batch).sum();
    sum / table.rows() as f64
}

fn largest(solution: &Solution) -> f64 {
    solution.residuals.iter().copied().fold(0.0, f64::max)
}

/// The mean log-likelihood of rows by the expansion, in nats: see [`TapLikelihood`].
#[derive(Clone, Copy, Debug, Default)]
pub struct TapLogLikelihood {
    /// How fixed points are found.
    pub solver: Solver,
}

impl<L: Tap> Metric<L> for TapLogLikelihood {
    fn name(&self) -> &str {
        "log_likelihood_tap"
    }

    fn evaluate(
        &self,
        machine: &BoltzmannMachine<L>,
        table: &Table,
        _key: RandomKey,
    ) -> Result<f64, MetricError> {
        let found = TapLikelihood::estimate(machine, table, &self.solver)?;
        Ok(found.log_likelihood)
    }
}
