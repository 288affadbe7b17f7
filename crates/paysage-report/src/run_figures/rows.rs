//! Rows of a table beside their reconstructions.

use paysage_layers::Trainable;

use super::{Drawing, ROWS};
use crate::columns::Column;
use crate::{Reconstructions, ReportError};

impl<L: Trainable> Drawing<'_, L> {
    /// Reconstructs rows without missing values, and compares them with the observed values.
    pub(super) fn reconstruct(
        &mut self,
        columns: &[Column],
        observed: &[f32],
    ) -> Result<(), ReportError> {
        if self.run.machine.hidden().is_empty() {
            self.note("No reconstructions: the machine has no hidden units.");
            return Ok(());
        }
        let means = self.reconstructions(&self.random_rows(ROWS)?);
        if !means.iter().all(|x| x.is_finite()) {
            self.note("No reconstructions: some means are not finite numbers.");
            return Ok(());
        }
        let units = self.run.rows.columns();
        self.report.reconstructions = Reconstructions::new(columns, units, observed, &means);
        Ok(())
    }
}
