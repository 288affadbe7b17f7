//! The best epoch of a run, the reason why its training ended, and whether more training would help.

use paysage_training::{BestEpoch, EpochValues, RunError, RunFolder, Settings};

use crate::numbers::{decimals, number};

/// The best epoch of a run, the reason why its training ended, and whether more training would help: sentences by
/// name.
///
/// # Errors
///
/// When the metrics of the run cannot be read.
pub fn ending(
    folder: &RunFolder,
    settings: &Settings,
) -> Result<Vec<(&'static str, String)>, RunError> {
    let history = folder.history()?;
    let last = history.last().map_or(0, |(epoch, _)| *epoch);
    let epochs = settings.epochs.unwrap_or(last);
    let mut facts = Vec::new();
    if let Some(best) = settings.best_epoch() {
        let best = best.replay(&history);
        let file = folder.best_model();
        let text = match best.found {
            Some((epoch, value)) => format!(
                "{epoch} of {last} ({} {}), saved as {}",
                best.metric,
                number(value, decimals(value.abs())),
                file.display()
            ),
            None => no_value(&best),
        };
        facts.push(("best epoch", text));
    }
    if let Some(stopping) = settings.early_stopping() {
        let stopping = stopping.replay(&history);
        let best = &stopping.best;
        let text = match (stopping.stopped, best.found) {
            (Some(epoch), Some((best_epoch, _))) => format!(
                "stopped early after epoch {epoch}: {} has not improved since epoch {best_epoch} \
                 (patience {})",
                best.metric, stopping.patience
            ),
            (_, Some((best_epoch, _))) => format!(
                "{last} of {epochs} epochs are done: {} improved last in epoch {best_epoch} (patience {})",
                best.metric, stopping.patience
            ),
            (_, None) => no_value(best),
        };
        facts.push(("end of training", text));
    } else if let Some(progress) = still_improving(&history) {
        let (from, to) = (progress.half, progress.last);
        // Two digits of the difference.
        let digits = (1.0 - (to - from).abs().log10().floor()).clamp(0.0, 20.0) as usize;
        let text = format!(
            "{} went from {} to {} in the second half of {last} epochs: more epochs would still help \
             (--epochs {})",
            progress.metric,
            number(from, digits),
            number(to, digits),
            2 * last
        );
        facts.push(("more training", text));
    }
    Ok(facts)
}

/// The best epoch so far, where the settings name a metric to select it by.
pub(super) fn best_epoch(
    folder: &RunFolder,
    settings: &Settings,
) -> Result<Option<usize>, RunError> {
    let Some(best) = settings.best_epoch() else {
        return Ok(None);
    };
    let best = best.replay(&folder.history()?);
    Ok(best.found.map(|(epoch, _)| epoch))
}

/// Metrics by which to judge the progress, the better one first: those of validation rows get worse where
/// more training overfits. Deep machines have a reconstruction error alone.
const PROGRESS: [&str; 6] = [
    "log_likelihood_exact_validation",
    "pseudo_log_likelihood_validation",
    "log_likelihood_exact",
    "pseudo_log_likelihood",
    "reconstruction_error_validation",
    "reconstruction_error",
];

/// The fraction of the whole improvement above which the second half of the epochs is worth repeating.
const WORTH_REPEATING: f64 = 0.1;

/// The smallest improvement that counts, in nats per row, or as a fraction of an error: smaller ones are
/// noise.
const SMALLEST: f64 = 0.01;

/// A metric that still improved.
#[derive(Debug, PartialEq)]
struct Progress {
    metric: &'static str,
    /// After half of the epochs.
    half: f64,
    /// After the last one.
    last: f64,
}

fn still_improving(history: &[EpochValues]) -> Option<Progress> {
    let curve = |name: &str| -> Vec<(usize, f64)> {
        let values = history.iter();
        let values = values.filter_map(|(epoch, values)| Some((*epoch, *values.get(name)?)));
        values.filter(|(_, value)| value.is_finite()).collect()
    };
    let curves = PROGRESS.into_iter().map(|name| (name, curve(name)));
    let (metric, curve) = curves.into_iter().find(|(_, curve)| curve.len() > 2)?;
    let ((_, first), (end, last)) = (curve[0], curve[curve.len() - 1]);
    let (_, half) = *curve.iter().rfind(|(epoch, _)| 2 * epoch <= end)?;
    let (sign, smallest) = match metric.starts_with("reconstruction_error") {
        true => (-1.0, SMALLEST * half.abs()),
        false => (1.0, SMALLEST),
    };
    let [gain, whole] = [half, first].map(|before| sign * (last - before));
    let improves = gain > smallest.max(WORTH_REPEATING * whole);
    improves.then_some(Progress { metric, half, last })
}

fn no_value(best: &BestEpoch) -> String {
    format!("no epoch has a value of {}", best.metric)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn history(curve: impl Fn(usize) -> f64) -> Vec<EpochValues> {
        let name = "pseudo_log_likelihood".to_owned();
        let values = |epoch| [(name.clone(), curve(epoch))].into();
        (1..=20).map(|epoch| (epoch, values(epoch))).collect()
    }

    #[test]
    fn a_straight_line_still_improves_and_a_saturated_curve_does_not() {
        let expected = Progress {
            metric: "pseudo_log_likelihood",
            half: 10.0,
            last: 20.0,
        };
        let straight = history(|epoch| epoch as f64);
        assert_eq!(still_improving(&straight), Some(expected));
        let saturated = |epoch: usize| -(0.5_f64.powi(epoch as i32));
        assert_eq!(still_improving(&history(saturated)), None);
        assert_eq!(still_improving(&history(|epoch| -(epoch as f64))), None);
        assert_eq!(still_improving(&history(|_| 1.0)), None);
        assert_eq!(still_improving(&[]), None);
        // Noise about a constant.
        assert_eq!(still_improving(&history(|epoch| 1e-4 * epoch as f64)), None);
    }

    #[test]
    fn errors_improve_downwards() {
        let errors = |curve: fn(f64) -> f64| -> Vec<EpochValues> {
            let values = |epoch| [("reconstruction_error".to_owned(), curve(epoch as f64))].into();
            (1..=20).map(|epoch| (epoch, values(epoch))).collect()
        };
        let found = still_improving(&errors(|epoch| 1.0 - 0.01 * epoch)).expect("improves");
        assert_eq!(found.metric, "reconstruction_error");
        assert!(found.last < found.half);
        assert_eq!(still_improving(&errors(|epoch| 0.1 + 0.01 * epoch)), None);
        assert_eq!(still_improving(&errors(|epoch| 1.0 - 1e-4 * epoch)), None);
    }

    #[test]
    fn validation_rows_decide_where_there_are_some() {
        let mut history = history(|epoch| epoch as f64);
        for (epoch, values) in &mut history {
            values.insert("pseudo_log_likelihood_validation".into(), -(*epoch as f64));
        }
        assert_eq!(still_improving(&history), None);
    }
}
