//! The quantities of a run, and their curves.

use crate::EpochRecord;
use crate::names::{self, Name};
use crate::scale::{Scale, drawable};

/// Largest number of values of a series that is drawn with dots.
const DOTTED: usize = 24;

/// One quantity, to be drawn in one panel.
pub(crate) struct Panel {
    pub(crate) stem: String,
    pub(crate) epochs: (f64, f64),
    pub(crate) scale: Scale,
    pub(crate) series: Vec<Series>,
}

pub(crate) struct Series {
    pub(crate) name: Name,
    /// Runs of finite values by epoch, split where a value is not finite, but not at epochs without a
    /// measurement.
    pub(crate) runs: Vec<Vec<(f64, f64)>>,
    /// The same for bounds or two standard errors, `(epoch, low, high)`; empty where there are none.
    pub(crate) band: Vec<Vec<(f64, f64, f64)>>,
    /// The finite values that are not reliable.
    pub(crate) unreliable: Vec<(f64, f64)>,
}

impl Series {
    pub(crate) fn dotted(&self) -> bool {
        self.runs.iter().map(Vec::len).sum::<usize>() <= DOTTED
    }

    /// All values of the line and the band.
    fn values(&self) -> impl Iterator<Item = f64> + '_ {
        let line = self.runs.iter().flatten().map(|&(_, value)| value);
        let band = self.band.iter().flatten();
        line.chain(band.flat_map(|&(_, low, high)| [low, high]))
    }
}

/// The quantities with a finite value at some epoch, by name.
pub(crate) fn panels(records: &[EpochRecord]) -> Vec<Panel> {
    let (Some(first), Some(last)) = (records.first(), records.last()) else {
        return Vec::new();
    };
    let mut keys: Vec<&String> = records
        .iter()
        .flat_map(|record| record.values.keys())
        .filter(|key| !names::is_detail(key))
        .collect();
    keys.sort();
    keys.dedup();
    let mut groups: Vec<(String, Vec<Series>)> = Vec::new();
    for key in &keys {
        let name = names::split(key);
        // The bounds of another series are its band.
        let bounded = ["low", "high"].map(|end| names::without(key, end));
        if bounded
            .iter()
            .flatten()
            .any(|value| is_bounded(value, &keys))
        {
            continue;
        }
        let series = Series {
            runs: runs(records, |record| {
                let value = *record.values.get(*key)?;
                Some(drawable(value).then_some((record.epoch as f64, value)))
            }),
            band: band(records, key),
            unreliable: unreliable(records, key),
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
            let values = series.iter().flat_map(Series::values);
            let scale = match names::is_count(&stem) {
                true => Scale::counts(values, 4)?,
                false => Scale::around(values, 4)?,
            };
            let epochs = (first.epoch as f64, last.epoch as f64);
            Some(Panel {
                stem,
                epochs,
                scale,
                series,
            })
        })
        .collect()
}

/// Whether a series is there and has both bounds.
fn is_bounded(key: &String, keys: &[&String]) -> bool {
    let has = |end| {
        let mut of_key = keys.iter().map(|name| names::without(name, end));
        of_key.any(|name| name.as_ref() == Some(key))
    };
    keys.contains(&key) && has("low") && has("high")
}

/// Points one after another: nothing where none was measured, `Some(None)` where it is not finite.
fn runs<T>(
    records: &[EpochRecord],
    point: impl Fn(&EpochRecord) -> Option<Option<T>>,
) -> Vec<Vec<T>> {
    let mut runs = vec![Vec::new()];
    for point in records.iter().filter_map(point) {
        match (point, runs.last_mut()) {
            (Some(point), Some(run)) => run.push(point),
            _ => runs.push(Vec::new()),
        }
    }
    runs.retain(|run| !run.is_empty());
    runs
}

fn band(records: &[EpochRecord], key: &str) -> Vec<Vec<(f64, f64, f64)>> {
    runs(records, |record| {
        let [low, high] = ["low", "high"].map(|end| {
            let mut keys = record.values.iter();
            let of = |name: &str| names::without(name, end).as_deref() == Some(key);
            keys.find(|(name, _)| of(name)).map(|(_, value)| *value)
        });
        let error = || {
            let error = record
                .values
                .get(&format!("{key}_{}", names::STANDARD_ERROR))?;
            let value = record.values.get(key)?;
            Some((value - 2.0 * error, value + 2.0 * error))
        };
        let (low, high) = low.zip(high).or_else(error)?;
        let both = drawable(low) && drawable(high);
        Some(both.then_some((record.epoch as f64, low, high)))
    })
}

/// The finite values of a metric at the epochs in which it has a mark.
fn unreliable(records: &[EpochRecord], key: &str) -> Vec<(f64, f64)> {
    let marked = |record: &EpochRecord| {
        record.values.iter().any(|(name, &mark)| {
            mark == 1.0 && names::without(name, names::UNRELIABLE).as_deref() == Some(key)
        })
    };
    let marked = records.iter().filter(|record| marked(record));
    let points = marked.filter_map(|record| Some((record.epoch as f64, *record.values.get(key)?)));
    points.filter(|&(_, value)| drawable(value)).collect()
}

#[cfg(test)]
mod tests {
    use paysage_metrics::MetricName;

    use super::*;

    fn record(epoch: usize, values: &[(&str, f64)]) -> EpochRecord {
        EpochRecord::new(epoch, 1.0, values)
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
    fn every_metric_is_drawn() {
        let names = MetricName::ALL.map(|metric| (metric.as_str(), 1.0));
        let panels = panels(&[record(1, &names)]);
        let series: usize = panels.iter().map(|panel| panel.series.len()).sum();
        assert_eq!(series, MetricName::ALL.len());
    }

    #[test]
    fn counts_have_no_negative_axis() {
        let values = [("dead_hidden_units", 0.0), ("a", 0.0)];
        let panels = panels(&[record(1, &values)]);
        let low = |index: usize| panels[index].scale.low;
        assert_eq!(
            (panels[1].stem.as_str(), low(1)),
            ("dead_hidden_units", 0.0)
        );
        assert!(low(0) < 0.0);
    }

    #[test]
    fn bounds_are_a_band_and_epochs_without_a_value_no_gap() {
        let bounded = |epoch, value: f64| {
            let values = [
                ("a_ais", value),
                ("a_ais_low", value - 1.0),
                ("a_ais_high", value + 2.0),
            ];
            record(epoch, &values)
        };
        let records = [
            record(0, &[]),
            bounded(1, 5.0),
            record(2, &[]),
            bounded(3, 6.0),
        ];
        let panels = panels(&records);
        let [series] = panels[0].series.as_slice() else {
            panic!("bounds are no series")
        };
        assert_eq!(series.runs, [vec![(1.0, 5.0), (3.0, 6.0)]]);
        assert_eq!(series.band, [vec![(1.0, 4.0, 7.0), (3.0, 5.0, 8.0)]]);
        assert!(series.dotted());
    }

    #[test]
    fn unreliable_values_are_marked_and_marks_are_no_series() {
        let record = |epoch, mark: f64| {
            let marks = ["a_ais_unreliable", "a_ais_unreliable_validation"];
            let values = [("a_ais", 5.0), (marks[0], mark), (marks[1], 1.0)];
            record(epoch, &values)
        };
        let panels = panels(&[record(1, 0.0), record(2, 1.0)]);
        assert_eq!(panels.len(), 1);
        let [series] = panels[0].series.as_slice() else {
            panic!("one series")
        };
        assert_eq!(series.unreliable, [(2.0, 5.0)]);
        assert_eq!(series.runs, [vec![(1.0, 5.0), (2.0, 5.0)]]);
    }

    #[test]
    fn standard_errors_are_a_band_and_numbers_of_rows_no_panel() {
        let values = [
            ("a_validation", 5.0),
            ("a_validation_standard_error", 0.5),
            ("metrics_rows", 1000.0),
        ];
        let panels = panels(&[record(1, &values)]);
        assert_eq!(panels.len(), 1);
        let [series] = panels[0].series.as_slice() else {
            panic!("one series")
        };
        assert_eq!(series.band, [vec![(1.0, 4.0, 6.0)]]);
    }

    #[test]
    fn bounds_without_a_value_between_are_series() {
        let records = [record(1, &[("a_low", 1.0), ("a_high", 2.0)])];
        let both = panels(&records);
        assert_eq!(both[0].series.len(), 2);
        let records = [record(1, &[("a_low", 1.0), ("a", 2.0)])];
        let one = panels(&records);
        assert_eq!(one[0].series.len(), 2);
    }

    #[test]
    fn values_that_are_not_finite_break_the_line() {
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
