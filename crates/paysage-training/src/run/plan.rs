//! From settings to machine and trainer.

use burn::tensor::Device;
use paysage_data::{DataError, GroupKind, Layout, Rows, UnitGroup};
use paysage_kernels::{Child, RandomKey};
use paysage_layers::{AnyLayer, Layer, LayerKind, LayerKindError, Stored};
use paysage_models::{BoltzmannMachine, Estimator, Initialization, MachineError};
use paysage_samplers::{
    ChainStart, ContrastiveDivergence, DataPhase, GrowingTrajectory, JarzynskiMonitor,
    ParallelTempering, PersistentContrastiveDivergence, UnbiasedContrastiveDivergence,
};
use paysage_tap::{Order, TapGradient};

use super::{
    CenterName, ChainStartName, DataPhaseName, MethodName, RunError, Settings, SettingsError,
    pipeline::Target,
};
use crate::{
    Method, MonitorSchedule, Monitors, MonitorsError, Pretraining, PretrainingStage, Trainer,
};

/// Layerwise pretraining, and the trainer of each stage.
type StagesOfPretraining = (Pretraining, Vec<Trainer<AnyLayer, Method>>);

/// The largest number of elements of a tensor, 8 GiB of f32, so that a typing error does not allocate
/// more.
const MOST_NUMBERS: usize = 1 << 31;

impl Settings {
    /// The kinds of the visible layers for the columns of a data set.
    ///
    /// # Errors
    ///
    /// When [`visible`](Self::visible) is not a kind, or does not fit the number of columns.
    pub fn visible_layers(&self, layout: &Layout) -> Result<Vec<LayerKind>, SettingsError> {
        if self.visible.is_some() && layout.alignment().is_some() {
            return Err(SettingsError::Conflict {
                setting: "visible",
                other: "an alignment",
                remedy: "its alphabet gives the kind of the units",
            });
        }
        let word = self.visible.as_deref().unwrap_or("bernoulli");
        let kind = |group: UnitGroup| match group.kind {
            None => LayerKind::of_columns(word, group.units)
                .map_err(|source| self.visible_error(word.into(), source)),
            Some(GroupKind::Binary) => Ok(LayerKind::bernoulli(group.units)),
            Some(GroupKind::OneHot { states }) => {
                Ok(LayerKind::onehot(group.units / states, states))
            }
            Some(GroupKind::Real) => Ok(LayerKind::gaussian(group.units)),
        };
        layout.groups().into_iter().map(kind).collect()
    }

    fn visible_error(&self, found: String, source: LayerKindError) -> SettingsError {
        match source {
            LayerKindError::Columns { columns, states } => SettingsError::Sites {
                found,
                data: self.data.as_deref().unwrap_or("the data").to_owned(),
                columns,
                states,
            },
            source => SettingsError::Visible { found, source },
        }
    }

    /// The untrained machine for the columns of a data set, on a device, with its frozen parameters.
    ///
    /// # Errors
    ///
    /// When the layers are invalid, a tensor would be too large, or a frozen parameter is unknown.
    pub fn machine(
        &self,
        layout: &Layout,
        device: &Device,
    ) -> Result<BoltzmannMachine<AnyLayer>, SettingsError> {
        let (visible, hidden) = (self.visible_layers(layout)?, self.hidden_layers()?);
        self.check_size(&visible, &hidden)?;
        let layers = |kinds: &[LayerKind]| {
            let layers = kinds.iter().map(|kind| AnyLayer::from_kind(kind, device));
            layers.collect::<Vec<AnyLayer>>()
        };
        let machine = BoltzmannMachine::stacked(layers(&visible), layers(&hidden));
        let mut machine = machine.map_err(|error| match error {
            MachineError::Unbounded { target, domain, .. } => {
                let name = |layer| visible.iter().chain(&hidden).nth(layer);
                let name = |layer| name(layer).map_or_else(String::new, LayerKind::to_string);
                SettingsError::Unbounded {
                    lower: name(target),
                    upper: name(domain),
                }
            }
            error => error.into(),
        })?;
        let first = machine.layers.get(visible.len());
        let has_two = first.is_none_or(|layer| layer.domain().two_values().is_some());
        if self.initialization() == Initialization::LowRank && !has_two {
            return Err(SettingsError::Conflict {
                setting: "init",
                other: "a first hidden layer whose units do not take two values",
                remedy: "low-rank needs bernoulli or spin units there; use pca",
            });
        }
        for name in &self.freeze {
            let frozen = machine.parameter(name).and_then(|id| machine.freeze(id));
            frozen.map_err(SettingsError::Freeze)?;
        }
        Ok(machine)
    }

    /// Refuses tensors that are too large for any memory, before they are allocated.
    fn check_size(&self, visible: &[LayerKind], hidden: &[LayerKind]) -> Result<(), SettingsError> {
        let sides = visible
            .iter()
            .flat_map(|side| hidden.first().map(|first| (side, first)));
        let above = hidden.windows(2).map(|pair| (&pair[0], &pair[1]));
        for (lower, upper) in sides.chain(above) {
            if lower.units() > MOST_NUMBERS / upper.units() {
                return Err(SettingsError::TooManyWeights {
                    lower: lower.to_string(),
                    upper: upper.to_string(),
                    most: MOST_NUMBERS,
                });
            }
        }
        let widest = visible.iter().chain(hidden).map(LayerKind::units).max();
        let replicas = match self.method {
            MethodName::Ptt => self.trajectory().most + 1,
            _ => self.replicas().unwrap_or(1),
        };
        let most = MOST_NUMBERS / widest.unwrap_or(1) / replicas;
        let has_chains = !matches!(self.method, MethodName::Cd | MethodName::Ucd);
        if has_chains && self.chain_count() > most {
            return Err(SettingsError::TooLarge {
                setting: match self.chains {
                    Some(_) => "chains",
                    None => "batch-size",
                },
                found: self.chain_count() as u64,
                most: most as u64,
            });
        }
        Ok(())
    }

    /// Layerwise pretraining of the run on these rows, and the trainers of its stages in order;
    /// `None` without pretraining.
    ///
    /// Penalties and constraints apply to the copies of their parameters. Frozen parameters are
    /// pretrained.
    ///
    /// # Errors
    ///
    /// As [`trainer`](Self::trainer).
    pub fn pretraining(
        &self,
        rows: &(impl Rows + ?Sized),
        machine: &BoltzmannMachine<AnyLayer>,
    ) -> Result<Option<StagesOfPretraining>, RunError> {
        let Some(epochs) = self.pretrain_epochs else {
            return Ok(None);
        };
        let pretraining = Pretraining {
            initialization: self.initialization(),
            key: self.initialization_key(),
        };
        let settings = self.clone().for_rows(rows);
        let of = machine.connections.len();
        let trainers = (1..=of).map(|number| {
            let stage = Some(PretrainingStage { number, of });
            settings.trainer_of(epochs, rows.count(), Target { machine, stage })
        });
        Ok(Some((pretraining, trainers.collect::<Result<_, _>>()?)))
    }

    /// The random key of the initial parameters.
    #[must_use]
    pub fn initialization_key(&self) -> RandomKey {
        RandomKey::new(self.seed).child(Child::Initialization)
    }

    /// Sets the centers of an untrained machine: those of visible layers to the means of the training
    /// rows, those of hidden layers to their means without a field.
    ///
    /// # Errors
    ///
    /// When the rows cannot be read.
    pub fn set_centers(
        &self,
        machine: &mut BoltzmannMachine<AnyLayer>,
        rows: &(impl Rows + ?Sized),
    ) -> Result<(), DataError> {
        match self.center() {
            CenterName::None => Ok(()),
            CenterName::Data => machine.center_visible(rows),
            CenterName::Both => {
                machine.center_hidden();
                machine.center_visible(rows)
            }
        }
    }

    /// The trainer of a machine for these rows, without monitors.
    ///
    /// # Errors
    ///
    /// When a penalty or a constraint does not fit the machine, or a mask cannot be read.
    pub fn trainer(
        &self,
        rows: &(impl Rows + ?Sized),
        machine: &BoltzmannMachine<AnyLayer>,
    ) -> Result<Trainer<AnyLayer, Method>, RunError> {
        let stage = None;
        let settings = self.clone().for_rows(rows);
        let epochs = settings.epochs.unwrap_or(1);
        settings.trainer_of(epochs, rows.count(), Target { machine, stage })
    }

    fn trainer_of(
        &self,
        epochs: usize,
        rows: usize,
        target: Target<'_>,
    ) -> Result<Trainer<AnyLayer, Method>, RunError> {
        let steps = epochs * rows.div_ceil(self.batch_size);
        let estimator = self.estimator();
        // What does not fit the machine is refused before training starts.
        if target.stage.is_none() {
            let setting = "method";
            let checked = estimator.init(target.machine);
            checked.map_err(|source| SettingsError::Step { setting, source })?;
        }
        Ok(Trainer {
            epochs,
            batch_size: self.batch_size,
            learning_rate: Box::new(self.schedule().over(self.initial_rate(), steps)),
            transforms: self.transforms(target)?,
            optimizer: self.optimizer(),
            constraints: self.constraints(target)?,
            seed: self.seed,
            ..Trainer::new(estimator)
        })
    }

    /// The metrics of the run and their schedule.
    ///
    /// # Errors
    ///
    /// When rows cannot be read, or a metric of [`metrics`](Self::metrics) is not defined for them.
    pub fn monitors(
        &self,
        machine: &BoltzmannMachine<AnyLayer>,
        training: &dyn Rows,
        validation: Option<&dyn Rows>,
    ) -> Result<Monitors<AnyLayer>, MonitorsError> {
        let mut monitors = match self.metrics.is_empty() {
            true => Monitors::standard(machine, training, validation)?,
            false => Monitors::named(&self.metrics, machine, training, validation)?,
        };
        monitors.schedule = self.monitor_schedule();
        Ok(monitors)
    }

    /// The schedule of the metrics.
    #[must_use]
    pub fn monitor_schedule(&self) -> MonitorSchedule {
        MonitorSchedule {
            every: self.measured_every().and_then(std::num::NonZeroUsize::new),
            ..MonitorSchedule::default()
        }
    }

    fn trajectory(&self) -> GrowingTrajectory {
        let usual = GrowingTrajectory::default();
        GrowingTrajectory {
            most: self.ladder.unwrap_or(usual.most),
            ..usual
        }
    }

    fn estimator(&self) -> Method {
        let (steps, data) = (self.gibbs_steps.unwrap_or(1), self.positive_phase());
        match self.method {
            MethodName::Cd => ContrastiveDivergence {
                steps,
                data,
                start: match self.chain_start.unwrap_or_default() {
                    ChainStartName::Data => ChainStart::Data,
                    ChainStartName::Noise => ChainStart::Noise,
                },
            }
            .into(),
            MethodName::Ucd => {
                let usual = UnbiasedContrastiveDivergence::default();
                UnbiasedContrastiveDivergence {
                    steps,
                    most: self.max_sweeps.unwrap_or(usual.most.max(steps)),
                    data,
                }
                .into()
            }
            MethodName::Pcd | MethodName::Ptt => {
                let pcd = PersistentContrastiveDivergence {
                    chains: self.chain_count(),
                    steps,
                    data,
                    ..PersistentContrastiveDivergence::default()
                };
                match self.replicas() {
                    _ if self.method == MethodName::Ptt => pcd.with_chain(self.trajectory()).into(),
                    _ if self.jarzynski => JarzynskiMonitor {
                        estimator: pcd,
                        chains: self.chain_count(),
                        sweeps: steps,
                    }
                    .into(),
                    None => pcd.into(),
                    // The temperatures follow the machine.
                    Some(replicas) => pcd
                        .with_chain(ParallelTempering {
                            replicas,
                            adaptation: usize::MAX,
                            ..ParallelTempering::default()
                        })
                        .into(),
                }
            }
            MethodName::Tap => {
                let mut tap = TapGradient {
                    starts: self.chain_count(),
                    ..TapGradient::default()
                };
                tap.solver.order = match self.tap_order {
                    Some(1) => Order::First,
                    Some(3) => Order::Third,
                    _ => Order::Second,
                };
                tap.into()
            }
        }
    }

    /// Missing values are sampled jointly with the units that they depend on, by chains, and not unit
    /// by unit.
    fn positive_phase(&self) -> DataPhase {
        let usual = match self.may_miss() {
            true => DataPhaseName::Gibbs,
            false => DataPhaseName::MeanField,
        };
        match self.data_phase.unwrap_or(usual) {
            DataPhaseName::MeanField => self
                .data_sweeps
                .map_or_else(DataPhase::default, |sweeps| DataPhase::MeanField { sweeps }),
            DataPhaseName::Gibbs => DataPhase::Gibbs {
                sweeps: self.data_sweeps.unwrap_or(5),
            },
        }
    }
}
