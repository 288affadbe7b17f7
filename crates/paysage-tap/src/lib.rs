//! The mean field of Thouless, Anderson and Palmer: ln Z, likelihoods and training without
//! sampling.
//!
//! ln Z is the largest value of a function Γ of the moments of all units. Expanded in the weights
//! (Plefka 1982; Georges & Yedidia 1991), Γ begins with independent units of these moments, the
//! first order adds their mean energy, the second the reaction of each unit's neighbours to it, the
//! third the third cumulants of pairs and triangles. An [`Expansion`] is that function for a machine
//! of any graph, with its derivatives; a [`Solver`] finds the moments at which it is stationary;
//! [`TapGradient`] trains with it, and [`TapLikelihood`] scores.
//!
//! The expansion is in the size of the weights: it is right where they are small, and says nothing
//! of its own error. Compare it with an exact or annealed likelihood before you trust it.

mod estimator;
mod expansion;
mod likelihood;
mod order;
mod pair;
mod side;
mod solution;
mod solver;
mod triangle;
mod walk;

pub use estimator::{Source, TapGradient, TapState, Weighting};
pub use expansion::Expansion;
pub use likelihood::{Quantity, TapLikelihood, TapMetric};
pub use order::Order;
pub use solution::Solution;
pub use solver::{Method, Solver};
