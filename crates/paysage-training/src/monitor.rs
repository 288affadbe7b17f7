//! Metrics watched during training.

use std::sync::Arc;

use paysage_data::Table;
use paysage_kernels::RandomKey;
use paysage_layers::Trainable;
use paysage_metrics::{
    ExactLogLikelihood, FreeEnergy, FreeEnergyGap, Metric, MetricError, PseudoLogLikelihood,
    ReconstructionError,
};
use paysage_models::{BoltzmannMachine, Exact};

/// A metric, the rows that it looks at, and the name under which it is reported.
pub struct Monitor<L: Trainable> {
    /// The key in reports.
    pub name: String,
    /// What is measured.
    pub metric: Box<dyn Metric<L>>,
    /// On which rows.
    pub table: Arc<Table>,
}

/// The most rows that a standard monitor looks at: enough for two digits.
const ROWS: usize = 1000;

/// The rows of a table that standard monitors look at: the first that miss nothing. Where there is no
/// such row it is the first of all, of which nothing can be measured.
pub(crate) fn first_rows(table: &Table) -> Arc<Table> {
    let complete = (0..table.rows()).filter(|&row| !table.row(row).iter().any(|x| x.is_nan()));
    let rows: Vec<usize> = complete.take(ROWS).collect();
    Arc::new(match rows.is_empty() {
        true => table.head(1),
        false => table.select(&rows),
    })
}

/// The largest machine that is summed exactly after every epoch, as a power of 2 of its states.
const EXACT_STATES: f64 = 12.0;

impl<L: Trainable> Monitor<L> {
    /// A metric under its own name.
    pub fn new(metric: impl Metric<L> + 'static, table: &Arc<Table>) -> Self {
        Self {
            name: metric.name().to_owned(),
            metric: Box::new(metric),
            table: Arc::clone(table),
        }
    }

    /// A metric under its own name followed by a word.
    pub fn named(metric: impl Metric<L> + 'static, word: &str, table: &Arc<Table>) -> Self {
        let mut monitor = Self::new(metric, table);
        monitor.name = format!("{}_{word}", monitor.name);
        monitor
    }

    /// Every metric that is defined for this machine, on the first rows of the training table, and
    /// of the validation table where there is one.
    ///
    /// The exact likelihood is among them where at most 2¹² states must be enumerated, and none for
    /// each row.
    #[must_use]
    pub fn standard(
        machine: &BoltzmannMachine<L>,
        training: &Table,
        validation: Option<&Table>,
    ) -> Vec<Self> {
        let training = first_rows(training);
        let validation = validation.map(first_rows);
        let mut monitors = vec![
            Self::new(ReconstructionError, &training),
            Self::new(PseudoLogLikelihood, &training),
            Self::new(FreeEnergy, &training),
        ];
        let states = Exact::log2_states(machine);
        let small = states.is_ok_and(|(all, row)| all <= EXACT_STATES && row == 0.0);
        if small {
            monitors.push(Self::new(ExactLogLikelihood, &training));
        }
        if let Some(validation) = &validation {
            let word = "validation";
            let reference = Arc::clone(&training);
            monitors.push(Self::named(ReconstructionError, word, validation));
            monitors.push(Self::named(PseudoLogLikelihood, word, validation));
            monitors.push(Self::named(FreeEnergy, word, validation));
            monitors.push(Self::new(FreeEnergyGap { reference }, validation));
            if small {
                monitors.push(Self::named(ExactLogLikelihood, word, validation));
            }
        }
        monitors.retain(|monitor| monitor.is_defined(machine));
        monitors
    }

    /// Measures.
    ///
    /// # Errors
    ///
    /// When the metric is not defined for the machine.
    pub fn measure(
        &self,
        machine: &BoltzmannMachine<L>,
        key: RandomKey,
    ) -> Result<f64, MetricError> {
        self.metric.evaluate(machine, &self.table, key)
    }

    /// Whether the metric has a value for this machine, tried on one row.
    fn is_defined(&self, machine: &BoltzmannMachine<L>) -> bool {
        let one = self.table.head(1);
        let value = self.metric.evaluate(machine, &one, RandomKey::new(0));
        value.is_ok_and(|value| !value.is_nan())
    }
}
