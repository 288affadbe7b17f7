//! Estimators that are chosen at run time.

use paysage_kernels::{RandomKey, Replayable, TensorMut};
use paysage_layers::{AnyLayer, Layer, Tap};
use paysage_models::{
    Batch, BoltzmannMachine, Estimator, Record, RecordError, Recorded, Scalar, SettingError, State,
    Step,
};
use paysage_samplers::{
    ContrastiveDivergence, GrowingTrajectory, JarzynskiMonitor, JarzynskiState, ParallelTempering,
    PersistentContrastiveDivergence, PersistentState, Replicas, RowChains, Trajectory,
    UnbiasedContrastiveDivergence,
};
use paysage_tap::{TapGradient, TapState};

/// One of the estimators of Paysage.
///
/// ```
/// use paysage_samplers::PersistentContrastiveDivergence;
/// use paysage_training::Method;
///
/// let method = Method::from(PersistentContrastiveDivergence::default());
/// assert_eq!(method.name(), "pcd");
/// ```
#[derive(Clone, Copy, Debug)]
pub enum Method {
    /// Contrastive divergence.
    Cd(ContrastiveDivergence),
    /// Persistent contrastive divergence.
    Pcd(PersistentContrastiveDivergence),
    /// Persistent contrastive divergence with parallel tempering.
    TemperedPcd(PersistentContrastiveDivergence<ParallelTempering>),
    /// Persistent contrastive divergence with trajectory parallel tempering.
    Ptt(PersistentContrastiveDivergence<GrowingTrajectory>),
    /// Persistent contrastive divergence with a monitor of ln Z.
    MonitoredPcd(JarzynskiMonitor<PersistentContrastiveDivergence>),
    /// Unbiased contrastive divergence.
    Ucd(UnbiasedContrastiveDivergence),
    /// The TAP expansion.
    Tap(TapGradient),
}

/// The state of a [`Method`].
#[derive(Clone, Debug)]
pub enum MethodState<L: Layer = AnyLayer> {
    /// Of contrastive divergence.
    Cd(RowChains),
    /// Of persistent contrastive divergence.
    Pcd(PersistentState),
    /// Of persistent contrastive divergence with parallel tempering.
    TemperedPcd(PersistentState<Replicas>),
    /// Of persistent contrastive divergence with trajectory parallel tempering.
    Ptt(PersistentState<Trajectory<L>>),
    /// Of persistent contrastive divergence with a monitor of ln Z.
    MonitoredPcd(JarzynskiState<PersistentState>),
    /// Of unbiased contrastive divergence.
    Ucd(RowChains),
    /// Of the TAP expansion.
    Tap(TapState),
}

impl Method {
    /// `cd`, `pcd`, `tempered-pcd`, `ptt`, `monitored-pcd`, `ucd` or `tap`.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Cd(_) => "cd",
            Self::Pcd(_) => "pcd",
            Self::TemperedPcd(_) => "tempered-pcd",
            Self::Ptt(_) => "ptt",
            Self::MonitoredPcd(_) => "monitored-pcd",
            Self::Ucd(_) => "ucd",
            Self::Tap(_) => "tap",
        }
    }

    /// The state before the first step, of settings that were checked.
    fn fresh<L: Layer>(&self) -> MethodState<L> {
        match self {
            Self::Cd(_) => MethodState::Cd(RowChains::default()),
            Self::Pcd(_) => MethodState::Pcd(PersistentState::default()),
            Self::TemperedPcd(_) => MethodState::TemperedPcd(PersistentState::default()),
            Self::Ptt(_) => MethodState::Ptt(PersistentState::default()),
            Self::MonitoredPcd(_) => MethodState::MonitoredPcd(JarzynskiState::default()),
            Self::Ucd(_) => MethodState::Ucd(RowChains::default()),
            Self::Tap(_) => MethodState::Tap(TapState::default()),
        }
    }
}

impl From<ContrastiveDivergence> for Method {
    fn from(cd: ContrastiveDivergence) -> Self {
        Self::Cd(cd)
    }
}

impl From<PersistentContrastiveDivergence> for Method {
    fn from(pcd: PersistentContrastiveDivergence) -> Self {
        Self::Pcd(pcd)
    }
}

impl From<PersistentContrastiveDivergence<ParallelTempering>> for Method {
    fn from(pcd: PersistentContrastiveDivergence<ParallelTempering>) -> Self {
        Self::TemperedPcd(pcd)
    }
}

impl From<PersistentContrastiveDivergence<GrowingTrajectory>> for Method {
    fn from(ptt: PersistentContrastiveDivergence<GrowingTrajectory>) -> Self {
        Self::Ptt(ptt)
    }
}

impl From<JarzynskiMonitor<PersistentContrastiveDivergence>> for Method {
    fn from(pcd: JarzynskiMonitor<PersistentContrastiveDivergence>) -> Self {
        Self::MonitoredPcd(pcd)
    }
}

impl From<UnbiasedContrastiveDivergence> for Method {
    fn from(ucd: UnbiasedContrastiveDivergence) -> Self {
        Self::Ucd(ucd)
    }
}

impl From<TapGradient> for Method {
    fn from(tap: TapGradient) -> Self {
        Self::Tap(tap)
    }
}

/// A state of another method is replaced by a fresh one.
impl<L: Tap> Estimator<L> for Method {
    type State = MethodState<L>;

    fn is_capturable(&self) -> bool {
        match self {
            Self::Cd(cd) => Estimator::<L>::is_capturable(cd),
            Self::Pcd(pcd) => Estimator::<L>::is_capturable(pcd),
            Self::TemperedPcd(pcd) => Estimator::<L>::is_capturable(pcd),
            Self::Tap(tap) => Estimator::<L>::is_capturable(tap),
            // Their steps read from the device, or draw on the host.
            Self::Ptt(_) | Self::MonitoredPcd(_) | Self::Ucd(_) => false,
        }
    }

    fn init(&self, machine: &BoltzmannMachine<L>) -> Result<MethodState<L>, SettingError> {
        Ok(match self {
            Self::Cd(cd) => MethodState::Cd(cd.init(machine)?),
            Self::Pcd(pcd) => MethodState::Pcd(pcd.init(machine)?),
            Self::TemperedPcd(pcd) => MethodState::TemperedPcd(pcd.init(machine)?),
            Self::Ptt(ptt) => MethodState::Ptt(ptt.init(machine)?),
            Self::MonitoredPcd(pcd) => MethodState::MonitoredPcd(pcd.init(machine)?),
            Self::Ucd(ucd) => MethodState::Ucd(ucd.init(machine)?),
            Self::Tap(tap) => MethodState::Tap(tap.init(machine)?),
        })
    }

    fn step(
        &self,
        machine: &BoltzmannMachine<L>,
        batch: &Batch,
        state: MethodState<L>,
        key: RandomKey,
    ) -> (Step, MethodState<L>) {
        match (self, state) {
            (Self::Cd(cd), MethodState::Cd(state)) => {
                let (step, state) = cd.step(machine, batch, state, key);
                (step, MethodState::Cd(state))
            }
            (Self::Pcd(pcd), MethodState::Pcd(state)) => {
                let (step, state) = pcd.step(machine, batch, state, key);
                (step, MethodState::Pcd(state))
            }
            (Self::TemperedPcd(pcd), MethodState::TemperedPcd(state)) => {
                let (step, state) = pcd.step(machine, batch, state, key);
                (step, MethodState::TemperedPcd(state))
            }
            (Self::Ptt(ptt), MethodState::Ptt(state)) => {
                let (step, state) = ptt.step(machine, batch, state, key);
                (step, MethodState::Ptt(state))
            }
            (Self::MonitoredPcd(pcd), MethodState::MonitoredPcd(state)) => {
                let (step, state) = pcd.step(machine, batch, state, key);
                (step, MethodState::MonitoredPcd(state))
            }
            (Self::Ucd(ucd), MethodState::Ucd(state)) => {
                let (step, state) = ucd.step(machine, batch, state, key);
                (step, MethodState::Ucd(state))
            }
            (Self::Tap(tap), MethodState::Tap(state)) => {
                let (step, state) = tap.step(machine, batch, state, key);
                (step, MethodState::Tap(state))
            }
            (method, _) => method.step(machine, batch, method.fresh(), key),
        }
    }

    fn takes_missing(&self) -> bool {
        !matches!(self, Self::Tap(_))
    }

    fn chains(state: &MethodState<L>) -> Option<&State> {
        match state {
            MethodState::Pcd(state) => state.chains.as_ref(),
            MethodState::TemperedPcd(state) => {
                type Pcd = PersistentContrastiveDivergence<ParallelTempering>;
                <Pcd as Estimator<L>>::chains(state)
            }
            MethodState::Ptt(state) => {
                type Ptt = PersistentContrastiveDivergence<GrowingTrajectory>;
                <Ptt as Estimator<L>>::chains(state)
            }
            MethodState::MonitoredPcd(state) => {
                type Monitored = JarzynskiMonitor<PersistentContrastiveDivergence>;
                <Monitored as Estimator<L>>::chains(state)
            }
            MethodState::Cd(_) | MethodState::Ucd(_) | MethodState::Tap(_) => None,
        }
    }
}

const METHOD: &str = "method";

impl<L: Layer> Replayable for MethodState<L> {
    fn tensors(&mut self, visit: &mut dyn FnMut(TensorMut<'_>)) -> bool {
        match self {
            Self::Cd(state) => state.tensors(visit),
            Self::Pcd(state) => state.tensors(visit),
            Self::TemperedPcd(state) => state.tensors(visit),
            Self::Tap(state) => state.tensors(visit),
            // Their steps read from the device, or draw on the host.
            Self::Ptt(_) | Self::MonitoredPcd(_) | Self::Ucd(_) => false,
        }
    }
}

impl<L: Tap> Recorded<L> for MethodState<L> {
    fn record(&self) -> Record {
        let (name, mut record) = match self {
            Self::Cd(state) => ("cd", Recorded::<L>::record(state)),
            Self::Pcd(state) => ("pcd", Recorded::<L>::record(state)),
            Self::TemperedPcd(state) => ("tempered-pcd", Recorded::<L>::record(state)),
            Self::Ptt(state) => ("ptt", Recorded::<L>::record(state)),
            Self::MonitoredPcd(state) => ("monitored-pcd", Recorded::<L>::record(state)),
            Self::Ucd(state) => ("ucd", Recorded::<L>::record(state)),
            Self::Tap(state) => ("tap", Recorded::<L>::record(state)),
        };
        let name = Scalar::Text(name.into());
        record.scalars.insert(METHOD.into(), name);
        record
    }

    fn restore(mut record: Record, machine: &BoltzmannMachine<L>) -> Result<Self, RecordError> {
        let name = match record.scalars.remove(METHOD) {
            Some(Scalar::Text(name)) => name,
            _ => String::new(),
        };
        match name.as_str() {
            "cd" => Recorded::restore(record, machine).map(Self::Cd),
            "pcd" => Recorded::restore(record, machine).map(Self::Pcd),
            "tempered-pcd" => Recorded::restore(record, machine).map(Self::TemperedPcd),
            "ptt" => Recorded::restore(record, machine).map(Self::Ptt),
            "monitored-pcd" => Recorded::restore(record, machine).map(Self::MonitoredPcd),
            "ucd" => Recorded::restore(record, machine).map(Self::Ucd),
            "tap" => Recorded::restore(record, machine).map(Self::Tap),
            _ => Err(RecordError::Missing {
                name: METHOD.into(),
            }),
        }
    }
}
