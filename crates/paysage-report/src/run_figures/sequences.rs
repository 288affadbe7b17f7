//! Figures of machines trained on sequences: rows of one-hot sites.

use std::ops::Range;

use paysage_layers::Trainable;
use paysage_models::{BoltzmannMachine, VisibleSite};

use super::tables::sizes;
use super::{Drawing, Run};
use crate::ReportError;
use crate::columns::{Column, Kind};
use crate::hidden_weights::norm;
use crate::logo::{Logo, logos};
use crate::marginals::{Marginal, TAIL, marginals};
use crate::numbers::short;
use crate::site_statistics::{Sequences, SiteStatistics};

/// Largest numbers of hidden units with a logo, and of sites in one.
const LOGOS: usize = 6;
const LOGO_SITES: usize = 180;

/// The one-hot sites of the columns of a run, where all visible units but labels belong to some.
pub(super) fn sites<L: Trainable>(run: &Run<'_, L>) -> Vec<VisibleSite> {
    let labels = run.layout.and_then(|layout| layout.label_units());
    let columns = labels.map_or(run.machine.visible_units(), |labels| labels.start);
    let mut sites = run.machine.visible_sites(run.layout);
    sites.retain(|site| site.units.start < columns);
    let covered: usize = sites.iter().map(|site| site.units.len()).sum();
    let is_sequence =
        sites.len() > 1 && covered == columns && sites.iter().all(|site| site.units.len() > 1);
    match is_sequence {
        true => sites,
        false => Vec::new(),
    }
}

impl<L: Trainable> Drawing<'_, L> {
    /// Statistics of the sites of data and of samples, and distances to the nearest sequence.
    pub(super) fn sequences(&mut self, rows: &[f32], samples: &[f32]) -> Result<(), ReportError> {
        if self.sites.is_empty() {
            return Ok(());
        }
        let units = self.run.rows.columns();
        let sites: Vec<Range<usize>> = self.sites.iter().map(|site| site.units.clone()).collect();
        let statistics = SiteStatistics::new(units, &sites, rows, samples);
        let [of_data, of_samples, noise] = sizes(units, rows, samples);
        let [frequencies, covariances] = statistics.pearson().map(short);
        let caption = format!(
            "Frequencies of the states of each site, and covariances f_ij(a,b) − f_i(a) f_j(b) of states of \
             two sites, of {of_data} of the data and of {of_samples}. Pearson r is {frequencies} for \
             frequencies and {covariances} for covariances. {noise} are sampling noise."
        );
        let heading = "Frequencies and correlations of sites";
        self.add("site_statistics", heading, &caption, |path| {
            statistics.draw(path)
        })?;
        self.distances(units, &sites, rows, samples)
    }

    fn distances(
        &mut self,
        units: usize,
        sites: &[Range<usize>],
        rows: &[f32],
        samples: &[f32],
    ) -> Result<(), ReportError> {
        let [data, drawn] = [rows, samples].map(|rows| Sequences::new(units, sites, rows));
        let column = Column {
            name: "Hamming distance to the nearest sequence".into(),
            first: 0,
            kind: Kind::Number {
                offset: 0.0,
                factor: 1.0,
            },
        };
        let (of_data, of_samples) = (data.nearest_other(), drawn.nearest(&data));
        let Some(marginal) = Marginal::new(&column, 1, &of_data, &of_samples) else {
            self.note("No distances between sequences: the data have only one.");
            return Ok(());
        };
        let mut caption = format!(
            "Number of sites in which a sequence differs from the nearest sequence of the data: of \
             sequences of the data, without themselves (filled, mean {}), and of samples (mean {}), of {}. \
             Samples that are much nearer than the data copy training sequences, samples that are much \
             farther are not like them.",
            mean(&of_data),
            mean(&of_samples),
            sizes(units, rows, samples)[..2].join(" and "),
        );
        if marginal.is_cut() {
            caption += &format!(
                " The outer {} % at each end are not drawn.",
                short(100.0 * TAIL)
            );
        }
        let heading = "Distances to the nearest sequence";
        self.add("sequence_distances", heading, &caption, |path| {
            marginals(&[marginal], path)
        })
    }

    /// Logos of the weights of the hidden units with the largest norm.
    pub(super) fn logos(&mut self) -> Result<(), ReportError> {
        if self.sites.is_empty() {
            return Ok(());
        }
        let shown = &self.sites[..self.sites.len().min(LOGO_SITES)];
        let units = weights_of_units(self.run.machine, &self.sites);
        let drawn: Vec<Logo> = units
            .iter()
            .take(LOGOS)
            .map(|(number, weights)| Logo {
                title: format!("hidden unit {number}, norm {}", short(norm(weights))),
                sites: stacks(shown, weights),
            })
            .collect();
        if drawn.is_empty() {
            return Ok(());
        }
        let mut caption = format!(
            "Weights of the {} of {} hidden units of the first layer with the largest norm, in the zero-sum \
             gauge: the height of a letter is the weight of that state, above the line where it is positive \
             and below it where it is negative. Each unit has its own scale.",
            drawn.len(),
            units.len(),
        );
        if shown.len() < self.sites.len() {
            caption += &format!(" The first {} of {} sites.", shown.len(), self.sites.len());
        }
        let heading = "Weight logos of hidden units";
        self.add("weight_logos", heading, &caption, |path| {
            logos(&drawn, path)
        })
    }
}

/// The mean of distances.
fn mean(distances: &[f32]) -> String {
    let sum: f64 = distances.iter().map(|&d| f64::from(d)).sum();
    short(sum / distances.len() as f64)
}

/// The names and weights of the states of each site.
fn stacks(sites: &[VisibleSite], weights: &[f32]) -> Vec<Vec<(String, f32)>> {
    let mut start = 0;
    let of_site = sites.iter().map(|site| {
        let states = &weights[start..start + site.states.len()];
        start += site.states.len();
        site.states
            .iter()
            .cloned()
            .zip(states.iter().copied())
            .collect()
    });
    of_site.collect()
}

/// The weights of the units of the first hidden layer to the states of sites, in the zero-sum gauge, with
/// the numbers of the units, in descending order of their norm.
fn weights_of_units<L: Trainable>(
    machine: &BoltzmannMachine<L>,
    sites: &[VisibleSite],
) -> Vec<(usize, Vec<f32>)> {
    let mut machine = machine.clone();
    machine.zero_sum();
    let Some(&hidden) = machine.hidden().first() else {
        return Vec::new();
    };
    let mut units = vec![Vec::new(); machine.layers[hidden].units()];
    for (layer, span) in machine.visible_spans() {
        let joins = machine
            .connections
            .iter()
            .find(|c| c.touches(layer) && c.touches(hidden));
        let Some(connection) = joins else { continue };
        let weight = match connection.target == layer {
            true => connection.weight.clone().transpose(),
            false => connection.weight.clone(),
        };
        let values: Vec<f32> = weight.into_data().iter().collect();
        let of_layer = sites.iter().filter(|site| site.layer == layer);
        for site in of_layer {
            let places = site.units.start - span.start..site.units.end - span.start;
            for (unit, row) in units.iter_mut().zip(values.chunks(span.len())) {
                unit.extend_from_slice(&row[places.clone()]);
            }
        }
    }
    let expected: usize = sites.iter().map(|site| site.units.len()).sum();
    let mut units: Vec<(usize, Vec<f32>)> = (1..).zip(units).collect();
    // A machine of another graph may leave sites without weights.
    units.retain(|(_, weights)| weights.len() == expected && weights.iter().all(|w| w.is_finite()));
    units.sort_by(|a, b| norm(&b.1).total_cmp(&norm(&a.1)));
    units
}
