//! Reading settings files.

use std::{fs, path::Path};

use paysage_data::one_line;

use super::{RunError, Settings, folder::unreadable, nearest::nearest};

impl Settings {
    /// The settings of a file. A key that the file does not have has its default.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, is not TOML, or has an unknown key or value: the error names the
    /// line and the most similar known name.
    pub fn read(path: &Path) -> Result<Self, RunError> {
        let text = fs::read_to_string(path).map_err(|source| unreadable(path, source))?;
        Self::from_toml(&text).map_err(|fault| {
            let before = &text[..fault.span().map_or(0, |span| span.start)];
            let place = Place {
                line: before.matches('\n').count() + 1,
                column: before.chars().rev().take_while(|&c| c != '\n').count() + 1,
            };
            place.error(path, fault.message())
        })
    }
}

/// A place in a file, counted from 1.
struct Place {
    line: usize,
    column: usize,
}

impl Place {
    /// The error of the reader at this place.
    fn error(self, path: &Path, message: &str) -> RunError {
        let (path, Self { line, column }) = (path.to_owned(), self);
        let message = one_line(message);
        if let Some((what, found, known)) = unknown(&message) {
            return RunError::Unknown {
                path,
                line,
                column,
                what,
                nearest: nearest(&found, known.iter().map(String::as_str)).map(str::to_owned),
                found,
                known,
            };
        }
        RunError::BadSettings {
            path,
            line,
            column,
            message: plain(&message),
        }
    }
}

/// What is unknown, its name, and the known names, in a message of serde such as
/// "unknown field `epoch`, expected one of `data`, `epochs`": serde puts each name in backticks.
fn unknown(message: &str) -> Option<(&'static str, String, Vec<String>)> {
    let what = match message {
        _ if message.starts_with("unknown field ") => "key",
        _ if message.starts_with("unknown variant ") => "value",
        _ => return None,
    };
    let mut names = message.split('`').skip(1).step_by(2);
    let found = names.next()?.to_owned();
    Some((what, found, names.map(str::to_owned).collect()))
}

/// The message of the TOML reader, without the names of Rust's types.
fn plain(message: &str) -> String {
    let message = message.replace("expected usize", "expected a whole number from 0");
    let message = message.replace("expected u64", "expected a whole number from 0");
    let message = message.replace("expected f64", "expected a number");
    message.replace("expected f32", "expected a number")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(text: &str) -> String {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("run.toml");
        fs::write(&path, text).expect("written");
        let fault = Settings::read(&path).expect_err("a fault").to_string();
        let place = fault.find("run.toml").expect("the file");
        fault[place..].to_owned()
    }

    #[test]
    fn faults_name_their_place() {
        let found = fault("epochs = 3\nchains = \"many\"\n");
        assert!(
            found.starts_with("run.toml: line 2, column 10: "),
            "{found}"
        );
        assert!(found.contains("expected a whole number"), "{found}");
    }

    #[test]
    fn unknown_keys_are_refused_with_the_nearest_one() {
        assert_eq!(
            fault("seed = 1\n\nbatch_size = 3\n"),
            "run.toml: line 3, column 1: unknown key `batch_size`: did you mean `batch-size`?"
        );
        let found = fault("zzz = 3");
        assert!(
            found.starts_with(
                "run.toml: line 1, column 1: unknown key `zzz`: expected one of `data`, `scale`, "
            ),
            "{found}"
        );
        let found = fault("[[earlier]]\nuntil-epoch = 2\nepoch = 3\nlearning-rate = 0.1\n");
        assert_eq!(
            found,
            "run.toml: line 3, column 1: unknown key `epoch`: did you mean `epochs`?"
        );
    }

    #[test]
    fn unknown_values_are_refused_with_the_nearest_one() {
        for (text, expected) in [
            (
                "method = \"pdc\"",
                "column 10: unknown value `pdc`: did you mean `pcd`?",
            ),
            (
                "method = \"newton\"",
                "unknown value `newton`: expected one of `cd`, `pcd`, `ptt`, `ucd`, `tap`",
            ),
            ("optimizer = \"adm\"", "did you mean `adam`?"),
            ("init = \"gloro\"", "did you mean `glorot`?"),
            ("init = \"lowrank\"", "did you mean `low-rank`?"),
            ("center = \"bth\"", "did you mean `both`?"),
            ("data-phase = \"mean_field\"", "did you mean `mean-field`?"),
            ("device = \"gpus\"", "expected auto, cpu, gpu or gpu:1"),
            (
                "metrics = [\"energy-distance\"]",
                "did you mean `energy_distance`?",
            ),
        ] {
            let found = fault(text);
            assert!(found.contains(expected), "{text}: {found}");
        }
    }
}
