//! Predictions compared with the truth.

use paysage_data::Layout;

use super::{DiscretePrediction, Prediction, RealPrediction};

/// Scores of predictions on the rows in which target columns have a value, summed up chunk by chunk.
#[derive(Clone, Debug, Default)]
pub struct PredictionScores {
    rows: usize,
    classes: Vec<Counts>,
    /// Σ ln p of the true outcome.
    log_probability: f64,
    real: Vec<Errors>,
}

/// Counts of an outcome.
#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    truth: usize,
    predicted: usize,
    correct: usize,
}

/// Sums of errors of a column.
#[derive(Clone, Copy, Debug, Default)]
struct Errors {
    column: usize,
    rows: usize,
    squares: f64,
    absolute: f64,
    covered: usize,
}

/// Scores of the prediction of discrete target columns.
#[derive(Clone, Debug, PartialEq)]
pub struct DiscreteScores {
    /// Number of rows with a known outcome.
    pub rows: usize,
    /// Fraction of them whose most probable outcome is the true one.
    pub accuracy: f64,
    /// Fraction of them with the most frequent outcome: the accuracy of always predicting that one.
    pub most_frequent: f64,
    /// The mean of ln p of the true outcome, in nats per row.
    pub mean_log_probability: f64,
    /// The scores of each outcome, in the order of
    /// [`DiscretePrediction::outcomes`].
    pub classes: Vec<ClassScore>,
}

/// Scores of one outcome (class).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ClassScore {
    /// Number of rows with this outcome.
    pub count: usize,
    /// Number of rows with a known outcome for which this one is most probable.
    pub predicted: usize,
    /// Fraction of the rows predicted to have this outcome that have it; nothing where there are none.
    pub precision: Option<f64>,
    /// Fraction of the rows with this outcome that are predicted to have it; nothing where there are
    /// none.
    pub recall: Option<f64>,
}

/// Scores of the prediction of a real-valued target column.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RealScores {
    /// The column, counted from 0.
    pub column: usize,
    /// Number of rows with a known value.
    pub rows: usize,
    /// Root mean squared error of the predicted mean.
    pub root_mean_squared_error: f64,
    /// Mean absolute error of the predicted mean.
    pub mean_absolute_error: f64,
    /// Fraction of the values within the predicted central interval.
    pub coverage: f64,
}

impl RealScores {
    /// The scores in the original units of measurement of the column.
    ///
    /// # Panics
    ///
    /// When the layout has no such column.
    #[must_use]
    pub fn restored(&self, layout: &Layout) -> Self {
        let scale = layout.scale(self.column).abs();
        Self {
            root_mean_squared_error: self.root_mean_squared_error * scale,
            mean_absolute_error: self.mean_absolute_error * scale,
            ..*self
        }
    }
}

impl PredictionScores {
    /// Adds the rows of a chunk.
    pub fn add(&mut self, prediction: &Prediction) {
        if let Some(discrete) = &prediction.discrete {
            self.add_discrete(discrete);
        }
        if let Some(real) = &prediction.real {
            self.add_real(real);
        }
    }

    /// Scores of discrete target columns; nothing where no outcome is known.
    #[must_use]
    pub fn discrete(&self) -> Option<DiscreteScores> {
        if self.rows == 0 {
            return None;
        }
        let rows = self.rows as f64;
        let correct: usize = self.classes.iter().map(|class| class.correct).sum();
        let most = self.classes.iter().map(|class| class.truth).max();
        let classes = self.classes.iter().map(|class| ClassScore {
            count: class.truth,
            predicted: class.predicted,
            precision: fraction(class.correct, class.predicted),
            recall: fraction(class.correct, class.truth),
        });
        Some(DiscreteScores {
            rows: self.rows,
            accuracy: correct as f64 / rows,
            most_frequent: most.unwrap_or(0) as f64 / rows,
            mean_log_probability: self.log_probability / rows,
            classes: classes.collect(),
        })
    }

    /// Scores of the real-valued target columns that have known values.
    #[must_use]
    pub fn real(&self) -> Vec<RealScores> {
        let known = self.real.iter().filter(|errors| errors.rows > 0);
        known
            .map(|errors| {
                let rows = errors.rows as f64;
                RealScores {
                    column: errors.column,
                    rows: errors.rows,
                    root_mean_squared_error: (errors.squares / rows).sqrt(),
                    mean_absolute_error: errors.absolute / rows,
                    coverage: errors.covered as f64 / rows,
                }
            })
            .collect()
    }

    fn add_discrete(&mut self, found: &DiscretePrediction) {
        let [_, outcomes] = found.probabilities.dims();
        self.classes.resize(outcomes, Counts::default());
        let probabilities: Vec<f64> = found.probabilities.to_data().iter().collect();
        let rows = found.most_probable().into_iter().zip(&found.truth);
        for ((predicted, truth), probabilities) in rows.zip(probabilities.chunks(outcomes)) {
            let Some(truth) = *truth else { continue };
            self.rows += 1;
            self.log_probability += probabilities[truth].ln();
            self.classes[truth].truth += 1;
            self.classes[predicted].predicted += 1;
            self.classes[truth].correct += usize::from(predicted == truth);
        }
    }

    fn add_real(&mut self, found: &RealPrediction) {
        self.real.resize(found.columns.len(), Errors::default());
        for (errors, &column) in self.real.iter_mut().zip(&found.columns) {
            errors.column = column;
        }
        for (row, truth) in found.rows.iter().zip(&found.truth) {
            let known = row.iter().zip(truth).zip(&mut self.real);
            for ((value, truth), errors) in known.filter(|((_, truth), _)| !truth.is_nan()) {
                let truth = f64::from(*truth);
                errors.rows += 1;
                errors.squares += (truth - value.mean).powi(2);
                errors.absolute += (truth - value.mean).abs();
                errors.covered += usize::from(value.low <= truth && truth <= value.high);
            }
        }
    }
}

fn fraction(part: usize, whole: usize) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}
