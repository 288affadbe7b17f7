//! Hidden representations of rows.

use burn::tensor::Tensor;
use paysage_data::Rows;
use paysage_kernels::{Child, RandomKey, on_workers};
use paysage_layers::{InverseTemperature, Layer, Trainable};
use paysage_models::{BoltzmannMachine, Progress};
use paysage_samplers::hidden_means;

use crate::{
    Answers, ChainSettings, InferenceError,
    chunks::{CHUNK, DeviceRows, answer},
    clamped_chains::ClampedChains,
    running::Running,
};

/// Hidden representation of rows: the units of a hidden layer given the visible ones, as features for a
/// classifier, say.
///
/// | machine | complete rows | rows with missing values |
/// |---|---|---|
/// | restricted | exact | chains |
/// | connected hidden layers | `inference` | chains |
///
/// Chains clamp the observed units of a row; hidden units and missing visible ones are free.
///
/// ```
/// use paysage_data::Table;
/// use paysage_inference::HiddenRepresentation;
/// use paysage_kernels::{RandomKey, default_device};
/// use paysage_models::{BoltzmannMachine, Silent};
/// use paysage_layers::Bernoulli;
///
/// let device = default_device()?;
/// let layers = vec![Bernoulli::new(3, &device), Bernoulli::new(2, &device)];
/// let machine = BoltzmannMachine::chain(layers)?;
/// let rows = Table::new("rows", 3, vec![0.0, 1.0, 1.0])?;
/// let (transform, mut progress) = (HiddenRepresentation::default(), Silent);
/// assert_eq!(transform.names(&machine)?, ["hidden1_1", "hidden1_2"]);
/// let mut answers = transform.run(&machine, &rows, RandomKey::new(1), &mut progress)?;
/// let found = answers.next().expect("a chunk")?;
/// assert_eq!(found.units.into_data().iter().collect::<Vec<f64>>(), [0.5, 0.5]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct HiddenRepresentation {
    /// The hidden layer, counted from 1 among the layers that are not visible; the last one if nothing.
    pub hidden_layer: Option<usize>,
    /// Means or samples.
    pub values: HiddenValues,
    /// How complete rows of a machine with connected hidden layers are represented by means. Samples
    /// always come from chains there.
    pub inference: HiddenInference,
    /// The chains.
    pub chains: ChainSettings,
}

/// Values of a hidden representation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum HiddenValues {
    /// The conditional mean of each hidden unit.
    #[default]
    Means,
    /// A joint draw of the hidden units: from their conditional distribution where it is exact, and
    /// otherwise the final state of a chain.
    Sample,
}

/// Inference of hidden means where hidden layers are connected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum HiddenInference {
    /// Variational mean field, which is deterministic and biased.
    ///
    /// Salakhutdinov & Hinton, "Deep Boltzmann machines", 2009.
    #[default]
    MeanField,
    /// Gibbs chains, which are noisy and unbiased after a long burn-in.
    Chains,
}

/// The hidden representation of some rows.
#[derive(Clone, Debug)]
pub struct Representation {
    /// Position of the first row in the data set, counted from 0.
    pub first_row: usize,
    /// The units of the hidden layer: `[batch, units]`.
    pub units: Tensor<2>,
    /// The Monte Carlo standard error of means from chains, 0 for other rows: `[batch, units]`;
    /// nothing for a single chain, for samples, and where no row of the chunk needed chains.
    pub standard_error: Option<Tensor<2>>,
}

impl HiddenRepresentation {
    /// The names of the units: `hidden1_1` is the first unit of the first hidden layer.
    ///
    /// # Errors
    ///
    /// [`InferenceError::NoSuchHiddenLayer`].
    pub fn names<L: Layer>(
        &self,
        machine: &BoltzmannMachine<L>,
    ) -> Result<Vec<String>, InferenceError> {
        let (number, layer) = self.layer(machine)?;
        let units = 1..=machine.layers[layer].units();
        Ok(units.map(|unit| format!("hidden{number}_{unit}")).collect())
    }

    /// Represents the rows of a data set, chunk by chunk.
    ///
    /// # Errors
    ///
    /// When the hidden layer does not exist, when there are no chains or no sweeps, or when the machine
    /// cannot be normalized. An answer is an error where rows cannot be read or have values that the
    /// visible units do not take.
    pub fn run<'a, L: Trainable>(
        &self,
        machine: &'a BoltzmannMachine<L>,
        rows: &'a dyn Rows,
        key: RandomKey,
        progress: &'a mut dyn Progress,
    ) -> Result<Answers<'a, Representation>, InferenceError> {
        let (_, layer) = self.layer(machine)?;
        self.chains.check()?;
        machine.check_normalizable()?;
        let settings = *self;
        Ok(answer(machine, rows, CHUNK, progress, move |chunk| {
            let key = key.starting_at(chunk.first_row as u32);
            Ok(on_workers(|| {
                settings.represent(machine, layer, chunk, key)
            }))
        }))
    }

    /// The number of the hidden layer, counted from 1, and its index among all layers.
    fn layer<L: Layer>(
        &self,
        machine: &BoltzmannMachine<L>,
    ) -> Result<(usize, usize), InferenceError> {
        let hidden = machine.hidden();
        let number = self.hidden_layer.unwrap_or(hidden.len());
        match number.checked_sub(1).and_then(|place| hidden.get(place)) {
            Some(&layer) => Ok((number, layer)),
            None => Err(InferenceError::NoSuchHiddenLayer {
                layer: number,
                layers: hidden.len(),
            }),
        }
    }

    fn represent<L: Trainable>(
        &self,
        machine: &BoltzmannMachine<L>,
        layer: usize,
        chunk: DeviceRows,
        key: RandomKey,
    ) -> Representation {
        let restricted = machine.check_restricted().is_ok();
        let direct = match (restricted, self.values, self.inference) {
            (true, HiddenValues::Means, _)
            | (false, HiddenValues::Means, HiddenInference::MeanField) => {
                let means = hidden_means(machine, chunk.rows.clone());
                Some(means.layers[layer].clone())
            }
            (true, HiddenValues::Sample, _) => {
                let state = machine.state_from_visible(chunk.rows.clone());
                let field = machine.field(layer, &state);
                Some(machine.layers[layer].sample(field, &InverseTemperature::ONE, key))
            }
            (false, ..) => None,
        };
        let first_row = chunk.first_row;
        match (direct, &chunk.observed) {
            (Some(units), None) => Representation {
                first_row,
                units,
                standard_error: None,
            },
            (direct, _) => {
                let (mut units, mut error) = self.by_chains(machine, layer, &chunk, key);
                if let (Some(direct), Some(observed)) = (direct, &chunk.observed) {
                    let complete = observed.clone().all_dim(1).expand(units.dims());
                    units = units.mask_where(complete.clone(), direct);
                    error = error.map(|error| error.mask_fill(complete, 0.0));
                }
                Representation {
                    first_row,
                    units,
                    standard_error: error,
                }
            }
        }
    }

    /// The units by chains, and the standard error of their means.
    fn by_chains<L: Trainable>(
        &self,
        machine: &BoltzmannMachine<L>,
        layer: usize,
        chunk: &DeviceRows,
        key: RandomKey,
    ) -> (Tensor<2>, Option<Tensor<2>>) {
        let chains = ClampedChains::new(machine, chunk.mask());
        if self.values == HiddenValues::Sample {
            let last = chains.sample(
                &chunk.rows,
                &self.chains,
                key.child(Child::Repeat(0)),
                |_, _| {},
            );
            return (last.layers[layer].clone(), None);
        }
        let shape = [chunk.rows.dims()[0], machine.layers[layer].units()];
        let like = Tensor::zeros(shape, (&machine.device(), machine.dtype()));
        let mut between = Running::like(&like);
        for chain in 0..self.chains.chains {
            let mut means = Running::like(&like);
            chains.sample(
                &chunk.rows,
                &self.chains,
                key.child(Child::Repeat(chain)),
                |state, _| {
                    // The mean given all other units has less variance than the units.
                    let field = machine.field(layer, state);
                    means.push(machine.layers[layer].mean(field, &InverseTemperature::ONE));
                },
            );
            between.push(means.mean());
        }
        (between.mean(), between.standard_error())
    }
}
