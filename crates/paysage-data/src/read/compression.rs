//! Files compressed with gzip or zstd.

use std::borrow::Cow;
use std::io::{self, BufRead, Read};

use super::expansion::{expands, limit};
use crate::error::{DataError, FormatError};

/// How a file is compressed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Compression {
    /// Deflate (RFC 1952).
    Gzip,
    /// Zstandard (RFC 8878). Windows of more than 128 MiB are refused, as by its own program.
    Zstd,
}

impl Compression {
    /// The compression of a file, from its first bytes.
    pub(super) fn of(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [0x1f, 0x8b, ..] => Some(Self::Gzip),
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Some(Self::Zstd),
            _ => None,
        }
    }

    /// The decompressed content. Several members or frames in succession are one file, as `cat a.gz b.gz`
    /// writes.
    pub(super) fn unpack<'a>(self, stored: impl BufRead + 'a) -> io::Result<Box<dyn Read + 'a>> {
        Ok(match self {
            Self::Gzip => Box::new(flate2::bufread::MultiGzDecoder::new(stored)),
            Self::Zstd => Box::new(zstd::Decoder::with_buffer(stored)?),
        })
    }

    /// The error that a file cannot be decompressed.
    pub(super) fn broken(self, file: &str, source: io::Error) -> DataError {
        let file = file.into();
        DataError::Format(match self {
            Self::Gzip => FormatError::BrokenGzip { file, source },
            Self::Zstd => FormatError::BrokenZstd { file, source },
        })
    }

    /// What to do with a file that expands too much.
    pub(super) fn remedy(self) -> &'static str {
        match self {
            Self::Gzip => "decompress it first (gunzip)",
            Self::Zstd => "decompress it first (unzstd)",
        }
    }
}

/// The content of a file, decompressed if it is compressed.
pub(super) fn unpacked<'a>(file: &str, bytes: &'a [u8]) -> Result<Cow<'a, [u8]>, DataError> {
    unpacked_within(file, bytes, limit(bytes.len() as u64))
}

fn unpacked_within<'a>(
    file: &str,
    bytes: &'a [u8],
    limit: u64,
) -> Result<Cow<'a, [u8]>, DataError> {
    let Some(compression) = Compression::of(bytes) else {
        return Ok(Cow::Borrowed(bytes));
    };
    let mut content = Vec::new();
    let unpacked = compression.unpack(bytes);
    unpacked
        .and_then(|unpacked| {
            let mut unpacked = unpacked.take(limit.saturating_add(1));
            unpacked.read_to_end(&mut content)
        })
        .map_err(|source| compression.broken(file, source))?;
    match content.len() as u64 > limit {
        true => {
            let remedy = compression.remedy();
            Err(expands(file, bytes.len() as u64, limit, remedy))
        }
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
            for packed in [packed(&content), zstd::encode_all(&content[..], 3).unwrap()] {
                std::fs::write(&path, packed).unwrap();
                let table = read(path.to_str().unwrap()).unwrap();
                assert_eq!(table.values(), [0.0, 1.0], "{name}");
            }
        }
    }

    #[test]
    fn members_one_after_another_are_one_file() {
        let bytes = [packed(b"1,2\n"), packed(b"3,4\n")].concat();
        assert_eq!(&*unpacked("a", &bytes).unwrap(), b"1,2\n3,4\n");
        let frames = [&b"1,2\n"[..], b"3,4\n"].map(|part| zstd::encode_all(part, 3).unwrap());
        assert_eq!(&*unpacked("a", &frames.concat()).unwrap(), b"1,2\n3,4\n");
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
        let bytes = zstd::encode_all(&[0; 100_000][..], 3).unwrap();
        assert!(unpacked_within("a.zst", &bytes, 100_000).is_ok());
        let error = unpacked_within("a.zst", &bytes, 99_999).unwrap_err();
        assert!(error.to_string().ends_with("(unzstd)"), "{error}");
        assert_eq!((limit(0), limit(1 << 20)), (1 << 30, 1 << 30));
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
        let frame = zstd::encode_all(&[7; 1000][..], 3).unwrap();
        for length in 4..frame.len() {
            let error = unpacked("a.zst", &frame[..length]).unwrap_err();
            assert!(
                matches!(error, DataError::Format(FormatError::BrokenZstd { .. })),
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
