//! Rows with what is unknown filled in.

use burn::tensor::{Bool, Tensor};
use paysage_kernels::{RandomKey, on_workers};
use paysage_layers::Trainable;
use paysage_models::BoltzmannMachine;

use crate::{
    ConditioningError, check_sites,
    running::Running,
    summary::{nearest, variance},
    walk::Walk,
};

/// Fills in the unknown units of rows, by Gibbs chains in which the known ones are held.
///
/// Every row has as many chains as imputations are asked for. They start from a draw of the unknown
/// units given nothing, and walk through sweeps that do not count to those that do. An imputation is
/// the end of a chain, so several of a row are independent of one another: the multiple imputations
/// of Rubin, "Multiple imputation for nonresponse in surveys", 1987.
///
/// ```
/// use burn::tensor::{Bool, Tensor, TensorData};
/// use paysage_kernels::default_device;
/// use paysage_layers::{AnyLayer, Bernoulli, Gaussian};
/// use paysage_models::BoltzmannMachine;
/// use paysage_samplers::Imputation;
///
/// let device = default_device()?;
/// let layers: Vec<AnyLayer> = vec![
///     Gaussian::new(2, &device).into(),
///     Bernoulli::new(3, &device).into(),
/// ];
/// let machine = BoltzmannMachine::chain(layers)?;
/// let rows = Tensor::from_floats([[2.5, 0.0], [0.0, -1.0]], &device);
/// let known = TensorData::from([[true, false], [false, true]]);
/// let known = Tensor::<2, Bool>::from_data(known, &device);
/// let imputation = Imputation { count: 5, ..Default::default() };
/// let imputed = imputation.fill(&machine, rows, &known)?;
/// assert_eq!(imputed.draws.len(), 5);
/// // Units without neighbours that count have their own mean, and variance 1.
/// let [mean, deviation] = [imputed.mean, imputed.deviation].map(|x| x.into_data());
/// assert_eq!(mean.iter().collect::<Vec<f64>>(), [2.5, 0.0, 0.0, -1.0]);
/// assert_eq!(deviation.iter().collect::<Vec<f64>>(), [0.0, 1.0, 1.0, 0.0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Imputation {
    /// How many chains each row has, of which each gives one imputation.
    pub count: usize,
    /// The sweeps of a chain before those that count.
    pub burn_in: usize,
    /// The sweeps of a chain that means and spreads are taken over.
    pub sweeps: usize,
    /// What all draws depend on. Rows that are a part of others, from row `first` on, are filled in
    /// as those would be with the key [`starting_at`](RandomKey::starting_at) `first`.
    pub key: RandomKey,
}

impl Default for Imputation {
    fn default() -> Self {
        Self {
            count: 10,
            burn_in: 100,
            sweeps: 100,
            key: RandomKey::new(0),
        }
    }
}

/// Rows that were filled in; what was known of them is as it was.
#[derive(Clone, Debug)]
pub struct Imputed {
    /// The imputations: the rows with a draw of what was unknown, `[batch, visible units]` each.
    pub draws: Vec<Tensor<2>>,
    /// The mean of each unit given what is known, of a one-hot unit the probability of its state:
    /// `[batch, visible units]`. It averages the means that the units had given the others, which is
    /// far less noisy than the mean of their draws.
    pub mean: Tensor<2>,
    /// The standard error of the mean, from how the chains differ: `[batch, visible units]`. It is
    /// not a number where each row has a single chain.
    pub standard_error: Tensor<2>,
    /// The standard deviation of each unit given what is known, by the law of total variance:
    /// `[batch, visible units]`, 0 for known units. It is not a number for units of layers of your
    /// own that take more than two values and are not Gaussian.
    pub deviation: Tensor<2>,
    /// The likeliest value of each binary unit, 1 where the mean is ½ or more, the likeliest state of
    /// each one-hot site, and the mean of each real unit: `[batch, visible units]`. What is likeliest
    /// by itself need not be so together.
    pub mode: Tensor<2>,
}

impl Imputation {
    /// Checks that there are chains, and sweeps to average over.
    ///
    /// # Errors
    ///
    /// When there are none.
    pub fn check(&self) -> Result<(), ConditioningError> {
        check_chains(self.count, self.sweeps)
    }

    /// Fills in rows `[batch, visible units]` where they are not known; the mask is of the same shape
    /// or `[1, visible units]`. What stands in their unknown units, NaN even, does not count.
    ///
    /// # Errors
    ///
    /// When there are no chains or no sweeps to count, or when a one-hot site is known in part.
    ///
    /// # Panics
    ///
    /// When rows or mask do not fit the machine or each other.
    pub fn fill<L: Trainable>(
        &self,
        machine: &BoltzmannMachine<L>,
        rows: Tensor<2>,
        known: &Tensor<2, Bool>,
    ) -> Result<Imputed, ConditioningError> {
        self.check()?;
        check_sites(machine, known)?;
        let known = known.clone().expand(rows.dims());
        Ok(on_workers(|| self.walk(machine, &rows, &known)))
    }

    fn walk<L: Trainable>(
        &self,
        machine: &BoltzmannMachine<L>,
        rows: &Tensor<2>,
        known: &Tensor<2, Bool>,
    ) -> Imputed {
        let walk = Walk::new(machine, known.clone());
        let mut draws = Vec::with_capacity(self.count);
        let (mut between, mut within) = (Running::like(rows), Running::like(rows));
        for chain in 0..self.count as u64 {
            let key = self.key.split(chain);
            let state = walk.start(rows.clone(), key.split(0));
            let mut state = walk.run(state, self.burn_in, key.split(1));
            let mut means = Running::like(rows);
            for sweep in 0..self.sweeps as u64 {
                let (next, mean) = walk.sweep(state, key.split(2).split(sweep));
                state = next;
                means.push(mean);
            }
            between.push(means.mean());
            within.push(means.variance());
            draws.push(machine.visible_of(&state));
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
            draws,
            standard_error: between.standard_error(),
            deviation: Tensor::cat(deviations, 1).mask_fill(known.clone(), 0.0),
            mode: Tensor::cat(modes, 1).mask_where(known.clone(), rows.clone()),
            mean,
        }
    }
}

/// Checks that there is something to average over.
pub(crate) fn check_chains(chains: usize, sweeps: usize) -> Result<(), ConditioningError> {
    match (chains, sweeps) {
        (0, _) => Err(ConditioningError::NoChains),
        (_, 0) => Err(ConditioningError::NoSweeps),
        _ => Ok(()),
    }
}
