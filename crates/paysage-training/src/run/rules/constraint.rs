//! The constraints of a run.

use std::{fmt, str::FromStr};

use burn::tensor::{Bool, Device, Tensor, TensorData};
use paysage_data::DataError;
use paysage_layers::Trainable;
use paysage_models::{BoltzmannMachine, ParameterId, SettingError};
use paysage_optimizers::{
    Diagonal, EqualColumnNorms, FixedColumnNorm, MaxColumnNorm, NonNegative, NonPositive,
    Projection, Selection, Zero, ZeroMask,
};

use super::{Form, RuleError, number};
use crate::{RunError, SettingsError};

/// The constraints that come with Paysage.
///
/// Their texts are `non-negative`, `non-positive`, `diagonal`, `zero`, `zero-mask=FILE`,
/// `max-column-norm=NORM`, `column-norm=NORM` and `equal-column-norms`.
///
/// ```
/// use paysage_optimizers::MaxColumnNorm;
/// use paysage_training::ConstraintKind;
///
/// let constraint = ConstraintKind::MaxColumnNorm(MaxColumnNorm { norm: 3.0 });
/// assert_eq!("max-column-norm=3".parse(), Ok(constraint));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub enum ConstraintKind {
    /// No entry is negative.
    NonNegative,
    /// No entry is positive.
    NonPositive,
    /// Entries off the diagonal are 0.
    Diagonal,
    /// Every entry is 0.
    Zero,
    /// The entries of a mask are 0.
    ZeroMask {
        /// File of a matrix of the shape of the parameter, or of its slice: 1 for the entries that are
        /// 0, and 0 for the others.
        file: String,
    },
    /// The norm of each column has a maximum.
    MaxColumnNorm(MaxColumnNorm),
    /// The norm of each column is given.
    FixedColumnNorm(FixedColumnNorm),
    /// All columns have the same norm.
    EqualColumnNorms,
}

/// A kind without a value.
fn plain(value: Option<&str>, kind: ConstraintKind) -> Option<ConstraintKind> {
    value.is_none().then_some(kind)
}

const FORMS: [Form<ConstraintKind>; 8] = [
    Form {
        name: "non-negative",
        usage: "non-negative without a value",
        make: |value| plain(value, ConstraintKind::NonNegative),
    },
    Form {
        name: "non-positive",
        usage: "non-positive without a value",
        make: |value| plain(value, ConstraintKind::NonPositive),
    },
    Form {
        name: "diagonal",
        usage: "diagonal without a value",
        make: |value| plain(value, ConstraintKind::Diagonal),
    },
    Form {
        name: "zero",
        usage: "zero without a value, such as zero@connections.0.weight[0:3]",
        make: |value| plain(value, ConstraintKind::Zero),
    },
    Form {
        name: "zero-mask",
        usage: "zero-mask=FILE, such as zero-mask=mask.npy",
        make: |value| {
            let file = value?.to_owned();
            (!file.is_empty()).then_some(ConstraintKind::ZeroMask { file })
        },
    },
    Form {
        name: "max-column-norm",
        usage: "max-column-norm=NORM, such as max-column-norm=3",
        make: |value| {
            number(value).map(|norm| ConstraintKind::MaxColumnNorm(MaxColumnNorm { norm }))
        },
    },
    Form {
        name: "column-norm",
        usage: "column-norm=NORM, such as column-norm=1",
        make: |value| {
            number(value).map(|norm| ConstraintKind::FixedColumnNorm(FixedColumnNorm { norm }))
        },
    },
    Form {
        name: "equal-column-norms",
        usage: "equal-column-norms without a value",
        make: |value| plain(value, ConstraintKind::EqualColumnNorms),
    },
];

impl ConstraintKind {
    /// Checks that every number is in range.
    ///
    /// # Errors
    ///
    /// With the first one that is not.
    pub fn check(&self) -> Result<(), SettingError> {
        match self {
            Self::MaxColumnNorm(constraint) => constraint.check_settings(),
            Self::FixedColumnNorm(constraint) => constraint.check_settings(),
            _ => Ok(()),
        }
    }

    /// The projection itself for a selection that fits a machine; a mask is read from its file.
    ///
    /// # Errors
    ///
    /// When the file of a mask cannot be read, has another value than 0 and 1, or another shape than the
    /// selected parameters.
    pub fn projection<L: Trainable>(
        &self,
        selection: &Selection,
        machine: &BoltzmannMachine<L>,
    ) -> Result<Box<dyn Projection>, RunError> {
        Ok(match self {
            Self::NonNegative => Box::new(NonNegative),
            Self::NonPositive => Box::new(NonPositive),
            Self::Diagonal => Box::new(Diagonal),
            Self::Zero => Box::new(Zero),
            Self::ZeroMask { file } => {
                let mask = read_mask(file, &machine.device())?;
                check_mask(file, mask.dims(), &selection.shapes(machine))?;
                Box::new(ZeroMask { mask })
            }
            Self::MaxColumnNorm(constraint) => Box::new(*constraint),
            Self::FixedColumnNorm(constraint) => Box::new(*constraint),
            Self::EqualColumnNorms => Box::new(EqualColumnNorms),
        })
    }
}

fn read_mask(file: &str, device: &Device) -> Result<Tensor<2, Bool>, DataError> {
    let table = paysage_data::read(file)?;
    let other = table.values().iter().position(|&x| x != 0.0 && x != 1.0);
    if let Some(position) = other {
        let (row, column) = (position / table.columns(), position % table.columns());
        return Err(table.out_of_range(row, column, "0 or 1 in a mask"));
    }
    let mask: Vec<bool> = table.values().iter().map(|&x| x == 1.0).collect();
    let data = TensorData::new(mask, [table.rows(), table.columns()]);
    Ok(Tensor::from_data(data, device))
}

/// Checks that a mask has the shape of every selected parameter.
fn check_mask(
    file: &str,
    found: [usize; 2],
    shapes: &[(ParameterId, [usize; 2])],
) -> Result<(), SettingsError> {
    match shapes.iter().find(|(_, shape)| *shape != found) {
        Some(&(parameter, expected)) => Err(SettingsError::MaskShape {
            file: file.to_owned(),
            parameter,
            found,
            expected,
        }),
        None => Ok(()),
    }
}

impl FromStr for ConstraintKind {
    type Err = RuleError;

    fn from_str(text: &str) -> Result<Self, RuleError> {
        let kind = Form::read(&FORMS, "constraint", text)?;
        kind.check()?;
        Ok(kind)
    }
}

impl fmt::Display for ConstraintKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NonNegative => f.write_str("non-negative"),
            Self::NonPositive => f.write_str("non-positive"),
            Self::Diagonal => f.write_str("diagonal"),
            Self::Zero => f.write_str("zero"),
            Self::ZeroMask { file } => write!(f, "zero-mask={file}"),
            Self::MaxColumnNorm(MaxColumnNorm { norm }) => write!(f, "max-column-norm={norm}"),
            Self::FixedColumnNorm(FixedColumnNorm { norm }) => write!(f, "column-norm={norm}"),
            Self::EqualColumnNorms => f.write_str("equal-column-norms"),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{ConstraintKind, RuleError, RuleSetting};

    fn parse(text: &str) -> Result<RuleSetting<ConstraintKind>, RuleError> {
        text.parse()
    }

    #[test]
    fn texts_come_back() {
        for text in [
            "non-negative",
            "non-positive@layers.1.loc",
            "diagonal@connections.0.weight",
            "zero@connections.0.weight[3:4,5:]",
            "zero-mask=masks/m=1.npy@connections.0.weight",
            "max-column-norm=3",
            "column-norm=0.5",
            "equal-column-norms",
        ] {
            let rule = parse(text).expect(text);
            assert_eq!(rule.to_string(), text);
        }
    }

    #[test]
    fn other_texts_are_refused_with_what_is_right() {
        for (text, part) in [
            ("positive", "use one of non-negative, non-positive"),
            ("zero=3", "expected zero without a value"),
            ("zero-mask", "expected zero-mask=FILE"),
            ("max-column-norm", "such as max-column-norm=3"),
            ("column-norm=0", "the norm of a column is 0"),
        ] {
            let error = parse(text).expect_err(text).to_string();
            assert!(error.contains(part), "{text}: {error}");
        }
    }
}
