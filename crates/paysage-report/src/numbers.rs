//! Formatting of numbers.

/// A number with four significant digits, or fewer where they are exact: `0.03142`, `−182.3`, `0.5`.
pub(crate) fn short(value: f64) -> String {
    if value.is_nan() {
        return "not a number".into();
    }
    if value.is_infinite() {
        return if value > 0.0 {
            "∞".into()
        } else {
            "−∞".into()
        };
    }
    let power = magnitude(value);
    let text = |digits: i32| match power {
        _ if value == 0.0 => "0".into(),
        -3..6 => format!("{value:.*}", (digits - 1 - power).max(0) as usize),
        _ => format!("{value:.*e}", digits as usize - 1),
    };
    // Numbers with few digits, such as 0.001 in single precision, keep them.
    let enough = |text: &String| {
        text.parse::<f64>()
            .is_ok_and(|read| (read - value).abs() <= 1e-6 * value.abs())
    };
    minus(&(1..4).map(text).find(enough).unwrap_or_else(|| text(4)))
}

/// A whole number with thousands separators.
///
/// ```
/// assert_eq!(paysage_report::grouped(60_000), "60,000");
/// ```
#[must_use]
pub fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1 image`, `2 images`.
pub(crate) fn of(number: usize, thing: &str) -> String {
    format!(
        "{} {thing}{}",
        grouped(number),
        if number == 1 { "" } else { "s" }
    )
}

/// The power of ten of the leading digit.
pub(crate) fn magnitude(value: f64) -> i32 {
    if value == 0.0 {
        0
    } else {
        value.abs().log10().floor() as i32
    }
}

/// Replaces hyphens by minus signs.
pub(crate) fn minus(text: &str) -> String {
    text.replace('-', "−")
}

/// A number with a minus sign as wide as a plus.
#[must_use]
pub fn number(x: f64, digits: usize) -> String {
    format!("{x:.digits$}").replace('-', "−")
}

/// The number of decimals that show four digits after the first one of a typical size.
#[must_use]
pub fn decimals(size: f64) -> usize {
    match size > 0.0 && size.is_finite() {
        true => (4.0 - size.log10().floor()).clamp(0.0, 20.0) as usize,
        false => 4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_significant_digits() {
        for (value, text) in [
            (0.0, "0"),
            (0.031_415_9, "0.03142"),
            (-182.345, "−182.3"),
            (12_345.6, "12346"),
            (1.25e-5, "1.25e−5"),
            (f64::from(0.001_f32), "0.001"),
            (2.0, "2"),
            (-3.0e9, "−3e9"),
            (f64::NAN, "not a number"),
            (f64::NEG_INFINITY, "−∞"),
        ] {
            assert_eq!(short(value), text);
        }
    }

    #[test]
    fn counts_have_groups_of_three() {
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(999), "999");
        assert_eq!(grouped(1_234_567), "1,234,567");
        assert_eq!(of(1, "row"), "1 row");
        assert_eq!(of(2_000, "row"), "2,000 rows");
    }
}
