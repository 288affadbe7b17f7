//! Reconstruction error.

use burn::tensor::Tensor;
use paysage_data::{Order, Rows, weighted_mean};
use paysage_kernels::RandomKey;
use paysage_layers::Trainable;
use paysage_models::{BoltzmannMachine, Progress, Stage};
use paysage_samplers::{Clamp, Conditions, MeanField, Sampler, hidden_means};

use crate::{
    Evaluation, Measurement, Metric, MetricError, Pending, completed::Completed, measurement,
    pending::read,
};

/// Number of rows on the device at a time.
const CHUNK: usize = 1000;

/// Mean squared difference per unit between a row and the mean of the visible units given the
/// row's hidden means.
///
/// Of rows with missing values it is the mean over the observed units; the hidden means are those
/// of mean field given the observed units.
///
/// It shows that training has an effect and does not measure likelihood: it keeps falling while a
/// machine overfits.
///
/// ```
/// use paysage_data::BarsAndStripes;
/// use paysage_kernels::{RandomKey, default_device};
/// use paysage_layers::Bernoulli;
/// use paysage_metrics::{Metric, ReconstructionError};
/// use paysage_models::{BoltzmannMachine, Silent};
///
/// let device = default_device()?;
/// let machine = BoltzmannMachine::chain(vec![Bernoulli::new(9, &device), Bernoulli::new(4, &device)])?;
/// let data = BarsAndStripes { size: 3 }.generate();
/// let error = ReconstructionError.run(&machine, &data, RandomKey::new(0), &mut Silent)?;
/// // Without weights every unit has mean ½.
/// assert!((error.value - 0.25).abs() < 1e-6);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct ReconstructionError;

impl<L: Trainable> Metric<L> for ReconstructionError {
    fn name(&self) -> &str {
        "reconstruction_error"
    }

    fn start(&self, on: Evaluation<'_, L>) -> Result<Pending, MetricError> {
        let weights = on.rows.weights().map(<[f32]>::to_vec);
        let (errors, observed) = of_each_row(on)?;
        Ok(Pending::new(errors, move |errors| {
            ratio(errors, &observed, weights.as_deref())
        }))
    }
}

impl ReconstructionError {
    /// The reconstruction error of each row: the mean squared difference per observed unit; NaN for a row
    /// without observed units.
    ///
    /// ```
    /// use paysage_data::BarsAndStripes;
    /// use paysage_kernels::default_device;
    /// use paysage_layers::Bernoulli;
    /// use paysage_metrics::ReconstructionError;
    /// use paysage_models::{BoltzmannMachine, Silent};
    ///
    /// let device = default_device()?;
    /// let layers = vec![Bernoulli::new(9, &device), Bernoulli::new(4, &device)];
    /// let machine = BoltzmannMachine::chain(layers)?;
    /// let data = BarsAndStripes { size: 3 }.generate();
    /// let errors = ReconstructionError.of_rows(&machine, &data, &mut Silent)?;
    /// assert!(errors.iter().all(|error| (error - 0.25).abs() < 1e-6));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// When rows cannot be read.
    pub fn of_rows<L: Trainable>(
        &self,
        machine: &BoltzmannMachine<L>,
        rows: &dyn Rows,
        progress: &mut dyn Progress,
    ) -> Result<Vec<f64>, MetricError> {
        // Means draw nothing: any key will do.
        let on = Evaluation::of_rows(machine, rows, RandomKey::new(0), progress);
        let (errors, observed) = of_each_row(on)?;
        let pairs = read(errors).into_iter().zip(observed);
        Ok(pairs.map(|(error, units)| error / units).collect())
    }
}

/// The sum of squared differences of each row, in parts, and its number of observed units.
fn of_each_row<L: Trainable>(
    on: Evaluation<'_, L>,
) -> Result<(Vec<Tensor<1>>, Vec<f64>), MetricError> {
    let Evaluation { machine, rows, .. } = on;
    let (mut errors, mut observed) = (Vec::new(), Vec::new());
    for chunk in rows.chunks(Order::Stored, CHUNK) {
        let chunk = chunk?;
        let of_rows = chunk.values.chunks(rows.columns());
        observed.extend(of_rows.map(|row| row.iter().filter(|x| !x.is_nan()).count() as f64));
        let values = machine.tensor_of(&chunk);
        errors.push(if rows.is_complete() {
            squares(machine, values).sum_dim(1).squeeze_dim(1)
        } else {
            let Completed { rows, missing } = Completed::new(machine, values);
            let squares = squares(machine, rows).mask_fill(missing, 0.0);
            squares.sum_dim(1).squeeze_dim(1)
        });
        on.progress
            .report(Stage::Rows, observed.len(), rows.count());
    }
    Ok((errors, observed))
}

/// Squared differences between rows and their reconstructions: `[rows, visible units]`.
fn squares<L: Trainable>(machine: &BoltzmannMachine<L>, rows: Tensor<2>) -> Tensor<2> {
    let down = Conditions::clamped(Clamp::none().layers(&machine.hidden()));
    let state = hidden_means(machine, rows.clone());
    // Means draw nothing: any key will do.
    let state = MeanField.sweep(machine, state, &down, RandomKey::new(0));
    (machine.visible_of(&state) - rows).square()
}

/// The error per observed unit, Σ errors / Σ units, with the deviation of its rows to first order.
fn ratio(errors: &[f64], observed: &[f64], weights: Option<&[f32]>) -> Measurement {
    let (value, mean_units) = match weights {
        None => {
            let units: f64 = observed.iter().sum();
            let value = errors.iter().sum::<f64>() / units;
            (value, units / observed.len() as f64)
        }
        Some(_) => {
            let units = weighted_mean(observed, weights);
            (weighted_mean(errors, weights) / units, units)
        }
    };
    let pairs = errors.iter().zip(observed);
    let residuals = pairs.map(|(error, units)| (error - value * units) / mean_units);
    let residuals: Vec<f64> = residuals.collect();
    Measurement {
        row_deviation: measurement::weighted_deviation(&residuals, 0.0, weights),
        ..Measurement::exactly(value)
    }
}
