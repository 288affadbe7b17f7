//! Rows of a model, written for others.

use std::path::Path;

use paysage::data::{Schema, write_csv, write_npy};

use crate::{failure::Failure, model::Model};

/// A file for rows of a model.
pub(crate) struct RowsFile<'a> {
    path: &'a Path,
    /// What the columns of a text file are.
    schema: Option<&'a Schema>,
}

impl<'a> RowsFile<'a> {
    /// By the ending of its name.
    pub(crate) fn new(path: &'a Path, model: &'a Model) -> Result<Self, Failure> {
        let ending = path.extension().and_then(|ending| ending.to_str());
        let schema = model.schema.as_ref();
        match (ending, schema) {
            (Some("csv"), Some(_)) => Ok(Self { path, schema }),
            (Some("csv"), None) => Err(Failure::input(format!(
                "--out {}: the model was trained without a schema, so its units have no columns to be \
                 written in: name a .npy file",
                path.display()
            ))),
            _ => Ok(Self { path, schema: None }),
        }
    }

    /// Whether rows are written in the columns of a schema.
    pub(crate) fn has_columns(&self) -> bool {
        self.schema.is_some()
    }

    /// Writes rows of so many units.
    pub(crate) fn write(&self, units: usize, rows: &[f32]) -> Result<(), Failure> {
        match self.schema {
            Some(schema) => write_csv(self.path, &schema.names(), &schema.decode(rows))?,
            None => write_npy(self.path, rows.len() / units, units, rows)?,
        }
        Ok(())
    }
}

/// Before the work rather than after it.
pub(crate) fn check_writable(path: &Path) -> Result<(), Failure> {
    let place = path.display();
    let folder = match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    if !folder.is_dir() {
        let folder = folder.display();
        let message = format!("--out {place}: there is no folder {folder}: make it first");
        return Err(Failure::input(message));
    }
    if path.is_dir() {
        let message = format!("--out {place}: is a folder: name a file, such as samples.npy");
        return Err(Failure::input(message));
    }
    Ok(())
}
