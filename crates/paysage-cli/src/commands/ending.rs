//! The best epoch of a run, and the reason why its training ended.

use paysage::training::{BestEpoch, RunFolder, Settings};

use crate::{
    failure::Failure,
    output::{decimals, number},
};

/// Sentences by name, for a run that saves its best model or may stop early.
pub(crate) fn facts(
    folder: &RunFolder,
    settings: &Settings,
) -> Result<Vec<(&'static str, String)>, Failure> {
    if settings.save_best.is_none() && settings.patience.is_none() {
        return Ok(Vec::new());
    }
    let history = folder.history()?;
    let last = history.last().map_or(0, |(epoch, _)| *epoch);
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
                "{last} of {} epochs are done: {} improved last in epoch {best_epoch} (patience {})",
                settings.epochs, best.metric, stopping.patience
            ),
            (_, None) => no_value(best),
        };
        facts.push(("end of training", text));
    }
    Ok(facts)
}

fn no_value(best: &BestEpoch) -> String {
    format!("no epoch has a value of {}", best.metric)
}
