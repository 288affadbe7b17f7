//! Which quantities a run recorded, and their curves.

use crate::EpochRecord;
use crate::names::{self, Name};
use crate::scale::{Scale, drawable};

/// Up to this many epochs each is marked with a dot.
const DOTTED: usize = 24;

/// One quantity, to be drawn in one panel.
pub(crate) struct Panel {
    pub(crate) stem: String,
    pub(crate) epochs: (f64, f64),
    pub(crate) dotted: bool,
    pub(crate) scale: Scale,
    pub(crate) series: Vec<Series>,
}

pub(crate) struct Series {
    pub(crate) name: Name,
    /// Runs of finite values, split where a value is missing.
    pub(crate) runs: Vec<Vec<(f64, f64)>>,
}

/// The quantities that are finite at some epoch, by name.
pub(crate) fn panels(records: &[EpochRecord]) -> Vec<Panel> {
    let (Some(first), Some(last)) = (records.first(), records.last()) else {
        return Vec::new();
    };
    let mut keys: Vec<&String> = records
        .iter()
        .flat_map(|record| record.values.keys())
        .collect();
    keys.sort();
    keys.dedup();
    let mut groups: Vec<(String, Vec<Series>)> = Vec::new();
    for key in keys {
        let name = names::split(key);
        let series = Series {
            runs: runs(records, key),
            name,
        };
        match groups
            .iter_mut()
            .find(|(stem, _)| *stem == series.name.stem)
        {
            Some((_, group)) => group.push(series),
            None => groups.push((series.name.stem.clone(), vec![series])),
        }
    }
    groups
        .into_iter()
        .filter_map(|(stem, mut series)| {
            series.sort_by(|a, b| a.name.order.cmp(&b.name.order));
            let values = series
                .iter()
                .flat_map(|series| series.runs.iter().flatten());
            let scale = Scale::around(values.map(|&(_, value)| value), 4)?;
            let epochs = (first.epoch as f64, last.epoch as f64);
            Some(Panel {
                stem,
                epochs,
                dotted: records.len() <= DOTTED,
                scale,
                series,
            })
        })
        .collect()
}

fn runs(records: &[EpochRecord], key: &str) -> Vec<Vec<(f64, f64)>> {
    let points: Vec<_> = records
        .iter()
        .map(|record| {
            let value = record
                .values
                .get(key)
                .copied()
                .filter(|&value| drawable(value));
            value.map(|value| (record.epoch as f64, value))
        })
        .collect();
    points
        .split(Option::is_none)
        .filter(|run| !run.is_empty())
        .map(|run| run.iter().flatten().copied().collect())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(epoch: usize, values: &[(&str, f64)]) -> EpochRecord {
        let values = values
            .iter()
            .map(|(name, value)| (name.to_string(), *value))
            .collect();
        EpochRecord {
            epoch,
            seconds: 1.0,
            values,
        }
    }

    #[test]
    fn names_that_share_a_stem_share_a_panel() {
        let records = [record(
            1,
            &[
                ("free_energy_validation", 1.0),
                ("free_energy_training", 2.0),
                ("zoom", 3.0),
            ],
        )];
        let panels = panels(&records);
        assert_eq!(panels.len(), 2);
        let series: Vec<_> = panels[0]
            .series
            .iter()
            .map(|series| &series.name.series)
            .collect();
        assert_eq!(series, ["training", "validation"]);
    }

    #[test]
    fn what_is_not_finite_breaks_the_line() {
        let records: Vec<_> = [1.0, f64::NAN, 2.0, 3.0, f64::INFINITY]
            .into_iter()
            .enumerate()
            .map(|(epoch, value)| record(epoch, &[("a", value), ("b", f64::NAN)]))
            .collect();
        let panels = panels(&records);
        assert_eq!(panels.len(), 1);
        assert_eq!(
            panels[0].series[0].runs,
            [vec![(0.0, 1.0)], vec![(2.0, 2.0), (3.0, 3.0)]]
        );
    }
}
