//! Sites that take one of finitely many states.

use burn::tensor::{Tensor, TensorData};
use paysage_data::Table;
use paysage_layers::{Domain, Trainable};
use paysage_models::BoltzmannMachine;

use crate::MetricError;

/// The most values in the rows whose free energies are computed at once: a few megabytes.
const VALUES: usize = 1 << 20;

/// A site of a row.
pub(super) struct OptionSite {
    pub start: usize,
    pub domain: Domain,
    /// Number of states.
    pub states: usize,
}

/// Σ ln p(site | rest) over some sites of some rows.
pub(super) fn log_probability<'a, L: Trainable>(
    machine: &BoltzmannMachine<L>,
    table: &Table,
    asked: &[(usize, &'a OptionSite)],
) -> Result<f64, MetricError> {
    // One row for each state that a site could be in.
    let states = |&(row, site): &(usize, &'a OptionSite)| {
        (0..site.states).map(move |state| (row, site, state))
    };
    let all: Vec<(usize, &OptionSite, usize)> = asked.iter().flat_map(states).collect();
    let at_once = (VALUES / machine.visible_units()).max(1);
    let mut free = Vec::with_capacity(all.len());
    for some in all.chunks(at_once) {
        free.extend(free_energies(machine, table, some)?);
    }
    let mut rest = free.as_slice();
    let mut sum = 0.0;
    for (row, site) in asked {
        let (alternatives, after) = rest.split_at(site.states);
        rest = after;
        let least = alternatives.iter().copied().fold(f64::INFINITY, f64::min);
        let total: f64 = alternatives.iter().map(|f| (least - f).exp()).sum();
        let span = site.start..site.start + site.domain.width();
        sum += match site.domain.state_of(&table.row(*row)[span]) {
            Some(state) => least - alternatives[state] - total.ln(),
            None => f64::NEG_INFINITY,
        };
    }
    Ok(sum)
}

/// The free energy of rows of a table, in each of which one site is in another state.
fn free_energies<L: Trainable>(
    machine: &BoltzmannMachine<L>,
    table: &Table,
    rows: &[(usize, &OptionSite, usize)],
) -> Result<Vec<f64>, MetricError> {
    let mut values = Vec::with_capacity(rows.len() * table.columns());
    for (row, site, state) in rows {
        let from = values.len() + site.start;
        values.extend_from_slice(table.row(*row));
        let units = &mut values[from..from + site.domain.width()];
        site.domain.write_state(*state, units);
    }
    let data = TensorData::new(values, [rows.len(), table.columns()]);
    let rows = Tensor::from_data(data, (&machine.device(), machine.dtype()));
    Ok(machine.free_energy(rows)?.into_data().iter().collect())
}
