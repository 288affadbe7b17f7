//! Which columns of a file are those of a model.

use std::collections::{HashMap, HashSet};

use super::{Columns, Layout, LayoutError};
use crate::error::{DataError, DiskError};
use crate::read::{Choice, check_distinct, marked};

/// The columns of a file that are those of a model.
pub(super) struct Matched {
    /// The columns, and what is carried through: the column of labels among them.
    pub(super) choice: Choice,
    /// The column of labels, from 0.
    pub(super) label: Option<usize>,
    /// Whether the units of labels follow those of the columns.
    pub(super) has_label_units: bool,
}

/// What the caller allows to differ.
#[derive(Clone, Copy)]
pub(super) struct Allowed<'a> {
    /// Columns of the model that the file need not have.
    pub(super) absent: &'a [String],
    /// Columns of the file that the model does not have.
    pub(super) drop: &'a [String],
}

impl Matched {
    /// An alignment, which has no columns to choose from.
    pub(super) fn sequences() -> Self {
        Self {
            choice: Choice::default(),
            label: None,
            has_label_units: false,
        }
    }
}

impl Layout {
    /// Finds the columns of the model in a file: by name where both have names, otherwise by their
    /// order.
    pub(super) fn matched(
        &self,
        file: &str,
        names: Option<&[String]>,
        width: usize,
        allowed: Allowed<'_>,
    ) -> Result<Matched, DataError> {
        if let Some(names) = names {
            check_distinct(file, names)?;
        }
        match names {
            Some(names) if self.has_names() => self.by_name(file, names, allowed),
            _ => self.by_order(file, width, allowed),
        }
    }

    /// The columns of a file that are those of the model, without some that may be absent and some that the
    /// model does not have; and the column of labels. Units of labels must not follow them.
    pub(crate) fn choice(
        &self,
        file: &str,
        names: Option<&[String]>,
        width: usize,
        (absent, drop): (&[String], &[String]),
    ) -> Result<(Choice, Option<usize>), DataError> {
        let matched = self.matched(file, names, width, Allowed { absent, drop })?;
        match matched.has_label_units {
            false => Ok((matched.choice, matched.label)),
            true => Err(DiskError::InMemoryOnly {
                file: file.into(),
                what: "an array with units of labels",
                remedy: "leave the memory limit (--memory) out",
            }
            .into()),
        }
    }

    fn by_name(
        &self,
        file: &str,
        names: &[String],
        allowed: Allowed<'_>,
    ) -> Result<Matched, DataError> {
        let own = match &self.columns {
            Columns::Units { names, .. } => names.clone().unwrap_or_default(),
            Columns::Mixed(schema) => schema.names(),
            Columns::Alignment(_) => self.names(),
        };
        let places: HashMap<&str, usize> = names.iter().map(String::as_str).zip(0..).collect();
        let place = |name: &str| places.get(name).copied();
        let used: Vec<Option<usize>> = own.iter().map(|name| place(name)).collect();
        let may_be_absent: HashSet<&String> = allowed.absent.iter().collect();
        let absent = |name: &String| place(name).is_none() && !may_be_absent.contains(name);
        let missing: Vec<String> = own.iter().filter(|name| absent(name)).cloned().collect();
        let label = self.labels.as_ref().and_then(|_| place(&self.label_name()));
        let is_own: HashSet<&String> = own.iter().collect();
        let ignored = self.ignored.iter().map(|column| &column.name);
        let is_other: HashSet<&String> = ignored.chain(allowed.drop).collect();
        let is_known = |name: &&String| {
            let is_label = label.is_some_and(|label| names[label] == **name);
            is_own.contains(name) || is_other.contains(name) || is_label
        };
        let unknown: Vec<String> = names
            .iter()
            .filter(|name| !is_known(name))
            .cloned()
            .collect();
        if !missing.is_empty() || !unknown.is_empty() {
            return Err(LayoutError::Columns {
                file: file.into(),
                missing,
                unknown,
            }
            .into());
        }
        let carried = (0..names.len()).filter(|&column| !is_own.contains(&names[column]));
        Ok(Matched {
            choice: Choice {
                carried: carried.collect(),
                used,
                ..Choice::default()
            },
            label,
            has_label_units: false,
        })
    }

    fn by_order(
        &self,
        file: &str,
        width: usize,
        allowed: Allowed<'_>,
    ) -> Result<Matched, DataError> {
        let own = match &self.columns {
            Columns::Units { count, .. } => *count,
            Columns::Mixed(schema) => schema.columns.len(),
            Columns::Alignment(alignment) => alignment.units(),
        };
        let matched = |used: Vec<Option<usize>>, label: Option<usize>, has_label_units| {
            let is_used = marked(width, used.iter().copied().flatten());
            Matched {
                choice: Choice {
                    carried: (0..width).filter(|&column| !is_used[column]).collect(),
                    used,
                    ..Choice::default()
                },
                label,
                has_label_units,
            }
        };
        let classes = self.classes();
        if width == own {
            return Ok(matched((0..own).map(Some).collect(), None, false));
        }
        if classes > 0 && width == own + classes && classes > 1 {
            return Ok(matched((0..width).map(Some).collect(), None, true));
        }
        if classes > 0 && width == own + 1 {
            return Ok(matched((0..own).map(Some).collect(), Some(own), false));
        }
        // Numbers count from 1, each one once, in a layout that was checked.
        let ignored = self.ignored.iter().map(|column| column.number);
        if !self.ignored.is_empty()
            && own.checked_add(self.ignored.len()) == Some(width)
            && ignored.clone().all(|number| (1..=width).contains(&number))
        {
            let is_ignored = marked(width, ignored.map(|number| number - 1));
            let used: Vec<_> = (0..width).filter(|&column| !is_ignored[column]).collect();
            if used.len() == own {
                return Ok(matched(used.into_iter().map(Some).collect(), None, false));
            }
        }
        // Columns that may be absent, which have no values in a narrower file.
        if width < own && own - width <= allowed.absent.len() {
            let absent: HashSet<&String> = allowed.absent.iter().collect();
            let names = self.names();
            let may_be_absent = |column: usize| absent.contains(&names[column]);
            let absent = (0..own).filter(|&column| may_be_absent(column)).count();
            if absent > 0 && width + absent == own {
                let mut places = 0..width;
                let used = (0..own).map(|column| match may_be_absent(column) {
                    true => None,
                    false => places.next(),
                });
                return Ok(matched(used.collect(), None, false));
            }
        }
        Err(LayoutError::Width {
            file: file.into(),
            found: width,
            expected: own,
        }
        .into())
    }
}
