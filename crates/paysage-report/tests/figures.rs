//! Single figures: their content and their errors.

#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests, outside #[test] functions"
)]

use std::fs::{self, File};
use std::io::BufReader;
use std::path::{Path, PathBuf};

use paysage_report::{
    EpochRecord, ImageGrid, Palette, ReportError, compare_grids, compare_moments, histogram,
    interleave_grids, learning_curves, weight_map,
};

/// Width, height and RGB bytes of a PNG file.
fn decode(path: &Path) -> (usize, usize, Vec<u8>) {
    let mut reader = png::Decoder::new(BufReader::new(File::open(path).unwrap()))
        .read_info()
        .unwrap();
    let mut bytes = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut bytes).unwrap();
    assert_eq!(
        (info.color_type, info.bit_depth),
        (png::ColorType::Rgb, png::BitDepth::Eight)
    );
    (info.width as usize, info.height as usize, bytes)
}

fn in_folder(draw: impl FnOnce(&Path)) {
    let folder = tempfile::tempdir().unwrap();
    draw(&folder.path().join("figure.png"));
}

/// Two images of 1 x 2 beside each other: `[0, 1]` and `[a, b]`.
fn grid(values: &[f32], palette: Palette, magnify: usize) -> ImageGrid<'_> {
    ImageGrid {
        values,
        height: 1,
        width: 2,
        columns: 2,
        palette,
        magnify,
    }
}

#[test]
fn grids_have_the_promised_size_and_colours() {
    for (palette, expected) in [
        (Palette::Gray, [[0; 3], [255; 3], [128; 3], [255; 3]]),
        (Palette::Ink, [[255; 3], [0; 3], [127; 3], [0; 3]]),
        (
            Palette::Diverging,
            [[255; 3], [178, 24, 43], [239, 138, 98], [178, 24, 43]],
        ),
    ] {
        in_folder(|path| {
            grid(&[0.0, 1.0, 0.5, 1.0], palette, 3).write(path).unwrap();
            let (width, height, bytes) = decode(path);
            assert_eq!((width, height), (2 * (2 * 3 + 2) + 2, 3 + 4));
            let pixel = |x: usize, y: usize| &bytes[(y * width + x) * 3..][..3];
            // Each value is a sharp square of 3 x 3.
            for (x, colour) in [2, 5, 10, 13].into_iter().zip(expected) {
                for (dx, dy) in [(0, 0), (2, 0), (0, 2), (2, 2)] {
                    assert_eq!(pixel(x + dx, 2 + dy), colour, "{palette:?} at {x}");
                }
            }
            assert_eq!(pixel(0, 0), pixel(8, 3));
        });
    }
}

#[test]
fn diverging_images_are_scaled_one_by_one() {
    in_folder(|path| {
        grid(&[-8.0, 8.0, -0.01, 0.01], Palette::Diverging, 1)
            .write(path)
            .unwrap();
        let (width, height, bytes) = decode(path);
        assert_eq!((width, height), (7, 3));
        let row = &bytes[width * 3..];
        assert_eq!(row[3..9], row[12..18]);
        assert_eq!(row[3..6], [33, 102, 172]);
    });
}

#[test]
fn a_short_last_row_is_left_white() {
    in_folder(|path| {
        grid(&[0.0; 6], Palette::Gray, 1).write(path).unwrap();
        let (width, height, bytes) = decode(path);
        assert_eq!((width, height), (7, 5));
        assert_eq!(bytes[bytes.len() - 3..], [255; 3]);
    });
}

#[test]
fn comparisons_show_both_grids() {
    in_folder(|path| {
        let (dark, pale) = ([1.0; 4], [0.0; 4]);
        let (dark, pale) = (grid(&dark, Palette::Ink, 9), grid(&pale, Palette::Ink, 9));
        compare_grids(("data", dark), ("fantasies", pale), path).unwrap();
        let (width, height, bytes) = decode(path);
        assert!(width > 2 * 42 && height > 13);
        let black = |x: std::ops::Range<usize>| {
            let row = &bytes[(height - 6) * width * 3..][..width * 3];
            row.chunks(3)
                .enumerate()
                .any(|(i, pixel)| x.contains(&i) && pixel == [0; 3])
        };
        assert!(black(0..width / 2) && !black(width / 2..width));

        interleave_grids(("originals", dark), ("reconstructions", pale), path).unwrap();
        let (width, height, bytes) = decode(path);
        let pixel = |x: usize, y: usize| &bytes[(y * width + x) * 3..][..3];
        assert_eq!(pixel(5, height - 5), [255; 3]);
        assert_eq!(pixel(5, height - 5 - 11), [0; 3]);
    });
}

#[test]
fn sizes_that_do_not_match_are_errors() {
    in_folder(|path| {
        let good = grid(&[0.0; 4], Palette::Ink, 1);
        let refused = |result: Result<(), ReportError>| {
            let error = result.unwrap_err();
            let message = error.to_string();
            assert!(
                message.contains("figure.png") && !message.contains('\n'),
                "{message}"
            );
            assert!(!path.exists());
            error
        };
        for bad in [
            ImageGrid { height: 0, ..good },
            ImageGrid { width: 0, ..good },
            ImageGrid { columns: 0, ..good },
            ImageGrid { magnify: 0, ..good },
        ] {
            assert!(matches!(
                refused(bad.write(path)),
                ReportError::ZeroSize { .. }
            ));
        }
        for bad in [
            ImageGrid { width: 3, ..good },
            ImageGrid {
                width: usize::MAX,
                height: 2,
                ..good
            },
        ] {
            assert!(matches!(
                refused(bad.write(path)),
                ReportError::NotWholeImages { .. }
            ));
        }
        let empty = ImageGrid {
            values: &[],
            ..good
        };
        assert!(matches!(
            refused(empty.write(path)),
            ReportError::Nothing { .. }
        ));
        for magnify in [1_000_000, usize::MAX] {
            let huge = ImageGrid { magnify, ..good };
            assert!(matches!(
                refused(huge.write(path)),
                ReportError::TooLarge { .. }
            ));
            let pair = interleave_grids(("a", huge), ("b", huge), path);
            assert!(matches!(refused(pair), ReportError::TooLarge { .. }));
        }
        let fewer = ImageGrid {
            values: &[0.0; 2],
            ..good
        };
        let pair = interleave_grids(("a", good), ("b", fewer), path);
        assert!(matches!(refused(pair), ReportError::UnlikeGrids { .. }));

        let error = refused(weight_map(2, 3, &[0.0; 5], path));
        assert!(matches!(error, ReportError::MatrixSize { values: 5, .. }));
        assert!(matches!(
            refused(weight_map(0, 3, &[], path)),
            ReportError::ZeroSize { .. }
        ));
        let error = refused(compare_moments(2, &[0.0; 4], &[0.0; 3], path));
        assert!(matches!(error, ReportError::NotWholeRows { values: 3, .. }));
        assert!(matches!(
            refused(compare_moments(0, &[], &[], path)),
            ReportError::ZeroSize { .. }
        ));
        let error = refused(compare_moments(2, &[], &[0.0; 2], path));
        assert!(matches!(error, ReportError::Nothing { .. }));
        let error = refused(histogram("weights", &[f32::NAN], path));
        assert!(matches!(error, ReportError::Nothing { .. }));
        assert!(matches!(
            refused(learning_curves(&[], path)),
            ReportError::Nothing { .. }
        ));
    });
}

fn record(epoch: usize, values: &[(&str, f64)]) -> EpochRecord {
    EpochRecord::new(epoch, 1.0, values)
}

#[test]
fn curves_of_any_kind_are_drawn() {
    let one = vec![record(1, &[("a", 2.0), ("a_validation", 3.0)])];
    let constant: Vec<_> = (1..=9).map(|epoch| record(epoch, &[("a", 0.5)])).collect();
    let odd = [
        f64::NAN,
        1.0,
        f64::INFINITY,
        -1e300,
        1e300,
        2e-300,
        f64::NEG_INFINITY,
    ];
    let odd: Vec<_> = odd
        .iter()
        .enumerate()
        .map(|(epoch, &value)| record(epoch, &[("a", value)]))
        .collect();
    let far = vec![
        record(0, &[("a", 1e30)]),
        record(usize::MAX, &[("a", -1e30)]),
    ];
    for records in [one, constant, odd, far] {
        in_folder(|path| {
            learning_curves(&records, path).unwrap();
            let (width, _, bytes) = decode(path);
            assert!(width >= 1000);
            // The first series is there, in its blue.
            assert!(bytes.chunks(3).any(|pixel| pixel == [0, 114, 178]));
        });
    }
    in_folder(|path| {
        let error = learning_curves(&[record(1, &[("a", f64::NAN)])], path).unwrap_err();
        assert!(matches!(error, ReportError::Nothing { .. }));
    });
}

#[test]
fn bounds_are_drawn_as_a_pale_band() {
    let bounded = |epoch, width: f64| {
        let x = -90.0 + epoch as f64;
        let values = [
            ("a_ais", x),
            ("a_ais_low", x - width),
            ("a_ais_high", x + width),
        ];
        record(epoch, &values)
    };
    // A band of some epochs, and the whisker of one.
    for records in [
        vec![bounded(1, 3.0), record(2, &[]), bounded(3, 1.0)],
        vec![bounded(1, 2.0)],
    ] {
        in_folder(|path| {
            learning_curves(&records, path).unwrap();
            let (_, _, bytes) = decode(path);
            // About a quarter of the blue of the first series.
            let pale = |pixel: &[u8]| {
                let pairs = pixel.iter().zip([191_u8, 219, 236]);
                pairs.into_iter().all(|(x, blue)| x.abs_diff(blue) <= 6)
            };
            assert!(bytes.chunks(3).filter(|pixel| pale(pixel)).count() > 1000);
        });
    }
}

#[test]
fn charts_take_degenerate_tables() {
    in_folder(|path| {
        compare_moments(1, &[1.0, 2.0], &[1.5], path).unwrap();
        compare_moments(2, &[0.0; 4], &[0.0; 8], path).unwrap();
        compare_moments(
            2,
            &[f32::NAN, 1.0, 2.0, 2.0],
            &[1.0, f32::INFINITY, 1.0, 0.0],
            path,
        )
        .unwrap();
        weight_map(1, 1, &[0.0], path).unwrap();
        weight_map(2, 2, &[f32::NAN, 1.0, f32::INFINITY, -2.0], path).unwrap();
        weight_map(5000, 1, &vec![1.0; 5000], path).unwrap();
        histogram("one", &[1e30, f32::NAN], path).unwrap();
        histogram("far", &[f32::MIN, f32::MAX, 0.0], path).unwrap();
        assert!(decode(path).0 > 100);
    });
}

#[test]
fn a_folder_that_cannot_be_written_is_an_error() {
    let path = PathBuf::from("/nowhere/figures/curves.png");
    for result in [
        learning_curves(&[record(1, &[("a", 1.0)])], &path),
        grid(&[0.0; 4], Palette::Ink, 1).write(&path),
        histogram("weights", &[1.0], &path),
    ] {
        let error = result.unwrap_err();
        assert!(matches!(error, ReportError::Write { .. }));
        assert!(
            error.to_string().contains("/nowhere/figures/curves.png"),
            "{error}"
        );
    }
}

#[test]
fn the_same_values_give_the_same_file() {
    in_folder(|path| {
        let draw = || {
            histogram("weights", &[0.1, 0.2, 0.4], path).unwrap();
            fs::read(path).unwrap()
        };
        assert_eq!(draw(), draw());
    });
}
