//! Imputation of missing values.

use burn::tensor::{Bool, Tensor};
use paysage_data::Rows;
use paysage_kernels::{Child, RandomKey, on_workers};
use paysage_layers::Trainable;
use paysage_models::{BoltzmannMachine, Progress};

use crate::{
    Answers, ChainSettings, InferenceError, check_sites,
    chunks::{CHUNK, answer},
    clamped_chains::ClampedChains,
    running::Running,
    summary::{nearest, variance},
};

/// Imputation of missing values by Gibbs chains in which the observed units of a row are clamped.
///
/// Every row has several chains, which start from a draw of the missing units without a field. An
/// imputation is the final state of a chain, so those of a row are independent of one another: the
/// multiple imputations of Rubin, "Multiple imputation for nonresponse in surveys", 1987.
///
/// ```
/// use paysage_data::Table;
/// use paysage_inference::{ChainSettings, Imputation};
/// use paysage_kernels::{RandomKey, default_device};
/// use paysage_models::{BoltzmannMachine, Silent};
/// use paysage_layers::{AnyLayer, Bernoulli, Gaussian};
///
/// let device = default_device()?;
/// let layers: Vec<AnyLayer> = vec![
///     Gaussian::new(2, &device).into(),
///     Bernoulli::new(3, &device).into(),
/// ];
/// let machine = BoltzmannMachine::chain(layers)?;
/// let rows = Table::with_missing("rows", 2, vec![2.5, f32::NAN, f32::NAN, -1.0])?;
/// let chains = ChainSettings { chains: 5, ..Default::default() };
/// let mut progress = Silent;
/// let answers = Imputation { chains }.run(&machine, &rows, RandomKey::new(1), &mut progress)?;
/// for imputed in answers {
///     let imputed = imputed?;
///     assert_eq!(imputed.draws.len(), 5);
///     // Units without weights have the mean 0 and the variance 1 of their layer.
///     let [mean, deviation] = [imputed.mean, imputed.standard_deviation].map(|x| x.into_data());
///     assert_eq!(mean.iter().collect::<Vec<f64>>(), [2.5, 0.0, 0.0, -1.0]);
///     assert_eq!(deviation.iter().collect::<Vec<f64>>(), [0.0, 1.0, 1.0, 0.0]);
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Imputation {
    /// The chains of each row, each of which gives one imputation.
    pub chains: ChainSettings,
}

/// Rows with their missing values imputed; observed values are unchanged.
#[derive(Clone, Debug)]
pub struct Imputed {
    /// Position of the first row in the data set, counted from 0.
    pub first_row: usize,
    /// The imputations, one for each chain: rows with a joint draw of their missing values,
    /// `[batch, visible units]` each.
    pub draws: Vec<Tensor<2>>,
    /// The mean of each unit given the observed ones, which is the probability of the state of a
    /// one-hot unit: `[batch, visible units]`. It averages conditional means given all other units and
    /// not draws, which reduces its Monte Carlo error.
    pub mean: Tensor<2>,
    /// The Monte Carlo standard error of the mean, from the differences between chains:
    /// `[batch, visible units]`; nothing for a single chain.
    pub standard_error: Option<Tensor<2>>,
    /// The standard deviation of each unit given the observed ones, by the law of total variance:
    /// `[batch, visible units]`, 0 for observed units. It is NaN for units of user-defined layers that
    /// take more than two values and are not Gaussian.
    pub standard_deviation: Tensor<2>,
    /// The more probable value of each binary unit (1 where the mean is ½), the most probable state of
    /// each one-hot site, and the mean of each real unit: `[batch, visible units]`. These are
    /// marginal modes, which together need not be the joint mode.
    pub mode: Tensor<2>,
}

impl Imputation {
    /// Imputes the missing values (NaN) of a data set, chunk by chunk.
    ///
    /// # Errors
    ///
    /// When there are no chains or no sweeps, or when the machine cannot be normalized. An answer is an
    /// error where rows cannot be read, or have values that the visible units do not take.
    pub fn run<'a, L: Trainable>(
        &self,
        machine: &'a BoltzmannMachine<L>,
        rows: &'a dyn Rows,
        key: RandomKey,
        progress: &'a mut dyn Progress,
    ) -> Result<Answers<'a, Imputed>, InferenceError> {
        self.chains.check()?;
        machine.check_normalizable()?;
        let settings = *self;
        Ok(answer(machine, rows, CHUNK, progress, move |chunk| {
            let found = match &chunk.observed {
                None => settings.complete(chunk.rows),
                Some(observed) => {
                    let key = key.starting_at(chunk.first_row as u32);
                    on_workers(|| settings.sample(machine, &chunk.rows, observed, key))
                }
            };
            Ok(Imputed {
                first_row: chunk.first_row,
                ..found
            })
        }))
    }

    /// Imputes rows `[batch, visible units]` on the device where a mask of observed units is false. The
    /// mask has the shape of the rows or `[1, visible units]`; values of missing units, which may be
    /// NaN, are ignored.
    ///
    /// Rows that are a part of others, from row `first` on, are imputed as those are if the key is
    /// [`starting_at`](RandomKey::starting_at) `first`.
    ///
    /// # Errors
    ///
    /// When there are no chains or no sweeps, when the machine cannot be normalized, or when a site of
    /// several units is observed in part.
    ///
    /// # Panics
    ///
    /// When rows or mask do not fit the machine or each other.
    pub fn run_batch<L: Trainable>(
        &self,
        machine: &BoltzmannMachine<L>,
        rows: Tensor<2>,
        observed: &Tensor<2, Bool>,
        key: RandomKey,
    ) -> Result<Imputed, InferenceError> {
        self.chains.check()?;
        machine.check_normalizable()?;
        check_sites(machine, observed)?;
        let observed = observed.clone().expand(rows.dims());
        Ok(on_workers(|| self.sample(machine, &rows, &observed, key)))
    }

    /// Rows without missing values.
    fn complete(self, rows: Tensor<2>) -> Imputed {
        let zeros = rows.zeros_like();
        Imputed {
            first_row: 0,
            draws: vec![rows.clone(); self.chains.chains],
            mean: rows.clone(),
            standard_error: (self.chains.chains > 1).then(|| zeros.clone()),
            standard_deviation: zeros,
            mode: rows,
        }
    }

    fn sample<L: Trainable>(
        &self,
        machine: &BoltzmannMachine<L>,
        rows: &Tensor<2>,
        observed: &Tensor<2, Bool>,
        key: RandomKey,
    ) -> Imputed {
        let chains = ClampedChains::new(machine, observed.clone());
        let mut draws = Vec::with_capacity(self.chains.chains);
        let (mut between, mut within) = (Running::like(rows), Running::like(rows));
        for chain in 0..self.chains.chains {
            let mut means = Running::like(rows);
            let last = chains.sample(
                rows,
                &self.chains,
                key.child(Child::Repeat(chain)),
                |_, mean| {
                    means.push(mean);
                },
            );
            between.push(means.mean());
            within.push(means.variance());
            draws.push(machine.visible_of(&last));
        }
        let mean = between.mean();
        let of_means = between.variance() + within.mean();
        let layers = machine.visible_spans().map(|(index, span)| {
            let columns = |x: &Tensor<2>| x.clone().narrow(1, span.start, span.len());
            let (layer, mean) = (&machine.layers[index], columns(&mean));
            let variance = variance(layer, mean.clone(), columns(&of_means));
            (variance.sqrt(), nearest(layer, mean))
        });
        let (deviations, modes): (Vec<_>, Vec<_>) = layers.unzip();
        Imputed {
            first_row: 0,
            draws,
            standard_error: between.standard_error(),
            standard_deviation: Tensor::cat(deviations, 1).mask_fill(observed.clone(), 0.0),
            mode: Tensor::cat(modes, 1).mask_where(observed.clone(), rows.clone()),
            mean,
        }
    }
}
