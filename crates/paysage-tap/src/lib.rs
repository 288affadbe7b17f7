//! TAP mean field (Thouless, Anderson and Palmer): ln Z, log-likelihoods and training without
//! sampling.
//!
//! ln Z is the maximum of a function Γ of the moments of all units, minus the TAP free energy. The
//! Plefka expansion of Γ in the weights (Plefka 1982; Georges & Yedidia 1991) begins with the entropy
//! and energy of independent units; the first order adds their mean interaction (naive mean field),
//! the second the Onsager reaction term, the third the third cumulants of pairs and triangles.
//! [`PlefkaExpansion`] is Γ for a machine of any graph, with its derivatives; [`Solver`] finds its
//! stationary points, the solutions of the TAP equations; [`TapGradient`] trains with it, and
//! [`TapEstimator`] estimates ln Z and log-likelihoods.
//!
//! The expansion is accurate for small weights, and its error is not known. Compare it with an exact
//! or annealed likelihood.

#![forbid(unsafe_code)]

mod estimator;
mod expansion;
mod iteration;
mod likelihood;
mod order;
mod pair;
mod side;
mod solution;
mod solver;
mod triangle;

pub use estimator::{Source, TapGradient, TapState, Weighting};
pub use expansion::PlefkaExpansion;
pub use likelihood::{Quantity, TapEstimator, TapLikelihood, TapMetric};
pub use order::Order;
pub use solution::Solution;
pub use solver::{Method, Solver};
