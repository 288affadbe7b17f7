//! Restricted and deep Boltzmann machines on CPU and GPU.
//!
//! This crate re-exports the crates of Paysage, one module each; a program that needs only some of
//! them can depend on these crates directly. The [`prelude`] has the items that most programs use.
//!
//! ```
//! use paysage::prelude::*;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let device = default_device()?;
//! let data = read("builtin:digits?rows=500")?;
//! let visible = Bernoulli::new(data.columns(), &device).into();
//! let hidden = Bernoulli::new(32, &device).into();
//! let mut machine = BoltzmannMachine::<AnyLayer>::chain(vec![visible, hidden])?;
//! machine.initialize(Initialization::Glorot, &data, RandomKey::new(1))?;
//! let mut trainer = Trainer::new(PersistentContrastiveDivergence::default());
//! # trainer.epochs = 1;
//! let machine = trainer.train(machine, &data)?;
//! let chains = machine.random_state(16, RandomKey::new(2));
//! let chains = Gibbs.run(&machine, chains, &Conditions::default(), 100, RandomKey::new(3));
//! println!("samples: {}", machine.visible_of(&chains));
//! let score = PseudoLogLikelihood::default();
//! let score = score.run(&machine, &data, RandomKey::new(4), &mut Silent)?;
//! println!("pseudo-log-likelihood: {:.1} nats per row", score.value);
//! # Ok(())
//! # }
//! ```
//!
//! # Backends
//!
//! Cargo features select the backends: `flex` (the default, a CPU), `ndarray`, `wgpu`, `vulkan`,
//! `metal`, `cuda`, `rocm`. The same program runs on any of them; see [`kernels::select_device`].

#![forbid(unsafe_code)]

/// The program of the README, which runs as a documentation test.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;

/// The tensor library, in the version that these crates are built with.
pub use burn;
pub use paysage_data as data;
pub use paysage_inference as inference;
pub use paysage_interchange as interchange;
pub use paysage_kernels as kernels;
pub use paysage_layers as layers;
pub use paysage_metrics as metrics;
pub use paysage_models as models;
pub use paysage_optimizers as optimizers;
pub use paysage_report as report;
pub use paysage_samplers as samplers;
pub use paysage_tap as tap;
pub use paysage_training as training;

/// What most programs import.
pub mod prelude {
    pub use paysage_data::{Table, read, scale, threshold};
    pub use paysage_inference::{
        ChainSettings, ConditionalLikelihood, ConditionalSampling, Counterfactual,
        HiddenRepresentation, Imputation, Predictor, RowScores,
    };
    pub use paysage_kernels::{DeviceChoice, RandomKey, default_device, on_workers, select_device};
    pub use paysage_layers::{
        AnyLayer, Bernoulli, Centered, Conditional, Gaussian, InverseTemperature, Layer, LayerKind,
        OneHot, Spin, Stored, Trainable,
    };
    pub use paysage_metrics::{
        FreeEnergy, LikelihoodEstimator, Metric, PseudoLogLikelihood, ReconstructionError, Sites,
    };
    pub use paysage_models::{
        Batch, BoltzmannMachine, Connection, Estimator, Exact, Initialization, Model, ParameterId,
        Progress, Silent, State,
    };
    pub use paysage_optimizers::{
        Centering, ClipNorm, Constraint, GradientDescent, GradientTransform, L1, L2, MaxColumnNorm,
        NonNegative, Optimizer, OptimizerKind, Penalty, Projection, Schedule, Selection,
        StandardizedGradient, schedule,
    };
    pub use paysage_samplers::{
        Chain, Clamp, Conditions, ContrastiveDivergence, ConvergenceDiagnostics, DataPhase, Gibbs,
        GrowingTrajectory, LadderSelection, MeanField, Mode, ParallelTempering,
        PersistentContrastiveDivergence, Sampler, Tempered, TrajectoryTempering,
        UnbiasedContrastiveDivergence,
    };
    pub use paysage_tap::TapGradient;
    pub use paysage_training::{
        Callback, Checkpoints, LikelihoodCurve, Method, Monitors, Pretraining, ProgressBar,
        StageTraining, Trainer, TrainingState,
    };
}
