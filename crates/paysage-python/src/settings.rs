//! Settings of training as JSON.

use paysage::training::Settings;

use serde_json::Value;

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

/// Settings with those of a JSON object in place of some.
pub(crate) fn replaced(settings: &Settings, json: &str) -> Result<Settings, Fault> {
    let mut all = serde_json::to_value(settings)?;
    let given: Value = serde_json::from_str(json)?;
    if let (Value::Object(all), Value::Object(given)) = (&mut all, given) {
        all.extend(given);
    }
    parse(&all.to_string())
}
