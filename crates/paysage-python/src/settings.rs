//! Settings of training as JSON.

use paysage::training::Settings;

use crate::fault::Fault;

/// The settings of a JSON object, whose keys are those of `config.toml`.
pub(crate) fn parse(json: &str) -> Result<Settings, Fault> {
    let settings: Settings = serde_json::from_str(json).map_err(|error| {
        let text = error.to_string();
        // The position in the JSON text is none in Python.
        let text = text
            .split(" at line ")
            .next()
            .unwrap_or_default()
            .to_owned();
        Fault::value(text)
    })?;
    settings.check()?;
    Ok(settings)
}
