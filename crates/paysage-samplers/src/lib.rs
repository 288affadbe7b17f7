//! Block Gibbs, mean-field and mode sweeps, contrastive divergence estimators.
