//! Optimizers, penalties, gradient transforms, constraints and learning-rate schedules.
//!
//! After an estimator, a step of training goes through [`GradientTransform`]s, an [`Optimizer`] and
//! [`Constraint`]s. All of them are settings; the moments of an optimizer are a state that the caller
//! keeps.
//!
//! - Every [`Penalty`] ([`L2`], [`L1`], [`AdaptiveL1`], …) is a gradient transform; so is [`ClipNorm`].
//! - Every [`Projection`] ([`MaxColumnNorm`], [`NonNegative`], [`Zero`], …) is a constraint.
//! - [`Centering`] and [`ZeroSumGauge`] are constraints that do not change the distribution.
//! - Penalties and projections act on the weights of all connections, or [`on`](Penalty::on) a [`Selection`] of parameters
//!   and of their rows and columns.
//! - The rules of the optimizers are burn's ([`burn_optim`]), applied to the parameters of a machine by
//!   [`Adapted`], except plain [`GradientDescent`], which is one kernel; [`OptimizerKind`] is the choice
//!   among them at run time.
//! - A learning rate is a function of the step: see [`schedule`]. [`Schedule`] is the choice at run time.

#![forbid(unsafe_code)]

mod adam;
mod adapted;
mod centering;
mod clip_norm;
mod columns;
mod constraint;
mod descent;
mod kind;
mod normalizable;
mod optimizer;
mod parameter_ranges;
mod penalty;
mod projection;
pub mod schedule;
mod schedule_choice;
mod schedule_text;
mod selected;
mod selection;
mod standardized;
mod transform;
mod zero_sum;

pub use adam::OnePassAdam;
pub use adapted::{Adapted, AdaptedState};
pub use centering::Centering;
pub use clip_norm::ClipNorm;
pub use constraint::Constraint;
pub use descent::GradientDescent;
pub use kind::{OptimizerKind, OptimizerKindError, OptimizerState};
pub use normalizable::Normalizable;
pub use optimizer::Optimizer;
pub use parameter_ranges::ParameterRanges;
pub use penalty::{
    AdaptiveL1, ExpL2, L1, L2, LogBarrier, LogDet, LogNorm, Penalty, PenaltySum, StudentT,
    TargetNorm,
};
pub use projection::{
    Diagonal, EqualColumnNorms, FixedColumnNorm, MaxColumnNorm, NonNegative, NonPositive,
    Projection, Zero, ZeroMask,
};
pub use schedule_choice::{Factor, Schedule};
pub use schedule_text::ScheduleError;
pub use selected::Selected;
pub use selection::{Parameters, Selection, SelectionError, Span};
pub use standardized::StandardizedGradient;
pub use transform::GradientTransform;
pub use zero_sum::ZeroSumGauge;
