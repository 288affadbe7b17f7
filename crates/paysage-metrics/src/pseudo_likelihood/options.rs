//! Sites that take one of finitely many states.

use burn::tensor::{Tensor, TensorData};
use paysage_kernels::log_sum_exp;
use paysage_layers::{Domain, Trainable};
use paysage_models::BoltzmannMachine;

use super::Values;
use crate::{MetricError, pending::read};

/// Number of values in the rows whose free energies are computed at a time: a few megabytes.
const VALUES: usize = 1 << 20;

/// Number of free energies that stay on the device before they are read.
const UNREAD: usize = 1 << 22;

/// A site of a row.
pub(super) struct OptionSite {
    pub start: usize,
    pub domain: Domain,
    /// Number of states.
    pub states: usize,
}

/// Discrete sites whose options have free energies on the device.
#[derive(Default)]
pub(super) struct OptionQuestions {
    tensors: Vec<Tensor<1>>,
    unread: usize,
    open: Open,
}

/// Discrete sites whose free energies are not read yet.
#[derive(Default)]
pub(super) struct Open(Vec<OpenSite>);

struct OpenSite {
    /// Position among the answers.
    place: usize,
    options: usize,
    /// The option that the row has; `None` for a value that is no option.
    actual: Option<usize>,
}

impl OptionQuestions {
    /// Computes the free energies of the options of some sites, each given as its position among
    /// the answers, its row and itself.
    pub fn ask<L: Trainable>(
        &mut self,
        machine: &BoltzmannMachine<L>,
        values: Values<'_>,
        asked: &[(usize, usize, &OptionSite)],
        answers: &mut [f64],
    ) -> Result<(), MetricError> {
        for &(place, row, site) in asked {
            let units = &values.row(row)[site.start..site.start + site.domain.width()];
            self.open.0.push(OpenSite {
                place,
                options: site.states,
                actual: site.domain.state_of(units),
            });
        }
        // One row for each state that a site could be in.
        let states = asked.iter().flat_map(|&(_, row, site)| {
            let states = 0..site.states;
            states.map(move |state| (row, site, state))
        });
        let at_once = (VALUES / values.columns).max(1);
        let mut rows = Vec::with_capacity(at_once * values.columns);
        for (row, site, state) in states {
            let from = rows.len() + site.start;
            rows.extend_from_slice(values.row(row));
            let units = &mut rows[from..from + site.domain.width()];
            site.domain.write_state(state, units);
            if rows.len() == at_once * values.columns {
                self.compute(machine, std::mem::take(&mut rows), values.columns)?;
            }
        }
        if !rows.is_empty() {
            self.compute(machine, rows, values.columns)?;
        }
        if self.unread > UNREAD {
            let free_energies = read(std::mem::take(&mut self.tensors));
            std::mem::take(&mut self.open).answer(&free_energies, answers);
            self.unread = 0;
        }
        Ok(())
    }

    fn compute<L: Trainable>(
        &mut self,
        machine: &BoltzmannMachine<L>,
        rows: Vec<f32>,
        columns: usize,
    ) -> Result<(), MetricError> {
        let count = rows.len() / columns;
        let data = TensorData::new(rows, [count, columns]);
        let rows = Tensor::from_data(data, (&machine.device(), machine.dtype()));
        self.tensors.push(machine.free_energy(rows)?);
        self.unread += count;
        Ok(())
    }

    /// The free energies that are not read yet, and their sites.
    pub fn into_parts(self) -> (Vec<Tensor<1>>, Open) {
        (self.tensors, self.open)
    }
}

impl Open {
    /// Sets ln p(site | rest) of each site, given the free energies of its options.
    pub fn answer(self, free_energies: &[f64], answers: &mut [f64]) {
        let mut rest = free_energies;
        for site in self.0 {
            let (options, after) = rest.split_at(site.options);
            rest = after;
            let total = log_sum_exp(options.iter().map(|free| -free));
            answers[site.place] = match site.actual {
                Some(option) => -options[option] - total,
                None => f64::NEG_INFINITY,
            };
        }
    }
}
