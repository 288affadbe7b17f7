//! Sites that take one of finitely many states.

use std::collections::BTreeMap;

use burn::tensor::{Tensor, TensorData};
use paysage_kernels::log_sum_exp;
use paysage_layers::{Domain, Trainable};
use paysage_models::BoltzmannMachine;

use super::{Values, wide};
use crate::{MetricError, pending::read};

/// Number of values in the rows whose free energies are computed at a time: a few megabytes.
const VALUES: usize = 1 << 20;

/// Sites of more states are not computed by a row for each state.
const WIDE: usize = 32;

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
        let (wide, narrow): (Vec<_>, Vec<_>) =
            asked.iter().partition(|(_, _, site)| site.states > WIDE);
        self.ask_narrow(machine, values, &narrow)?;
        self.ask_wide(machine, values, &wide, answers);
        self.read_many(answers);
        Ok(())
    }

    /// One row for each state that a site could be in.
    fn ask_narrow<L: Trainable>(
        &mut self,
        machine: &BoltzmannMachine<L>,
        values: Values<'_>,
        asked: &[(usize, usize, &OptionSite)],
    ) -> Result<(), MetricError> {
        for &(place, row, site) in asked {
            self.open(place, values.row(row), site);
        }
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
        match rows.is_empty() {
            true => Ok(()),
            false => self.compute(machine, rows, values.columns),
        }
    }

    /// Sites of many states, those of one site together.
    fn ask_wide<L: Trainable>(
        &mut self,
        machine: &BoltzmannMachine<L>,
        values: Values<'_>,
        asked: &[(usize, usize, &OptionSite)],
        answers: &mut [f64],
    ) {
        let mut by_site: BTreeMap<usize, Vec<(usize, usize, &OptionSite)>> = BTreeMap::new();
        for &(place, row, site) in asked {
            by_site
                .entry(site.start)
                .or_default()
                .push((place, row, site));
        }
        for asked in by_site.into_values() {
            let site = asked[0].2;
            for asked in asked.chunks((UNREAD / site.states).max(1)) {
                for &(place, row, site) in asked {
                    self.open(place, values.row(row), site);
                }
                let rows: Vec<usize> = asked.iter().map(|&(_, row, _)| row).collect();
                self.tensors
                    .extend(wide::free_energies(machine, values, site, &rows));
                self.unread += rows.len() * site.states;
                self.read_many(answers);
            }
        }
    }

    fn open(&mut self, place: usize, row: &[f32], site: &OptionSite) {
        let units = &row[site.start..site.start + site.domain.width()];
        self.open.0.push(OpenSite {
            place,
            options: site.states,
            actual: site.domain.state_of(units),
        });
    }

    /// Reads free energies once there are many.
    fn read_many(&mut self, answers: &mut [f64]) {
        if self.unread > UNREAD {
            let free_energies = read(std::mem::take(&mut self.tensors));
            std::mem::take(&mut self.open).answer(&free_energies, answers);
            self.unread = 0;
        }
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
