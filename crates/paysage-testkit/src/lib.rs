//! Arguments that a layer, a machine or a sampler is right, to be used in tests.
//!
//! [`check_layer`] puts a layer through the laws that every layer must obey: run it on a layer of
//! your own. [`Oracle`] knows the energies of small machines from formulas written down a second
//! time, on the host, and sums or integrates over all their states. [`statistics`] has bounds that
//! scale with the size of a sample, [`machines`] makes small machines to test with, and
//! [`ExactGradient`] trains them without sampling.

#![forbid(unsafe_code)]

mod annealed;
mod exact_gradient;
mod finite_difference;
mod laws;
pub mod machines;
mod oracle;
mod quadrature;
pub mod statistics;
mod tap;

pub use annealed::check_annealed;
pub use exact_gradient::ExactGradient;
pub use finite_difference::{Precision, check_gradient};
pub use laws::check_layer;
pub use oracle::{Oracle, OracleLayer, row_of};
pub use tap::check_tap;
