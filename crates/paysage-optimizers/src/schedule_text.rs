//! The text of a learning-rate schedule.

use std::{fmt, str::FromStr};

use paysage_models::SettingError;
use thiserror::Error;

use crate::{
    Schedule,
    schedule_choice::{END, Factor},
};

/// The text of a schedule that cannot be read.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum ScheduleError {
    /// The name of a factor is unknown.
    #[error(
        "{found:?} is not a schedule: use constant, linear, cosine, exponential, power-law, step or \
         warmup, or several of them separated by commas"
    )]
    UnknownName {
        /// The name given.
        found: String,
    },
    /// What follows the name is no list of numbers, or too many of them.
    #[error("{found:?} is not a schedule: expected {usage}")]
    Usage {
        /// The text given.
        found: String,
        /// The form and an example.
        usage: &'static str,
    },
    /// A number is out of range.
    #[error(transparent)]
    Setting(#[from] SettingError),
}

/// How a factor is written.
struct Form {
    name: &'static str,
    /// The form and an example.
    usage: &'static str,
    /// The numbers where none are given.
    usual: &'static [f64],
    make: fn(&[f64]) -> Factor,
}

const FORMS: [Form; 7] = [
    Form {
        name: "constant",
        usage: "constant",
        usual: &[],
        make: |_| Factor::Constant,
    },
    Form {
        name: "linear",
        usage: "linear:END, such as linear:0.01",
        usual: &[END],
        make: |x| Factor::Linear { end: x[0] },
    },
    Form {
        name: "cosine",
        usage: "cosine:END, such as cosine:0.01",
        usual: &[END],
        make: |x| Factor::Cosine { end: x[0] },
    },
    Form {
        name: "exponential",
        usage: "exponential:END, such as exponential:0.01",
        usual: &[END],
        make: |x| Factor::Exponential { end: x[0] },
    },
    Form {
        name: "power-law",
        usage: "power-law:END:POWER, such as power-law:0.01:1",
        usual: &[END, 1.0],
        make: |x| Factor::PowerLaw {
            end: x[0],
            power: x[1],
        },
    },
    Form {
        name: "step",
        usage: "step:AT:FACTOR, such as step:0.5:0.1",
        usual: &[0.5, 0.1],
        make: |x| Factor::Step {
            at: x[0],
            factor: x[1],
        },
    },
    Form {
        name: "warmup",
        usage: "warmup:FRACTION, such as warmup:0.05",
        usual: &[0.05],
        make: |x| Factor::Warmup { fraction: x[0] },
    },
];

impl FromStr for Factor {
    type Err = ScheduleError;

    fn from_str(text: &str) -> Result<Self, ScheduleError> {
        let mut parts = text.split(':');
        let name = parts.next().unwrap_or_default();
        let form = FORMS.iter().find(|form| form.name == name);
        let form = form.ok_or_else(|| ScheduleError::UnknownName {
            found: name.to_owned(),
        })?;
        let given = parts.map(str::parse).collect::<Result<Vec<f64>, _>>();
        let given = given.ok().filter(|given| given.len() <= form.usual.len());
        let mut numbers = given.ok_or_else(|| ScheduleError::Usage {
            found: text.to_owned(),
            usage: form.usage,
        })?;
        numbers.extend(&form.usual[numbers.len()..]);
        let factor = (form.make)(&numbers);
        factor.check()?;
        Ok(factor)
    }
}

impl fmt::Display for Factor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Constant => f.write_str("constant"),
            Self::Linear { end } => write!(f, "linear:{end}"),
            Self::Cosine { end } => write!(f, "cosine:{end}"),
            Self::Exponential { end } => write!(f, "exponential:{end}"),
            Self::PowerLaw { end, power } => write!(f, "power-law:{end}:{power}"),
            Self::Step { at, factor } => write!(f, "step:{at}:{factor}"),
            Self::Warmup { fraction } => write!(f, "warmup:{fraction}"),
        }
    }
}

impl FromStr for Schedule {
    type Err = ScheduleError;

    fn from_str(text: &str) -> Result<Self, ScheduleError> {
        let factors = text.split(',').map(|factor| factor.trim().parse());
        Ok(Self {
            factors: factors.collect::<Result<_, _>>()?,
        })
    }
}

impl TryFrom<String> for Schedule {
    type Error = ScheduleError;

    fn try_from(text: String) -> Result<Self, ScheduleError> {
        text.parse()
    }
}

impl From<Schedule> for String {
    fn from(schedule: Schedule) -> Self {
        schedule.to_string()
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.factors.is_empty() {
            return f.write_str("constant");
        }
        for (position, factor) in self.factors.iter().enumerate() {
            let comma = if position > 0 { "," } else { "" };
            write!(f, "{comma}{factor}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schedule;

    fn rates(text: &str, steps: [usize; 5]) -> [f64; 5] {
        let schedule: Schedule = text.parse().expect("a schedule");
        steps.map(schedule.over(2.0, 100))
    }

    fn assert_rates(text: &str, expected: [f64; 5]) {
        let found = rates(text, [0, 25, 50, 75, 100]);
        for (found, expected) in found.into_iter().zip(expected) {
            assert!(
                (found - expected).abs() < 1e-12,
                "{text}: {found}, {expected}"
            );
        }
    }

    #[test]
    fn factors_follow_their_formulas() {
        assert_rates("constant", [2.0; 5]);
        assert_rates("linear:0", [2.0, 1.5, 1.0, 0.5, 0.0]);
        assert_rates(
            "cosine:0",
            [2.0, 1.0 + 0.5_f64.sqrt(), 1.0, 1.0 - 0.5_f64.sqrt(), 0.0],
        );
        assert_rates("exponential:0.0001", [2.0, 0.2, 0.02, 0.002, 0.0002]);
        assert_rates("power-law:0.2", [2.0, 1.0, 2.0 / 3.0, 0.5, 0.4]);
        assert_rates(
            "power-law:0.25:2",
            [2.0, 2.0 / 1.5625, 2.0 / 2.25, 2.0 / 3.0625, 0.5],
        );
        assert_rates("step:0.5:0.1", [2.0, 2.0, 0.2, 0.2, 0.2]);
        let warm = rates("warmup:0.04", [0, 1, 2, 3, 4]);
        assert_eq!(warm, [0.5, 1.0, 1.5, 2.0, 2.0]);
    }

    #[test]
    fn factors_are_multiplied() {
        assert_rates("step:0.25:0.5,step:0.75:0.5", [2.0, 1.0, 1.0, 0.5, 0.5]);
        assert_rates("linear:0, step:0.5:0.5", [2.0, 1.5, 0.5, 0.25, 0.0]);
    }

    /// The runs of the program depend on it bit for bit.
    #[test]
    fn the_default_is_half_a_cosine_to_a_hundredth() {
        let rate = 0.05;
        let (found, expected) = (
            Schedule::default().over(rate, 137),
            schedule::cosine(rate, rate * 0.01, 137),
        );
        assert!((0..140).all(|step| found(step) == expected(step)));
    }

    #[test]
    fn texts_come_back_with_their_defaults() {
        for (text, whole) in [
            ("cosine", "cosine:0.01"),
            ("constant", "constant"),
            ("step:0.3", "step:0.3:0.1"),
            ("warmup,power-law", "warmup:0.05,power-law:0.01:1"),
            ("exponential:1e-3", "exponential:0.001"),
        ] {
            let schedule: Schedule = text.parse().expect("a schedule");
            assert_eq!(schedule.to_string(), whole);
            assert_eq!(whole.parse(), Ok(schedule));
        }
        let none = Schedule { factors: vec![] };
        assert_eq!(
            (none.to_string(), none.over(0.3, 9)(4)),
            ("constant".into(), 0.3)
        );
    }

    #[test]
    fn other_texts_are_refused_with_what_is_right() {
        let refused = |text: &str| match text.parse::<Schedule>() {
            Err(error) => error.to_string(),
            Ok(schedule) => panic!("{text} is {schedule}"),
        };
        for text in ["cosin", "", "warmup,"] {
            assert!(
                refused(text).contains("use constant, linear, cosine"),
                "{text}"
            );
        }
        assert_eq!(
            refused("step:0.5:0.1:3"),
            "\"step:0.5:0.1:3\" is not a schedule: expected step:AT:FACTOR, such as step:0.5:0.1"
        );
        assert!(refused("linear:x").contains("linear:0.01"));
        assert_eq!(
            refused("exponential:0"),
            "the last factor of the learning rate is 0, expected a finite number greater than 0"
        );
        assert!(refused("warmup:2").contains("from 0 to 1"));
        assert!(refused("linear:nan").contains("is NaN"));
    }
}
