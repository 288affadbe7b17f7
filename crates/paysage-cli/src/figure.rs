//! The figure that a command writes beside its table.

use std::path::{Path, PathBuf};

use paysage::data::check_outputs;

use crate::{arguments::FigureOption, failure::Failure, model::check_out, output::is_plain_file};

impl FigureOption {
    /// The file of the figure, after a check of both outputs: by default beside the table, with its name;
    /// nothing where the table goes to a device or a FIFO.
    pub(crate) fn checked(&self, out: &Path, inputs: &[&Path]) -> Result<Option<PathBuf>, Failure> {
        check_out(&[("--out", Some(out))], inputs)?;
        let figure = match &self.figure {
            Some(figure) => figure.clone(),
            None if out.exists() && !is_plain_file(out) => return Ok(None),
            None => beside(out),
        };
        let is_png = figure
            .extension()
            .is_some_and(|ending| ending.eq_ignore_ascii_case("png"));
        if !is_png {
            return Err(Failure::input(format_args!(
                "--figure: {}: expected a name that ends in .png",
                figure.display()
            )));
        }
        check_outputs(&[out, &figure], inputs)
            .map_err(|error| Failure::input(format_args!("--figure: {error}")))?;
        Ok(Some(figure))
    }
}

/// `pairs.png` for `pairs.csv` and `pairs.csv.gz`.
fn beside(out: &Path) -> PathBuf {
    let plain = match out.extension() {
        Some(ending) if ending == "gz" => out.with_extension(""),
        _ => out.to_owned(),
    };
    plain.with_extension("png")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_have_the_name_of_their_table() {
        for out in ["a/pairs.csv", "a/pairs.tsv.gz"] {
            assert_eq!(beside(Path::new(out)), Path::new("a/pairs.png"));
        }
    }
}
