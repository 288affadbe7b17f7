//! Sites of several units, given as a whole or not at all.

use std::ops::Range;

use burn::tensor::{Bool, Tensor};
use paysage_layers::Layer;
use paysage_models::BoltzmannMachine;

use crate::InferenceError;

/// Checks that sites of several units, as those of one-hot layers, are given as a whole or not at all
/// in every row of a mask `[rows, visible units]`.
///
/// # Errors
///
/// [`InferenceError::PartOfSite`] with the first site that is given in part.
///
/// # Panics
///
/// When the mask is not as wide as the visible layers together.
pub fn check_sites<L: Layer>(
    machine: &BoltzmannMachine<L>,
    given: &Tensor<2, Bool>,
) -> Result<(), InferenceError> {
    let (found, units) = (given.dims()[1], machine.visible_units());
    assert_eq!(
        found, units,
        "a mask of {found} columns for a machine of {units} visible units"
    );
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
    let columns = given.dims()[1];
    let mask: Vec<bool> = given.to_data().iter().collect();
    for (row, given) in mask.chunks(columns).enumerate() {
        let divided = |site: &&Range<usize>| {
            given[(*site).clone()]
                .iter()
                .any(|&g| g != given[site.start])
        };
        if let Some(site) = sites.iter().find(divided) {
            return Err(InferenceError::PartOfSite {
                row: row + 1,
                column: site.start + 1,
                width: site.len(),
            });
        }
    }
    Ok(())
}
