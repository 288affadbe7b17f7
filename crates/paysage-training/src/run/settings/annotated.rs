//! A settings file with a comment for each key.

use std::{collections::BTreeMap, fmt::Write as _};

use toml::de::DeTable;

use super::Settings;

/// The width of a comment, in characters.
const WIDTH: usize = 100;

/// A comment on a key of a settings file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyNote {
    /// The key.
    pub key: String,
    /// The form of its value, such as `N`.
    pub form: String,
    /// What it sets.
    pub comment: String,
}

impl Settings {
    /// The text of a settings file for a new run, with a comment before each key, in the order of the
    /// notes. A key without a value is commented out: `# chains = <N>`.
    ///
    /// ```
    /// use paysage_training::{KeyNote, Settings};
    ///
    /// let note = |key: &str, form: &str, comment: &str| KeyNote {
    ///     key: key.into(),
    ///     form: form.into(),
    ///     comment: comment.into(),
    /// };
    /// let settings = Settings { epochs: Some(3), ..Settings::default() };
    /// let text = settings.annotated(&[
    ///     note("epochs", "N", "Number of epochs"),
    ///     note("chains", "N", "Number of chains"),
    /// ]);
    /// assert!(text.starts_with(
    ///     "# Number of epochs\nepochs = 3\n\n# Number of chains\n# chains = <N>\n"
    /// ));
    /// assert_eq!(Settings::from_toml(&text)?, settings);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn annotated(&self, notes: &[KeyNote]) -> String {
        let new = Self {
            earlier: Vec::new(),
            ..self.clone()
        };
        let text = new.to_toml();
        let mut lines = lines(&text);
        let mut annotated = String::new();
        for note in notes {
            for line in wrapped(&note.comment) {
                // Writing to a string cannot fail.
                let _ = writeln!(annotated, "# {line}");
            }
            let _ = match lines.remove(note.key.as_str()) {
                Some(line) => writeln!(annotated, "{line}\n"),
                None => writeln!(annotated, "# {} = <{}>\n", note.key, note.form),
            };
        }
        for line in lines.values() {
            let _ = writeln!(annotated, "{line}\n");
        }
        annotated.truncate(annotated.trim_end().len());
        annotated.push('\n');
        annotated
    }
}

/// `key = value` of each key of a text without tables.
fn lines(text: &str) -> BTreeMap<String, &str> {
    let table = DeTable::parse(text).expect("the text was written as TOML");
    let table = table.get_ref().iter().map(|(key, value)| {
        let line = &text[key.span().start..value.span().end];
        (key.get_ref().to_string(), line)
    });
    table.collect()
}

/// Lines of whole words that are at most as wide as a comment.
fn wrapped(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= WIDTH => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_comes_back() {
        let settings = Settings {
            data: Some("a\nepochs = 7\n.csv".into()),
            scale: Some(0.1),
            columns: vec!["a".into(), "b # c".into()],
            penalty: vec!["l2=0.1@layers.0.loc[:3]".parse().expect("a penalty")],
            learning_rate: Some(0.1 + 0.2),
            missing: true,
            ..Settings::default()
        };
        let settings = settings.settled();
        let notes: Vec<KeyNote> = ["scale", "epochs", "chains"]
            .map(|key| KeyNote {
                key: key.into(),
                form: "X".into(),
                comment: "comment ".repeat(40),
            })
            .into();
        let text = settings.annotated(&notes);
        assert!(text.contains("\nscale = 0.1\n"), "{text}");
        assert!(text.contains("\n# chains = <X>\n"), "{text}");
        assert!(text.lines().all(|line| line.chars().count() <= 2 + WIDTH));
        assert_eq!(Settings::from_toml(&text).expect("settings"), settings);
    }
}
