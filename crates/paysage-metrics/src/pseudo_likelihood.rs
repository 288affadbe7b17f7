//! The likelihood of each unit given all others.

use burn::tensor::{Tensor, TensorData};
use paysage_data::Table;
use paysage_kernels::{RandomKey, uniform};
use paysage_layers::{Support, Trainable};
use paysage_models::BoltzmannMachine;

use crate::{Metric, MetricError};

/// Which sites of a row are asked about.
#[derive(Clone, Copy, Debug)]
pub enum Sites {
    /// Every site of every row: exact, at the cost of two free energies (or as many as a site has
    /// states) for each.
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
/// sites of the visible layers (units of a Bernoulli layer).
///
/// It needs no ln Z, for the probabilities of the alternatives of one site are a ratio of free
/// energies. As a [`Metric`] it asks about five random sites of each row.
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
/// When a visible layer is continuous, or when hidden layers are connected with each other.
pub fn pseudo_log_likelihood<L: Trainable>(
    machine: &BoltzmannMachine<L>,
    table: &Table,
    sites: Sites,
) -> Result<f64, MetricError> {
    let all = visible_sites(machine)?;
    let questions: Vec<(usize, &Site)> = match sites {
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
    let mut sum = 0.0;
    for asked in questions.chunks(questions_at_once(machine, &all)) {
        sum += answer(machine, table, asked)?;
    }
    let asked_share = questions.len() as f64 / (table.rows() * all.len()) as f64;
    Ok(sum / table.rows() as f64 / asked_share)
}

/// Units of a row that take one of several options together.
struct Site {
    start: usize,
    options: Vec<Vec<f32>>,
}

fn visible_sites<L: Trainable>(machine: &BoltzmannMachine<L>) -> Result<Vec<Site>, MetricError> {
    let mut sites = Vec::new();
    let mut start = 0;
    for &layer in &machine.visible {
        let Support::Discrete { options, .. } = machine.layers[layer].support() else {
            return Err(MetricError::ContinuousVisible { layer });
        };
        let width = options[0].len();
        let end = start + machine.layers[layer].units();
        sites.extend((start..end).step_by(width).map(|start| Site {
            start,
            options: options.clone(),
        }));
        start = end;
    }
    Ok(sites)
}

/// As many as keep the rows that they make, one for each option, to a few megabytes.
fn questions_at_once<L: Trainable>(machine: &BoltzmannMachine<L>, sites: &[Site]) -> usize {
    const VALUES: usize = 1 << 20;
    let options = sites.iter().map(|site| site.options.len()).max();
    (VALUES / (machine.visible_units() * options.unwrap_or(1))).max(1)
}

/// Σ ln p(site | rest) over rows and sites.
fn answer<L: Trainable>(
    machine: &BoltzmannMachine<L>,
    table: &Table,
    asked: &[(usize, &Site)],
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
