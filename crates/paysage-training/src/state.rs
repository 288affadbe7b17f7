//! The state of a training.

use std::path::Path;

use burn::tensor::Device;
use paysage_data::{ContentHash, Fingerprint, Rows};
use paysage_kernels::{Replayable, TensorMut};
use paysage_layers::{Stored, Trainable};
use paysage_models::{BoltzmannMachine, Estimator, Record, RecordError, Recorded, Scalar, State};
use paysage_optimizers::{Optimizer, OptimizerKind};

use crate::{TrainingError, TrainingStateError, previous_checkpoint, state_file};

/// Everything that a training carries: the machine, the states of optimizer and estimator, and the
/// position in the data.
///
/// A checkpoint is this value in a file and nothing else. Training that continues from it gives bit
/// for bit what training without a stop gives, for the same settings and data.
///
/// ```
/// use paysage_data::BarsAndStripes;
/// use paysage_kernels::default_device;
/// use paysage_layers::{AnyLayer, Bernoulli};
/// use paysage_models::BoltzmannMachine;
/// use paysage_samplers::ContrastiveDivergence;
/// use paysage_training::{Trainer, TrainingState};
///
/// let device = default_device()?;
/// let layers = [9, 4].map(|units| AnyLayer::from(Bernoulli::new(units, &device)));
/// let machine = BoltzmannMachine::chain(layers.into())?;
/// let table = BarsAndStripes { size: 3 }.generate();
/// let trainer = Trainer { epochs: 2, ..Trainer::new(ContrastiveDivergence::default()) };
/// let trained = trainer.fit(trainer.start(machine)?, &table, &mut [])?.state;
///
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("state.safetensors");
/// trained.save(&path)?;
/// let more = Trainer { epochs: 4, ..trainer };
/// let state: TrainingState<AnyLayer, ContrastiveDivergence> =
///     TrainingState::load(&path, &device)?;
/// assert_eq!(more.fit(state, &table, &mut [])?.state.epochs, 4);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct TrainingState<L: Trainable, E: Estimator<L>, O: Optimizer<L> = OptimizerKind> {
    /// The machine.
    pub machine: BoltzmannMachine<L>,
    /// The state of the optimizer.
    pub optimizer: O::State,
    /// The state of the estimator.
    pub estimator: E::State,
    /// The number of finished epochs.
    pub epochs: usize,
    /// The number of finished batches of the epoch that was stopped; 0 between epochs.
    pub batches: usize,
    /// The number of finished steps: the argument of the learning-rate schedule.
    pub steps: usize,
    /// Random seed.
    pub seed: u64,
    /// The data set, from the first step on.
    pub data: Option<Fingerprint>,
}

impl<L: Trainable, E: Estimator<L>, O: Optimizer<L>> TrainingState<L, E, O> {
    /// Checks that rows are those that the state was trained on, where it was trained.
    ///
    /// # Errors
    ///
    /// [`TrainingError::OtherData`], or when the rows cannot be read.
    pub fn check_data(&self, rows: &(impl Rows + ?Sized)) -> Result<(), TrainingError> {
        match self.data {
            Some(_) => self.check_fingerprint(rows.source(), Fingerprint::of(rows)?),
            None => Ok(()),
        }
    }

    /// The same for rows whose fingerprint is known.
    pub(crate) fn check_fingerprint(
        &self,
        source: &str,
        found: Fingerprint,
    ) -> Result<(), TrainingError> {
        match self.data {
            Some(expected) if found != expected => Err(TrainingError::OtherData {
                source_name: source.to_owned(),
                found,
                expected,
            }),
            _ => Ok(()),
        }
    }

    /// Samples of the model, where the estimator has some.
    #[must_use]
    pub fn chains(&self) -> Option<&State> {
        E::chains(&self.estimator)
    }

    /// Writes the state to a file, atomically and with a checksum.
    ///
    /// # Errors
    ///
    /// When a number is not finite or the file cannot be written.
    pub fn save(&self, path: &Path) -> Result<(), TrainingStateError>
    where
        L: Stored,
    {
        state_file::write(path, &self.machine, self.record())
    }

    /// Reads the state from a file onto a device.
    ///
    /// # Errors
    ///
    /// When the file is not a whole training state of these types, or was changed.
    pub fn load(path: &Path, device: &Device) -> Result<Self, TrainingStateError>
    where
        L: Stored,
    {
        let (machine, record) = state_file::read(path, device)?;
        Self::restore(record, &machine).map_err(|source| TrainingStateError::Record {
            path: path.to_owned(),
            source,
        })
    }

    /// Reads the last whole checkpoint: the file, or where it cannot be read the
    /// [one before](previous_checkpoint), with the error of the file.
    ///
    /// # Errors
    ///
    /// The error of the file, when neither can be read.
    pub fn load_last(
        path: &Path,
        device: &Device,
    ) -> Result<(Self, Option<TrainingStateError>), TrainingStateError>
    where
        L: Stored,
    {
        match Self::load(path, device) {
            Ok(state) => Ok((state, None)),
            Err(error) => match Self::load(&previous_checkpoint(path), device) {
                Ok(state) => Ok((state, Some(error))),
                Err(_) => Err(error),
            },
        }
    }
}

impl<L: Trainable, E: Estimator<L>, O: Optimizer<L>> Replayable for TrainingState<L, E, O> {
    fn tensors(&mut self, visit: &mut dyn FnMut(TensorMut<'_>)) -> bool {
        self.machine.tensors(visit)
            && self.optimizer.tensors(visit)
            && self.estimator.tensors(visit)
    }

    fn count(&mut self, times: isize) {
        self.optimizer.count(times);
        self.estimator.count(times);
        for number in [&mut self.steps, &mut self.batches] {
            *number = number.saturating_add_signed(times);
        }
    }
}

/// All of the state but the machine.
impl<L: Trainable, E: Estimator<L>, O: Optimizer<L>> Recorded<L> for TrainingState<L, E, O> {
    fn record(&self) -> Record {
        let mut record = Record::default();
        record.nest("optimizer", self.optimizer.record());
        record.nest("estimator", self.estimator.record());
        let counts = [
            ("epochs", self.epochs as u64),
            ("batches", self.batches as u64),
            ("steps", self.steps as u64),
            ("seed", self.seed),
        ];
        let data = self.data.iter().flat_map(|data| {
            let [first, second] = data.hash.words();
            [
                ("data.rows", data.rows),
                ("data.columns", data.columns),
                ("data.hash.0", first),
                ("data.hash.1", second),
            ]
        });
        for (name, value) in counts.into_iter().chain(data) {
            record.scalars.insert(name.into(), Scalar::UInt(value));
        }
        record
    }

    fn restore(mut record: Record, machine: &BoltzmannMachine<L>) -> Result<Self, RecordError> {
        let optimizer = Recorded::restore(record.take_nested("optimizer"), machine)?;
        let estimator = Recorded::restore(record.take_nested("estimator"), machine)?;
        let mut data = record.take_nested("data");
        let fingerprint = match data.is_empty() {
            true => None,
            false => Some(Fingerprint {
                rows: data.take_uint("rows")?,
                columns: data.take_uint("columns")?,
                hash: ContentHash::from_words([
                    data.take_uint("hash.0")?,
                    data.take_uint("hash.1")?,
                ]),
            }),
        };
        data.finish()?;
        let state = Self {
            machine: machine.clone(),
            optimizer,
            estimator,
            epochs: record.take_uint("epochs")? as usize,
            batches: record.take_uint("batches")? as usize,
            steps: record.take_uint("steps")? as usize,
            seed: record.take_uint("seed")?,
            data: fingerprint,
        };
        record.finish()?;
        Ok(state)
    }
}
