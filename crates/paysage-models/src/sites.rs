//! The visible sites of a machine and the names of their states.

use std::ops::Range;

use paysage_data::{ColumnKind, Columns, Layout};
use paysage_layers::{Domain, Layer};
use thiserror::Error;

use crate::BoltzmannMachine;

/// A visible site of finitely many states: a one-hot site, or a discrete unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VisibleSite {
    /// The name of its column; the number of the site, from 1, where columns have no names.
    pub name: String,
    /// The layer.
    pub layer: usize,
    /// Its units among all visible ones: columns of a row.
    pub units: Range<usize>,
    /// The names of its states, in the order of [`Domain::write_state`].
    pub states: Vec<String>,
}

impl<L: Layer> BoltzmannMachine<L> {
    /// The visible sites of finitely many states, in the order of their units.
    ///
    /// The layout names sites and states: those of an alignment are letters. Without names, the states of
    /// one-hot sites have the numbers from 1, and units their values.
    ///
    /// ```
    /// use paysage_data::{Alignment, Alphabet, Columns, Gaps, Layout, Unknown};
    /// use paysage_kernels::default_device;
    /// use paysage_layers::OneHot;
    /// use paysage_models::BoltzmannMachine;
    ///
    /// let machine = BoltzmannMachine::chain(vec![OneHot::new(2, 21, &default_device()?)])?;
    /// let alignment = Alignment::new(2, Alphabet::Protein, Gaps::State, Unknown::Missing);
    /// let layout = Layout::of(Columns::Alignment(alignment));
    /// let sites = machine.visible_sites(Some(&layout));
    /// assert_eq!((sites[1].name.as_str(), sites[1].units.clone()), ("2", 21..42));
    /// assert_eq!((&*sites[1].states[0], &*sites[1].states[1]), ("-", "A"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn visible_sites(&self, layout: Option<&Layout>) -> Vec<VisibleSite> {
        let mut sites = Vec::new();
        for (layer, span) in self.visible_spans() {
            let domain = self.layers[layer].domain();
            if domain.states().is_none() {
                continue;
            }
            let width = domain.width();
            for start in span.step_by(width) {
                let units = start..start + width;
                sites.push(VisibleSite {
                    name: layout
                        .and_then(|layout| site_name(layout, &units))
                        .unwrap_or_else(|| (sites.len() + 1).to_string()),
                    states: layout
                        .and_then(|layout| state_names(layout, &units))
                        .unwrap_or_else(|| unnamed(&domain)),
                    layer,
                    units,
                });
            }
        }
        sites
    }
}

/// Why a text is no sequence of states.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SequenceError {
    /// It has another number of states than there are sites.
    #[error("expected {expected} {}, one for each site, got {found}", if *letters { "letters" } else { "states between commas" })]
    Length {
        /// Number of states in the text.
        found: usize,
        /// Number of sites.
        expected: usize,
        /// Whether every state is one letter.
        letters: bool,
    },
    /// A state that a site does not have.
    #[error("site {site}: expected one of {}, got {found:?}", known.join(", "))]
    UnknownState {
        /// The name of the site.
        site: String,
        /// The state in the text.
        found: String,
        /// The states of the site.
        known: Vec<String>,
    },
}

/// The states of sites in a text, by their names: one letter for each site where all names are letters,
/// otherwise names separated by commas.
///
/// ```
/// use paysage_data::{Alignment, Alphabet, Columns, Gaps, Layout, Unknown};
/// use paysage_kernels::default_device;
/// use paysage_layers::OneHot;
/// use paysage_models::{BoltzmannMachine, parse_sequence};
///
/// let machine = BoltzmannMachine::chain(vec![OneHot::new(3, 21, &default_device()?)])?;
/// let alignment = Alignment::new(3, Alphabet::Protein, Gaps::State, Unknown::Missing);
/// let layout = Layout::of(Columns::Alignment(alignment));
/// let sites = machine.visible_sites(Some(&layout));
/// assert_eq!(parse_sequence(&sites, "CA-")?, [2, 1, 0]);
/// assert!(parse_sequence(&sites, "CAB").is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// When the number of states is not that of the sites, or a site does not have its state.
pub fn parse_sequence(sites: &[VisibleSite], text: &str) -> Result<Vec<usize>, SequenceError> {
    let states = parse_incomplete_sequence(sites, text, |_| false)?;
    Ok(states.into_iter().flatten().collect())
}

/// The states of sites in a text as [`parse_sequence`], with `None` for a name that is no state of its site
/// and stands for a missing value.
///
/// ```
/// use paysage_data::{Alignment, Alphabet, Columns, Gaps, Layout, Unknown};
/// use paysage_kernels::default_device;
/// use paysage_layers::OneHot;
/// use paysage_models::{BoltzmannMachine, parse_incomplete_sequence};
///
/// let machine = BoltzmannMachine::chain(vec![OneHot::new(3, 20, &default_device()?)])?;
/// let alignment = Alignment::new(3, Alphabet::Protein, Gaps::Missing, Unknown::Missing);
/// let is_missing = |letter: &str| alignment.is_missing(letter);
/// let layout = Layout::of(Columns::Alignment(alignment.clone()));
/// let sites = machine.visible_sites(Some(&layout));
/// let states = parse_incomplete_sequence(&sites, "C-X", is_missing)?;
/// assert_eq!(states, [Some(1), None, None]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// When the number of states is not that of the sites, or a site does not have its state.
pub fn parse_incomplete_sequence(
    sites: &[VisibleSite],
    text: &str,
    is_missing: impl Fn(&str) -> bool,
) -> Result<Vec<Option<usize>>, SequenceError> {
    let names = || sites.iter().flat_map(|site| &site.states);
    let letters = names().all(|name| name.chars().count() == 1);
    let states: Vec<String> = match letters && !text.contains(',') {
        true => text.chars().map(String::from).collect(),
        false => text.split(',').map(|name| name.trim().to_owned()).collect(),
    };
    if states.len() != sites.len() {
        return Err(SequenceError::Length {
            found: states.len(),
            expected: sites.len(),
            letters,
        });
    }
    let state = |(site, name): (&VisibleSite, String)| {
        let place = site.states.iter().position(|other| *other == name);
        match place {
            None if is_missing(&name) => Ok(None),
            None => Err(SequenceError::UnknownState {
                site: site.name.clone(),
                found: name,
                known: site.states.clone(),
            }),
            place => Ok(place),
        }
    };
    sites.iter().zip(states).map(state).collect()
}

/// The name of the column of a site, where the layout has one.
fn site_name(layout: &Layout, units: &Range<usize>) -> Option<String> {
    let is_label = units.start >= layout.column_units();
    // A one-hot site of unnamed or single columns is no column of its own.
    let is_column = match &layout.columns {
        Columns::Units { names, .. } => names.is_some() && units.len() == 1,
        Columns::Mixed(_) => true,
        Columns::Alignment(_) => false,
    };
    (is_label || is_column).then(|| layout.column_of(units.start).name)
}

/// The names of the states of a site, where the layout has some.
fn state_names(layout: &Layout, units: &Range<usize>) -> Option<Vec<String>> {
    if units.start >= layout.column_units() {
        return layout.labels.as_ref().map(|labels| labels.classes.clone());
    }
    match &layout.columns {
        Columns::Units { names, .. } => {
            let names = names.as_ref()?.get(units.clone())?;
            (names.len() > 1).then(|| names.to_vec())
        }
        Columns::Alignment(alignment) => Some(alignment.states.chars().map(String::from).collect()),
        Columns::Mixed(schema) => {
            let holds = |column: &usize| schema.units_of(*column).contains(&units.start);
            let column = (0..schema.columns.len()).find(holds)?;
            match &schema.columns[column].kind {
                ColumnKind::Binary { values } => Some(values.to_vec()),
                ColumnKind::Categorical { values } => Some(values.clone()),
                ColumnKind::Real { .. } => None,
            }
        }
    }
}

/// The names of the states of a domain, without a layout.
fn unnamed(domain: &Domain) -> Vec<String> {
    let count = domain.states().unwrap_or(0);
    match domain {
        Domain::OneHot { .. } => (1..=count).map(|state| state.to_string()).collect(),
        _ => {
            let value = |state| {
                let mut unit = [0.0];
                domain.write_state(state, &mut unit);
                unit[0].to_string()
            };
            (0..count).map(value).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use paysage_data::{Column, Labels, Notation, Schema};
    use paysage_kernels::default_device;
    use paysage_layers::{AnyLayer, Bernoulli, Gaussian, OneHot, Spin};

    use super::*;

    fn machine(layers: Vec<AnyLayer>) -> BoltzmannMachine {
        BoltzmannMachine::stacked(layers, Vec::new()).expect("visible layers")
    }

    #[test]
    fn names_come_from_the_layout() {
        let device = default_device().expect("a backend");
        let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        let column = |name: &str, kind| Column {
            name: name.into(),
            kind,
        };
        let real = ColumnKind::Real {
            mean: 0.0,
            deviation: 1.0,
            decimals: 1,
            notation: Notation::default(),
        };
        let schema = Schema {
            columns: vec![
                column("age", real),
                column(
                    "region",
                    ColumnKind::Categorical {
                        values: words(&["north", "south", "west"]),
                    },
                ),
                column(
                    "smoker",
                    ColumnKind::Binary {
                        values: ["no".into(), "yes".into()],
                    },
                ),
            ],
        };
        let layers = vec![
            Bernoulli::new(1, &device).into(),
            OneHot::new(1, 3, &device).into(),
            Gaussian::new(1, &device).into(),
        ];
        let layout = Layout::of(Columns::Mixed(schema));
        let sites = machine(layers).visible_sites(Some(&layout));
        let found: Vec<_> = sites.iter().map(|s| (&*s.name, s.units.clone())).collect();
        assert_eq!(found, [("smoker", 0..1), ("region", 1..4)]);
        assert_eq!(sites[0].states, ["no", "yes"]);
        assert_eq!(sites[1].states, ["north", "south", "west"]);
    }

    #[test]
    fn sequences_are_letters_or_names() {
        let site = |name: &str, states: &[&str]| VisibleSite {
            name: name.into(),
            layer: 0,
            units: 0..states.len(),
            states: states.iter().map(|state| (*state).to_owned()).collect(),
        };
        let letters = [site("1", &["A", "-"]), site("2", &["C", "-"])];
        assert_eq!(parse_sequence(&letters, "A-"), Ok(vec![0, 1]));
        assert_eq!(parse_sequence(&letters, "-,C"), Ok(vec![1, 0]));
        let message = |sites: &[VisibleSite], text| {
            let error = parse_sequence(sites, text).expect_err("no sequence");
            error.to_string()
        };
        assert_eq!(
            message(&letters, "A"),
            "expected 2 letters, one for each site, got 1"
        );
        assert_eq!(
            message(&letters, "AA"),
            "site 2: expected one of C, -, got \"A\""
        );
        let names = [
            site("region", &["north", "west"]),
            site("smoker", &["no", "yes"]),
        ];
        assert_eq!(parse_sequence(&names, "west, no"), Ok(vec![1, 0]));
        assert_eq!(
            message(&names, "west"),
            "expected 2 states between commas, one for each site, got 1"
        );
    }

    #[test]
    fn states_without_names_have_numbers_or_values() {
        let device = default_device().expect("a backend");
        let layers = vec![
            OneHot::new(2, 3, &device).into(),
            Spin::new(1, &device).into(),
            OneHot::new(1, 2, &device).into(),
        ];
        let layout = Layout {
            labels: Some(Labels {
                classes: vec!["a".into(), "b".into()],
            }),
            ..Layout::units(7)
        };
        let sites = machine(layers).visible_sites(Some(&layout));
        let names: Vec<&str> = sites.iter().map(|site| &*site.name).collect();
        assert_eq!(names, ["1", "2", "3", "label"]);
        assert_eq!(sites[1].states, ["1", "2", "3"]);
        assert_eq!(sites[2].states, ["-1", "1"]);
        assert_eq!(
            (sites[3].layer, &sites[3].states[..]),
            (2, &["a".into(), "b".into()][..])
        );
    }
}
