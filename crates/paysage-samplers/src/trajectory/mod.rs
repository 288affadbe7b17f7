//! Trajectory parallel tempering: a ladder of past machines of a training.

mod acceptance;
mod changes;
mod climb;
mod growing;
mod interpolation;
mod machine_record;
mod pair;
mod selection;
mod state;
mod step;
mod tempering;

pub use growing::GrowingTrajectory;
pub use selection::{LadderSelection, TrajectoryError};
pub use state::{Trajectory, Works};
pub use tempering::TrajectoryTempering;
