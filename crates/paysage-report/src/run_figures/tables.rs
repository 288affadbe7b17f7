//! Figures of machines trained on tables.

use paysage_layers::Trainable;

use super::Artist;
use crate::{ReportError, columns::summaries, compare_moments, weight_map};

/// Largest number of rows and samples whose moments are compared.
const ROWS: usize = 2000;

impl<L: Trainable> Artist<'_, L> {
    pub(super) fn tables(&mut self) -> Result<(), ReportError> {
        let columns = self.run.rows.columns();
        let rows = self.random_rows(ROWS)?;
        let samples = self.samples(rows.len() / columns.max(1));
        let values = &samples.visible;
        let comparable = (0..columns).any(|column| {
            let finite = |rows: &[f32]| {
                rows.iter()
                    .skip(column)
                    .step_by(columns)
                    .any(|x| x.is_finite())
            };
            finite(&rows) && finite(values)
        });
        if !values.iter().all(|x| x.is_finite()) {
            self.note("No samples: the chains of this model diverge, so it cannot be normalized.");
        } else if comparable {
            let caption = format!(
                "Means of the columns and covariances of their pairs, of data and of samples after {} \
                 Gibbs sweeps from {}. On the diagonal they are equal.",
                samples.sweeps,
                self.start()
            );
            self.add("moments", "Samples and data", &caption, |path| {
                compare_moments(columns, &rows, values, path)
            })?;
            if let Some(layout) = self.run.layout {
                self.report.columns = summaries(layout, columns, &rows, values);
            }
        }
        let weights = self.first_weights();
        let Some(connection) = self.run.machine.connections.first() else {
            return Ok(());
        };
        let [target, domain] = connection.weight.dims();
        let caption =
            "Weights of the first connection: visible units as rows, hidden units as columns.";
        self.add("weights", "Weight matrix", caption, |path| {
            weight_map(target, domain, &weights, path)
        })
    }
}
