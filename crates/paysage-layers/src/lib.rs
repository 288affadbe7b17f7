//! Layers of units: what a Boltzmann machine is made of.
//!
//! A layer says how its own units behave: their energy H(x), the form r(x) in which its
//! neighbours see them, and their distribution under a *field* f, the sum of W·r over the
//! neighbours,
//!
//! ```text
//! p(x | f) ∝ exp(β (f·r(x) − H(x)))
//! ```
//!
//! at inverse temperature β. [`Layer`] is that idea as a trait, [`Trainable`] adds named
//! parameters and the derivatives of the energy in them, [`Stored`] a description from which the
//! layer can be rebuilt. The kinds are [`Bernoulli`], [`Gaussian`] and [`OneHot`];
//! [`AnyLayer`] is one of them, chosen at run time. A machine of your own layers needs nothing
//! but these traits: see the example `new_layer`.
//!
//! States and fields are `[batch, units]`, energies and log-partitions `[batch]`, in nats.

mod annealed;
mod any;
mod average;
mod bernoulli;
mod gaussian;
mod kind;
mod layer;
mod moments;
mod onehot;
mod parameters;
mod support;
mod tap;

pub use annealed::Annealed;
pub use any::AnyLayer;
pub use average::RowAverage;
pub use bernoulli::Bernoulli;
pub use gaussian::Gaussian;
pub use kind::{LayerKind, LayerKindError};
pub use layer::{Layer, Named, NamedMut, Stored, Trainable};
pub use moments::Moments;
pub use onehot::OneHot;
pub use paysage_kernels::InverseTemperature;
pub use support::Support;
pub use tap::{Cumulants, Slopes, Tap, Tilt};
