//! Variational lower bound of the log-likelihood, for machines of any graph.

use std::collections::BTreeMap;

use burn::tensor::Tensor;
use paysage_data::Rows;
use paysage_kernels::{RandomKey, on_workers};
use paysage_layers::{InverseTemperature, Trainable};
use paysage_models::{BoltzmannMachine, Progress, Stage, State};

use crate::{Evaluation, Interval, Metric, MetricError, Pending, pending::read};

/// Evidence lower bound (ELBO) of the mean of ln p(v) over rows, in nats, given bounds of ln Z:
///
/// ```text
/// ⟨−E(v, h)⟩_q + H(q) − ln Z ≤ ln p(v)
/// ```
///
/// with q(h) a product over the hidden units, optimized by mean field. For machines without
/// connections between hidden layers the bound is ln p(v) itself.
///
/// The *upper* bound of ln Z is subtracted, so the result is a lower bound with the confidence of
/// that bound. [`Elbo::UNNORMALIZED`] leaves ln Z out: ⟨−E⟩_q + H(q), which is at most −F(v) with
/// the free energy F.
///
/// Mean field sweeps until no hidden mean m moves by more than 10⁻⁵ (1 + |m|), and 500 times at
/// most; the bound holds wherever it stops.
///
/// Salakhutdinov & Hinton, "Deep Boltzmann machines", 2009.
///
/// ```
/// use paysage_data::BarsAndStripes;
/// use paysage_kernels::{RandomKey, default_device};
/// use paysage_layers::Bernoulli;
/// use paysage_metrics::{Elbo, Interval, Metric};
/// use paysage_models::{BoltzmannMachine, Exact, Silent};
///
/// let device = default_device()?;
/// let layers = [9, 4, 2].map(|units| Bernoulli::new(units, &device));
/// let machine = BoltzmannMachine::chain(layers.into())?;
/// let log_partition = Interval::exactly(Exact::new(&machine)?.log_partition());
/// let data = BarsAndStripes { size: 3 }.generate();
/// let bound = Elbo { log_partition }.run(&machine, &data, RandomKey::new(1), &mut Silent)?;
/// // Nine fair coins.
/// assert!((bound.value + 9.0 * 2.0_f64.ln()).abs() < 1e-4);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Elbo {
    /// ln Z between its bounds, in nats; the upper one is used.
    pub log_partition: Interval,
}

impl Elbo {
    /// The bound without ln Z.
    pub const UNNORMALIZED: Self = Self {
        log_partition: Interval {
            low: 0.0,
            value: 0.0,
            high: 0.0,
        },
    };

    /// The bound for each row.
    ///
    /// It depends on the row alone, up to the tolerance of mean field.
    ///
    /// ```
    /// use paysage_data::BarsAndStripes;
    /// use paysage_kernels::default_device;
    /// use paysage_layers::Bernoulli;
    /// use paysage_metrics::Elbo;
    /// use paysage_models::{BoltzmannMachine, Silent};
    ///
    /// let device = default_device()?;
    /// let layers = [9, 4, 2].map(|units| Bernoulli::new(units, &device));
    /// let machine = BoltzmannMachine::chain(layers.into())?;
    /// let data = BarsAndStripes { size: 3 }.generate();
    /// let rows = Elbo::UNNORMALIZED.of_rows(&machine, &data, &mut Silent)?;
    /// // Without weights ln Σ exp(−E) counts the states of the six hidden units.
    /// assert!(rows.iter().all(|row| (row - 6.0 * 2.0_f64.ln()).abs() < 1e-5));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// When rows have missing values or cannot be read.
    pub fn of_rows<L: Trainable>(
        &self,
        machine: &BoltzmannMachine<L>,
        rows: &dyn Rows,
        progress: &mut dyn Progress,
    ) -> Result<Vec<f64>, MetricError> {
        // Mean field draws nothing: any key will do.
        let on = Evaluation::of_rows(machine, rows, RandomKey::new(0), progress);
        on.check_complete("the ELBO")?;
        let mut bounds = Vec::new();
        for chunk in machine.chunks(rows) {
            bounds.push(bounds_of(machine, chunk?));
            let done = bounds.iter().map(|chunk| chunk.dims()[0]).sum();
            on.progress.report(Stage::Rows, done, rows.count());
        }
        let upper = self.log_partition.high;
        Ok(read(bounds)
            .into_iter()
            .map(|bound| bound - upper)
            .collect())
    }
}

/// ⟨−E⟩_q + H(q) of each row: `[rows]`.
fn bounds_of<L: Trainable>(machine: &BoltzmannMachine<L>, rows: Tensor<2>) -> Tensor<1> {
    on_workers(|| Product::given(machine, rows).bounds(machine))
}

impl<L: Trainable> Metric<L> for Elbo {
    fn name(&self) -> &str {
        "elbo"
    }

    fn start(&self, on: Evaluation<'_, L>) -> Result<Pending, MetricError> {
        on.check_complete("the ELBO")?;
        let upper = self.log_partition.high;
        let bounds = on.mean_of_rows(|machine, rows| Ok(bounds_of(machine, rows)))?;
        Ok(bounds.map(move |mut bound| {
            bound.value -= upper;
            bound
        }))
    }
}

/// Largest number of mean-field sweeps.
const MOST_SWEEPS: usize = 500;

/// Mean field has converged when no mean m moves by more than this times 1 + |m| in a sweep. At its
/// maximum the bound is flat: what is left to gain is of the order of the square.
const TOLERANCE: f64 = 1e-5;

/// Independent hidden units, for each row of a batch.
struct Product {
    /// The rows, and the means of the hidden units.
    means: State,
    /// The fields under which the units of each hidden layer have these means.
    fields: BTreeMap<usize, Tensor<2>>,
}

impl Product {
    /// Sweeps over the hidden layers, each given the means of the others, until they converge.
    /// Every step raises the bound.
    fn given<L: Trainable>(machine: &BoltzmannMachine<L>, rows: Tensor<2>) -> Self {
        let mut product = Self {
            means: machine.state_from_visible(rows),
            fields: BTreeMap::new(),
        };
        let hidden = machine.hidden();
        let mut order = machine.blocks().concat();
        order.retain(|layer| hidden.contains(layer));
        let restricted = machine.check_restricted().is_ok();
        for _ in 0..MOST_SWEEPS {
            let before = product.means.clone();
            for &layer in &order {
                let field = machine.field(layer, &product.means);
                let mean = machine.layers[layer].mean(field.clone(), &InverseTemperature::ONE);
                product.means.layers[layer] = mean;
                product.fields.insert(layer, field);
            }
            let step = match restricted {
                true => break,
                false => product.largest_step(&before),
            };
            // Means that are not numbers do not become numbers.
            if step < TOLERANCE || step.is_nan() {
                break;
            }
        }
        product
    }

    /// The largest change of a mean, relative to one plus its magnitude.
    fn largest_step(&self, before: &State) -> f64 {
        let steps = self.fields.keys().map(|&layer| {
            let (old, new) = (
                before.layers[layer].clone(),
                self.means.layers[layer].clone(),
            );
            let size = old.clone().abs() + 1.0;
            ((new - old).abs() / size).max()
        });
        let steps: Vec<Tensor<1>> = steps.collect();
        match steps.is_empty() {
            true => 0.0,
            false => Tensor::cat(steps, 0).max().into_scalar(),
        }
    }

    /// ⟨−E⟩ + H(q) of each row: `[rows]`. Means of a product take the place of states in the terms
    /// of the connections; of a hidden layer, entropy minus ⟨H⟩ is ln Σ exp(f·r − H) − f·⟨r⟩.
    fn bounds<L: Trainable>(&self, machine: &BoltzmannMachine<L>) -> Tensor<1> {
        let energy = machine.energy(&self.means);
        let connected = match machine.log_base_measure(&self.means, &machine.visible) {
            Some(log_base_measure) => log_base_measure - energy,
            None => -energy,
        };
        self.fields.iter().fold(connected, |sum, (&layer, field)| {
            let (layer, mean) = (&machine.layers[layer], self.means.layers[layer].clone());
            let interaction = field.clone() * layer.interaction(mean.clone());
            let inner = layer.log_partition(field.clone(), &InverseTemperature::ONE)
                - interaction.sum_dim(1).squeeze_dim::<1>(1);
            sum + layer.energy(mean) + inner
        })
    }
}
