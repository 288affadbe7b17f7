//! Names of outcomes.

use paysage_data::{Columns, Layout};

/// The name of each outcome of discrete target columns, in the terms of the data set: the class of a
/// label, `NAME=VALUE` for columns with names (joined by ` & ` where there are several), the position of
/// the 1 in a one-hot site without a name, or the values themselves.
///
/// `columns` are the target units of the outcomes, counted from 0.
///
/// ```
/// use paysage_data::{Layout, Labels};
/// use paysage_inference::outcome_names;
///
/// let classes = vec!["cat".to_owned(), "dog".to_owned()];
/// let layout = Layout { labels: Some(Labels { classes }), ..Layout::units(3) };
/// let outcomes = [vec![1.0, 0.0], vec![0.0, 1.0]];
/// assert_eq!(outcome_names(&layout, &[3, 4], &outcomes), ["cat", "dog"]);
/// let layout = Layout::units(2);
/// assert_eq!(outcome_names(&layout, &[1], &[vec![0.0], vec![1.0]]), ["0", "1"]);
/// ```
///
/// # Panics
///
/// When an outcome does not have one value per column.
#[must_use]
pub fn outcome_names(layout: &Layout, columns: &[usize], outcomes: &[Vec<f32>]) -> Vec<String> {
    let name = |outcome: &Vec<f32>| {
        assert_eq!(
            outcome.len(),
            columns.len(),
            "an outcome has a value per column"
        );
        let named = named_parts(layout, columns, outcome);
        if named.is_empty() {
            unnamed(outcome, outcomes.len())
        } else {
            named.join(" & ")
        }
    };
    outcomes.iter().map(name).collect()
}

/// The parts of an outcome that have a name; nothing where none has.
fn named_parts(layout: &Layout, columns: &[usize], outcome: &[f32]) -> Vec<String> {
    let units = layout.unit_count();
    let classes = layout.labels.as_ref().map_or(0, |l| l.classes.len());
    let first_label = units - classes;
    let mut row = vec![f32::NAN; units];
    let pairs = columns.iter().zip(outcome);
    pairs
        .filter(|(column, _)| **column < units)
        .for_each(|(&column, &value)| row[column] = value);
    let mut parts = match &layout.columns {
        Columns::Mixed(schema) => {
            let cells = schema.decode(&row[..first_label]).swap_remove(0);
            let cells = schema.columns.iter().zip(cells);
            let known = cells.filter(|(_, cell)| !cell.is_empty());
            known
                .map(|(column, cell)| format!("{}={cell}", column.name))
                .collect()
        }
        Columns::Alignment(alignment) => {
            let sites = row[..first_label].chunks_exact(alignment.state_count());
            let letters = sites.map(|units| alignment.letter(units)).enumerate();
            let known = letters.filter_map(|(site, letter)| Some((site + 1, letter?)));
            known
                .map(|(site, letter)| format!("{site}={letter}"))
                .collect()
        }
        Columns::Units { names, .. } => {
            let names = names.iter().flatten().zip(&row);
            let known = names.filter(|(_, value)| !value.is_nan());
            known
                .map(|(name, value)| format!("{name}={value}"))
                .collect::<Vec<String>>()
        }
    };
    if let Some(labels) = &layout.labels {
        let one = row[first_label..].iter().position(|&value| value == 1.0);
        parts.extend(one.map(|class| labels.classes[class].clone()));
    }
    parts
}

/// The position of the 1 in a one-hot site, or the values.
fn unnamed(outcome: &[f32], outcomes: usize) -> String {
    let is_site = outcome.len() > 1 && outcomes == outcome.len();
    let ones: Vec<usize> = (0..outcome.len()).filter(|&i| outcome[i] == 1.0).collect();
    match ones[..] {
        [position] if is_site => position.to_string(),
        _ => {
            let values: Vec<String> = outcome.iter().map(f32::to_string).collect();
            values.join(" ")
        }
    }
}
