//! Sequences in FASTA files.

use std::io::{self, Write};

/// Letters of a line, as most programs write them.
const WIDTH: usize = 80;

/// Writes sequences, the first of which has this index, under their names, which are repeated where there are
/// more sequences, or under numbers.
pub(super) fn write(
    out: &mut dyn Write,
    names: Option<&[String]>,
    first: usize,
    sequences: impl Iterator<Item = String>,
) -> io::Result<()> {
    for (index, sequence) in (first..).zip(sequences) {
        match names {
            Some(names) => writeln!(out, ">{}", names[index % names.len()])?,
            None => writeln!(out, ">sample{}", index + 1)?,
        }
        // Letters of an alphabet are ASCII.
        for line in sequence.as_bytes().chunks(WIDTH) {
            out.write_all(line)?;
            out.write_all(b"\n")?;
        }
    }
    Ok(())
}
