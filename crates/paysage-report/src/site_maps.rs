//! Heat maps of visible sites: scores of pairs, and effects of mutations.

use std::path::Path;

use crate::ReportError;
use crate::weights::{Labels, labelled_matrix, matrix};

/// Draws the scores of pairs of sites, `[sites, sites]`, row-major, as a heat map: blue below 0, white at
/// 0, red above. Sites are counted from 1.
///
/// # Errors
///
/// [`ReportError::ZeroSize`], [`ReportError::MatrixSize`] where there are not `sites * sites` scores, or
/// the file cannot be written.
///
/// ```
/// use paysage_report::contact_map;
///
/// # let folder = tempfile::tempdir()?;
/// contact_map(2, &[0.0, 0.7, 0.7, 0.0], &folder.path().join("contacts.png"))?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn contact_map(sites: usize, scores: &[f32], path: &Path) -> Result<(), ReportError> {
    matrix((sites, sites), scores, ["site", "site"], path)
}

/// The effects of all mutations of a site.
#[derive(Debug, Clone, PartialEq)]
pub struct MutatedSite {
    /// The names of the states.
    pub states: Vec<String>,
    /// The state that the site has in the sequence; the number of states where it is missing.
    pub wild_type: usize,
    /// The effect of each state; 0 for that of the sequence, and NaN where the site is missing.
    pub changes: Vec<f32>,
}

/// Draws the effects of single mutations as a heat map with states as rows and sites as columns: blue
/// below 0, white at 0, red above. A dot marks the states of the sequence; states that a site does not
/// have, and missing sites, are yellow. Sites are counted from 1.
///
/// # Errors
///
/// [`ReportError::ZeroSize`] where there are no sites, or the file cannot be written.
///
/// ```
/// use paysage_report::{MutatedSite, mutation_map};
///
/// let site = MutatedSite {
///     states: vec!["A".into(), "C".into()],
///     wild_type: 1,
///     changes: vec![2.5, 0.0],
/// };
/// # let folder = tempfile::tempdir()?;
/// mutation_map(&[site], &folder.path().join("mutations.png"))?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn mutation_map(sites: &[MutatedSite], path: &Path) -> Result<(), ReportError> {
    let map = MutationMap::new(sites);
    let size = (map.labels.rows.len(), sites.len());
    let titles = ["state", "site"];
    labelled_matrix(size, &map.values, titles, map.labels, path)
}

/// The cells of the map of mutations.
struct MutationMap {
    values: Vec<f32>,
    labels: Labels,
}

impl MutationMap {
    fn new(sites: &[MutatedSite]) -> Self {
        let mut rows: Vec<String> = Vec::new();
        for name in sites.iter().flat_map(|site| &site.states) {
            if !rows.contains(name) {
                rows.push(name.clone());
            }
        }
        let mut values = vec![f32::NAN; rows.len() * sites.len()];
        let mut marks = Vec::with_capacity(sites.len());
        for (column, site) in sites.iter().enumerate() {
            let states = site.states.iter().zip(&site.changes).enumerate();
            for (state, (name, &change)) in states {
                let Some(row) = rows.iter().position(|other| other == name) else {
                    continue;
                };
                values[row * sites.len() + column] = change;
                if state == site.wild_type {
                    marks.push((row, column));
                }
            }
        }
        Self {
            values,
            labels: Labels { rows, marks },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_are_rows_in_the_order_of_their_first_site() {
        let site = |states: &[&str], wild_type, changes: &[f32]| MutatedSite {
            states: states.iter().map(|state| (*state).to_owned()).collect(),
            wild_type,
            changes: changes.to_vec(),
        };
        let map = MutationMap::new(&[
            site(&["A", "C"], 0, &[0.0, 1.0]),
            site(&["C", "no"], 1, &[-2.0, 0.0]),
            site(&["A", "C"], 2, &[f32::NAN; 2]),
        ]);
        assert_eq!(map.labels.rows, ["A", "C", "no"]);
        assert_eq!(map.labels.marks, [(0, 0), (2, 1)]);
        assert_eq!(map.values[0], 0.0);
        assert!(
            [1, 2, 5, 6, 8]
                .iter()
                .all(|&cell| map.values[cell].is_nan())
        );
        assert_eq!(
            (map.values[3], map.values[4], map.values[7]),
            (1.0, -2.0, 0.0)
        );
    }
}
