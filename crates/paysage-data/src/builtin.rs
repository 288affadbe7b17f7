//! Built-in data sets by name.

use std::ops::RangeInclusive;
use std::str::FromStr;

use crate::bars_and_stripes::{self, BarsAndStripes};
use crate::digits::{self, Digits};
use crate::error::{BuiltinError, DataError};
use crate::ising::{self, Ising};
use crate::table::{ImageShape, MOST_VALUES, Table};

/// The names of the built-in data sets, for [`read_builtin`].
///
/// ```
/// assert!(paysage_data::BUILTINS.contains(&"digits"));
/// ```
pub const BUILTINS: &[&str] = &["digits", "bars-and-stripes", "ising"];

/// The table of a built-in data set of square images with sides of so many pixels.
pub(crate) fn built_in_images(name: &str, side: usize, values: Vec<f32>) -> Table {
    let shape = ImageShape {
        height: side,
        width: side,
    };
    let table = Table::new(name, side * side, values);
    let images = table.and_then(|table| table.with_image(shape));
    images.expect("whole rows of finite values")
}

/// Generates a built-in data set from its name and options: `NAME` or `NAME?OPTION=VALUE&…`.
///
/// | name | options and their defaults |
/// |---|---|
/// | `digits` | `rows=10000`, `seed=0`, `gray=false` |
/// | `bars-and-stripes` | `size=4` |
/// | `ising` | `size=16`, `temperature=2.269`, `rows=2000`, `seed=0`, `sweeps=50`, `spins=false` |
///
/// They are the fields of [`Digits`], [`BarsAndStripes`] and [`Ising`].
///
/// # Errors
///
/// [`UnknownBuiltin`](BuiltinError::UnknownBuiltin) and
/// [`UnknownOption`](BuiltinError::UnknownOption), which list what is known, and
/// [`BadOption`](BuiltinError::BadOption) for a value that is no number or outside of its range.
///
/// ```
/// let table = paysage_data::read_builtin("ising?size=8&temperature=3&rows=10")?;
/// assert_eq!((table.rows(), table.columns()), (10, 64));
/// # Ok::<(), paysage_data::DataError>(())
/// ```
pub fn read_builtin(name: &str) -> Result<Table, DataError> {
    let (set, options) = name.split_once('?').unwrap_or((name, ""));
    let pairs = options.split('&').filter(|option| !option.is_empty());
    let table = match set {
        "digits" => digits_of(pairs)?.generate(),
        "bars-and-stripes" => {
            let mut bars = BarsAndStripes::default();
            for option in pairs {
                let option = Setting::of("bars-and-stripes", option);
                match option.name {
                    "size" => {
                        bars.size = option.within("size", bars_and_stripes::SIZE, "1 to 16")?
                    }
                    _ => return Err(option.unknown(&["size"])),
                }
            }
            bars.generate()
        }
        "ising" => {
            let mut ising = Ising::default();
            for option in pairs {
                let option = Setting::of("ising", option);
                match option.name {
                    "size" => ising.size = option.within("size", ising::SIZE, "3 to 1024")?,
                    "temperature" => ising.temperature = option.temperature()?,
                    "rows" => ising.rows = option.within("rows", ising::ROWS, "1 to 1000000")?,
                    "seed" => ising.seed = option.number("seed", "a whole number")?,
                    "sweeps" => {
                        ising.sweeps = option.within("sweeps", ising::SWEEPS, "1 to 1000000")?;
                    }
                    "spins" => ising.spins = option.number("spins", "true or false")?,
                    _ => {
                        let known = &["size", "temperature", "rows", "seed", "sweeps", "spins"];
                        return Err(option.unknown(known));
                    }
                }
            }
            if ising.rows * ising.size.pow(2) > MOST_VALUES {
                let (builtin, option, value) = ("ising", "rows", ising.rows.to_string());
                let expected = "at most 2^31 / size^2";
                return Err(DataError::Builtin(BuiltinError::BadOption {
                    builtin,
                    option,
                    value,
                    expected,
                }));
            }
            ising.generate()
        }
        _ => {
            return Err(DataError::Builtin(BuiltinError::UnknownBuiltin {
                name: set.into(),
                known: BUILTINS,
            }));
        }
    };
    Ok(table.with_source(format!("builtin:{name}")))
}

/// The labels of `digits?OPTION=VALUE&…`; none for another data set.
pub(crate) fn builtin_labels(name: &str) -> Option<Result<Vec<usize>, DataError>> {
    let (set, options) = name.split_once('?').unwrap_or((name, ""));
    let pairs = options.split('&').filter(|option| !option.is_empty());
    (set == "digits").then(|| Ok(digits_of(pairs)?.labels()))
}

fn digits_of<'a>(options: impl Iterator<Item = &'a str>) -> Result<Digits, DataError> {
    let mut digits = Digits::default();
    for option in options {
        let option = Setting::of("digits", option);
        match option.name {
            "rows" => digits.rows = option.within("rows", digits::ROWS, "1 to 1000000")?,
            "seed" => digits.seed = option.number("seed", "a whole number")?,
            "gray" => digits.gray = option.number("gray", "true or false")?,
            _ => return Err(option.unknown(&["rows", "seed", "gray"])),
        }
    }
    Ok(digits)
}

/// One `OPTION=VALUE`.
struct Setting<'a> {
    builtin: &'static str,
    name: &'a str,
    value: &'a str,
}

impl<'a> Setting<'a> {
    fn of(builtin: &'static str, text: &'a str) -> Self {
        let (name, value) = text.split_once('=').unwrap_or((text, ""));
        Self {
            builtin,
            name: name.trim(),
            value: value.trim(),
        }
    }

    fn number<T: FromStr>(
        &self,
        option: &'static str,
        expected: &'static str,
    ) -> Result<T, DataError> {
        self.value.parse().map_err(|_| self.bad(option, expected))
    }

    fn within(
        &self,
        option: &'static str,
        range: RangeInclusive<usize>,
        expected: &'static str,
    ) -> Result<usize, DataError> {
        let number = self.number(option, expected)?;
        if range.contains(&number) {
            Ok(number)
        } else {
            Err(self.bad(option, expected))
        }
    }

    fn temperature(&self) -> Result<f64, DataError> {
        let (option, expected) = ("temperature", "a finite number above 0");
        let temperature: f64 = self.number(option, expected)?;
        if temperature.is_finite() && temperature > 0.0 {
            Ok(temperature)
        } else {
            Err(self.bad(option, expected))
        }
    }

    fn bad(&self, option: &'static str, expected: &'static str) -> DataError {
        DataError::Builtin(BuiltinError::BadOption {
            builtin: self.builtin,
            option,
            value: self.value.into(),
            expected,
        })
    }

    fn unknown(&self, known: &'static [&'static str]) -> DataError {
        DataError::Builtin(BuiltinError::UnknownOption {
            builtin: self.builtin,
            option: self.name.into(),
            known,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(name: &str) -> String {
        read_builtin(name).unwrap_err().to_string()
    }

    #[test]
    fn options_are_those_of_the_structs() {
        let table = read_builtin("digits?rows=7&seed=3").unwrap();
        assert_eq!(
            table.values(),
            Digits {
                rows: 7,
                seed: 3,
                gray: false
            }
            .generate()
            .values()
        );
        assert_eq!(table.source(), "builtin:digits?rows=7&seed=3");
        let table = read_builtin("bars-and-stripes?size=3").unwrap();
        assert_eq!(
            table.values(),
            BarsAndStripes { size: 3 }.generate().values()
        );
        let table = read_builtin("ising?rows=4&size=5&temperature=1.5&seed=2&sweeps=9").unwrap();
        let ising = Ising {
            size: 5,
            temperature: 1.5,
            rows: 4,
            seed: 2,
            sweeps: 9,
            spins: false,
        };
        assert_eq!(table.values(), ising.generate().values());
        let spins = read_builtin("ising?rows=4&size=5&temperature=1.5&seed=2&sweeps=9&spins=true");
        let expected: Vec<f32> = table.values().iter().map(|x| 2.0 * x - 1.0).collect();
        assert_eq!(spins.unwrap().values(), expected);
        assert_eq!(read_builtin("bars-and-stripes?").unwrap().rows(), 32);
    }

    #[test]
    fn every_listed_name_is_known() {
        for name in BUILTINS {
            let error = read_builtin(&format!("{name}?nothing=1")).unwrap_err();
            assert!(matches!(
                error,
                DataError::Builtin(BuiltinError::UnknownOption { .. })
            ));
        }
    }

    #[test]
    fn messages_list_what_is_known() {
        assert_eq!(
            message("digit"),
            "builtin:digit: no such built-in data set; the built-in data sets are digits, \
             bars-and-stripes, ising"
        );
        assert_eq!(
            message("digits?size=3"),
            "builtin:digits: no option \"size\"; the options are rows, seed, gray"
        );
        assert_eq!(
            message("digits?rows=many"),
            "builtin:digits: option rows: expected 1 to 1000000, got \"many\""
        );
    }

    #[test]
    fn refuses_values_outside_of_their_range() {
        for name in [
            "digits?rows=0",
            "digits?rows",
            "digits?rows=99999999999",
            "digits?rows=-1",
            "digits?seed=-1",
            "digits?gray=perhaps",
            "bars-and-stripes?size=17",
            "bars-and-stripes?size=0",
            "ising?size=2",
            "ising?temperature=0",
            "ising?temperature=-1",
            "ising?temperature=nan",
            "ising?temperature=inf",
            "ising?rows=0",
            "ising?sweeps=0",
            "ising?size=1024&rows=2049",
        ] {
            let error = read_builtin(name).unwrap_err();
            assert!(
                matches!(error, DataError::Builtin(BuiltinError::BadOption { .. })),
                "{name}"
            );
        }
    }
}
