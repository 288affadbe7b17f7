//! Errors of the settings of a run.

use paysage_layers::LayerKindError;
use paysage_models::{MachineError, ParameterId, SettingError};
use paysage_optimizers::SelectionError;
use thiserror::Error;

use super::nearest::suggestion;

/// A setting that is out of range, has no effect, or contradicts another one.
///
/// Messages begin with the key of the setting in `config.toml`, if it has one.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum SettingsError {
    /// An unknown name.
    #[error("expected one of {known}, got {found:?}{}", suggestion(found, known))]
    UnknownName {
        /// The name.
        found: String,
        /// The known names, separated by commas.
        known: String,
    },
    /// A count of zero.
    #[error("{setting}: expected at least 1, got 0")]
    Zero {
        /// The setting.
        setting: &'static str,
    },
    /// A number that is too large.
    #[error("{setting}: expected at most {most}, got {found}")]
    TooLarge {
        /// The setting.
        setting: &'static str,
        /// Its value.
        found: u64,
        /// The largest value.
        most: u64,
    },
    /// A number out of range.
    #[error("{setting}: expected {expected}, got {found}")]
    OutOfRange {
        /// The setting.
        setting: &'static str,
        /// Its value.
        found: f64,
        /// The allowed values.
        expected: &'static str,
    },
    /// A setting that has no effect together with the others.
    #[error("{setting} has no effect {reason}: leave it out")]
    NoEffect {
        /// The setting.
        setting: &'static str,
        /// The condition, such as "with method tap".
        reason: &'static str,
    },
    /// A metric that selects the best epoch or stops training, but is not measured.
    #[error("{setting}: {metric} is not measured, only {measured}: {remedy}")]
    NotMeasured {
        /// The setting.
        setting: &'static str,
        /// The metric.
        metric: String,
        /// The metrics that are measured.
        measured: String,
        /// What to do.
        remedy: &'static str,
    },
    /// Missing values, which the TAP expansion does not infer.
    #[error("method tap: {data} has missing values, which TAP does not infer: use pcd or cd")]
    MissingValues {
        /// The data.
        data: String,
    },
    /// Two settings that contradict each other.
    #[error("{setting} cannot be combined with {other}: {remedy}")]
    Conflict {
        /// The setting.
        setting: &'static str,
        /// The other one.
        other: &'static str,
        /// What to do.
        remedy: &'static str,
    },
    /// A description of layers that cannot be read.
    #[error("{setting}: {source}")]
    Layer {
        /// The setting.
        setting: &'static str,
        /// What is wrong.
        source: LayerKindError,
    },
    /// A description of visible units that cannot be read.
    #[error("visible: {found:?}: {source}")]
    Visible {
        /// The description.
        found: String,
        /// What is wrong.
        source: LayerKindError,
    },
    /// The number of columns is not a multiple of the number of states of a site.
    #[error(
        "visible: {found:?} does not fit {data}: {columns} columns are not whole sites of {states} \
         states"
    )]
    Sites {
        /// The description of the visible units.
        found: String,
        /// The data.
        data: String,
        /// Number of columns.
        columns: usize,
        /// Number of states of a site.
        states: usize,
    },
    /// No data set is named.
    #[error("no data: name a file or a built-in data set, such as builtin:digits")]
    NoData,
    /// The layers do not form a machine.
    #[error("hidden: {0}")]
    Machine(#[from] MachineError),
    /// Connected layers whose machine has no normalized distribution.
    #[error(
        "hidden: {lower} and {upper} are connected, and neither is bounded: such a machine cannot be \
         normalized; use bounded units in one of them, bernoulli for example"
    )]
    Unbounded {
        /// The lower layer.
        lower: String,
        /// The upper layer.
        upper: String,
    },
    /// A connection with too many weights.
    #[error(
        "hidden: the connection of {lower} with {upper} has more than {most} weights: use fewer units"
    )]
    TooManyWeights {
        /// The lower layer.
        lower: String,
        /// The upper layer.
        upper: String,
        /// The largest number of weights of a connection.
        most: usize,
    },
    /// A schedule, penalty or constraint with a number out of range.
    #[error("{setting}: {source}")]
    Step {
        /// The setting.
        setting: &'static str,
        /// What is wrong.
        source: SettingError,
    },
    /// A penalty or constraint of a parameter or slice that the machine does not have.
    #[error("{setting}: {rule}: {source}")]
    Selection {
        /// The setting.
        setting: &'static str,
        /// The penalty or constraint.
        rule: String,
        /// What is wrong.
        source: SelectionError,
    },
    /// A mask whose shape is not that of the parameter.
    #[error(
        "constraint: zero-mask: {file} has {} rows and {} columns, but {parameter} has {} and {}",
        found[0], found[1], expected[0], expected[1]
    )]
    MaskShape {
        /// The file of the mask.
        file: String,
        /// The parameter.
        parameter: ParameterId,
        /// Numbers of rows and columns of the mask.
        found: [usize; 2],
        /// Numbers of rows and columns of the parameter, or of its slice.
        expected: [usize; 2],
    },
    /// A frozen parameter that the machine does not have.
    #[error("freeze: {0}")]
    Freeze(MachineError),
}
