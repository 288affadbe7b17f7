//! Sites of visible units, and the choice among them.

use paysage_kernels::{RandomKey, uniform};
use paysage_layers::Trainable;
use paysage_models::BoltzmannMachine;

use super::{
    line::{self, LineUnit},
    options::OptionSite,
    real::{self, RealUnit},
};
use crate::MetricError;

/// Largest number of site evaluations (rows × sites) of an exact result by default.
const EXACT_EVALUATIONS: usize = 200_000;

/// Number of random sites per row by default, where there are too many evaluations.
const RANDOM_SITES: usize = 5;

/// Sites of each row that a pseudo-log-likelihood evaluates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sites {
    /// All sites up to 200,000 evaluations (rows × sites), otherwise five random sites per row.
    #[default]
    Auto,
    /// All sites: exact, at the cost of two free energies per site (one per state of a one-hot
    /// site, some dozens for a unit of infinitely many values).
    All,
    /// Random sites of each row, drawn with replacement, scaled to all sites: an unbiased estimate.
    /// All sites where a row has no more than this.
    Random {
        /// Number of sites per row.
        count: usize,
    },
}

impl Sites {
    /// Number of random sites per row; `None` for all sites.
    pub(super) fn count(self, rows: usize, sites: usize) -> Result<Option<usize>, MetricError> {
        let random = match self {
            Self::All => return Ok(None),
            Self::Auto if rows.saturating_mul(sites) <= EXACT_EVALUATIONS => return Ok(None),
            Self::Auto => RANDOM_SITES,
            Self::Random { count: 0 } => return Err(MetricError::NoSites),
            Self::Random { count } => count,
        };
        Ok((random < sites).then_some(random))
    }
}

/// Uniform numbers that choose the sites of every row, row after row.
pub(super) fn chosen_sites<L: Trainable>(
    machine: &BoltzmannMachine<L>,
    rows: usize,
    count: usize,
    key: RandomKey,
) -> Vec<f64> {
    let chosen = uniform([rows, count], key, &machine.device());
    chosen.into_data().iter().collect()
}

/// Units with a conditional distribution of their own.
pub(super) enum Site {
    Options(OptionSite),
    Real(RealUnit),
    Line(LineUnit),
}

impl Site {
    /// Position of the first unit in a row.
    pub fn column(&self) -> usize {
        match self {
            Self::Options(site) => site.start,
            Self::Real(unit) => unit.place.column,
            Self::Line(unit) => unit.place.column,
        }
    }
}

pub(super) fn visible_sites<L: Trainable>(
    machine: &BoltzmannMachine<L>,
) -> Result<Vec<Site>, MetricError> {
    let mut sites = Vec::new();
    for (layer, span) in machine.visible_spans() {
        let domain = machine.layers[layer].domain();
        let gaussian = machine.layers[layer].gaussian();
        if let Some(gaussian) = gaussian.filter(|_| real::are_mixtures(machine, layer)) {
            let units = real::units(machine, layer, span.start, &gaussian);
            sites.extend(units.into_iter().map(Site::Real));
        } else if let Some(states) = domain.states() {
            let site = |start| {
                let domain = domain.clone();
                Site::Options(OptionSite {
                    start,
                    domain,
                    states,
                })
            };
            sites.extend(span.step_by(domain.width()).map(site));
        } else if let Some(energies) = machine.layers[layer].unit_energies() {
            let units = line::units(machine, layer, span.start, energies);
            sites.extend(units.into_iter().map(Site::Line));
        } else {
            return Err(MetricError::UnknownDensity { layer });
        }
    }
    Ok(sites)
}
