//! Sequences in FASTA files.

use std::io::{self, Write};

/// Letters of a line, as most programs write them.
const WIDTH: usize = 80;

/// Writes a sequence under its name.
pub(super) fn write(out: &mut dyn Write, name: &str, sequence: &str) -> io::Result<()> {
    writeln!(out, ">{name}")?;
    // Letters of an alphabet are ASCII.
    for line in sequence.as_bytes().chunks(WIDTH) {
        out.write_all(line)?;
        out.write_all(b"\n")?;
    }
    Ok(())
}
