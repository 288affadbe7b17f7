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
    /// The alphabet that the letters are of.
    pub(crate) alphabet: Alphabet,
    bytes: Vec<u8>,
    notation: Notation,
}

/// How the bytes of sequences are read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Notation {
    /// Lower-case letters and `.` belong to insert columns (A2M, A3M).
    Inserts,
    /// Lower-case letters are letters, and `.` is a gap.
    Plain,
}

/// How often each byte stands in the lines of sequences.
pub(crate) struct Counts([usize; 256]);

impl Counts {
    pub(crate) fn none() -> Self {
        Self([0; 256])
    }

    /// Adds a line, if it is one of a sequence.
    pub(crate) fn add(&mut self, line: &[u8]) {
        if is_sequence(line) {
            for &byte in line {
                self.0[usize::from(byte)] += 1;
            }
        }
    }

    /// Lower-case letters mark inserts where there are upper-case letters as well.
    pub(crate) fn notation(&self) -> Notation {
        let any = |letters: std::ops::RangeInclusive<u8>| {
            letters
                .into_iter()
                .any(|letter| self.0[usize::from(letter)] > 0)
        };
        match any(b'A'..=b'Z') && any(b'a'..=b'z') {
            true => Notation::Inserts,
            false => Notation::Plain,
        }
    }

    /// The alphabet that the letters are of.
    pub(crate) fn alphabet(&self) -> Alphabet {
        let (notation, mut letters) = (self.notation(), [0; 256]);
        for (byte, count) in (0..=u8::MAX).zip(self.0) {
            if let Some(letter) = notation.letter(byte) {
                letters[usize::from(letter)] += count;
            }
        }
        Alphabet::inferred(&letters)
    }
}

impl Notation {
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
        let mut counts = Counts::none();
        lines(&bytes).for_each(|(_, line)| counts.add(line));
        let mut parser = Parser::of(file, counts.notation());
        let (mut names, mut numbers, mut letters) = (Vec::new(), Vec::new(), Vec::new());
        let mut push = |sequence: Sequence| {
            names.push(sequence.name);
            numbers.push(sequence.line);
            letters.extend(sequence.letters);
        };
        for (number, line) in lines(&bytes) {
            parser.line(number, line)?.into_iter().for_each(&mut push);
        }
        parser.end()?.into_iter().for_each(&mut push);
        Ok(Self {
            file: file.into(),
            sites: parser.sites()?,
            names,
            lines: numbers,
            letters,
            alphabet: counts.alphabet(),
            notation: counts.notation(),
            bytes,
        })
    }

    /// Number of sequences.
    pub(crate) fn count(&self) -> usize {
        self.names.len()
    }

    /// The line and the column in it, both from 1, of a site of a sequence.
    pub(crate) fn locate(&self, sequence: usize, site: usize) -> (usize, usize) {
        let first = self.lines[sequence] as usize;
        let rest = lines(&self.bytes).skip(first);
        self.notation.locate(rest, first, site)
    }
}

impl Notation {
    /// The line and the column in it, both from 1, of a site of the sequence of these lines, after the `first`
    /// one with its name.
    pub(crate) fn locate<'a>(
        self,
        lines: impl Iterator<Item = (usize, &'a [u8])>,
        first: usize,
        mut site: usize,
    ) -> (usize, usize) {
        for (number, line) in lines.take_while(|(_, line)| !line.starts_with(b">")) {
            for (column, &byte) in line.iter().enumerate() {
                if !is_sequence(line) || self.letter(byte).is_none() {
                    continue;
                }
                if site == 0 {
                    return (number, column + 1);
                }
                site -= 1;
            }
        }
        (first, 1)
    }
}

/// One aligned sequence.
pub(crate) struct Sequence {
    /// The text after `>`.
    pub(crate) name: String,
    /// The line of the name, from 1.
    pub(crate) line: u32,
    /// Its letters and gaps, without insert columns.
    pub(crate) letters: Vec<u8>,
}

/// Sequences from lines.
pub(crate) struct Parser {
    file: String,
    notation: Notation,
    /// The sequence whose lines are read.
    open: Option<Sequence>,
    /// Number of aligned sites of the first sequence.
    sites: Option<usize>,
}

impl Parser {
    pub(crate) fn of(file: &str, notation: Notation) -> Self {
        Self {
            file: file.into(),
            notation,
            open: None,
            sites: None,
        }
    }

    /// Reads a line; returns the sequence that ended before it.
    pub(crate) fn line(
        &mut self,
        number: usize,
        line: &[u8],
    ) -> Result<Option<Sequence>, AlignmentError> {
        if line.starts_with(b">") {
            let ended = self.end()?;
            self.open = Some(Sequence {
                name: name_of(line),
                line: u32::try_from(number).unwrap_or(u32::MAX),
                letters: Vec::with_capacity(self.sites.unwrap_or_default()),
            });
            return Ok(ended);
        }
        if is_sequence(line) {
            let Some(sequence) = &mut self.open else {
                return Err(AlignmentError::NoHeader {
                    file: self.file.clone(),
                    line: number,
                    found: String::from_utf8_lossy(line).into_owned(),
                });
            };
            let letters = line.iter().filter_map(|&byte| self.notation.letter(byte));
            sequence.letters.extend(letters);
        }
        Ok(None)
    }

    /// The last sequence, whose length is checked.
    pub(crate) fn end(&mut self) -> Result<Option<Sequence>, AlignmentError> {
        let Some(sequence) = self.open.take() else {
            return Ok(None);
        };
        let found = sequence.letters.len();
        let expected = *self.sites.get_or_insert(found);
        if found != expected {
            return Err(AlignmentError::Length {
                file: self.file.clone(),
                line: sequence.line as usize,
                name: sequence.name,
                found,
                expected,
            });
        }
        Ok(Some(sequence))
    }

    /// Number of aligned sites, at least one.
    pub(crate) fn sites(&self) -> Result<usize, AlignmentError> {
        let file = self.file.clone();
        match self.sites {
            None => Err(AlignmentError::NoSequences { file }),
            Some(0) => Err(AlignmentError::NoSites { file }),
            Some(sites) => Ok(sites),
        }
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
