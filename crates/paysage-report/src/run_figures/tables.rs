//! Figures of machines trained on tables.

use paysage_layers::Trainable;

use super::{Drawing, ROWS, Samples};
use crate::columns::{Column, Entry};
use crate::correlation::{Symmetric, correlations, most_correlated};
use crate::correlation_figure::compare_correlations;
use crate::marginals::{Marginal, TAIL, marginals};
use crate::numbers::{grouped, of, short};
use crate::summary::summaries;
use crate::weights::matrix;
use crate::{ReportError, compare_moments};

/// Largest number of columns whose marginals are drawn, and of entries of a correlation matrix.
const MARGINALS: usize = 24;
const CORRELATIONS: usize = 64;

impl<L: Trainable> Drawing<'_, L> {
    pub(super) fn tables(&mut self) -> Result<(), ReportError> {
        let columns = Column::all(self.run.layout, self.run.machine);
        let rows = self.observed_rows(ROWS)?;
        let samples = self.samples(ROWS);
        if !samples.visible.iter().all(|x| x.is_finite()) {
            self.note("No samples: the chains of this model diverge, so it cannot be normalized.");
        } else {
            self.compare(&columns, &rows, &samples)?;
        }
        self.reconstruct(&columns, &rows)?;
        self.weight_matrix()?;
        self.logos()
    }

    /// Samples beside the observed values of the data.
    fn compare(
        &mut self,
        columns: &[Column],
        rows: &[f32],
        samples: &Samples,
    ) -> Result<(), ReportError> {
        let (units, values) = (self.run.rows.columns(), &samples.visible);
        if !rows.iter().any(|x| x.is_finite()) {
            self.note("No comparison of samples with data: no value is observed.");
            return Ok(());
        }
        let [of_data, of_samples, noise] = sizes(units, rows, values);
        let caption = format!(
            "Means of the columns and covariances of their pairs, of {of_data} of the data and of \
             {of_samples} after {} Gibbs sweeps from {}. On the diagonal they are equal: points away \
             from it are columns or pairs that the model does not fit. {noise} in units of the standard \
             deviations are sampling noise.",
            samples.sweeps,
            self.start(),
        );
        self.add("moments", "Samples and data", &caption, |path| {
            compare_moments(units, rows, values, path)
        })?;
        self.marginals(columns, rows, values)?;
        let entries: Vec<Entry> = columns.iter().flat_map(Column::entries).collect();
        self.correlations(&entries, rows, values)?;
        self.sequences(rows, values)?;
        if self.run.layout.is_some() {
            self.report.columns = summaries(&entries, units, rows, values);
        }
        Ok(())
    }

    fn marginals(
        &mut self,
        columns: &[Column],
        rows: &[f32],
        samples: &[f32],
    ) -> Result<(), ReportError> {
        let units = self.run.rows.columns();
        let all = columns.iter();
        let all = all.filter_map(|column| Marginal::new(column, units, rows, samples));
        let all: Vec<Marginal> = all.collect();
        let total = all.len();
        if total == 0 {
            self.note("No marginals: no column has values in data and in samples.");
            return Ok(());
        }
        let shown = Marginal::most_different(all, MARGINALS);
        let [of_data, of_samples, noise] = sizes(units, rows, samples);
        let mut caption = format!(
            "Fraction of the rows by value of a column, of {of_data} of the data (filled) and of \
             {of_samples}: where the two differ, the model does not fit the column. {noise} are \
             sampling noise."
        );
        if shown.iter().any(Marginal::is_cut) {
            caption += &format!(
                " Of numbers, the outer {} % at each end are not drawn.",
                short(100.0 * TAIL)
            );
        }
        if shown.len() < total {
            caption += &format!(
                " The {} of {} columns with the largest total variation distance between data and samples.",
                shown.len(),
                grouped(total)
            );
        }
        self.add("marginals", "Marginals of columns", &caption, |path| {
            marginals(&shown, path)
        })
    }

    fn correlations(
        &mut self,
        entries: &[Entry],
        rows: &[f32],
        samples: &[f32],
    ) -> Result<(), ReportError> {
        let units = self.run.rows.columns();
        let among: Vec<usize> = entries.iter().map(|entry| entry.position).collect();
        let chosen = most_correlated(units, rows, &among, CORRELATIONS);
        if chosen.len() < 2 {
            self.note("No correlations of columns: fewer than two columns vary in the data.");
            return Ok(());
        }
        let named = entries
            .iter()
            .filter(|entry| chosen.contains(&entry.position));
        let names: Vec<String> = named.map(|entry| entry.name.clone()).collect();
        let data = correlations(units, rows, &chosen);
        let model = correlations(units, samples, &chosen);
        let [of_data, of_samples, noise] = sizes(units, rows, samples);
        let mut caption = format!(
            "Pearson correlations of the columns and categories, of {of_data} of the data, of \
             {of_samples}, and samples minus data, all with the same colours: colour in the difference \
             is a dependence that the model misses or exaggerates. {noise} are sampling noise.",
        );
        if chosen.len() < entries.len() {
            caption += &format!(
                " {} of {} columns and categories: those with the largest mean squared correlation in the \
                 data, of at most 256 evenly spaced ones; constant ones are left out.",
                chosen.len(),
                grouped(entries.len())
            );
        }
        let is_yellow = |of: &Symmetric| of.values.iter().any(|r| r.is_nan());
        let reasons = [
            (
                is_yellow(&data),
                "never observed together in the data, or constant where they are",
            ),
            (is_yellow(&model), "constant in the samples"),
        ];
        let reasons: Vec<&str> = reasons
            .into_iter()
            .filter_map(|(applies, reason)| applies.then_some(reason))
            .collect();
        if !reasons.is_empty() {
            caption += &format!(" Yellow: {}.", reasons.join(", or "));
        }
        self.add(
            "correlations",
            "Correlations of columns",
            &caption,
            |path| compare_correlations(names, data, model, path),
        )
    }

    fn weight_matrix(&mut self) -> Result<(), ReportError> {
        let Some(weights) = self.weights.first() else {
            return Ok(());
        };
        let [units, width] = weights.dims();
        let values = weights.transposed();
        let largest = values.iter().fold(0.0_f32, |most, w| most.max(w.abs()));
        let caption = format!(
            "Weights of the first hidden layer: visible units as rows, hidden units as columns, largest \
             magnitude {}. A row without colour is a visible unit that the model treats as independent.",
            short(f64::from(largest))
        );
        self.add("weights", "Weight matrix", &caption, |path| {
            matrix(
                (width, units),
                &values,
                ["visible unit", "hidden unit"],
                path,
            )
        })
    }
}

/// The numbers of rows and of samples, and the size of differences that are noise: the beginning of a
/// sentence.
pub(super) fn sizes(units: usize, rows: &[f32], samples: &[f32]) -> [String; 3] {
    let count = rows.len() / units;
    let noise = format!(
        "With {}, differences of about 1/√{} = {:.2}",
        of(count, "row"),
        grouped(count),
        1.0 / (count as f64).sqrt()
    );
    let samples = of(samples.len() / units, "sample");
    [of(count, "row"), samples, noise]
}
