//! The metrics of the last epoch that was measured.

use crate::EpochRecord;
use crate::names::{STANDARD_ERROR, heading, is_detail, ordered};
use crate::numbers::{of, short};

/// The metrics of the last epoch that was measured.
pub(crate) enum LastMetrics {
    /// There is no epoch.
    NoEpochs,
    /// No epoch has a metric.
    NoMetrics,
    /// The metrics of an epoch.
    Measured {
        epoch: usize,
        metrics: Vec<MetricValue>,
        /// The number of rows that they are measured on; may be empty.
        rows: String,
    },
}

/// A metric as text.
pub(crate) struct MetricValue {
    pub(crate) heading: String,
    pub(crate) value: String,
    /// Its standard error, and the value of the first epoch.
    pub(crate) details: Vec<String>,
}

impl LastMetrics {
    pub(crate) fn of(records: &[EpochRecord]) -> Self {
        let measured = |record: &&EpochRecord| record.values.keys().any(|name| !is_detail(name));
        let Some(last) = records.iter().rfind(measured) else {
            return match records.is_empty() {
                true => Self::NoEpochs,
                false => Self::NoMetrics,
            };
        };
        let names = ordered(last.values.keys().filter(|name| !is_detail(name)));
        let metrics = names
            .into_iter()
            .map(|name| MetricValue::new(name, last, records));
        let rows = last.values.get("metrics_rows");
        Self::Measured {
            epoch: last.epoch,
            metrics: metrics.collect(),
            rows: rows.map_or_else(String::new, |&rows| of(rows as usize, "training row")),
        }
    }
}

impl MetricValue {
    fn new(name: &str, last: &EpochRecord, records: &[EpochRecord]) -> Self {
        let error = last.values.get(&format!("{name}_{STANDARD_ERROR}"));
        let error = error.map(|&error| format!("± {} (standard error)", short(error)));
        let mut earlier = records.iter().filter(|record| record.epoch < last.epoch);
        let first = earlier.find_map(|record| Some((record.epoch, *record.values.get(name)?)));
        let first = first.map(|(epoch, value)| format!("{} at epoch {epoch}", short(value)));
        Self {
            heading: heading(name),
            value: short(last.values[name]),
            details: error.into_iter().chain(first).collect(),
        }
    }
}
