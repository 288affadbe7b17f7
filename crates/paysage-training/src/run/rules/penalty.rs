//! The penalties of a run.

use std::{fmt, str::FromStr};

use paysage_models::SettingError;
use paysage_optimizers::{
    AdaptiveL1, ExpL2, L1, L2, LogBarrier, LogDet, LogNorm, Penalty, StudentT, TargetNorm,
};

use super::{Form, RuleError, number};

/// The penalties that come with Paysage.
///
/// Their texts are `l2=STRENGTH`, `l1=STRENGTH`, `adaptive-l1=STRENGTH`, `exp-l2=STRENGTH`,
/// `log=STRENGTH`, `log-det=STRENGTH`, `log-norm=STRENGTH`, `target-norm=STRENGTH:NORM` and
/// `student-t=STRENGTH:SCALE`.
///
/// ```
/// use paysage_optimizers::L2;
/// use paysage_training::PenaltyKind;
///
/// assert_eq!("l2=0.001".parse(), Ok(PenaltyKind::L2(L2 { strength: 0.001 })));
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum PenaltyKind {
    /// ½ s Σ w².
    L2(L2),
    /// s Σ |w|.
    L1(L1),
    /// ½ s Σ_j (Σ_i |w_ij|)².
    AdaptiveL1(AdaptiveL1),
    /// ½ s Σ exp(2w).
    ExpL2(ExpL2),
    /// −s Σ ln w.
    Log(LogBarrier),
    /// −s ln det(WᵀW).
    LogDet(LogDet),
    /// −s Σ_j ln ‖w_j‖.
    LogNorm(LogNorm),
    /// ½ s Σ_j (‖w_j‖ − t)².
    TargetNorm(TargetNorm),
    /// ½ s a² n Σ_j ln(1 + ‖w_j‖²/(n a²)).
    StudentT(StudentT),
}

const FORMS: [Form<PenaltyKind>; 9] = [
    Form {
        name: "l2",
        usage: "l2=STRENGTH, such as l2=0.001",
        make: |value| number(value).map(|strength| PenaltyKind::L2(L2 { strength })),
    },
    Form {
        name: "l1",
        usage: "l1=STRENGTH, such as l1=0.001",
        make: |value| number(value).map(|strength| PenaltyKind::L1(L1 { strength })),
    },
    Form {
        name: "adaptive-l1",
        usage: "adaptive-l1=STRENGTH, such as adaptive-l1=0.001",
        make: |value| {
            number(value).map(|strength| PenaltyKind::AdaptiveL1(AdaptiveL1 { strength }))
        },
    },
    Form {
        name: "exp-l2",
        usage: "exp-l2=STRENGTH, such as exp-l2=0.01@layers.0.log_var",
        make: |value| number(value).map(|strength| PenaltyKind::ExpL2(ExpL2 { strength })),
    },
    Form {
        name: "log",
        usage: "log=STRENGTH, such as log=0.001",
        make: |value| number(value).map(|strength| PenaltyKind::Log(LogBarrier { strength })),
    },
    Form {
        name: "log-det",
        usage: "log-det=STRENGTH, such as log-det=0.001",
        make: |value| number(value).map(|strength| PenaltyKind::LogDet(LogDet { strength })),
    },
    Form {
        name: "log-norm",
        usage: "log-norm=STRENGTH, such as log-norm=0.001",
        make: |value| number(value).map(|strength| PenaltyKind::LogNorm(LogNorm { strength })),
    },
    Form {
        name: "target-norm",
        usage: "target-norm=STRENGTH:NORM, such as target-norm=0.01:1",
        make: |value| {
            let [strength, norm] = two_numbers(value)?;
            Some(PenaltyKind::TargetNorm(TargetNorm { strength, norm }))
        },
    },
    Form {
        name: "student-t",
        usage: "student-t=STRENGTH:SCALE, such as student-t=0.01:1",
        make: |value| {
            let [strength, scale] = two_numbers(value)?;
            Some(PenaltyKind::StudentT(StudentT { strength, scale }))
        },
    },
];

/// Two numbers with a colon between them.
fn two_numbers(value: Option<&str>) -> Option<[f64; 2]> {
    let (first, second) = value?.split_once(':')?;
    Some([number(Some(first))?, number(Some(second))?])
}

impl PenaltyKind {
    /// Checks that every number is in range.
    ///
    /// # Errors
    ///
    /// With the first one that is not.
    pub fn check(&self) -> Result<(), SettingError> {
        self.penalty().check_settings()
    }

    /// The penalty itself.
    #[must_use]
    pub fn penalty(&self) -> Box<dyn Penalty> {
        match *self {
            Self::L2(penalty) => Box::new(penalty),
            Self::L1(penalty) => Box::new(penalty),
            Self::AdaptiveL1(penalty) => Box::new(penalty),
            Self::ExpL2(penalty) => Box::new(penalty),
            Self::Log(penalty) => Box::new(penalty),
            Self::LogDet(penalty) => Box::new(penalty),
            Self::LogNorm(penalty) => Box::new(penalty),
            Self::TargetNorm(penalty) => Box::new(penalty),
            Self::StudentT(penalty) => Box::new(penalty),
        }
    }
}

impl FromStr for PenaltyKind {
    type Err = RuleError;

    fn from_str(text: &str) -> Result<Self, RuleError> {
        let kind = Form::read(&FORMS, "penalty", text)?;
        kind.check()?;
        Ok(kind)
    }
}

impl fmt::Display for PenaltyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::L2(L2 { strength }) => write!(f, "l2={strength}"),
            Self::L1(L1 { strength }) => write!(f, "l1={strength}"),
            Self::AdaptiveL1(AdaptiveL1 { strength }) => write!(f, "adaptive-l1={strength}"),
            Self::ExpL2(ExpL2 { strength }) => write!(f, "exp-l2={strength}"),
            Self::Log(LogBarrier { strength }) => write!(f, "log={strength}"),
            Self::LogDet(LogDet { strength }) => write!(f, "log-det={strength}"),
            Self::LogNorm(LogNorm { strength }) => write!(f, "log-norm={strength}"),
            Self::TargetNorm(TargetNorm { strength, norm }) => {
                write!(f, "target-norm={strength}:{norm}")
            }
            Self::StudentT(StudentT { strength, scale }) => {
                write!(f, "student-t={strength}:{scale}")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{PenaltyKind, RuleError, RuleSetting};

    fn parse(text: &str) -> Result<RuleSetting<PenaltyKind>, RuleError> {
        text.parse()
    }

    #[test]
    fn texts_come_back() {
        for text in [
            "l2=0.001",
            "l1=1@layers.0.loc",
            "adaptive-l1=0.5@connections.1.weight[:3]",
            "exp-l2=0.1@layers.0.log_var[2:]",
            "log=0.01@weights[:,2:5]",
            "log-det=0@weights[1:,:5]",
            "log-norm=0.25",
            "target-norm=0.1:1.5",
            "student-t=0.1:1.5",
        ] {
            let rule = parse(text).expect(text);
            assert_eq!(rule.to_string(), text);
        }
        let one = parse("l2=1@layers.0.loc[4]").expect("one index");
        assert_eq!(one.to_string(), "l2=1@layers.0.loc[4:5]");
        let weights = parse("l2=1@weights").expect("the default");
        assert_eq!(weights.to_string(), "l2=1");
    }

    #[test]
    fn other_texts_are_refused_with_what_is_right() {
        for (text, part) in [
            ("l3=1", "use one of l2, l1, adaptive-l1"),
            ("l2", "expected l2=STRENGTH, such as l2=0.001"),
            ("l2=much", "expected l2=STRENGTH"),
            ("l2=-1", "is -1, expected a finite number of at least 0"),
            ("l1=inf", "the strength of the penalty is inf"),
            ("target-norm=1", "expected target-norm=STRENGTH:NORM"),
            ("target-norm=1:0", "greater than 0"),
            ("student-t=1", "expected student-t=STRENGTH:SCALE"),
            ("student-t=1:0", "greater than 0"),
            ("l2=1@layers.0.loc[a]", "\"[a]\" is no slice"),
            ("l2=1@layers.0.loc[1", "\"[1\" is no slice"),
            ("l2=1@weights[1,2,3]", "is no slice"),
        ] {
            let error = parse(text).expect_err(text).to_string();
            assert!(error.contains(part), "{text}: {error}");
        }
    }
}
