//! Schemas as TOML.

use std::io;
use std::path::Path;
use std::str::FromStr;

use super::{PartialSchema, Schema};
use crate::error::{DataError, SchemaError, one_line};
use crate::output::replace_file;
use crate::read::load;

impl PartialSchema {
    /// Reads a partial schema.
    ///
    /// # Errors
    ///
    /// Where the file cannot be read, [`NotASchema`](SchemaError::NotASchema) where it is not such
    /// TOML, and [`NoColumns`](DataError::NoColumns), [`RepeatedColumn`](SchemaError::RepeatedColumn)
    /// or [`BadColumn`](SchemaError::BadColumn) where it contradicts itself.
    pub fn read(path: impl AsRef<Path>) -> Result<Self, DataError> {
        let path = path.as_ref();
        parse(&path.display().to_string(), &load(path)?)
    }
}

/// From TOML; the errors are those of [`read`](PartialSchema::read).
impl FromStr for PartialSchema {
    type Err = DataError;

    fn from_str(text: &str) -> Result<Self, DataError> {
        parse("the schema", text.as_bytes())
    }
}

impl Schema {
    /// Reads a schema in which everything is given, as [`write`](Self::write) writes it.
    ///
    /// # Errors
    ///
    /// As for [`PartialSchema::read`], and [`BadColumn`](SchemaError::BadColumn) where something is
    /// not given.
    ///
    /// ```
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("schema.toml");
    /// use paysage_data::{Column, ColumnKind, Schema};
    ///
    /// let values = ["no", "yes"].map(String::from);
    /// let schema = Schema {
    ///     columns: vec![Column { name: "smoker".into(), kind: ColumnKind::Binary { values } }],
    /// };
    /// schema.write(&path)?;
    /// assert_eq!(Schema::read(&path)?, schema);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn read(path: impl AsRef<Path>) -> Result<Self, DataError> {
        let path = path.as_ref();
        PartialSchema::read(path)?.whole(&path.display().to_string())
    }

    /// Writes the schema as TOML; a failure leaves the old file.
    ///
    /// # Errors
    ///
    /// [`Unwritable`](DataError::Unwritable) when the folder or the file refuses.
    pub fn write(&self, path: impl AsRef<Path>) -> Result<(), DataError> {
        let path = path.as_ref();
        let text = toml::to_string(self).map_err(io::Error::other);
        text.and_then(|text| replace_file(path, |out| out.write_all(text.as_bytes())))
            .map_err(|source| DataError::Unwritable {
                file: path.display().to_string(),
                source,
            })
    }
}

fn parse(file: &str, bytes: &[u8]) -> Result<PartialSchema, DataError> {
    let schema: PartialSchema = toml::from_slice(bytes).map_err(|error| {
        let start = error.span().map_or(0, |span| span.start.min(bytes.len()));
        let lines = bytes[..start].iter().filter(|&&byte| byte == b'\n').count();
        DataError::Schema(SchemaError::NotASchema {
            file: file.into(),
            row: lines + 1,
            reason: one_line(error.message()),
        })
    })?;
    schema.check(file)?;
    Ok(schema)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{Column, ColumnKind, Notation};

    fn message(text: &str) -> String {
        parse("s.toml", text.as_bytes()).unwrap_err().to_string()
    }

    #[test]
    fn a_file_reads_as_it_is_documented_and_comes_back_to_the_bit() {
        let text = r#"[[columns]]
name = "age"
kind = "real"
mean = 41.2
deviation = 0.30000000000000004
decimals = 0

[[columns]]
name = "region"
kind = "categorical"
values = ["north", "\"so\nuth\"", "west"]

[[columns]]
name = "smoker"
kind = "binary"
values = ["no", "yes"]
"#;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("s.toml");
        std::fs::write(&path, text).unwrap();
        let schema = Schema::read(&path).unwrap();
        let kind = ColumnKind::Real {
            mean: 41.2,
            deviation: 0.1 + 0.2,
            decimals: 0,
            notation: Notation::default(),
        };
        let name = "age".into();
        assert_eq!(schema.columns[0], Column { name, kind });
        assert_eq!(toml::from_str::<Schema>(text).unwrap(), schema);
        schema.write(&path).unwrap();
        assert!(
            std::fs::read_to_string(&path)
                .unwrap()
                .starts_with("[[columns]]\nname = \"age\"\nkind")
        );
        assert_eq!(Schema::read(&path).unwrap(), schema);
    }

    #[test]
    fn whole_numbers_are_numbers() {
        let text = "[[columns]]\nname = 'a'\nkind = 'real'\nmean = 1\ndeviation = 2\ndecimals = 0";
        assert!(
            parse("s.toml", text.as_bytes())
                .unwrap()
                .whole("s.toml")
                .is_ok()
        );
    }

    #[test]
    fn refuses_what_is_no_schema_with_its_line() {
        for (text, start) in [
            (
                "[[columns]]\nname = 'a'\nkinds = 'real'",
                "s.toml: line 3: unknown field `kinds`",
            ),
            (
                "[[columns]]\nname = 'a'\nkind = 'integer'",
                "s.toml: line 3: unknown variant",
            ),
            ("columns = [\n", "s.toml: line "),
            ("rows = []\n", "s.toml: line 1: unknown field `rows`"),
            (
                "[[columns]]\nkind = 'real'",
                "s.toml: line 1: missing field `name`",
            ),
            ("", "s.toml: line 1: missing field `columns`"),
        ] {
            let message = message(text);
            assert!(
                message.starts_with(start) && !message.contains('\n'),
                "{message}"
            );
        }
        assert!(parse("s.toml", b"\xff").is_err());
    }

    #[test]
    fn control_characters_are_escaped_in_messages() {
        for text in [
            "\"\\u001b[2J\" = 1",
            "[[columns]]\nname = 'a'\nkind = \"re\\tal\\r\\n\"",
        ] {
            let message = message(text);
            assert!(!message.contains(char::is_control), "{message:?}");
        }
    }

    #[test]
    fn refuses_what_contradicts_itself() {
        let huge = "kind = 'real'\ndecimals = 18";
        for (rest, expected) in [
            ("values = ['a']", "a kind beside its other settings"),
            (
                "kind = 'real'\nvalues = ['a']",
                "no values, since it is real",
            ),
            (
                "kind = 'binary'\nmean = 1.0",
                "no mean, deviation, decimals or notation, since it is not real",
            ),
            (
                "kind = 'binary'\nvalues = ['a']",
                "two values, since it is binary",
            ),
            ("kind = 'binary'\nvalues = ['a', 'a']", "distinct values"),
            ("kind = 'categorical'\nvalues = []", "at least one value"),
            ("kind = 'real'\nmean = nan", "a finite mean"),
            (
                "kind = 'real'\ndeviation = 0.0",
                "a finite deviation above 0",
            ),
            (huge, "at most 17 decimals"),
            (
                "kind = 'real'\nnotation = { decimal = ',', group = ',' }",
                "a point or a comma as the decimal separator, and another one of thousands",
            ),
        ] {
            assert_eq!(
                message(&format!("[[columns]]\nname = 'x'\n{rest}")),
                format!("s.toml: column \"x\": expected {expected}")
            );
        }
        let twice = "[[columns]]\nname = 'x'\n".repeat(2);
        assert!(message(&twice).starts_with("s.toml: more than one column is named \"x\""));
        assert!(message("columns = []").starts_with("s.toml: no columns"));
    }

    #[test]
    fn a_whole_schema_leaves_nothing_open() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("s.toml");
        for open in ["", "kind = 'real'\nmean = 1.0", "kind = 'categorical'"] {
            std::fs::write(&path, format!("[[columns]]\nname = 'x'\n{open}")).unwrap();
            assert!(PartialSchema::read(&path).is_ok());
            assert!(toml::from_str::<Schema>(&std::fs::read_to_string(&path).unwrap()).is_err());
            let error = Schema::read(&path).unwrap_err();
            assert!(
                matches!(error, DataError::Schema(SchemaError::BadColumn { .. })),
                "{error}"
            );
        }
    }
}
