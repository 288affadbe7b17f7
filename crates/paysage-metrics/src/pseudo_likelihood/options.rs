//! Sites that take one of a list of options.

use burn::tensor::{Tensor, TensorData};
use paysage_kernels::log_sum_exp;
use paysage_layers::Trainable;
use paysage_models::BoltzmannMachine;

use super::Values;
use crate::{MetricError, pending::read};

/// Number of values in the rows that are made at a time, one row per option: a few megabytes.
const VALUES: usize = 1 << 20;

/// Number of free energies that stay on the device before they are read.
const UNREAD: usize = 1 << 22;

/// Units of a row that take one of several options together.
pub(super) struct OptionSite {
    pub start: usize,
    pub options: Vec<Vec<f32>>,
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
        let options = asked.iter().map(|(_, _, site)| site.options.len()).max();
        let at_once = (VALUES / (values.columns * options.unwrap_or(1))).max(1);
        for asked in asked.chunks(at_once) {
            self.compute(machine, values, asked)?;
            if self.unread > UNREAD {
                let free_energies = read(std::mem::take(&mut self.tensors));
                std::mem::take(&mut self.open).answer(&free_energies, answers);
                self.unread = 0;
            }
        }
        Ok(())
    }

    fn compute<L: Trainable>(
        &mut self,
        machine: &BoltzmannMachine<L>,
        values: Values<'_>,
        asked: &[(usize, usize, &OptionSite)],
    ) -> Result<(), MetricError> {
        let mut rows = Vec::new();
        for &(place, row, site) in asked {
            let row = values.row(row);
            for option in &site.options {
                let from = rows.len() + site.start;
                rows.extend_from_slice(row);
                rows[from..from + option.len()].copy_from_slice(option);
            }
            let actual = &row[site.start..site.start + site.options[0].len()];
            self.open.0.push(OpenSite {
                place,
                options: site.options.len(),
                actual: site.options.iter().position(|option| option == actual),
            });
        }
        let count = rows.len() / values.columns;
        let data = TensorData::new(rows, [count, values.columns]);
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
