//! The best epoch of a run, the reason why its training ended, and whether more training would help.

use paysage::training::{BestEpoch, EpochValues, RunFolder, Settings};

use crate::{
    failure::Failure,
    output::{decimals, number},
};

/// Sentences by name.
pub(crate) fn facts(
    folder: &RunFolder,
    settings: &Settings,
) -> Result<Vec<(&'static str, String)>, Failure> {
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
    } else if let Some((metric, gain)) = still_improving(&history) {
        let text = format!(
            "{metric} improved by {gain:.2} nats per row in the second half of {last} epochs: more epochs \
             would still help (--epochs {})",
            2 * last
        );
        facts.push(("more training", text));
    }
    Ok(facts)
}

/// The best epoch so far, where the settings name a metric to select it by.
pub(crate) fn best_epoch(
    folder: &RunFolder,
    settings: &Settings,
) -> Result<Option<usize>, Failure> {
    let Some(best) = settings.best_epoch() else {
        return Ok(None);
    };
    let best = best.replay(&folder.history()?);
    Ok(best.found.map(|(epoch, _)| epoch))
}

/// Log-likelihoods by which to judge the progress, the better one first: those of validation rows, which
/// fall where more training overfits, and else those of the training rows.
const PROGRESS: [&str; 4] = [
    "log_likelihood_exact_validation",
    "pseudo_log_likelihood_validation",
    "log_likelihood_exact",
    "pseudo_log_likelihood",
];

/// The fraction of the whole improvement above which the second half of the epochs is worth repeating.
const WORTH_REPEATING: f64 = 0.1;

/// The smallest improvement that counts, in nats per row: smaller ones are noise.
const SMALLEST: f64 = 0.01;

/// A log-likelihood that still improved, and its improvement in the second half of the epochs, in nats
/// per row.
fn still_improving(history: &[EpochValues]) -> Option<(&'static str, f64)> {
    let curve = |name: &str| -> Vec<(usize, f64)> {
        let values = history.iter();
        let values = values.filter_map(|(epoch, values)| Some((*epoch, *values.get(name)?)));
        values.filter(|(_, value)| value.is_finite()).collect()
    };
    let curves = PROGRESS.into_iter().map(|name| (name, curve(name)));
    let (name, curve) = curves.into_iter().find(|(_, curve)| curve.len() > 2)?;
    let (first, last) = (curve[0], curve[curve.len() - 1]);
    let half = curve.iter().rfind(|(epoch, _)| 2 * epoch <= last.0)?;
    let gain = last.1 - half.1;
    let least = SMALLEST.max(WORTH_REPEATING * (last.1 - first.1));
    (gain > least).then_some((name, gain))
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
        let (name, gain) = still_improving(&history(|epoch| epoch as f64)).expect("improves");
        assert_eq!((name, gain), ("pseudo_log_likelihood", 10.0));
        let saturated = |epoch: usize| -(0.5_f64.powi(epoch as i32));
        assert_eq!(still_improving(&history(saturated)), None);
        assert_eq!(still_improving(&history(|epoch| -(epoch as f64))), None);
        assert_eq!(still_improving(&history(|_| 1.0)), None);
        assert_eq!(still_improving(&[]), None);
        // Noise about a constant.
        assert_eq!(still_improving(&history(|epoch| 1e-4 * epoch as f64)), None);
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
