//! Comparison of the rows of a data set with samples of a machine.

mod adversarial;
mod chains;
mod discrepancy;
mod divergence;
mod energy_distance;
mod error;
mod frechet;
mod metric;
mod neighbours;
mod pair_means;
mod pairs;
mod points;
mod source;

pub use adversarial::{AdversarialAccuracy, Side};
pub use chains::GibbsChains;
pub use discrepancy::MaximumMeanDiscrepancy;
pub use divergence::{Divergence, NeighbourDivergence};
pub use energy_distance::EnergyDistance;
pub use error::SamplesError;
pub use frechet::FrechetDistance;
pub use metric::{SampleMetric, TwoSample};
pub use points::Points;
pub use source::Source;
