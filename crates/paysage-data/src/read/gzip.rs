//! Files compressed with gzip.

use std::borrow::Cow;
use std::io::Read;

use super::expansion::{GUNZIP, expands, limit};
use crate::error::{DataError, FormatError};

/// Whether a file begins as a gzip file does.
pub(super) fn is_gzip(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0x1f, 0x8b])
}

/// The content of a file, decompressed if it is a gzip file.
pub(super) fn unpacked<'a>(file: &str, bytes: &'a [u8]) -> Result<Cow<'a, [u8]>, DataError> {
    unpacked_within(file, bytes, limit(bytes.len() as u64))
}

fn unpacked_within<'a>(
    file: &str,
    bytes: &'a [u8],
    limit: u64,
) -> Result<Cow<'a, [u8]>, DataError> {
    if !is_gzip(bytes) {
        return Ok(Cow::Borrowed(bytes));
    }
    let mut content = Vec::new();
    // Several members in succession are one file, as `cat a.gz b.gz` writes.
    flate2::read::MultiGzDecoder::new(bytes)
        .take(limit.saturating_add(1))
        .read_to_end(&mut content)
        .map_err(|source| {
            DataError::Format(FormatError::BrokenGzip {
                file: file.into(),
                source,
            })
        })?;
    match content.len() as u64 > limit {
        true => Err(expands(file, bytes.len() as u64, limit, GUNZIP)),
        false => Ok(Cow::Owned(content)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::read;
    use flate2::{Compression, write::GzEncoder};
    use std::io::Write;

    fn packed(content: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(content).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn every_format_may_be_compressed() {
        let folder = tempfile::tempdir().unwrap();
        let npy = folder.path().join("plain.npy");
        crate::write_npy(&npy, 1, 2, &[0.0, 1.0]).unwrap();
        let idx = [
            &[0, 0, 8, 3][..],
            &[0, 0, 0, 1],
            &[0, 0, 0, 1],
            &[0, 0, 0, 2],
            &[0, 255],
        ];
        for (name, content) in [
            ("a.npy.gz", std::fs::read(&npy).unwrap()),
            ("a.csv.gz", b"0,1\n".to_vec()),
            ("a-images-idx3-ubyte.gz", idx.concat()),
            ("no-ending", idx.concat()),
        ] {
            let path = folder.path().join(name);
            std::fs::write(&path, packed(&content)).unwrap();
            assert_eq!(
                read(path.to_str().unwrap()).unwrap().values(),
                [0.0, 1.0],
                "{name}"
            );
        }
    }

    #[test]
    fn members_one_after_another_are_one_file() {
        let bytes = [packed(b"1,2\n"), packed(b"3,4\n")].concat();
        assert_eq!(&*unpacked("a", &bytes).unwrap(), b"1,2\n3,4\n");
    }

    #[test]
    fn refuses_what_expands_beyond_the_limit() {
        // Many members of zeros are a file of one ratio and any length.
        let bytes = packed(&[0; 10_000]).repeat(10);
        assert_eq!(
            unpacked_within("a.gz", &bytes, 100_000).unwrap().len(),
            100_000
        );
        let message = unpacked_within("a.gz", &bytes, 99_999)
            .unwrap_err()
            .to_string();
        assert_eq!(
            message,
            format!(
                "a.gz: expands from {} to more than 99999 bytes, at least 400 times as many; if that is \
                 right, decompress it first (gunzip)",
                bytes.len()
            )
        );
        assert_eq!((limit(0), limit(1 << 20)), (1 << 31, 1 << 31));
        assert_eq!(limit(1 << 30), 400 << 30);
    }

    #[test]
    fn refuses_what_is_cut_or_spoilt() {
        let whole = packed(&[7; 1000]);
        for length in [2, 9, whole.len() / 2, whole.len() - 1] {
            let error = unpacked("a.gz", &whole[..length]).unwrap_err();
            assert!(
                matches!(error, DataError::Format(FormatError::BrokenGzip { .. })),
                "{length}: {error}"
            );
        }
        let mut spoilt = whole.clone();
        let checksum = spoilt.len() - 8;
        spoilt[checksum] ^= 1;
        assert!(matches!(
            unpacked("a.gz", &spoilt),
            Err(DataError::Format(FormatError::BrokenGzip { .. }))
        ));
    }
}
