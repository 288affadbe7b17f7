//! What separates the cells of a text.

use super::cell::{is_missing_number, number};

/// What separates the cells of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Separator {
    Byte(u8),
    /// Spaces or tabs, any number of them.
    Spaces,
}

impl Separator {
    /// The first of tab, semicolon and comma that stands outside of quotes in the first line; with
    /// none of them, spaces, if they divide the first two lines into as many cells.
    ///
    /// In this order: no number holds a tab or a semicolon, but many countries write 1,5.
    pub(super) fn of(text: &[u8]) -> Self {
        let mut quoted = false;
        let mut found = None;
        for &byte in text.iter().skip_while(|byte| matches!(byte, b'\r' | b'\n')) {
            match byte {
                b'"' => quoted = !quoted,
                b'\n' | b'\r' if !quoted => break,
                b'\t' if !quoted => return Self::Byte(b'\t'),
                b';' if !quoted => found = Some(b';'),
                b',' if !quoted => found = found.or(Some(b',')),
                _ => {}
            }
        }
        match found {
            Some(delimiter) => Self::Byte(delimiter),
            None if divided_by_spaces(text) => Self::Spaces,
            None => Self::Byte(b','),
        }
    }
}

/// Whether the first two lines have as many cells between spaces, more than one, and the last of
/// these lines has a number: the text of one column may have spaces, too.
fn divided_by_spaces(mut text: &[u8]) -> bool {
    let Some(first) = next_line(&mut text) else {
        return false;
    };
    let width = spaced(first).count();
    let last = next_line(&mut text).unwrap_or(first);
    let is_number = |cell| number::<f64>(cell).is_some() || is_missing_number(cell);
    width > 1 && spaced(last).count() == width && spaced(last).any(is_number)
}

/// The next line with something in it, without the spaces around; the text goes on after it.
pub(super) fn next_line<'a>(text: &mut &'a [u8]) -> Option<&'a [u8]> {
    loop {
        if text.is_empty() {
            return None;
        }
        let end = text.iter().position(|byte| matches!(byte, b'\r' | b'\n'));
        let (line, rest) = text.split_at(end.unwrap_or(text.len()));
        *text = rest.get(1..).unwrap_or_default();
        let line = line.trim_ascii();
        if !line.is_empty() {
            return Some(line);
        }
    }
}

/// The cells of a line between spaces.
pub(super) fn spaced(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    let cells = line.split(u8::is_ascii_whitespace);
    cells.filter(|cell| !cell.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn separators_of_texts() {
        for (text, expected) in [
            ("a,b\n1,2", Separator::Byte(b',')),
            ("a b;c,d\n", Separator::Byte(b';')),
            ("a b\tc\n", Separator::Byte(b'\t')),
            ("\"a;b\",c\n", Separator::Byte(b',')),
            ("1\n2\n", Separator::Byte(b',')),
            ("1 2\n", Separator::Spaces),
            ("\n  1.5e+00   2 \r\n3 4\n", Separator::Spaces),
            ("x y\n1 NA\n", Separator::Spaces),
            ("blood pressure\n1\n", Separator::Byte(b',')),
            ("new york\nlos angeles\n", Separator::Byte(b',')),
        ] {
            assert_eq!(Separator::of(text.as_bytes()), expected, "{text:?}");
        }
    }
}
