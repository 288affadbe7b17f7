//! The header of a NumPy file.
//!
//! The magic bytes, a version, the length of a text, and the text: a Python dictionary such as
//! `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }` (NEP 1). It is read strictly,
//! and nothing in it decides how much memory is allocated.

use crate::error::{DataError, FormatError};

pub(super) const MAGIC: &[u8] = b"\x93NUMPY";

/// The content of the header, and where the values start.
#[derive(Debug, PartialEq)]
pub(super) struct Header {
    /// The byte order, kind and size of a value: `<f4`.
    pub(super) descr: String,
    /// Whether the first index varies fastest.
    pub(super) fortran: bool,
    pub(super) shape: Vec<u64>,
    pub(super) start: usize,
}

pub(super) fn parse(file: &str, bytes: &[u8]) -> Result<Header, DataError> {
    let bad = |expected| {
        DataError::Format(FormatError::BadHeader {
            file: file.into(),
            format: "NumPy",
            expected,
        })
    };
    let short = |expected: usize| {
        DataError::Format(FormatError::Truncated {
            file: file.into(),
            expected: expected as u128,
            found: bytes.len() as u64,
        })
    };
    let Some(rest) = bytes.strip_prefix(MAGIC) else {
        return Err(bad(
            "it should start with \\x93NUMPY; write it with numpy.save",
        ));
    };
    let (length, before) = match *rest {
        [1, _, a, b, ..] => (usize::from(u16::from_le_bytes([a, b])), 10),
        [2 | 3, _, a, b, c, d, ..] => (u32::from_le_bytes([a, b, c, d]) as usize, 12),
        [1..=3, ..] | [] => return Err(short(12)),
        _ => return Err(bad("its version should be 1, 2 or 3")),
    };
    let start = length.saturating_add(before);
    let Some(text) = bytes.get(before..start) else {
        return Err(short(start));
    };
    let text = std::str::from_utf8(text).map_err(|_| bad("its header should be text"))?;
    let (descr, fortran, shape) = dictionary(text).map_err(|fault| match fault {
        Fault::Records => DataError::Format(FormatError::UnsupportedType {
            file: file.into(),
            found: "record".into(),
            expected: super::npy::TYPES,
        }),
        Fault::Malformed(expected) => bad(expected),
    })?;
    Ok(Header {
        descr,
        fortran,
        shape,
        start,
    })
}

enum Fault {
    /// The values are records of fields.
    Records,
    Malformed(&'static str),
}

fn dictionary(text: &str) -> Result<(String, bool, Vec<u64>), Fault> {
    use Fault::Malformed;
    let mut descr = None;
    let mut fortran = None;
    let mut shape = None;
    let inner = text
        .trim()
        .strip_prefix('{')
        .and_then(|text| text.strip_suffix('}'))
        .ok_or(Malformed("its header should be a dictionary"))?;
    let mut rest = inner.trim();
    while !rest.is_empty() {
        let (key, after) = string(rest).ok_or(Malformed("its header should have quoted keys"))?;
        let value = after
            .trim_start()
            .strip_prefix(':')
            .ok_or(Malformed("its header should have a value for each key"))?
            .trim_start();
        rest = match key {
            "descr" if value.starts_with('[') => return Err(Fault::Records),
            "descr" => {
                let (text, after) =
                    string(value).ok_or(Malformed("its 'descr' should be a quoted type"))?;
                descr = Some(text.to_owned());
                after
            }
            "fortran_order" => {
                let (truth, after) =
                    truth(value).ok_or(Malformed("its 'fortran_order' should be True or False"))?;
                fortran = Some(truth);
                after
            }
            "shape" => {
                let (extents, after) = extents(value).ok_or(Malformed(
                    "its 'shape' should be whole numbers in parentheses",
                ))?;
                shape = Some(extents);
                after
            }
            _ => {
                return Err(Malformed(
                    "its keys should be descr, fortran_order and shape",
                ));
            }
        };
        rest = rest.trim_start();
        rest = match rest.strip_prefix(',') {
            Some(rest) => rest.trim_start(),
            None if rest.is_empty() => rest,
            None => return Err(Malformed("its header should have commas between its keys")),
        };
    }
    match (descr, fortran, shape) {
        (Some(descr), Some(fortran), Some(shape)) => Ok((descr, fortran, shape)),
        _ => Err(Malformed(
            "its header should have descr, fortran_order and shape",
        )),
    }
}

/// A quoted string at the start, and what follows it.
fn string(text: &str) -> Option<(&str, &str)> {
    let quote = text
        .chars()
        .next()
        .filter(|quote| matches!(quote, '\'' | '"'))?;
    text[1..].split_once(quote)
}

fn truth(text: &str) -> Option<(bool, &str)> {
    let rest = text.strip_prefix("True").map(|rest| (true, rest));
    rest.or_else(|| text.strip_prefix("False").map(|rest| (false, rest)))
}

fn extents(text: &str) -> Option<(Vec<u64>, &str)> {
    let (inner, rest) = text.strip_prefix('(')?.split_once(')')?;
    let inner = inner.trim();
    let inner = inner.strip_suffix(',').unwrap_or(inner);
    if inner.is_empty() {
        return Some((Vec::new(), rest));
    }
    // Python 2 wrote long integers as `3L`.
    let extent = |text: &str| text.trim().trim_end_matches('L').parse().ok();
    Some((inner.split(',').map(extent).collect::<Option<_>>()?, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn preamble(text: &str) -> Vec<u8> {
        [
            MAGIC,
            &[1, 0],
            &(text.len() as u16).to_le_bytes(),
            text.as_bytes(),
        ]
        .concat()
    }

    #[test]
    fn reads_the_ways_to_write_a_dictionary() {
        for (text, shape) in [
            (
                "{'descr': '<f4', 'fortran_order': True, 'shape': (3, 4), }   \n",
                &[3, 4][..],
            ),
            (
                "{\"shape\":(7,),\"fortran_order\":True,\"descr\":\"<f4\"}",
                &[7],
            ),
            (
                "{'descr': '<f4' , 'fortran_order' : True, 'shape': ()}",
                &[],
            ),
            (
                "{'shape': (3L, 4L), 'fortran_order': True, 'descr': '<f4'}",
                &[3, 4],
            ),
        ] {
            let header = parse("t", &preamble(text)).unwrap();
            let start = 10 + text.len();
            let descr = "<f4".into();
            assert_eq!(
                header,
                Header {
                    descr,
                    fortran: true,
                    shape: shape.into(),
                    start
                }
            );
        }
    }

    #[test]
    fn reads_versions_two_and_three() {
        let text = "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2)}";
        for version in [2, 3] {
            let length = (text.len() as u32).to_le_bytes();
            let bytes = [MAGIC, &[version, 0], &length, text.as_bytes()].concat();
            assert_eq!(parse("t", &bytes).unwrap().start, 12 + text.len());
            let claim = [MAGIC, &[version, 0], &[255; 4], text.as_bytes()].concat();
            assert!(matches!(
                parse("t", &claim),
                Err(DataError::Format(FormatError::Truncated { .. }))
            ));
        }
        let error = parse("t", &[MAGIC, &[4, 0, 1, 0, 0, 0, 0]].concat()).unwrap_err();
        assert!(matches!(
            error,
            DataError::Format(FormatError::BadHeader { .. })
        ));
    }

    #[test]
    fn every_cut_is_truncated() {
        let whole = preamble("{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2)}");
        for length in MAGIC.len()..whole.len() {
            let error = parse("t", &whole[..length]).unwrap_err();
            assert!(
                matches!(error, DataError::Format(FormatError::Truncated { .. })),
                "{length}: {error}"
            );
        }
    }

    #[test]
    fn refuses_what_is_no_such_dictionary() {
        let open = "(".repeat(60_000);
        for text in [
            "",
            "{}",
            "[1]",
            "{'descr'}",
            "{'descr': 4}",
            "{'descr: '<f4'}",
            "{'descr': '<f4', 'fortran_order': Maybe, 'shape': (1, 2)}",
            "{'descr': '<f4', 'fortran_order': False, 'shape': (1, -2)}",
            "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 99999999999999999999)}",
            "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2) 'x': 1}",
            "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2), 'x': 1}",
            "{'descr': '<f4', 'fortran_order': False}",
            "{é: 1}",
            &open,
        ] {
            let error = parse("t", &preamble(text)).unwrap_err();
            assert!(
                matches!(error, DataError::Format(FormatError::BadHeader { .. })),
                "{text}: {error}"
            );
        }
        let records = "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,)}";
        let error = parse("t", &preamble(records)).unwrap_err();
        assert!(matches!(
            error,
            DataError::Format(FormatError::UnsupportedType { .. })
        ));
    }
}
