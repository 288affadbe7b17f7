//! A model and the data that a command reads for it.

use std::path::Path;

use paysage::{
    data::{
        AlignmentSummary, AnyRows, Carried, DataError, Dataset, DiskOptions, MatchOptions,
        OutputFormat, Preparation, Rows, check_outputs,
    },
    layers::AnyLayer,
    models::{Model, read_outline},
};

use crate::{
    arguments::{Compute, ModelData, ModelOptions},
    device,
    failure::Failure,
    output,
};

/// Reads a model onto a device. A machine that cannot be normalized is refused: it has no samples and
/// no probabilities.
pub(crate) fn load(path: &Path, choice: Compute) -> Result<Model, Failure> {
    let device = device::select(choice)?;
    let model = Model::<AnyLayer>::load(path, &device)?;
    let normalizable = model.machine.check_normalizable();
    normalizable.map_err(|error| Failure::input(error).at(path))?;
    Ok(model)
}

/// Reads a model and, for files of version 1, which do not hold it, takes the preparation of the data
/// from the options.
pub(crate) fn load_for(options: &ModelOptions, data: &ModelData) -> Result<Model, Failure> {
    let mut model = load(&options.path, options.compute)?;
    if read_outline(&options.path)?.layout.is_none() {
        model.layout.preparation.scale = data.preparation.scale;
        model.layout.preparation.threshold = data.preparation.threshold;
    }
    Ok(model)
}

impl ModelData {
    /// How the data are read, before what a command changes.
    pub(crate) fn options(&self) -> MatchOptions {
        MatchOptions {
            array: self.array.clone(),
            labels: self.labels.clone(),
            scale: self.preparation.scale,
            threshold: self.preparation.threshold,
            ..MatchOptions::new(&self.data)
        }
    }

    /// Where the data stay on disk: the limit, with the cells that are carried through to an output.
    pub(crate) fn disk(&self) -> Option<DiskOptions> {
        self.memory.map(|memory| DiskOptions {
            memory: memory.bytes(),
            carried: true,
            ..DiskOptions::default()
        })
    }

    /// The files of the model and of the data.
    pub(crate) fn inputs<'a>(&'a self, model: &'a ModelOptions) -> Vec<&'a Path> {
        let data = [&self.data].into_iter().chain(&self.labels);
        let data = data.map(Path::new);
        [&*model.path].into_iter().chain(data).collect()
    }
}

/// Reads data of a model and checks that its units can take them.
pub(crate) fn read(model: &Model, options: &MatchOptions) -> Result<Dataset, Failure> {
    let data = model.layout.read(options)?;
    check_values(model, &data.table)?;
    warn(data.alignment.as_ref());
    Ok(data)
}

/// Prints the effect of unknown letters of an alignment.
fn warn(alignment: Option<&AlignmentSummary>) {
    if let Some(line) = alignment.and_then(AlignmentSummary::warning) {
        output::say(format_args!("warning: {line}"));
    }
}

/// The data of a model, in memory or on disk.
pub(crate) struct ModelRows {
    pub(crate) rows: AnyRows,
    /// The columns that are carried through to outputs.
    pub(crate) carried: Box<dyn Carried>,
}

/// Reads data of a model, or opens them where they stay on disk, and checks that its units can take them.
pub(crate) fn rows(
    model: &Model,
    options: &MatchOptions,
    disk: Option<DiskOptions>,
) -> Result<ModelRows, Failure> {
    let Some(disk) = disk else {
        let data = read(model, options)?;
        return Ok(ModelRows {
            rows: AnyRows::packed(data.table),
            carried: Box::new(data.carried),
        });
    };
    let data = model.layout.open(options, &disk)?;
    check_values(model, &data.rows)?;
    warn(data.alignment.as_ref());
    Ok(ModelRows {
        rows: data.rows.into(),
        carried: Box::new(data.carried),
    })
}

/// Checks that the units of a model can take the values of rows.
fn check_values(model: &Model, rows: &dyn Rows) -> Result<(), Failure> {
    model.machine.check_known(rows).map_err(|error| {
        let Preparation {
            scale, threshold, ..
        } = model.layout.preparation;
        match error {
            DataError::OutOfRange { .. } if model.layout.schema().is_none() => {
                let (scale, threshold) = (setting("scale", scale), setting("threshold", threshold));
                Failure::input(format_args!(
                    "{error}: prepare the values as in training (the model has {scale} and {threshold})"
                ))
            }
            _ => error.into(),
        }
    })
}

/// `--scale 255`, or `no --scale`.
fn setting(name: &str, value: Option<f32>) -> String {
    match value {
        Some(value) => format!("--{name} {value}"),
        None => format!("no --{name}"),
    }
}

/// Checks the outputs of a command before its work: that they can be written, that their endings are
/// those of a table, and that none of them is an input or another output.
pub(crate) fn check_out(
    outputs: &[(&'static str, Option<&Path>)],
    inputs: &[&Path],
) -> Result<(), Failure> {
    check_outs(outputs, inputs, false)
}

/// The same for a command whose `--out` has rows, which may be sequences.
pub(crate) fn check_rows_out(
    outputs: &[(&'static str, Option<&Path>)],
    inputs: &[&Path],
) -> Result<(), Failure> {
    check_outs(outputs, inputs, true)
}

fn check_outs(
    outputs: &[(&'static str, Option<&Path>)],
    inputs: &[&Path],
    rows: bool,
) -> Result<(), Failure> {
    let mut before: Vec<&Path> = Vec::new();
    for (option, output) in outputs {
        let Some(output) = *output else { continue };
        before.push(output);
        let checked = check_outputs(&before, inputs).and_then(|()| OutputFormat::of(output));
        let checked = checked.and_then(|format| match rows && *option == "--out" {
            true => Ok(()),
            false => format.check_table(output),
        });
        checked.map_err(|error| Failure::input(format!("{option}: {error}")))?;
    }
    Ok(())
}
