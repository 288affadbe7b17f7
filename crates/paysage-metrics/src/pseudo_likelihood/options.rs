//! Sites that take one of a list of options.

use burn::tensor::{Tensor, TensorData};
use paysage_data::Table;
use paysage_layers::Trainable;
use paysage_models::BoltzmannMachine;

use crate::MetricError;

/// Units of a row that take one of several options together.
pub(super) struct OptionSite {
    pub start: usize,
    pub options: Vec<Vec<f32>>,
}

/// Σ ln p(site | rest) over some sites of some rows.
pub(super) fn log_probability<L: Trainable>(
    machine: &BoltzmannMachine<L>,
    table: &Table,
    asked: &[(usize, &OptionSite)],
) -> Result<f64, MetricError> {
    let mut sum = 0.0;
    for asked in asked.chunks(at_once(machine, asked)) {
        sum += answer(machine, table, asked)?;
    }
    Ok(sum)
}

/// As many as keep the rows that they make, one for each option, to a few megabytes.
fn at_once<L: Trainable>(machine: &BoltzmannMachine<L>, asked: &[(usize, &OptionSite)]) -> usize {
    const VALUES: usize = 1 << 20;
    let options = asked.iter().map(|(_, site)| site.options.len()).max();
    (VALUES / (machine.visible_units() * options.unwrap_or(1))).max(1)
}

fn answer<L: Trainable>(
    machine: &BoltzmannMachine<L>,
    table: &Table,
    asked: &[(usize, &OptionSite)],
) -> Result<f64, MetricError> {
    let mut rows = Vec::new();
    for (row, site) in asked {
        for option in &site.options {
            let from = rows.len() + site.start;
            rows.extend_from_slice(table.row(*row));
            rows[from..from + option.len()].copy_from_slice(option);
        }
    }
    let count = rows.len() / table.columns();
    let data = TensorData::new(rows, [count, table.columns()]);
    let rows = Tensor::from_data(data, (&machine.device(), machine.dtype()));
    let free: Vec<f64> = machine.free_energy(rows)?.into_data().iter().collect();
    let mut rest = free.as_slice();
    let mut sum = 0.0;
    for (row, site) in asked {
        let (alternatives, after) = rest.split_at(site.options.len());
        rest = after;
        let least = alternatives.iter().copied().fold(f64::INFINITY, f64::min);
        let total: f64 = alternatives.iter().map(|f| (least - f).exp()).sum();
        let span = site.start..site.start + site.options[0].len();
        let actual = &table.row(*row)[span];
        let index = site.options.iter().position(|option| option == actual);
        sum += match index {
            Some(index) => least - alternatives[index] - total.ln(),
            None => f64::NEG_INFINITY,
        };
    }
    Ok(sum)
}
