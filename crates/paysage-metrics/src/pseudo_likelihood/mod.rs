//! The likelihood of each unit given all others.

mod density;
mod grid;
mod options;
mod real;

use options::OptionSite;
use paysage_data::Table;
use paysage_kernels::{RandomKey, uniform};
use paysage_layers::Trainable;
use paysage_models::BoltzmannMachine;
use real::RealUnit;

use crate::{Metric, MetricError};

/// Which sites of a row are asked about.
#[derive(Clone, Copy, Debug)]
pub enum Sites {
    /// Every site of every row: exact, at the cost of two free energies (or as many as a site has
    /// states, or some dozens for a real unit) for each.
    All,
    /// A few sites of each row, chosen with this key (and perhaps twice), and the result scaled up
    /// to all sites: an unbiased estimate.
    Random {
        /// How many of each row.
        count: usize,
        /// What the choice depends on.
        key: RandomKey,
    },
}

/// The mean over rows of Σ_i ln p(v_i | all other visible units), in nats, where i runs over the
/// sites of the visible layers (units of a Bernoulli or Gaussian layer).
///
/// It needs no ln Z, for what one site may be is weighed by a ratio of free energies. The density
/// of a real unit is a mixture of normals of one variance, whose integral is summed on a grid that
/// itself errs by less than 10⁻¹³ of it. As a [`Metric`] it asks about five random sites of each row.
///
/// Besag, "Statistical analysis of non-lattice data", 1975.
#[derive(Clone, Copy, Debug, Default)]
pub struct PseudoLogLikelihood;

impl<L: Trainable> Metric<L> for PseudoLogLikelihood {
    fn name(&self) -> &str {
        "pseudo_log_likelihood"
    }

    fn evaluate(
        &self,
        machine: &BoltzmannMachine<L>,
        table: &Table,
        key: RandomKey,
    ) -> Result<f64, MetricError> {
        pseudo_log_likelihood(machine, table, Sites::Random { count: 5, key })
    }
}

/// See [`PseudoLogLikelihood`].
///
/// # Errors
///
/// When hidden layers are connected with each other, when a machine of Gaussian layers cannot be
/// normalized, or when a visible layer, or a neighbour of a visible Gaussian one, is continuous but
/// not Gaussian.
pub fn pseudo_log_likelihood<L: Trainable>(
    machine: &BoltzmannMachine<L>,
    table: &Table,
    sites: Sites,
) -> Result<f64, MetricError> {
    machine.check_restricted()?;
    machine.check_normalizable()?;
    let all = visible_sites(machine)?;
    let asked: Vec<(usize, &Site)> = match sites {
        Sites::All => {
            let of_row = |row| all.iter().map(move |site| (row, site));
            (0..table.rows()).flat_map(of_row).collect()
        }
        Sites::Random { count, key } => {
            let chosen = uniform([table.rows(), count], key, &machine.device()).into_data();
            let site = |u: f64| &all[(u * all.len() as f64) as usize];
            let places = chosen.iter::<f64>().map(site).enumerate();
            places.map(|(i, site)| (i / count, site)).collect()
        }
    };
    let (mut of_options, mut of_reals) = (Vec::new(), Vec::new());
    for &(row, site) in &asked {
        match site {
            Site::Options(site) => of_options.push((row, site)),
            Site::Real(unit) => of_reals.push((row, unit)),
        }
    }
    let sum = options::log_probability(machine, table, &of_options)?
        + density::log_density(machine, table, &of_reals);
    let share = asked.len() as f64 / (table.rows() * all.len()) as f64;
    Ok(sum / table.rows() as f64 / share)
}

/// What has a conditional distribution of its own.
enum Site {
    Options(OptionSite),
    Real(RealUnit),
}

fn visible_sites<L: Trainable>(machine: &BoltzmannMachine<L>) -> Result<Vec<Site>, MetricError> {
    let mut sites = Vec::new();
    let mut start = 0;
    for &layer in &machine.visible {
        let domain = machine.layers[layer].domain();
        if let Some(gaussian) = machine.layers[layer].gaussian() {
            let units = real::units(machine, layer, start, &gaussian)?;
            sites.extend(units.into_iter().map(Site::Real));
        } else if let Some(states) = domain.states() {
            let end = start + machine.layers[layer].units();
            let starts = (start..end).step_by(domain.width());
            let site = |start| {
                let domain = domain.clone();
                Site::Options(OptionSite {
                    start,
                    domain,
                    states,
                })
            };
            sites.extend(starts.map(site));
        } else {
            return Err(MetricError::UnknownDensity { layer });
        }
        start += machine.layers[layer].units();
    }
    Ok(sites)
}
