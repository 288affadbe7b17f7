//! Formats of outputs.

use std::io::{self, Write};
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::target::Target;
use super::{OutputError, replace_file};
use crate::error::DataError;

/// Format of an output, from the ending of its name.
///
/// ```
/// use paysage_data::{OutputFormat, Text};
///
/// let format = OutputFormat::of("samples.tsv.gz".as_ref())?;
/// assert_eq!((format.text, format.gzip), (Some(Text::Tabs), true));
/// assert!(OutputFormat::of("samples.xlsx".as_ref()).is_err());
/// # Ok::<(), paysage_data::OutputError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutputFormat {
    /// Text (`.csv`, `.tsv`), or a NumPy file (`.npy`) where it is none.
    pub text: Option<Text>,
    /// Whether it is compressed (`.gz`).
    pub gzip: bool,
}

/// Separator of the cells of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Text {
    /// Commas: `.csv`.
    Commas,
    /// Tabs: `.tsv`.
    Tabs,
}

impl Text {
    pub(super) fn separator(self) -> u8 {
        match self {
            Self::Commas => b',',
            Self::Tabs => b'\t',
        }
    }
}

impl OutputFormat {
    /// The format that the ending of a name says, in any case. A FIFO or a character device whose
    /// name has no known ending is written as CSV.
    ///
    /// # Errors
    ///
    /// [`OutputError::UnknownEnding`] for another ending.
    pub fn of(path: &Path) -> Result<Self, OutputError> {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let name = name.to_ascii_lowercase();
        let (name, gzip) = match name.strip_suffix(".gz") {
            Some(name) => (name, true),
            None => (&*name, false),
        };
        let text = match name.rsplit_once('.') {
            Some((_, "npy")) => None,
            Some((_, "csv")) => Some(Text::Commas),
            Some((_, "tsv")) => Some(Text::Tabs),
            _ if matches!(Target::of(path)?, Target::Through(_) | Target::Stdout) => {
                Some(Text::Commas)
            }
            _ => {
                let path = path.display().to_string();
                return Err(OutputError::UnknownEnding { path });
            }
        };
        Ok(Self { text, gzip })
    }

    /// Writes a file, compressed if its name says so, as [`replace_file`] does.
    pub(super) fn write(
        self,
        path: &Path,
        fill: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Result<(), DataError> {
        let written = replace_file(path, |out| {
            if !self.gzip {
                return fill(out);
            }
            let mut encoder = GzEncoder::new(out, Compression::default());
            fill(&mut encoder)?;
            encoder.finish().map(|_| ())
        });
        written.map_err(|source| DataError::Unwritable {
            file: path.display().to_string(),
            source,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endings_say_the_format() {
        let of = |name: &str| OutputFormat::of(Path::new(name));
        for (name, text, gzip) in [
            ("a.npy", None, false),
            ("x/a.NPY", None, false),
            ("a.b.csv", Some(Text::Commas), false),
            ("a.tsv", Some(Text::Tabs), false),
            ("a.csv.gz", Some(Text::Commas), true),
            ("a.npy.gz", None, true),
        ] {
            assert_eq!(of(name).unwrap(), OutputFormat { text, gzip }, "{name}");
        }
        for name in [
            "a",
            "a.txt",
            "a.gz",
            "csv",
            "a.csv.bz2",
            "",
            "a.safetensors",
        ] {
            let error = of(name).unwrap_err();
            assert!(error.to_string().contains(".npy, .csv or .tsv"), "{name}");
        }
    }
}
