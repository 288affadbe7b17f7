//! Reading alignments, and the layout that they have.

mod open;

use super::matching::Matched;
use super::read::Found;
use super::{Columns, Layout, LayoutError, MatchOptions};
use crate::alignment::{
    Alignment, AlignmentError, AlignmentSummary, Alphabet, Encoded, Encoding, Gaps, Sequences,
    Unknown, check_identity, identity_weights,
};
use crate::dataset::{Dataset, Draft, ReadOptions};
use crate::error::DataError;
use crate::weights::{Kept, total_weight};

impl ReadOptions {
    /// The alignment of a model to be trained.
    pub(crate) fn alignment(&self, sequences: &Sequences) -> Result<Draft, DataError> {
        self.check_alignment(&sequences.file)?;
        let unknown = self.unknown_letters();
        let alignment = self.sites(sequences.sites, &sequences.alphabet);
        let inferred = self.alphabet.is_none();
        let read = Aligned::read(sequences, &alignment, unknown, self.reweight)?;
        let Encoded { table, names, .. } = read.encoded;
        let carried = vec![names];
        let table = match self.reweight {
            Some(_) => table,
            None => self.weighted(table, &[], None, Some(&read.kept), Vec::new())?,
        };
        let data = Dataset {
            table,
            layout: Layout::of(Columns::Alignment(alignment)),
            carried,
            warnings: Vec::new(),
            alignment: Some(AlignmentSummary {
                inferred,
                ..read.summary
            }),
        };
        Ok(Draft {
            data,
            kept: Some(read.kept),
        })
    }

    /// Checks that no option is one of tables.
    fn check_alignment(&self, file: &str) -> Result<(), AlignmentError> {
        let unsuitable = [
            ("--scale", self.scale.is_some()),
            ("--threshold", self.threshold.is_some()),
            ("--array", self.array.is_some()),
            ("--columns", !self.columns.is_empty()),
            ("--drop", !self.drop.is_empty()),
        ];
        let file = file.into();
        match unsuitable.into_iter().find(|(_, given)| *given) {
            Some((option, _)) => Err(AlignmentError::NotForAlignments { file, option }),
            None => Ok(()),
        }
    }

    /// So many sites of the alphabet, which is this one where none is given.
    fn sites(&self, sites: usize, inferred: &Alphabet) -> Alignment {
        let alphabet = self.alphabet.as_ref().unwrap_or(inferred).clone();
        let gaps = self.gaps.unwrap_or_default();
        Alignment::new(sites, alphabet, gaps, self.unknown_letters())
    }

    fn unknown_letters(&self) -> Unknown {
        self.unknown.unwrap_or(match self.missing {
            true => Unknown::Missing,
            false => Unknown::Drop,
        })
    }

    /// Checks that no option is one of alignments.
    pub(crate) fn check_no_alignment(&self) -> Result<(), AlignmentError> {
        let options = [
            ("--alphabet", self.alphabet.is_some()),
            ("--gaps", self.gaps.is_some()),
            ("--unknown", self.unknown.is_some()),
        ];
        let option = options.into_iter().find(|(_, given)| *given);
        match (option, self.reweight) {
            (None, reweight) => check_no_reweighting(&self.source, reweight),
            (Some((option, _)), _) => Err(AlignmentError::ForAlignments {
                file: self.source.clone(),
                option,
            }),
        }
    }
}

/// Checks that a table is not to be weighted as an alignment.
pub(super) fn check_no_reweighting(
    source: &str,
    reweight: Option<f64>,
) -> Result<(), AlignmentError> {
    match reweight {
        None => Ok(()),
        Some(_) => Err(AlignmentError::ForAlignments {
            file: source.into(),
            option: "--reweight",
        }),
    }
}

impl Layout {
    /// Whether sites of sequences may be missing, unknown letters being this.
    pub(super) fn misses_sites(&self, unknown: Option<Unknown>) -> bool {
        self.alignment().is_some_and(|alignment| {
            let unknown = unknown.unwrap_or(alignment.unknown);
            alignment.gaps() == Gaps::Missing || unknown == Unknown::Missing
        })
    }

    /// The units of an alignment.
    pub(super) fn read_sequences(
        &self,
        sequences: &Sequences,
        options: &MatchOptions,
    ) -> Result<Found, DataError> {
        let file = || sequences.file.clone();
        let Columns::Alignment(alignment) = &self.columns else {
            let expected = Some("as the model was trained on");
            return Err(AlignmentError::NoTable {
                file: file(),
                expected,
            }
            .into());
        };
        if sequences.sites != alignment.sites {
            return Err(LayoutError::Sites {
                file: file(),
                found: sequences.sites,
                expected: alignment.sites,
            }
            .into());
        }
        let unknown = options.unknown.unwrap_or(alignment.unknown);
        let read = Aligned::read(sequences, alignment, unknown, options.reweight)?;
        Ok(Found {
            table: read.encoded.table,
            carried: vec![read.encoded.names],
            matched: Matched::sequences(),
            alignment: Some(read.summary),
            kept: Some(read.kept),
        })
    }
}

/// A table of aligned sequences.
struct Aligned {
    encoded: Encoded,
    summary: AlignmentSummary,
    kept: Kept,
}

impl Aligned {
    fn read(
        sequences: &Sequences,
        alignment: &Alignment,
        unknown: Unknown,
        reweight: Option<f64>,
    ) -> Result<Self, DataError> {
        if let Some(identity) = reweight {
            check_identity(identity)?;
        }
        let encoding = Encoding::of(sequences, alignment, unknown)?;
        let mut encoded = encoding.encoded()?;
        let mut effective = None;
        if let Some(identity) = reweight {
            let weights = identity_weights(&encoding.symbols, alignment.sites, identity)?;
            effective = Some((identity, total_weight(&weights)));
            encoded.table = encoded.table.weighted(weights);
        }
        let summary = AlignmentSummary {
            file: sequences.file.clone(),
            sequences: encoding.kept.len(),
            alignment: alignment.clone(),
            inferred: false,
            dropped: encoded.dropped,
            unknown: encoded.unknown,
            effective,
        };
        let kept = Kept {
            of: sequences.count(),
            rows: encoding.kept,
        };
        Ok(Self {
            encoded,
            summary,
            kept,
        })
    }
}

#[cfg(test)]
mod tests;
