//! Estimators that are chosen at run time.

use paysage_kernels::RandomKey;
use paysage_layers::Tap;
use paysage_models::{
    Batch, BoltzmannMachine, Estimator, Record, RecordError, Recorded, Scalar, SettingError, State,
    Step,
};
use paysage_samplers::{
    ContrastiveDivergence, ParallelTempering, PersistentContrastiveDivergence, PersistentState,
    Replicas, RowChains,
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
    /// The TAP expansion.
    Tap(TapGradient),
}

/// The state of a [`Method`].
#[derive(Clone, Debug)]
pub enum MethodState {
    /// Of contrastive divergence.
    Cd(RowChains),
    /// Of persistent contrastive divergence.
    Pcd(PersistentState),
    /// Of persistent contrastive divergence with parallel tempering.
    TemperedPcd(PersistentState<Replicas>),
    /// Of the TAP expansion.
    Tap(TapState),
}

impl Method {
    /// `cd`, `pcd`, `tempered-pcd` or `tap`.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Cd(_) => "cd",
            Self::Pcd(_) => "pcd",
            Self::TemperedPcd(_) => "tempered-pcd",
            Self::Tap(_) => "tap",
        }
    }

    /// The state before the first step, of settings that were checked.
    fn fresh(&self) -> MethodState {
        match self {
            Self::Cd(_) => MethodState::Cd(RowChains::default()),
            Self::Pcd(_) => MethodState::Pcd(PersistentState::default()),
            Self::TemperedPcd(_) => MethodState::TemperedPcd(PersistentState::default()),
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

impl From<TapGradient> for Method {
    fn from(tap: TapGradient) -> Self {
        Self::Tap(tap)
    }
}

/// A state of another method is replaced by a fresh one.
impl<L: Tap> Estimator<L> for Method {
    type State = MethodState;

    fn init(&self, machine: &BoltzmannMachine<L>) -> Result<MethodState, SettingError> {
        Ok(match self {
            Self::Cd(cd) => MethodState::Cd(cd.init(machine)?),
            Self::Pcd(pcd) => MethodState::Pcd(pcd.init(machine)?),
            Self::TemperedPcd(pcd) => MethodState::TemperedPcd(pcd.init(machine)?),
            Self::Tap(tap) => MethodState::Tap(tap.init(machine)?),
        })
    }

    fn step(
        &self,
        machine: &BoltzmannMachine<L>,
        batch: &Batch,
        state: MethodState,
        key: RandomKey,
    ) -> (Step, MethodState) {
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

    fn chains(state: &MethodState) -> Option<&State> {
        match state {
            MethodState::Pcd(state) => state.chains.as_ref(),
            MethodState::TemperedPcd(state) => {
                type Pcd = PersistentContrastiveDivergence<ParallelTempering>;
                <Pcd as Estimator<L>>::chains(state)
            }
            MethodState::Cd(_) | MethodState::Tap(_) => None,
        }
    }
}

const METHOD: &str = "method";

impl<L: Tap> Recorded<L> for MethodState {
    fn record(&self) -> Record {
        let (name, mut record) = match self {
            Self::Cd(state) => ("cd", Recorded::<L>::record(state)),
            Self::Pcd(state) => ("pcd", Recorded::<L>::record(state)),
            Self::TemperedPcd(state) => ("tempered-pcd", Recorded::<L>::record(state)),
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
            "tap" => Recorded::restore(record, machine).map(Self::Tap),
            _ => Err(RecordError::Missing {
                name: METHOD.into(),
            }),
        }
    }
}
