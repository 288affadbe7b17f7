//! Free-energy changes of single mutations.

use std::ops::Range;

use paysage_data::Table;
use paysage_kernels::{RandomKey, most_precise};
use paysage_layers::{Annealed, Domain, Layer};
use paysage_metrics::{Interval, RowAnnealing};
use paysage_models::{BoltzmannMachine, Progress, Silent, Stage};

use crate::{InferenceError, PartitionFunction, RowScores, Scores, chunks::CHUNK};

/// The free-energy change of every single mutation of a row.
///
/// A mutation replaces the state of one site (a one-hot site, or a discrete unit) by another one. Its
/// effect is
///
/// ```text
/// ΔF = F(mutant) − F(row) = ln p(row) − ln p(mutant)
/// ```
///
/// in nats: mutations with a positive change make the row less probable. ln Z is not needed. Values of the
/// row may be missing: they are summed over, so that p is the probability of the observed part, and their
/// sites are not mutated.
///
/// Free energies are those of [`RowScores`]: exact for machines whose hidden layers are not connected with
/// each other or have few states, if the missing sites or the hidden layers have at most
/// 2^[`exact_states`](RowScores::exact_states) states; otherwise with bounds by annealing. They are computed
/// in the most precise float type of the device.
///
/// ```
/// use burn::tensor::Tensor;
/// use paysage_inference::SingleMutations;
/// use paysage_kernels::{RandomKey, default_device};
/// use paysage_layers::OneHot;
/// use paysage_models::{BoltzmannMachine, Silent};
///
/// let device = default_device()?;
/// let mut visible = OneHot::new(1, 3, &device);
/// visible.loc = Tensor::from_floats([2.0, 0.5, 0.0], &device);
/// let machine = BoltzmannMachine::chain(vec![visible])?;
/// let question = SingleMutations::default();
/// let effects = question.run(&machine, &[1.0, 0.0, 0.0], RandomKey::new(1), &mut Silent)?;
/// let changes: Vec<f64> = effects.sites[0].changes.iter().map(|change| change.value).collect();
/// assert_eq!(changes, [0.0, 1.5, 2.0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct SingleMutations {
    /// How free energies are computed; ln Z is not used.
    pub scores: RowScores,
}

impl Default for SingleMutations {
    fn default() -> Self {
        Self {
            scores: RowScores {
                log_partition: PartitionFunction::IfExact { states: 0 },
                ..RowScores::default()
            },
        }
    }
}

/// The effects of all single mutations of a row.
#[derive(Clone, Debug, PartialEq)]
pub struct MutationEffects {
    /// The observed sites of finitely many states, in the order of their units.
    pub sites: Vec<SiteMutations>,
    /// The annealing of free energies; nothing where all are exact. Bounds may not hold where there is
    /// [doubt](RowAnnealing::doubts).
    pub annealing: Option<RowAnnealing>,
}

/// The effects of all mutations of a site.
#[derive(Clone, Debug, PartialEq)]
pub struct SiteMutations {
    /// The units of the site among all visible ones.
    pub units: Range<usize>,
    /// The state of the site in the row.
    pub wild_type: usize,
    /// The free-energy change of each state, in nats; 0 for the state of the row.
    pub changes: Vec<Interval>,
}

/// A visible site and the state it has in a row.
struct Site {
    domain: Domain,
    units: Range<usize>,
    wild_type: usize,
}

impl SingleMutations {
    /// Computes the effects of all single mutations of a row of visible units, NaN where missing. Missing
    /// sites and units with infinitely many values are not mutated.
    ///
    /// # Errors
    ///
    /// When the row does not have one value for each visible unit, when a unit does not take its value,
    /// when no visible site has finitely many states or none of them is observed, and as
    /// [`RowScores::run`].
    pub fn run<L: Annealed>(
        &self,
        machine: &BoltzmannMachine<L>,
        row: &[f32],
        key: RandomKey,
        progress: &mut dyn Progress,
    ) -> Result<MutationEffects, InferenceError> {
        if row.len() != machine.visible_units() {
            return Err(InferenceError::GivenWidth {
                found: row.len(),
                expected: machine.visible_units(),
            });
        }
        let original = Table::with_missing("the row", row.len(), row.to_vec())?;
        machine.check_known(&original)?;
        let precise = most_precise(&machine.device());
        let machine = machine.clone().cast(precise);
        let sites = sites(&machine, row);
        if sites.is_empty() {
            let layer = machine.visible[0];
            let has_states = |&layer: &usize| machine.layers[layer].domain().states().is_some();
            return Err(match machine.visible.iter().any(has_states) {
                true => InferenceError::NoObservedSite,
                false => InferenceError::InfiniteStates { layer },
            });
        }
        let of_row = self.score(&machine, &original, key)?;
        let mut effects = MutationEffects {
            sites: Vec::with_capacity(sites.len()),
            annealing: of_row.annealing,
        };
        let [reference] = of_row.free_energy[..] else {
            unreachable!("one row has one free energy")
        };
        let mut left = &sites[..];
        while !left.is_empty() {
            let (batch, rest) = left.split_at(batch_size(left));
            let rows: Vec<f32> = batch.iter().flat_map(|site| mutants(site, row)).collect();
            let table = Table::with_missing("mutants", row.len(), rows)?;
            let scores = self.score(&machine, &table, key)?;
            let mut energies = scores.free_energy.into_iter();
            for site in batch {
                let states = site.domain.states().unwrap_or(0);
                let energies = energies.by_ref().take(states).enumerate();
                let changes = energies.map(|(state, energy)| match state == site.wild_type {
                    true => Interval::exactly(0.0),
                    false => energy - reference,
                });
                effects.sites.push(SiteMutations {
                    units: site.units.clone(),
                    wild_type: site.wild_type,
                    changes: changes.collect(),
                });
            }
            let both = [effects.annealing, scores.annealing].into_iter().flatten();
            effects.annealing = both.reduce(RowAnnealing::and);
            progress.report(Stage::Rows, effects.sites.len(), sites.len());
            left = rest;
        }
        Ok(effects)
    }

    /// The free energies of rows.
    fn score<L: Annealed>(
        &self,
        machine: &BoltzmannMachine<L>,
        rows: &Table,
        key: RandomKey,
    ) -> Result<Scores, InferenceError> {
        let mut silent = Silent;
        let mut all = Scores {
            first_row: 0,
            free_energy: Vec::with_capacity(rows.rows()),
            log_likelihood: None,
            log_partition_doubts: Vec::new(),
            annealing: None,
        };
        for scores in self.scores.run(machine, rows, key, &mut silent)? {
            let scores = scores?;
            all.free_energy.extend(scores.free_energy);
            let both = [all.annealing, scores.annealing].into_iter().flatten();
            all.annealing = both.reduce(RowAnnealing::and);
        }
        Ok(all)
    }
}

/// The observed sites of finitely many states, in a row whose values are those of the domains.
fn sites<L: Layer>(machine: &BoltzmannMachine<L>, row: &[f32]) -> Vec<Site> {
    let sites = machine.visible_spans().flat_map(|(layer, span)| {
        let domain = machine.layers[layer].domain();
        let width = domain.width();
        span.step_by(width).filter_map(move |start| {
            domain.states()?;
            let units = start..start + width;
            Some(Site {
                wild_type: domain.state_of(&row[units.clone()])?,
                domain: domain.clone(),
                units,
            })
        })
    });
    sites.collect()
}

/// How many of the first sites have at most as many states as a chunk has rows; at least one.
fn batch_size(sites: &[Site]) -> usize {
    let mut states = 0;
    let fits = sites.iter().take_while(|site| {
        states += site.domain.states().unwrap_or(0);
        states <= CHUNK
    });
    fits.count().max(1)
}

/// The row with a site in each of its states, row by row.
fn mutants(site: &Site, row: &[f32]) -> Vec<f32> {
    let states = 0..site.domain.states().unwrap_or(0);
    let mutant = |state| {
        let mut mutant = row.to_vec();
        site.domain
            .write_state(state, &mut mutant[site.units.clone()]);
        mutant
    };
    states.flat_map(mutant).collect()
}
