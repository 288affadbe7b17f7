//! Agreement of options with the layout of a model.

use super::{Layout, LayoutError, MatchOptions};
use crate::dataset::SchemaSource;
use crate::error::DataError;

impl Layout {
    /// Checks that no option contradicts the layout.
    pub(super) fn check_options(&self, options: &MatchOptions) -> Result<(), DataError> {
        let shown = |value: Option<f32>, name: &str| match value {
            Some(value) => format!("{name} {value}"),
            None => format!("no {name}"),
        };
        let contradiction = |setting, given: String, model: String| {
            Err(LayoutError::Contradiction {
                setting,
                given,
                model,
            }
            .into())
        };
        let model = &self.preparation;
        for (setting, name, given, model) in [
            ("--scale", "scale", options.scale, model.scale),
            (
                "--threshold",
                "threshold",
                options.threshold,
                model.threshold,
            ),
        ] {
            if let Some(value) = given
                && given != model
            {
                return contradiction(setting, value.to_string(), shown(model, name));
            }
        }
        let standardized = model.standardize.is_some() || self.schema().is_some();
        if let Some(given) = options.standardize
            && given != standardized
        {
            let word = |on: bool| if on { "on" } else { "off" };
            let model = format!("standardisation {}", word(standardized));
            return contradiction("standardisation", word(given).into(), model);
        }
        match (&options.schema, self.schema()) {
            (SchemaSource::None, _) | (SchemaSource::Infer, Some(_)) => {}
            (SchemaSource::Infer, None) => {
                return contradiction("--schema", "infer".into(), "numbers and no schema".into());
            }
            (SchemaSource::Given(_), None) => {
                return contradiction("--schema", "given".into(), "numbers and no schema".into());
            }
            (SchemaSource::Given(given), Some(schema)) => {
                if let Some((given, model)) = given.difference(schema) {
                    return contradiction("--schema", given, model);
                }
            }
        }
        if options.weights.is_some() && options.reweight.is_some() {
            return Err(DataError::Exclusive {
                first: "--weights",
                second: "--reweight",
                reason: "each of them gives the weights",
            });
        }
        match (&options.labels, &self.labels) {
            (Some(labels), None) => Err(LayoutError::NoLabels {
                labels: labels.clone(),
            }
            .into()),
            _ => Ok(()),
        }
    }
}
