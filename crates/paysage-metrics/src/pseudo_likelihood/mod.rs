//! Pseudo-log-likelihood.

mod density;
mod grid;
mod hidden;
mod kronrod;
mod line;
mod options;
mod panels;
mod real;
mod sites;
mod wide;

use paysage_data::{Order, Rows, total_weight};
use paysage_kernels::RandomKey;
use paysage_layers::Trainable;
use paysage_models::{BoltzmannMachine, Progress, Stage};

pub use sites::Sites;

use crate::{
    Evaluation, Measurement, Metric, MetricError, Pending, completed::Completed,
    measurement::deviation, pending::read,
};
use hidden::by_layer;
use options::OptionQuestions;
use sites::{Site, chosen_sites, visible_sites};

/// Number of rows that are read at a time.
const CHUNK: usize = 1000;

/// Mean over rows of Σ_i ln p(v_i | all other visible units), in nats, where i runs over the sites
/// of the visible layers (units of a Bernoulli or Gaussian layer).
///
/// It needs no ln Z: the probabilities of the values of one site are ratios of free energies. The
/// density of a Gaussian unit is a mixture of normal densities of one variance where the hidden units are
/// Gaussian or bounded, and is integrated on a grid with a relative error below 10⁻¹³. Other densities of
/// real units are integrated adaptively by Gauss–Kronrod quadrature, and the probabilities of counts
/// summed, with relative errors below 10⁻⁵; long runs of counts are integrated too.
///
/// Where few sites are evaluated per row ([`Sites`]), the result is an unbiased estimate, with its
/// standard error. Of rows with missing values, i runs over the observed sites, and missing units
/// are replaced by their mean-field means given the observed ones; the result is then an
/// approximation and not marked exact.
///
/// Besag, "Statistical analysis of non-lattice data", 1975.
///
/// ```
/// use paysage_data::BarsAndStripes;
/// use paysage_kernels::{RandomKey, default_device};
/// use paysage_layers::Bernoulli;
/// use paysage_metrics::{Metric, PseudoLogLikelihood, Sites};
/// use paysage_models::{BoltzmannMachine, Silent};
///
/// let device = default_device()?;
/// let machine = BoltzmannMachine::chain(vec![Bernoulli::new(9, &device), Bernoulli::new(4, &device)])?;
/// let data = BarsAndStripes { size: 3 }.generate();
/// let metric = PseudoLogLikelihood { sites: Sites::Random { count: 5 } };
/// let found = metric.run(&machine, &data, RandomKey::new(1), &mut Silent)?;
/// // Nine fair coins, whichever of them are chosen.
/// assert!((found.value + 9.0 * 2.0_f64.ln()).abs() < 1e-4);
/// assert!(!found.exact && found.standard_error.is_some_and(|error| error < 1e-4));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct PseudoLogLikelihood {
    /// The sites that are evaluated.
    pub sites: Sites,
}

impl<L: Trainable> Metric<L> for PseudoLogLikelihood {
    fn name(&self) -> &str {
        "pseudo_log_likelihood"
    }

    /// # Errors
    ///
    /// When hidden layers are connected with each other, when a machine of Gaussian layers cannot
    /// be normalized, when the kind of a visible layer does not state the energies of its units
    /// ([`Layer::unit_energies`](paysage_layers::Layer::unit_energies)), or when the number of random sites
    /// is zero.
    fn start(&self, on: Evaluation<'_, L>) -> Result<Pending, MetricError> {
        let rows = on.rows;
        let (questions, count) = self.questions(on)?;
        let exact = count.is_none() && rows.is_complete();
        let (answers, options) = (questions.answers, questions.options);
        let weights = rows.weights().map(<[f32]>::to_vec);
        let rows = questions.rows;
        let (tensors, open) = options.into_parts();
        Ok(Pending::new(tensors, move |free_energies| {
            let mut answers = answers;
            open.answer(free_energies, &mut answers);
            summary(&rows, &answers, weights.as_deref(), count, exact)
        }))
    }
}

impl PseudoLogLikelihood {
    /// The pseudo-log-likelihood of each row, whose mean the metric is.
    ///
    /// ```
    /// use paysage_data::BarsAndStripes;
    /// use paysage_kernels::{RandomKey, default_device};
    /// use paysage_layers::Bernoulli;
    /// use paysage_metrics::PseudoLogLikelihood;
    /// use paysage_models::{BoltzmannMachine, Silent};
    ///
    /// let device = default_device()?;
    /// let layers = vec![Bernoulli::new(9, &device), Bernoulli::new(4, &device)];
    /// let machine = BoltzmannMachine::chain(layers)?;
    /// let data = BarsAndStripes { size: 3 }.generate();
    /// let metric = PseudoLogLikelihood::default();
    /// let rows = metric.of_rows(&machine, &data, RandomKey::new(1), &mut Silent)?;
    /// // Nine fair coins.
    /// assert!(rows.iter().all(|row| (row + 9.0 * 2.0_f64.ln()).abs() < 1e-4));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As the metric.
    pub fn of_rows<L: Trainable>(
        &self,
        machine: &BoltzmannMachine<L>,
        rows: &dyn Rows,
        key: RandomKey,
        progress: &mut dyn Progress,
    ) -> Result<Vec<f64>, MetricError> {
        let on = Evaluation::of_rows(machine, rows, key, progress);
        let (questions, _) = self.questions(on)?;
        let (tensors, open) = questions.options.into_parts();
        let mut answers = questions.answers;
        open.answer(&read(tensors), &mut answers);
        let mut rest = &answers[..];
        let sum = |row: &Row| {
            let (of_row, after) = rest.split_at(row.asked);
            rest = after;
            row.scaled(of_row.iter().sum())
        };
        Ok(questions.rows.iter().map(sum).collect())
    }

    /// The sites of all rows, and the number of random sites per row; nothing for all sites.
    fn questions<L: Trainable>(
        &self,
        on: Evaluation<'_, L>,
    ) -> Result<(Questions, Option<usize>), MetricError> {
        let Evaluation { machine, rows, .. } = on;
        machine.check_restricted()?;
        machine.check_normalizable()?;
        let sites = visible_sites(machine)?;
        let count = self.sites.count(rows.count(), sites.len())?;
        let chosen = count.map(|count| chosen_sites(machine, rows.count(), count, on.key));
        let mut questions = Questions::default();
        for chunk in rows.chunks(Order::Stored, CHUNK) {
            let chunk = chunk?;
            let observed = |row: &[f32], site: &&Site| !row[site.column()].is_nan();
            let mut asked = Vec::new();
            for (index, row) in chunk.values.chunks(rows.columns()).enumerate() {
                let observed: Vec<&Site> = sites.iter().filter(|s| observed(row, s)).collect();
                let place = |u: &f64| observed[(u * observed.len() as f64) as usize];
                let of_row: Vec<&Site> = match (&chosen, count) {
                    (Some(_), _) if observed.is_empty() => Vec::new(),
                    (Some(chosen), Some(count)) => {
                        let first = questions.rows.len() * count;
                        chosen[first..first + count].iter().map(place).collect()
                    }
                    _ => observed.clone(),
                };
                questions.rows.push(Row {
                    sites: observed.len(),
                    asked: of_row.len(),
                });
                asked.extend(of_row.into_iter().map(|site| (index, site)));
            }
            let values = match rows.is_complete() {
                true => chunk.values,
                false => {
                    let rows = Completed::new(machine, machine.tensor_of(&chunk)).rows;
                    let filled: Vec<f32> = rows.into_data().iter().collect();
                    let pairs = filled.into_iter().zip(chunk.values);
                    // Observed values are kept to the bit.
                    pairs.map(|(f, x)| if x.is_nan() { f } else { x }).collect()
                }
            };
            let values = Values {
                values: &values,
                columns: rows.columns(),
            };
            questions.ask(machine, values, &asked)?;
            on.progress
                .report(Stage::Rows, questions.rows.len(), rows.count());
        }
        Ok((questions, count))
    }
}

/// Rows on the host: `[rows, columns]`.
#[derive(Clone, Copy)]
struct Values<'a> {
    values: &'a [f32],
    columns: usize,
}

impl<'a> Values<'a> {
    fn row(&self, index: usize) -> &'a [f32] {
        &self.values[index * self.columns..][..self.columns]
    }
}

/// The number of sites of a row that have a value, and of those that are evaluated.
struct Row {
    sites: usize,
    asked: usize,
}

impl Row {
    /// A sum over the evaluated sites, scaled to all of them.
    fn scaled(&self, sum: f64) -> f64 {
        sum * (self.sites as f64 / self.asked.max(1) as f64)
    }
}

/// ln p(site | rest) of the evaluated sites, row after row.
#[derive(Default)]
struct Questions {
    rows: Vec<Row>,
    /// Of discrete sites NaN until their free energies are read.
    answers: Vec<f64>,
    options: OptionQuestions,
}

impl Questions {
    fn ask<L: Trainable>(
        &mut self,
        machine: &BoltzmannMachine<L>,
        values: Values<'_>,
        asked: &[(usize, &Site)],
    ) -> Result<(), MetricError> {
        let first = self.answers.len();
        self.answers.resize(first + asked.len(), f64::NAN);
        let (mut of_options, mut of_reals, mut of_lines) = (Vec::new(), Vec::new(), Vec::new());
        let (mut real_places, mut line_places) = (Vec::new(), Vec::new());
        for (place, &(row, site)) in (first..).zip(asked) {
            match site {
                Site::Options(site) => of_options.push((place, row, site)),
                Site::Real(unit) => {
                    of_reals.push((row, unit));
                    real_places.push(place);
                }
                Site::Line(unit) => {
                    of_lines.push((row, unit));
                    line_places.push(place);
                }
            }
        }
        let reals = by_layer(machine, &of_reals, |layer, asked| {
            density::log_densities(machine, values, layer, asked)
        });
        let lines = by_layer(machine, &of_lines, |layer, asked| {
            line::log_densities(machine, values, layer, asked)
        });
        let found = real_places.into_iter().zip(reals);
        for (place, density) in found.chain(line_places.into_iter().zip(lines)) {
            self.answers[place] = density;
        }
        self.options
            .ask(machine, values, &of_options, &mut self.answers)
    }
}

/// The mean over rows, with its errors.
fn summary(
    rows: &[Row],
    answers: &[f64],
    weights: Option<&[f32]>,
    count: Option<usize>,
    exact: bool,
) -> Measurement {
    let mut rest = answers;
    let (mut sums, mut variances) = (Vec::with_capacity(rows.len()), 0.0);
    let total = weights.map(total_weight);
    for (index, row) in rows.iter().enumerate() {
        let (of_row, after) = rest.split_at(row.asked);
        rest = after;
        let sum: f64 = of_row.iter().sum();
        sums.push(row.scaled(sum));
        let spread = deviation(of_row, sum / row.asked.max(1) as f64).unwrap_or(0.0);
        let variance = (row.sites as f64 * spread).powi(2) / row.asked.max(1) as f64;
        variances += match (weights, total) {
            (Some(weights), Some(total)) => {
                let share = f64::from(weights[index]) * rows.len() as f64 / total;
                variance * share.powi(2)
            }
            _ => variance,
        };
    }
    let found = Measurement::weighted_mean_of(&sums, weights);
    let n = rows.len() as f64;
    let standard_error = match count {
        None => None,
        // One site per row shows no variance within a row: that of the rows contains it.
        Some(1) => found.row_deviation.map(|deviation| deviation / n.sqrt()),
        Some(_) => Some(variances.sqrt() / n),
    };
    Measurement {
        standard_error,
        exact,
        ..found
    }
}
