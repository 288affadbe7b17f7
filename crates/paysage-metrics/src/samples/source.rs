//! Where the samples of a comparison come from.

use std::{fmt, sync::Arc};

use paysage_data::Rows;
use paysage_layers::Trainable;
use paysage_models::Stage;
use paysage_samplers::{Conditions, Gibbs, Sampler, hidden_means};

use super::{
    chains::GibbsChains,
    points::{Points, resampled},
};
use crate::{Evaluation, MetricError};

/// Where the samples of a [`SampleMetric`](crate::SampleMetric) come from.
#[derive(Clone)]
pub enum Source {
    /// The chains of the evaluation where it has some ([`Evaluation::chains`]), such as persistent chains
    /// of training; otherwise new chains with these settings.
    Chains(GibbsChains),
    /// Reconstructions: the visible units of one Gibbs sweep from each row. In a deep machine the sweep
    /// starts from the mean-field means of the hidden units.
    Reconstructions,
    /// Given rows: samples from a file, or another data set.
    Rows(Arc<dyn Rows>),
}

/// Chains with default settings.
impl Default for Source {
    fn default() -> Self {
        Self::Chains(GibbsChains::default())
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Chains(chains) => out.debug_tuple("Chains").field(chains).finish(),
            Self::Reconstructions => out.write_str("Reconstructions"),
            Self::Rows(rows) => out.debug_tuple("Rows").field(&rows.source()).finish(),
        }
    }
}

impl Source {
    /// The samples for an evaluation.
    ///
    /// # Errors
    ///
    /// When the settings of chains are out of range, when the machine cannot be normalized, when rows
    /// cannot be read, or when a value is missing or not finite.
    pub fn samples<L: Trainable>(&self, on: &mut Evaluation<'_, L>) -> Result<Points, MetricError> {
        let machine = on.machine;
        match self {
            Self::Chains(chains) => {
                let state = match on.chains {
                    Some(state) => state.clone(),
                    None => chains.run(machine, on.key, on.progress)?,
                };
                let rows = machine.visible_of(&state);
                Ok(Points::of_tensor("samples of the machine", rows)?)
            }
            Self::Reconstructions => reconstructions(on),
            Self::Rows(rows) => Points::of_rows(&**rows, &machine.device()),
        }
    }
}

/// The visible units of one Gibbs sweep from each row.
fn reconstructions<L: Trainable>(on: &mut Evaluation<'_, L>) -> Result<Points, MetricError> {
    on.check_complete("the reconstruction")?;
    let (machine, rows) = (on.machine, on.rows);
    let (mut values, mut done) = (Vec::<f32>::new(), 0);
    for chunk in machine.chunks(rows) {
        let state = hidden_means(machine, chunk?);
        // The draws of a row do not depend on the chunk that it is in.
        let key = on.key.starting_at(done as u32);
        done += state.batch();
        let state = Gibbs.sweep(machine, state, &Conditions::default(), key);
        values.extend(machine.visible_of(&state).into_data().iter::<f32>());
        on.progress.report(Stage::Rows, done, rows.count());
    }
    let values = resampled(values, rows);
    let device = machine.device();
    Ok(Points::new(
        "reconstructions",
        rows.columns(),
        values,
        &device,
    )?)
}
