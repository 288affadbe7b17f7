//! Why settings do not make a run.

use paysage_layers::LayerKindError;
use paysage_models::{MachineError, ParameterId, SettingError};
use paysage_optimizers::SelectionError;
use thiserror::Error;

/// A setting that is out of range, or has no effect beside the others.
///
/// Messages begin with the name of the setting as `config.toml` spells it, where there is one.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum SettingsError {
    /// A name that is not one of those known.
    #[error("expected one of {known}, got {found:?}")]
    UnknownName {
        /// The name.
        found: String,
        /// The names there are.
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
        /// The values there may be.
        expected: &'static str,
    },
    /// A setting that has no effect beside the others.
    #[error("{setting} has no effect {reason}: leave it out")]
    NoEffect {
        /// The setting.
        setting: &'static str,
        /// When it has none: "with method tap".
        reason: &'static str,
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
    /// The columns of the data are not whole sites.
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
    /// The layers make no machine.
    #[error("hidden: {0}")]
    Machine(#[from] MachineError),
    /// A connection with too many weights.
    #[error(
        "hidden: the connection of {lower} with {upper} has more than {most} weights: use fewer units"
    )]
    TooManyWeights {
        /// The lower layer.
        lower: String,
        /// The upper layer.
        upper: String,
        /// The most weights of a connection.
        most: usize,
    },
    /// A setting of the optimizer's steps that is out of range.
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
