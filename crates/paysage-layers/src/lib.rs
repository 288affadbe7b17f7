//! Layers of units of a Boltzmann machine.
//!
//! A layer has units x with an energy H(x) and an interaction statistic r(x), which connections
//! multiply by their weights. Given a *field* f, the sum of W·r over the connected layers, the units have
//! the distribution
//!
//! ```text
//! p(x | f) ∝ h(x) exp(β (f·r(x) − H(x)))
//! ```
//!
//! at inverse temperature β. [`Layer`] has the values and the energy, [`Conditional`] the
//! distribution, [`Centered`] the center that r subtracts, [`Trainable`] the parameters and the
//! derivatives of the energy in them, and [`Stored`] the kind and sizes for a model file.
//! [`Annealed`] is needed for annealed importance sampling, [`Tap`] for the TAP expansion.
//!
//! Most kinds are one-parameter exponential families. [`Field`] implements the traits once for every
//! [`Family`]: [`Bernoulli`], [`OneHot`], [`Spin`], [`Binomial`], [`Poisson`] and
//! [`TruncatedExponential`] are such layers. [`Gaussian`] has two parameters and implements the traits
//! directly. [`Rectified`] implements them for units with a truncated normal distribution on one side of 0
//! ([`Relu`]) or on each side ([`DRelu`], and [`PRelu`], [`XRelu`] and [`NsRelu`] with other parameters). [`AnyLayer`] is a layer of any of these kinds, selected at run
//! time; [`layer_kinds!`] makes such an enum from a list of kinds, which may be user-defined: see the
//! example `new_layer`.
//!
//! States and fields are `[batch, units]`, energies and log-partitions `[batch]`, in nats.

#![forbid(unsafe_code)]

mod affine;
mod annealed;
mod any;
mod average;
mod bernoulli;
mod binomial;
mod center;
mod condition;
mod domain;
mod drelu;
mod family;
mod field;
mod forward;
mod gaussian;
mod inverse;
mod kind;
#[doc(hidden)]
pub mod kind_support;
mod layer;
mod log_factorial;
mod moments;
mod nsrelu;
mod onehot;
mod parameters;
mod poisson;
mod prelu;
mod rectified;
mod relu;
mod row_mean;
mod shape;
mod spin;
mod tap;
mod truncated;
mod truncated_exponential;
mod unit_energy;
mod xrelu;

pub use affine::AffineInteraction;
pub use annealed::{Annealed, share_of_base};
pub use any::{AnyLayer, LayerKind};
pub use average::RowAverage;
pub use bernoulli::{Bernoulli, BernoulliFamily};
pub use binomial::{Binomial, BinomialFamily};
pub use center::Centered;
pub use domain::Domain;
pub use drelu::{DRelu, DReluParameters};
pub use family::{Eta, Family, StoredFamily, TapFamily};
pub use field::Field;
pub use gaussian::Gaussian;
pub use kind::Kind;
pub use layer::{
    Conditional, Derivatives, GaussianParameters, Layer, Named, NamedMut, Stored, Trainable,
};
pub use moments::Moments;
pub use nsrelu::{NsRelu, NsReluParameters};
pub use onehot::{OneHot, OneHotFamily};
pub use paysage_kernels::InverseTemperature;
pub use poisson::{Poisson, PoissonFamily};
pub use prelu::{PRelu, PReluParameters};
pub use rectified::{Rectified, Rectifier, Side, Sides};
pub use relu::{Relu, ReluParameters};
pub use row_mean::RowMean;
pub use shape::{LayerKindError, Shape, Sites, Trials, Units};
pub use spin::{Spin, SpinFamily};
pub use tap::{CavityFields, Cumulants, NaturalParameters, Tap};
pub use truncated_exponential::{TruncatedExponential, TruncatedExponentialFamily};
pub use unit_energy::{Potential, UnitEnergy};
pub use xrelu::{XRelu, XReluParameters};
