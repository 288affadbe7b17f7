//! Optimizers, gradient transforms, constraints and learning-rate schedules.
//!
//! After an estimator, a step of training goes through [`GradientTransform`]s ([`WeightDecay`],
//! [`ClipNorm`]), an [`Optimizer`] and [`Constraint`]s ([`MaxColumnNorm`],
//! [`NonNegativeWeights`]). All of them are settings; the moments of an optimizer are a state that
//! the caller keeps.
//!
//! The rules are burn's ([`burn_optim`]), applied to the parameters of a machine by [`Adapted`],
//! except plain [`GradientDescent`], which is one kernel; [`OptimizerKind`] is the choice among
//! them at run time. A schedule is a function of the step: see [`schedule`].

mod adapted;
mod centering;
mod constraint;
mod descent;
mod kind;
mod optimizer;
pub mod schedule;
mod standardized;
mod transform;

pub use adapted::{Adapted, AdaptedState};
pub use centering::Centering;
pub use constraint::{Constraint, MaxColumnNorm, NonNegativeWeights};
pub use descent::GradientDescent;
pub use kind::{OptimizerKind, OptimizerKindError, OptimizerState};
pub use optimizer::Optimizer;
pub use standardized::StandardizedGradient;
pub use transform::{ClipNorm, GradientTransform, WeightDecay};
