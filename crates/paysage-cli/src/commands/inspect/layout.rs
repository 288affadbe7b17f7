//! The layout of the data of a model as text.

use std::fmt::{self, Write};

use paysage::{
    data::{Alignment, Columns, IgnoredColumn, Layout, Preparation, Reason},
    report::grouped,
};

/// Largest number of lines for columns, and of names of classes.
const MOST: usize = 50;

/// The columns, their preparation and the labels.
pub(super) fn describe(out: &mut String, layout: &Layout) -> fmt::Result {
    let columns = match &layout.columns {
        Columns::Units { count, .. } => *count,
        Columns::Mixed(schema) => schema.columns.len(),
        Columns::Alignment(alignment) => alignment.sites,
    };
    match layout.alignment() {
        Some(alignment) => sites(out, alignment)?,
        None => writeln!(out, "data: {} columns", grouped(columns))?,
    }
    lines_of_columns(out, layout, columns)?;
    let Preparation {
        scale,
        threshold,
        standardize,
    } = &layout.preparation;
    if let Some(scale) = scale {
        writeln!(out, "scale: values are divided by {scale}")?;
    }
    if let Some(threshold) = threshold {
        writeln!(
            out,
            "threshold: values above {threshold} become 1, others 0"
        )?;
    }
    if standardize.is_some() {
        writeln!(
            out,
            "standardization: each column to mean 0 and standard deviation 1"
        )?;
    }
    if let Some(labels) = &layout.labels {
        let classes = &labels.classes;
        let (name, count) = (layout.label_name(), grouped(classes.len()));
        let shown = classes[..classes.len().min(MOST)].join(", ");
        let more = match classes.len() > MOST {
            true => ", …",
            false => "",
        };
        writeln!(
            out,
            "labels: {count} classes, column {name:?}: {shown}{more}"
        )?;
    }
    if let Some(image) = layout.image {
        writeln!(out, "image: {} × {} pixels", image.height, image.width)?;
    }
    let missing = match layout.missing {
        true => "allowed",
        false => "not allowed",
    };
    writeln!(out, "missing values: {missing}")?;
    if !layout.ignored.is_empty() {
        let ignored: Vec<String> = layout.ignored.iter().map(left_out).collect();
        writeln!(out, "columns left out: {}", ignored.join(", "))?;
    }
    Ok(())
}

/// The sites of aligned sequences.
fn sites(out: &mut String, alignment: &Alignment) -> fmt::Result {
    let Alignment {
        sites,
        states,
        alphabet,
        unknown,
    } = alignment;
    let sites = grouped(*sites);
    writeln!(out, "data: alignment of {sites} sites, {alphabet} alphabet")?;
    writeln!(out, "states of a site: {} ({states})", states.len())?;
    writeln!(out, "gaps: {}", alignment.gaps())?;
    writeln!(out, "unknown letters: {unknown}")
}

fn lines_of_columns(out: &mut String, layout: &Layout, columns: usize) -> fmt::Result {
    let text = match &layout.columns {
        Columns::Alignment(_) => return Ok(()),
        Columns::Mixed(schema) => schema.to_string(),
        // Nothing but numbers that are units.
        Columns::Units { names: None, .. } if layout.preparation.standardize.is_none() => {
            return Ok(());
        }
        Columns::Units { .. } => numbers(layout, columns),
    };
    for line in text.lines().take(MOST) {
        writeln!(out, "  {line}")?;
    }
    if columns > MOST {
        let more = grouped(columns - MOST);
        writeln!(out, "  and {more} more columns (--json prints all)")?;
    }
    Ok(())
}

/// Columns of numbers, with their moments where they are standardized.
fn numbers(layout: &Layout, columns: usize) -> String {
    let names = layout.names();
    let names: Vec<String> = names[..columns.min(MOST)]
        .iter()
        .map(|name| name.escape_debug().to_string())
        .collect();
    let width = names.iter().map(|name| name.chars().count()).max();
    let width = width.unwrap_or_default();
    let line = |(column, name): (usize, &String)| match &layout.preparation.standardize {
        Some(moments) => {
            let (mean, deviation) = (moments.mean[column], moments.std[column]);
            let (mean, deviation) = (short(mean), short(deviation));
            format!("{name:width$}  mean {mean}, standard deviation {deviation}\n")
        }
        None => format!("{name}\n"),
    };
    names.iter().enumerate().map(line).collect()
}

/// A number with four significant digits.
fn short(number: f64) -> String {
    let rounded: f64 = format!("{number:.3e}").parse().unwrap_or(number);
    format!("{rounded:?}")
}

fn left_out(column: &IgnoredColumn) -> String {
    let reason = match column.reason {
        Reason::Dropped => "by the user",
        Reason::Empty => "without values",
        Reason::Constant => "one value only",
        Reason::Index => "counts the rows",
        Reason::Identifier => "identifies the rows",
        Reason::Weights => "weights of the rows",
    };
    format!("{:?} ({reason})", column.name)
}
