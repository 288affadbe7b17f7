//! Reader of FASTA, A2M and A3M files.

use super::alphabet::GAP;
use super::{AlignmentError, Alphabet};

/// Aligned sequences as they are written, without insert columns.
pub(crate) struct Sequences {
    pub(crate) file: String,
    /// The text after `>` of each sequence.
    pub(crate) names: Vec<String>,
    /// The line of each name, from 1.
    pub(crate) lines: Vec<u32>,
    /// Number of aligned sites.
    pub(crate) sites: usize,
    /// Upper-case letters, gaps and whatever else the file holds: `[sequences, sites]`.
    pub(crate) letters: Vec<u8>,
    bytes: Vec<u8>,
    notation: Notation,
}

/// How the bytes of sequences are read.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Notation {
    /// Lower-case letters and `.` belong to insert columns (A2M, A3M).
    Inserts,
    /// Lower-case letters are letters, and `.` is a gap.
    Plain,
}

impl Notation {
    /// Lower-case letters mark inserts where there are upper-case letters as well.
    fn of(bytes: &[u8]) -> Self {
        let sequences = lines(bytes).filter(|(_, line)| is_sequence(line));
        let (mut upper, mut lower) = (false, false);
        for (_, line) in sequences {
            upper |= line.iter().any(u8::is_ascii_uppercase);
            lower |= line.iter().any(u8::is_ascii_lowercase);
        }
        match upper && lower {
            true => Self::Inserts,
            false => Self::Plain,
        }
    }

    /// The letter of an aligned site, or nothing.
    fn letter(self, byte: u8) -> Option<u8> {
        match (self, byte) {
            (_, b' ' | b'\t') => None,
            (Self::Inserts, b'a'..=b'z' | b'.') => None,
            (Self::Plain, b'.') => Some(GAP),
            (_, byte) => Some(byte.to_ascii_uppercase()),
        }
    }
}

impl Sequences {
    /// The sequences of a file, all of one length.
    pub(crate) fn parse(file: &str, bytes: Vec<u8>) -> Result<Self, AlignmentError> {
        let mut found = Self {
            file: file.into(),
            names: Vec::new(),
            lines: Vec::new(),
            sites: 0,
            letters: Vec::new(),
            notation: Notation::of(&bytes),
            bytes: Vec::new(),
        };
        let mut start = 0;
        for (number, line) in lines(&bytes) {
            if line.starts_with(b">") {
                found.end(start)?;
                start = found.letters.len();
                found.names.push(name_of(line));
                found.lines.push(u32::try_from(number).unwrap_or(u32::MAX));
            } else if is_sequence(line) {
                if found.names.is_empty() {
                    return Err(AlignmentError::NoHeader {
                        file: found.file,
                        line: number,
                        found: String::from_utf8_lossy(line).into_owned(),
                    });
                }
                let letters = line.iter().filter_map(|&byte| found.notation.letter(byte));
                found.letters.extend(letters);
            }
        }
        found.end(start)?;
        let file = found.file.clone();
        match (found.names.is_empty(), found.sites) {
            (true, _) => Err(AlignmentError::NoSequences { file }),
            (false, 0) => Err(AlignmentError::NoSites { file }),
            (false, _) => Ok(Self { bytes, ..found }),
        }
    }

    /// Checks the length of the last sequence, whose letters begin at `start`.
    fn end(&mut self, start: usize) -> Result<(), AlignmentError> {
        let length = self.letters.len() - start;
        match self.names.len() {
            0 => Ok(()),
            1 => {
                self.sites = length;
                Ok(())
            }
            _ if length == self.sites => Ok(()),
            count => Err(AlignmentError::Length {
                file: self.file.clone(),
                line: self.lines[count - 1] as usize,
                name: self.names[count - 1].clone(),
                found: length,
                expected: self.sites,
            }),
        }
    }

    /// The alphabet that the letters are of.
    pub(crate) fn alphabet(&self) -> Alphabet {
        let mut counts = [0; 256];
        for &letter in &self.letters {
            counts[usize::from(letter)] += 1;
        }
        Alphabet::inferred(&counts)
    }

    /// Number of sequences.
    pub(crate) fn count(&self) -> usize {
        self.names.len()
    }

    /// The line and the column in it, both from 1, of a site of a sequence.
    pub(crate) fn locate(&self, sequence: usize, site: usize) -> (usize, usize) {
        let mut left = site;
        let first = self.lines[sequence] as usize;
        let rest = lines(&self.bytes).skip(first);
        for (number, line) in rest.take_while(|(_, line)| !line.starts_with(b">")) {
            for (column, &byte) in line.iter().enumerate() {
                if !is_sequence(line) || self.notation.letter(byte).is_none() {
                    continue;
                }
                if left == 0 {
                    return (number, column + 1);
                }
                left -= 1;
            }
        }
        (first, 1)
    }
}

/// The lines of a text, counted from 1, without spaces at their ends.
fn lines(bytes: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let lines = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let lines = lines.split(|&byte| byte == b'\n').enumerate();
    lines.map(|(index, line)| (index + 1, line.trim_ascii_end()))
}

/// Whether a line holds letters: it is no name, no comment and not empty.
fn is_sequence(line: &[u8]) -> bool {
    !matches!(line.first(), None | Some(b'>' | b';' | b'#'))
}

/// The name of a sequence: the text after one or more `>`.
fn name_of(line: &[u8]) -> String {
    let text = String::from_utf8_lossy(line);
    text.trim_start_matches('>').trim().into()
}

/// Whether a text begins as FASTA does: with `>` after comments and empty lines.
pub(crate) fn is_fasta(bytes: &[u8]) -> bool {
    // Enough for any comment, so that binary files are not read to their end.
    let head = &bytes[..bytes.len().min(1 << 16)];
    let mut lines = lines(head).map(|(_, line)| line.trim_ascii_start());
    let first = lines.find(|line| !matches!(line.first(), None | Some(b'#' | b';')));
    first.is_some_and(|line| line.starts_with(b">"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Sequences, AlignmentError> {
        Sequences::parse("a.fasta", text.as_bytes().to_vec())
    }

    fn letters(text: &str) -> String {
        String::from_utf8(parse(text).unwrap().letters).unwrap()
    }

    #[test]
    fn wrapped_lines_line_ends_and_comments() {
        let found =
            parse("#A3M#\r\n>>S1 a  protein\r\nAC\r\n-D\r\n\r\n;old\r\n> S2\r\nACE \r\nD").unwrap();
        assert_eq!(found.names, ["S1 a  protein", "S2"]);
        assert_eq!((found.count(), found.sites), (2, 4));
        assert_eq!(found.letters, b"AC-DACED");
        assert_eq!(found.lines, [2, 7]);
        assert_eq!(found.locate(0, 3), (4, 2));
        assert_eq!(found.locate(1, 3), (9, 1));
    }

    #[test]
    fn insert_columns_are_dropped() {
        // A2M with padded inserts, A3M without.
        assert_eq!(letters(">a\nACk.D\n>b\nA-..D\n"), "ACDA-D");
        assert_eq!(letters(">a\nACkD\n>b\nA-D\n"), "ACDA-D");
        let found = parse(">a\nAkkC\n").unwrap();
        assert_eq!(found.locate(0, 1), (2, 4));
    }

    #[test]
    fn without_inserts_small_letters_are_letters_and_dots_are_gaps() {
        assert_eq!(letters(">a\nac.t\n"), "AC-T");
        assert_eq!(letters(">a\nAC.T\n"), "AC-T");
        assert_eq!(letters(">a\n01.1\n"), "01-1");
    }

    #[test]
    fn what_is_no_alignment_is_refused_with_its_place() {
        let message = |text: &str| parse(text).map(|_| ()).unwrap_err().to_string();
        assert_eq!(
            message(">a\nACD\n>long name\nAC\nDE\n"),
            "a.fasta: line 3: sequence \"long name\" has 4 aligned sites, expected 3 as in the first \
             sequence; align the sequences first"
        );
        assert_eq!(
            message("\nACD\n>a\n"),
            "a.fasta: line 2: expected the name of a sequence after >, got \"ACD\""
        );
        assert_eq!(
            message("# none\n"),
            "a.fasta: the alignment is empty: no sequences"
        );
        let empty = "a.fasta: the alignment is empty: its sequences have no aligned sites";
        assert_eq!(message(">a\n>b\n"), empty);
        // The first sequence is empty, and the second is not.
        assert!(message(">a\n>b\nAC\n").contains("line 2: sequence \"b\" has 2 aligned sites"));
    }

    #[test]
    fn fasta_begins_with_a_name() {
        for text in [">a", "\n\n>a", "#A3M#\n>a", "\u{feff}>a", "; c\n >a"] {
            assert!(is_fasta(text.as_bytes()), "{text}");
        }
        for text in ["", "a,b\n>1,2", "ACD", "# a b\n1 2"] {
            assert!(!is_fasta(text.as_bytes()), "{text}");
        }
    }
}
