//! Formats of outputs.

use std::io::{self, Write};
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::OutputError;
use super::replace::NewFile;
use super::target::Target;
use crate::read::FASTA_ENDINGS;

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
    /// Text (`.csv`, `.tsv`, FASTA), or a NumPy file (`.npy`) where it is none.
    pub text: Option<Text>,
    /// Whether it is compressed (`.gz`).
    pub gzip: bool,
}

/// Form of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Text {
    /// Cells between commas: `.csv`.
    Commas,
    /// Cells between tabs: `.tsv`.
    Tabs,
    /// Sequences: `.fasta`, `.fa` and the other endings of alignments.
    Fasta,
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
            Some((_, ending)) if FASTA_ENDINGS.contains(&ending) => Some(Text::Fasta),
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

    /// Checks that it is a table: rows of cells, and no sequences.
    ///
    /// # Errors
    ///
    /// [`OutputError::NoTable`].
    pub fn check_table(self, path: &Path) -> Result<(), OutputError> {
        match self.text {
            Some(Text::Fasta) => Err(OutputError::NoTable {
                path: path.display().to_string(),
            }),
            _ => Ok(()),
        }
    }

    /// Begins a file, compressed if its name says so.
    pub(super) fn create(self, path: &Path) -> io::Result<OutputFile> {
        let file = NewFile::create(path)?;
        Ok(match self.gzip {
            true => OutputFile::Gzip(GzEncoder::new(file, Compression::default())),
            false => OutputFile::Plain(file),
        })
    }
}

/// An output that is being written. It has its name once it is whole; where it is dropped before, nothing
/// of it stays.
pub(super) enum OutputFile {
    Plain(NewFile),
    Gzip(GzEncoder<NewFile>),
}

impl OutputFile {
    /// Gives the whole file its name.
    pub(super) fn finish(self) -> io::Result<()> {
        match self {
            Self::Plain(file) => file.finish(),
            Self::Gzip(encoder) => encoder.finish()?.finish(),
        }
    }
}

impl Write for OutputFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(out) => out.write(bytes),
            Self::Gzip(out) => out.write(bytes),
        }
    }

    /// Only the whole file is flushed: the bytes of a compressed one would otherwise depend on its parts.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
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
            ("a.FASTA.gz", Some(Text::Fasta), true),
            ("a.a3m", Some(Text::Fasta), false),
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
