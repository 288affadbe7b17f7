//! Correlations of data beside those of samples.

use std::path::Path;

use crate::ReportError;
use crate::correlation::Symmetric;
use crate::font::shortened;
use crate::maps::{Labels, Map, Maps};
use crate::numbers::{of, short};

/// Number of pairs with the largest difference that are named, and of letters of a name.
const NAMED: usize = 8;
const LETTERS: usize = 17;

/// Draws the correlations of data, of samples, and their difference as heat maps.
pub(crate) fn compare_correlations(
    names: Vec<String>,
    data: Symmetric,
    samples: Symmetric,
    path: &Path,
) -> Result<(), ReportError> {
    let difference = samples.minus(&data);
    let count = difference.pairs().count();
    let mut largest: Vec<(usize, usize, f32)> = difference.pairs().collect();
    largest.sort_by(|a, b| b.2.abs().total_cmp(&a.2.abs()));
    let pairs = largest.iter().take(NAMED).map(|&(i, j, r)| {
        let r = format!("{r:+.2}").replace('-', "−");
        let [first, second] = [j, i].map(|place| shortened(&names[place], LETTERS));
        format!("{r}   {first} / {second}")
    });
    let mut text = vec![
        format!(
            "RMS difference {} over {}",
            short(difference.root_mean_square()),
            of(count, "pair")
        ),
        "Largest differences:".to_owned(),
    ];
    text.extend(pairs);
    let map = |title: &str, note: String, matrix: Symmetric| Map {
        title: title.into(),
        note,
        matrix,
    };
    let strength = |matrix: &Symmetric| format!("RMS {}", short(matrix.root_mean_square()));
    let (of_data, of_samples) = (strength(&data), strength(&samples));
    let maps = Maps {
        maps: vec![
            map("data", of_data, data),
            map("samples", of_samples, samples),
            map("samples − data", String::new(), difference),
        ],
        labels: Labels::Names(names),
        text: match count {
            0 => Vec::new(),
            _ => text,
        },
    };
    maps.write(path)
}
