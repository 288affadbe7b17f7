//! Notations of numbers: decimal commas, thousands separators, currency and percent signs.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::number;

/// How the numbers of a column are written: `1234.5` unless something else is set.
///
/// ```
/// use paysage_data::Notation;
///
/// let euros = Notation {
///     decimal: ',',
///     group: Some('.'),
///     suffix: " €".into(),
///     ..Notation::default()
/// };
/// assert_eq!(euros.read("1.234,50 €"), Some(1234.5));
/// assert_eq!(euros.write(-1234.5, 2), "-1.234,50 €");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Notation {
    /// Separator of the decimals: a point or a comma.
    pub decimal: char,
    /// Separator of thousands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<char>,
    /// Text before the digits, such as `$`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub prefix: String,
    /// Text after the digits, such as `%`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub suffix: String,
}

impl Default for Notation {
    fn default() -> Self {
        Self {
            decimal: '.',
            group: None,
            prefix: String::new(),
            suffix: String::new(),
        }
    }
}

/// The signs that may stand before or after a number.
const SIGNS: &str = "$€£¥₹₽₩₺₫₪฿₴₦¢%‰";

/// Characters that separate thousands; the last ones are narrow and protected spaces.
const GROUPS: [char; 6] = [',', '.', '\'', ' ', '\u{a0}', '\u{202f}'];

/// The notation of a column of numbers.
#[derive(Debug, PartialEq)]
pub(super) enum Found {
    Notation(Notation),
    /// The separators of this cell, counted among those given, have two readings.
    Ambiguous(usize),
    /// The cells are not numbers in one notation.
    None,
}

impl Notation {
    /// The number that a cell in this notation holds; none where it holds no finite `f32`.
    #[must_use]
    pub fn read(&self, cell: &str) -> Option<f64> {
        let (negative, cell) = sign(cell);
        let cell = cell.strip_prefix(self.prefix.trim())?.trim_start();
        // The sign may stand on either side of the currency: -$5 or $-5.
        let (inner, cell) = sign(cell);
        if negative && inner {
            return None;
        }
        let digits = cell.strip_suffix(self.suffix.trim())?.trim_end();
        let value = number(&self.plain(digits)?)?;
        Some(if negative || inner { -value } else { value })
    }

    /// The digits with a decimal point and without groups; none where they are written otherwise.
    fn plain(&self, digits: &str) -> Option<String> {
        if !digits.starts_with(|first: char| first.is_ascii_digit() || first == self.decimal) {
            return None;
        }
        let end = digits.find(['e', 'E']).unwrap_or(digits.len());
        let (mantissa, exponent) = digits.split_at(end);
        let (whole, fraction) = match mantissa.split_once(self.decimal) {
            Some((whole, fraction)) => (whole, Some(fraction)),
            None => (mantissa, None),
        };
        let whole = match self.group {
            Some(group) if whole.contains(group) => {
                let groups: Vec<&str> = whole.split(group).collect();
                let sound = (1..=3).contains(&groups[0].len())
                    && groups[1..].iter().all(|group| group.len() == 3);
                sound.then(|| groups.concat())?
            }
            _ => whole.to_owned(),
        };
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(&whole) || !fraction.is_none_or(digits) {
            return None;
        }
        Some(match fraction {
            Some(fraction) => format!("{whole}.{fraction}{exponent}"),
            None => format!("{whole}{exponent}"),
        })
    }

    /// A number in this notation, with so many decimals; zero has no sign.
    #[must_use]
    pub fn write(&self, number: f64, decimals: usize) -> String {
        let text = format!("{:.decimals$}", number.abs());
        let zero = text.bytes().all(|byte| matches!(byte, b'0' | b'.'));
        let sign = if number < 0.0 && !zero { "-" } else { "" };
        if *self == Self::default() {
            return format!("{sign}{text}");
        }
        let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
        let mut digits = String::with_capacity(2 * text.len());
        for (index, digit) in whole.chars().enumerate() {
            if let Some(group) = self.group
                && index > 0
                && (whole.len() - index).is_multiple_of(3)
            {
                digits.push(group);
            }
            digits.push(digit);
        }
        if !fraction.is_empty() {
            digits.push(self.decimal);
            digits.push_str(fraction);
        }
        format!("{sign}{}{digits}{}", self.prefix, self.suffix)
    }

    /// Whether the separators are distinct ones that this crate writes and reads.
    pub(super) fn is_sound(&self) -> bool {
        matches!(self.decimal, '.' | ',')
            && self
                .group
                .is_none_or(|group| group != self.decimal && GROUPS.contains(&group))
    }

    /// The number of decimals of a cell in this notation.
    pub(super) fn decimals(&self, cell: &str) -> i64 {
        let (_, cell) = sign(cell);
        let cell = cell.strip_prefix(self.prefix.trim()).unwrap_or(cell);
        let cell = cell.strip_suffix(self.suffix.trim()).unwrap_or(cell).trim();
        let (digits, exponent) = cell.split_once(['e', 'E']).unwrap_or((cell, "0"));
        let decimals = digits
            .split_once(self.decimal)
            .map_or(0, |(_, after)| after.len());
        decimals as i64 - exponent.parse::<i64>().unwrap_or(0)
    }

    /// The notation in which all cells are numbers: the plain one if it fits.
    pub(super) fn of<S: AsRef<str>>(cells: impl Iterator<Item = S> + Clone) -> Found {
        let every = |is: &dyn Fn(&str) -> bool| cells.clone().all(|cell| is(cell.as_ref()));
        let some = |is: &dyn Fn(&str) -> bool| cells.clone().any(|cell| is(cell.as_ref()));
        if every(&|cell| number(cell).is_some()) {
            return Found::Notation(Self::default());
        }
        let Some(first) = cells.clone().next() else {
            return Found::None;
        };
        let Some((prefix, suffix)) = affixes(first.as_ref()) else {
            return Found::None;
        };
        let same = |other: Option<(&str, &str)>| {
            other.is_some_and(|(p, s)| (p.trim(), s.trim()) == (prefix.trim(), suffix.trim()))
        };
        if !every(&|cell| same(affixes(cell))) {
            return Found::None;
        }
        let groups = [None].into_iter().chain(GROUPS.map(Some));
        let candidates = groups.flat_map(|group| {
            ['.', ','].map(|decimal| Self {
                decimal,
                group,
                prefix: prefix.into(),
                suffix: suffix.into(),
            })
        });
        // The comma and the groups of a notation stand in some cell.
        let is_used = |notation: &Self| {
            let group = notation.group;
            (notation.decimal == '.' || some(&|cell| cell.contains(',')))
                && group.is_none_or(|group| some(&|cell| digits(cell).contains(group)))
        };
        let fitting: Vec<Self> = candidates
            .filter(|notation| notation.group != Some(notation.decimal))
            .filter(is_used)
            .filter(|notation| every(&|cell| notation.read(cell).is_some()))
            .collect();
        let Some(first) = fitting.first() else {
            return Found::None;
        };
        let readings = |cell: &str| {
            let bits = fitting.iter().filter_map(|notation| notation.read(cell));
            bits.map(f64::to_bits).collect::<HashSet<u64>>().len()
        };
        let mut numbered = cells.clone();
        match numbered.position(|cell| readings(cell.as_ref()) > 1) {
            Some(cell) => Found::Ambiguous(cell),
            None => Found::Notation(first.clone()),
        }
    }
}

/// Whether a cell holds a number in some notation.
pub(super) fn is_amount(cell: &str) -> bool {
    Notation::of(std::iter::once(cell)) != Found::None
}

/// Whether the number is negative, and the rest.
fn sign(cell: &str) -> (bool, &str) {
    let cell = cell.trim();
    if let Some(rest) = cell.strip_prefix(['-', '\u{2212}']) {
        return (true, rest.trim_start());
    }
    (false, cell.strip_prefix('+').unwrap_or(cell).trim_start())
}

/// The currency or percent signs before and after the digits; none for other text.
fn affixes(cell: &str) -> Option<(&str, &str)> {
    let (_, cell) = sign(cell);
    let start = cell.find(|c: char| c.is_ascii_digit() || matches!(c, '.' | ',' | '-'))?;
    let end = cell.rfind(|c: char| c.is_ascii_digit() || matches!(c, '.' | ','))? + 1;
    let (prefix, suffix) = (&cell[..start], cell.get(end..)?);
    let known = |affix: &str| {
        let affix = affix.trim();
        affix.is_empty() || affix.chars().count() == 1 && SIGNS.contains(affix)
    };
    (known(prefix) && known(suffix)).then_some((prefix, suffix))
}

/// A cell without the signs around its digits.
fn digits(cell: &str) -> &str {
    let inner = |c: char| !c.is_ascii_digit();
    cell.trim_matches(inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(cells: &[&str]) -> Found {
        Notation::of(cells.iter().copied())
    }

    #[test]
    fn notations_are_found_and_written_back() {
        for (cells, numbers, decimals) in [
            (&["1,5", "-2,25"][..], &[1.5, -2.25][..], 2),
            (&["$1,200.50", "-$3.00"], &[1200.5, -3.0], 2),
            (&["1.234,5 €", "7,0 €"], &[1234.5, 7.0], 1),
            (&["12%", "7%"], &[12.0, 7.0], 0),
            (&["1,234,567", "1,000"], &[1_234_567.0, 1000.0], 0),
            (&["1 234,5", "2,0"], &[1234.5, 2.0], 1),
            (&["1'234.5", "2.0"], &[1234.5, 2.0], 1),
            (&["€0.50", "€12.00"], &[0.5, 12.0], 2),
        ] {
            let Found::Notation(notation) = of(cells) else {
                panic!("{cells:?}: {:?}", of(cells))
            };
            for (cell, &number) in cells.iter().zip(numbers) {
                assert_eq!(notation.read(cell), Some(number), "{cell}");
                assert!(notation.decimals(cell) <= decimals);
            }
            let written = numbers
                .iter()
                .map(|&number| notation.write(number, decimals as usize));
            let read: Vec<f64> = written.map(|cell| notation.read(&cell).unwrap()).collect();
            assert_eq!(read, numbers);
            if notation.decimals(cells[0]) == decimals {
                assert_eq!(notation.write(numbers[0], decimals as usize), cells[0]);
            }
        }
        assert_eq!(
            of(&["1.5", "2e3", "-7"]),
            Found::Notation(Notation::default())
        );
    }

    #[test]
    fn two_readings_are_ambiguous_and_other_text_is_no_number() {
        assert_eq!(of(&["1,234"]), Found::Ambiguous(0));
        assert_eq!(of(&["1", "1,234", "900"]), Found::Ambiguous(1));
        assert!(matches!(of(&["1,234", "1,5"]), Found::Notation(_)));
        for cells in [
            &["12kg"][..],
            &["5%", "5"],
            &["$5", "€5"],
            &["1,23,4"],
            &["2020-01-02"],
            &["inf"],
            &["x"],
            &["--5"],
            &["1.5.2"],
            &["%"],
            &["-"],
            &["é"],
        ] {
            assert_eq!(of(cells), Found::None, "{cells:?}");
        }
    }

    #[test]
    fn zero_has_no_sign_and_plain_numbers_none_of_this() {
        let plain = Notation::default();
        assert_eq!(plain.write(-0.001, 2), "0.00");
        assert_eq!(plain.write(-1234.5, 1), "-1234.5");
        assert_eq!(plain.read("1,5"), None);
        assert_eq!(plain.read("1e3"), Some(1000.0));
        assert_eq!(plain.read("1e39"), None);
    }
}
