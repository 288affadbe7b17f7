//! Average effects over rows.

use burn::tensor::Tensor;

use crate::CounterfactualSamples;

/// The average effect of a change over rows, summed up chunk by chunk.
///
/// ```
/// use paysage_data::Table;
/// use paysage_inference::{AverageEffect, Counterfactual};
/// use paysage_kernels::{RandomKey, default_device};
/// use paysage_models::{BoltzmannMachine, Silent};
/// use paysage_layers::Bernoulli;
///
/// let device = default_device()?;
/// let layers = vec![Bernoulli::new(2, &device), Bernoulli::new(3, &device)];
/// let machine = BoltzmannMachine::chain(layers)?;
/// let rows = Table::new("rows", 2, vec![0.0, 1.0, 1.0, 1.0])?;
/// let mut average = AverageEffect::default();
/// let (question, mut progress) = (Counterfactual::default(), Silent);
/// for samples in question.run(&machine, &rows, &[1.0, f32::NAN], RandomKey::new(1), &mut progress)? {
///     average.add(&samples?);
/// }
/// assert_eq!(average.effect(), [0.5, 0.0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AverageEffect {
    rows: usize,
    /// Σ over rows of the effect on each unit.
    effects: Vec<f64>,
    /// Σ over rows of the squared standard error, where there is one.
    squares: Option<Vec<f64>>,
}

impl AverageEffect {
    /// Adds the rows of a chunk.
    pub fn add(&mut self, samples: &CounterfactualSamples) {
        let [rows, units] = samples.effect.dims();
        if self.rows == 0 {
            self.effects = vec![0.0; units];
            self.squares = Some(vec![0.0; units]);
        }
        self.rows += rows;
        add_columns(&mut self.effects, samples.effect.clone());
        self.squares = match (self.squares.take(), &samples.standard_error) {
            (Some(mut squares), Some(error)) => {
                add_columns(&mut squares, error.clone().square());
                Some(squares)
            }
            _ => None,
        };
    }

    /// Number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The average effect on each visible unit.
    #[must_use]
    pub fn effect(&self) -> Vec<f64> {
        let rows = self.rows as f64;
        self.effects.iter().map(|sum| sum / rows).collect()
    }

    /// The Monte Carlo standard error of the average effect on each visible unit; nothing for a single
    /// repeat. Rows have independent random numbers, so their variances add up.
    #[must_use]
    pub fn standard_error(&self) -> Option<Vec<f64>> {
        let rows = self.rows as f64;
        let squares = self.squares.as_ref()?;
        Some(squares.iter().map(|sum| sum.sqrt() / rows).collect())
    }
}

/// Adds the rows of a tensor to sums of its columns.
fn add_columns(sums: &mut [f64], x: Tensor<2>) {
    let columns: Vec<f64> = x.sum_dim(0).into_data().iter().collect();
    sums.iter_mut().zip(columns).for_each(|(sum, x)| *sum += x);
}
