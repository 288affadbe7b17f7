//! Schemas as text.

use std::fmt;

use super::{ColumnKind, Notation, Schema};
use crate::error::listed;

/// One line per column: its name, its kind and its settings.
///
/// ```
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("people.csv");
/// std::fs::write(&path, "age,region,smoker\n31,north,no\n28.5,west,yes\n40,south,no\n")?;
/// let (_, schema) = paysage_data::read_mixed(path.to_str().unwrap(), None)?;
/// assert_eq!(
///     schema.to_string(),
///     "age     real         mean 33.17, standard deviation 4.939, decimals 1\n\
///      region  categorical  \"north\", \"south\", \"west\"\n\
///      smoker  binary       \"no\", \"yes\"\n",
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
impl fmt::Display for Schema {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.columns.iter().map(|column| column.name.escape_debug());
        let names: Vec<String> = names.map(|name| name.to_string()).collect();
        let width = names.iter().map(|name| name.chars().count()).max();
        let width = width.unwrap_or_default();
        for (name, column) in names.iter().zip(&self.columns) {
            let (kind, holds) = match &column.kind {
                ColumnKind::Binary { values } => ("binary", listed(values)),
                ColumnKind::Categorical { values } => ("categorical", listed(values)),
                ColumnKind::Real {
                    mean,
                    deviation,
                    decimals,
                    notation,
                } => {
                    let (mean, deviation) = (short(*mean), short(*deviation));
                    let mut holds =
                        format!("mean {mean}, standard deviation {deviation}, decimals {decimals}");
                    if *notation != Notation::default() {
                        let example = notation.write(1234.5, *decimals);
                        holds += &format!(", written as {example:?}");
                    }
                    ("real", holds)
                }
            };
            writeln!(formatter, "{name:width$}  {kind:11}  {holds}")?;
        }
        Ok(())
    }
}

/// Four significant digits of a number.
fn short(number: f64) -> String {
    let rounded = format!("{number:.3e}").parse().unwrap_or(number);
    format!("{rounded:?}")
}
