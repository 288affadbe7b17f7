//! Optimizers and learning-rate schedules.
//!
//! The rules are burn's ([`burn_optim`]), applied to the named parameters of a machine by
//! [`Adapted`], but for plain [`GradientDescent`], which is one kernel; [`OptimizerKind`] chooses
//! one at run time. A schedule is a function of the step: see [`schedule`].

mod adapted;
mod descent;
mod kind;
mod optimizer;
pub mod schedule;

pub use adapted::Adapted;
pub use descent::GradientDescent;
pub use kind::{OptimizerKind, OptimizerKindError};
pub use optimizer::{Optimizer, OptimizerScalar, OptimizerState};
