//! Visible units that are known, in every row others.

use std::ops::Range;

use burn::tensor::{Bool, Tensor};
use paysage_layers::Layer;
use paysage_models::BoltzmannMachine;
use thiserror::Error;

use crate::Clamp;

/// Why chains cannot be run with some visible units held.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ConditioningError {
    /// Of a site with several units some are known and some are not.
    #[error(
        "row {row}: of the site of {width} units that starts at column {column} some are known and \
         some are not: a site is known as a whole, or not at all"
    )]
    PartOfSite {
        /// The row, from 1.
        row: usize,
        /// The first column of the site, from 1.
        column: usize,
        /// How many units the site has.
        width: usize,
    },
    /// No chains.
    #[error("the number of chains for each row is 0: take at least 1")]
    NoChains,
    /// No sweeps.
    #[error("the number of sweeps is 0: take at least 1")]
    NoSweeps,
}

impl Clamp {
    /// Holds the visible units where a mask is true as well: `[batch, visible units]`, or
    /// `[1, visible units]` for the same in every chain.
    ///
    /// ```
    /// use burn::tensor::{Bool, Tensor, TensorData};
    /// use paysage_kernels::default_device;
    /// use paysage_layers::Bernoulli;
    /// use paysage_models::BoltzmannMachine;
    /// use paysage_samplers::Clamp;
    ///
    /// let device = default_device()?;
    /// let layers = vec![Bernoulli::new(2, &device), Bernoulli::new(3, &device)];
    /// let machine = BoltzmannMachine::chain(layers)?;
    /// let known = TensorData::from([[true, false], [false, true]]);
    /// let known = Tensor::<2, Bool>::from_data(known, &device);
    /// let clamp = Clamp::none().visible(&machine, &known);
    /// assert!(clamp.hold(0).is_some() && clamp.hold(1).is_none());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Panics
    ///
    /// When the mask is not as wide as the visible layers together.
    #[must_use]
    pub fn visible<L: Layer>(self, machine: &BoltzmannMachine<L>, known: &Tensor<2, Bool>) -> Self {
        assert_width(machine, known);
        machine.visible_spans().fold(self, |clamp, (layer, span)| {
            let mask = known.clone().narrow(1, span.start, span.len());
            clamp.units(layer, mask)
        })
    }
}

/// Checks that sites of several units, as those of one-hot layers, are known as a whole or not at
/// all in every row of a mask `[rows, visible units]`.
///
/// # Errors
///
/// [`ConditioningError::PartOfSite`] with the first one that is not.
///
/// # Panics
///
/// When the mask is not as wide as the visible layers together.
pub fn check_sites<L: Layer>(
    machine: &BoltzmannMachine<L>,
    known: &Tensor<2, Bool>,
) -> Result<(), ConditioningError> {
    assert_width(machine, known);
    let sites: Vec<Range<usize>> = machine
        .visible_spans()
        .flat_map(|(layer, span)| {
            let width = machine.layers[layer].domain().width();
            let starts = span.step_by(width).filter(move |_| width > 1);
            starts.map(move |start| start..start + width)
        })
        .collect();
    if sites.is_empty() {
        return Ok(());
    }
    let columns = known.dims()[1];
    let mask: Vec<bool> = known.to_data().iter().collect();
    for (row, known) in mask.chunks(columns).enumerate() {
        let parted = |site: &&Range<usize>| {
            known[(*site).clone()]
                .iter()
                .any(|&k| k != known[site.start])
        };
        if let Some(site) = sites.iter().find(parted) {
            return Err(ConditioningError::PartOfSite {
                row: row + 1,
                column: site.start + 1,
                width: site.len(),
            });
        }
    }
    Ok(())
}

fn assert_width<L: Layer>(machine: &BoltzmannMachine<L>, known: &Tensor<2, Bool>) {
    let (found, units) = (known.dims()[1], machine.visible_units());
    assert_eq!(
        found, units,
        "a mask of {found} columns for a machine of {units} visible units"
    );
}
