//! Metrics of Boltzmann machines: reconstruction, pseudo-likelihood, exact likelihood.
