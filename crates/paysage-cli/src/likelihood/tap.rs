//! TAP estimates of the log-likelihood: option and output.

use paysage::{
    data::Rows,
    layers::AnyLayer,
    models::{BoltzmannMachine, Progress},
    report::grouped,
    tap::{Order, Solver, TapEstimator, TapLikelihood},
};
use serde_json::Value;

use super::text::line;
use crate::{failure::Failure, output::number};

/// The estimate in the order of `--tap-order`.
pub(crate) fn tap_estimate(
    order: usize,
    machine: &BoltzmannMachine<AnyLayer>,
    rows: &dyn Rows,
    progress: &mut dyn Progress,
) -> Result<TapLikelihood, Failure> {
    let order = match order {
        1 => Order::First,
        2 => Order::Second,
        3 => Order::Third,
        other => {
            let message = format!("--tap-order: expected 1, 2 or 3, got {other}");
            return Err(Failure::input(message));
        }
    };
    if !rows.is_complete() {
        return Err(Failure::input(format!(
            "--tap-order: {} has missing values, but the estimate is for complete rows only: leave \
             the option out, or fill in missing values first (paysage impute)",
            rows.source()
        )));
    }
    let estimator = TapEstimator {
        solver: Solver {
            order,
            ..Solver::default()
        },
        ..TapEstimator::default()
    };
    let found = estimator.run(machine, rows, progress);
    found.map_err(|error| Failure::input(format!("--tap-order: {error}")))
}

/// The keys and values of the JSON object.
pub(crate) fn tap_values(tap: &TapLikelihood) -> Vec<(&'static str, Value)> {
    vec![
        ("log_partition_tap", tap.log_partition.into()),
        ("log_partition_tap_of_all", tap.log_partition_of_all.into()),
        ("log_partition_tap_low", tap.log_partition_low.into()),
        ("free_energy_tap", tap.free_energy.into()),
        ("log_likelihood_tap", tap.log_likelihood.into()),
        ("tap_converged", tap.converged.into()),
        ("tap_starts", tap.starts.into()),
        ("tap_fixed_points", tap.fixed_points.into()),
        ("tap_beyond_mean_field", tap.beyond_mean_field.into()),
        ("tap_residual", tap.residual.into()),
        ("tap_rows_converged", tap.rows_converged.into()),
    ]
}

/// The estimate as text.
pub(crate) fn tap_text(tap: &TapLikelihood) -> String {
    let (converged, starts, points) = (tap.converged, tap.starts, tap.fixed_points);
    let name = "log likelihood (TAP)";
    if converged == 0 {
        return line(name, format!("none: none of {starts} starts converged"));
    }
    let rows = number(tap.log_likelihood, 2);
    let mut text = line(name, format!("{rows} nats per row (estimate, not a bound)"));
    text += &line(
        "",
        format!("{converged} of {starts} starts converged, to {points} fixed points"),
    );
    if tap.beyond_mean_field.is_finite() {
        let beyond = number(tap.beyond_mean_field, 2);
        text += &line(
            "",
            format!("second- and third-order terms: up to {beyond} nats"),
        );
    }
    if tap.log_partition < tap.log_partition_low {
        let low = number(tap.log_partition_low, 2);
        text += &line("", format!("invalid: ln Z is at least {low} nats"));
    }
    if tap.rows_converged < tap.rows {
        let lost = grouped(tap.rows - tap.rows_converged);
        text += &line(
            "",
            format!("the free energy of {lost} rows has not converged"),
        );
    }
    text
}
