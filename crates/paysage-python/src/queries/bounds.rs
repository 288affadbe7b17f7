//! Bounds and estimates of log-likelihoods.

use std::time::Duration;

use paysage::{
    data::{Rows, Table},
    kernels::{Child, RandomKey},
    metrics::{Elbo, Interval, LikelihoodEstimator},
    tap::{Order, Solver, TapEstimator},
};
use pyo3::{prelude::*, types::PyDict};

use super::{Machine, sampling::Sampling};
use crate::{fault::Fault, watch::Watch};

/// ln Z as (low, value, high) in nats, and reasons why the bounds may not hold.
pub(crate) type Partition = ((f64, f64, f64), Vec<String>);

/// Number and Gibbs sweeps of the samples whose marginals the base of annealing has.
const SAMPLES: usize = 1000;
const SWEEPS: usize = 100;

/// ln Z as an exact sum where that is short, and otherwise by one run of annealed importance sampling, so that a seed
/// gives a value.
pub(crate) fn log_partition(
    machine: &Machine,
    key: RandomKey,
    mut watch: Watch,
) -> Result<Partition, Fault> {
    let estimator = LikelihoodEstimator {
        budget: Duration::ZERO,
        ..LikelihoodEstimator::default()
    };
    let units = machine.visible_units();
    let base = match estimator.is_exact(machine, &[])? {
        true => vec![0.0; units],
        false => {
            let sampling = Sampling {
                samples: SAMPLES,
                sweeps: SWEEPS,
                ..Sampling::default()
            };
            sampling
                .run(machine, key.child(Child::Start), watch.clone())?
                .units
        }
    };
    let base = Table::new("samples of the model", units, base)?;
    let (found, how) = estimator.log_partition(machine, &base, key, &mut watch)?;
    let doubts = how.doubts().iter().map(ToString::to_string).collect();
    Ok(((found.low, found.value, found.high), doubts))
}

/// The variational lower bound of the log-likelihood of each row, given an upper bound of ln Z.
pub(crate) fn elbo(
    machine: &Machine,
    rows: &dyn Rows,
    upper: f64,
    mut watch: Watch,
) -> Result<Vec<f64>, Fault> {
    let bound = Elbo {
        log_partition: Interval::exactly(upper),
    };
    Ok(bound.of_rows(machine, rows, &mut watch)?)
}

/// The TAP estimate of ln Z and of the mean log-likelihood of rows.
pub(crate) struct Tap(paysage::tap::TapLikelihood);

impl Tap {
    pub(crate) fn of(
        machine: &Machine,
        rows: &dyn Rows,
        order: usize,
        mut watch: Watch,
    ) -> Result<Self, Fault> {
        let order = match order {
            1 => Order::First,
            2 => Order::Second,
            3 => Order::Third,
            other => {
                return Err(Fault::value(format_args!(
                    "order: expected 1, 2 or 3, got {other}"
                )));
            }
        };
        let estimator = TapEstimator {
            solver: Solver {
                order,
                ..Solver::default()
            },
            ..TapEstimator::default()
        };
        if !rows.is_complete() {
            return Err(Fault::value(format_args!(
                "{}: has missing values, but the TAP estimate is for complete rows only",
                rows.source()
            )));
        }
        Ok(Self(estimator.run(machine, rows, &mut watch)?))
    }

    pub(crate) fn into_dict(self, py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
        let (found, dict) = (self.0, PyDict::new(py));
        dict.set_item("log_likelihood", found.log_likelihood)?;
        dict.set_item("log_partition", found.log_partition)?;
        dict.set_item("log_partition_low", found.log_partition_low)?;
        dict.set_item("free_energy", found.free_energy)?;
        dict.set_item("converged", found.converged)?;
        dict.set_item("starts", found.starts)?;
        dict.set_item("fixed_points", found.fixed_points)?;
        Ok(dict)
    }
}
