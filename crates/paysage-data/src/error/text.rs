//! Values in messages.

/// The first of the values, in quotes, with their number if there are more.
pub(crate) fn listed(values: &[String]) -> String {
    const MOST: usize = 8;
    let mut shown: Vec<String> = values.iter().take(MOST).map(|x| shortened(x)).collect();
    if values.len() > MOST {
        shown.push(format!("… ({} in all)", values.len()));
    }
    shown.join(", ")
}

/// A text of a file in a message, on one line: ends of lines become spaces, and other control characters are
/// escaped.
///
/// ```
/// assert_eq!(paysage_data::one_line("unknown key \u{7f}a\nat line 1"), "unknown key \\u{7f}a at line 1");
/// ```
#[must_use]
pub fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\n' => line.push(' '),
            _ if letter.is_control() => line.extend(letter.escape_default()),
            _ => line.push(letter),
        }
    }
    line
}

/// All values, in quotes.
pub(crate) fn all_listed(values: &[String]) -> String {
    let shown: Vec<String> = values.iter().map(|x| shortened(x)).collect();
    shown.join(", ")
}

/// `1 value`, `2 values`.
pub(crate) fn counted(count: &usize, noun: &str) -> String {
    match count {
        1 => format!("1 {noun}"),
        _ => format!("{count} {noun}s"),
    }
}

/// In quotes, escaped to one line, and cut at 40 characters.
pub(crate) fn shortened(text: &str) -> String {
    const LONGEST: usize = 40;
    if text.chars().count() <= LONGEST {
        format!("{text:?}")
    } else {
        format!("{:?}…", text.chars().take(LONGEST).collect::<String>())
    }
}

/// `1e300` rather than three hundred digits.
pub(super) fn scientific(value: &f64) -> String {
    if value.is_finite() {
        format!("{value:e}")
    } else {
        value.to_string()
    }
}
