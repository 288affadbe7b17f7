//! A lower bound of the likelihood, for machines of any graph.

use std::collections::BTreeMap;

use burn::tensor::Tensor;
use paysage_data::Table;
use paysage_kernels::{RandomKey, on_workers};
use paysage_layers::{InverseTemperature, Trainable};
use paysage_models::{BoltzmannMachine, State};

use crate::{Metric, MetricError};

/// The variational bound of the mean of ln p(v) over rows, in nats, given ln Z:
///
/// ```text
/// ⟨−E(v, h)⟩_q + H(q) − ln Z ≤ ln p(v)
/// ```
///
/// with q(h) a product over the hidden units, brought by mean field to where the bound is largest.
/// It is ln p(v) itself where hidden layers meet visible ones alone. ln Z may come from any
/// estimate; a bound results where that is not too small.
///
/// Salakhutdinov & Hinton, "Deep Boltzmann machines", 2009.
///
/// ```
/// use paysage_data::BarsAndStripes;
/// use paysage_kernels::{RandomKey, default_device};
/// use paysage_layers::Bernoulli;
/// use paysage_metrics::{Elbo, Metric};
/// use paysage_models::{BoltzmannMachine, Exact};
///
/// let device = default_device()?;
/// let layers = [9, 4, 2].map(|units| Bernoulli::new(units, &device));
/// let machine = BoltzmannMachine::chain(layers.into())?;
/// let log_partition = Exact::new(&machine)?.log_partition();
/// let table = BarsAndStripes { size: 3 }.generate();
/// let bound = Elbo { log_partition }.evaluate(&machine, &table, RandomKey::new(1))?;
/// // Nine fair coins.
/// assert!((bound + 9.0 * 2.0_f64.ln()).abs() < 1e-4);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Elbo {
    /// ln Z, in nats.
    pub log_partition: f64,
}

impl<L: Trainable> Metric<L> for Elbo {
    fn name(&self) -> &str {
        "elbo"
    }

    fn evaluate(
        &self,
        machine: &BoltzmannMachine<L>,
        table: &Table,
        _key: RandomKey,
    ) -> Result<f64, MetricError> {
        Ok(unnormalized_elbo(machine, table) - self.log_partition)
    }
}

/// The most sweeps of mean field.
const MOST_SWEEPS: usize = 500;

/// Mean field has converged when no mean m moves by more than this times 1 + |m| in a sweep. At its
/// maximum the bound is flat: what is left to gain is of the order of the square.
const STILL: f64 = 1e-5;

/// The mean over rows of ⟨−E(v, h)⟩_q + H(q), in nats: see [`Elbo`], which takes ln Z from it. It is
/// at most −F(v), where F is the free energy.
///
/// Mean field sweeps until no mean of a hidden unit moves by more than 10⁻⁵ of one plus its
/// magnitude, 500 times at most; what it has reached by then is a bound as well.
///
/// # Panics
///
/// When the table is not as wide as the visible layers.
#[must_use]
pub fn unnormalized_elbo<L: Trainable>(machine: &BoltzmannMachine<L>, table: &Table) -> f64 {
    on_workers(|| {
        let batches = machine.batches(table).map(|rows| {
            let bounds = Product::given(machine, rows).bounds(machine);
            bounds.into_data().iter::<f64>().sum::<f64>()
        });
        batches.sum::<f64>() / table.rows() as f64
    })
}

/// Independent hidden units, for each row of a batch.
struct Product {
    /// The rows, and the means of the hidden units.
    means: State,
    /// The fields under which the units of each hidden layer have these means.
    fields: BTreeMap<usize, Tensor<2>>,
}

impl Product {
    /// Sweeps over the hidden layers, each given the means of the others, until these stay. Every
    /// step raises the bound.
    fn given<L: Trainable>(machine: &BoltzmannMachine<L>, rows: Tensor<2>) -> Self {
        let mut product = Self {
            means: machine.state_from_visible(rows),
            fields: BTreeMap::new(),
        };
        let hidden = machine.hidden();
        let mut order = machine.blocks().concat();
        order.retain(|layer| hidden.contains(layer));
        let restricted = machine.check_restricted().is_ok();
        for _ in 0..if restricted { 1 } else { MOST_SWEEPS } {
            let before = product.means.clone();
            for &layer in &order {
                let field = machine.field(layer, &product.means);
                let mean = machine.layers[layer].mean(field.clone(), &InverseTemperature::ONE);
                product.means.layers[layer] = mean;
                product.fields.insert(layer, field);
            }
            if !restricted && product.largest_step(&before) < STILL {
                break;
            }
        }
        product
    }

    /// How far any mean has moved, relative to one plus its magnitude.
    fn largest_step(&self, before: &State) -> f64 {
        let steps = self.fields.keys().map(|&layer| {
            let (old, new) = (
                before.layers[layer].clone(),
                self.means.layers[layer].clone(),
            );
            let size = old.clone().abs() + 1.0;
            ((new - old).abs() / size).max().into_scalar::<f64>()
        });
        steps.fold(0.0, f64::max)
    }

    /// ⟨−E⟩ + H(q) of each row. Means of a product take the place of states in what connections
    /// add to −E; of a hidden layer, entropy less ⟨H⟩ is ln Σ exp(f·r − H) − f·⟨r⟩.
    fn bounds<L: Trainable>(&self, machine: &BoltzmannMachine<L>) -> Tensor<1> {
        let energy = machine.energy(&self.means);
        let connected = match machine.log_base_measure(&self.means, &machine.visible) {
            Some(log_base_measure) => log_base_measure - energy,
            None => -energy,
        };
        self.fields.iter().fold(connected, |sum, (&layer, field)| {
            let (layer, mean) = (&machine.layers[layer], self.means.layers[layer].clone());
            let seen = field.clone() * layer.interaction(mean.clone());
            let inner = layer.log_partition(field.clone(), &InverseTemperature::ONE)
                - seen.sum_dim(1).squeeze_dim::<1>(1);
            sum + layer.energy(mean) + inner
        })
    }
}
