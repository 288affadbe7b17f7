//! `paysage export`.

use paysage::{
    data::check_outputs,
    interchange::{self, ExportError},
    kernels::{DeviceChoice, select_device},
    layers::AnyLayer,
    models::Model,
};

use crate::{arguments::Export, failure::Failure, output};

pub(crate) fn run(options: &Export) -> Result<(), Failure> {
    check_outputs(&[&options.out], &[&options.model])
        .map_err(|error| Failure::input(format_args!("--out: {error}")))?;
    let device = select_device(DeviceChoice::Cpu).or_else(|_| select_device(DeviceChoice::Auto))?;
    let model = Model::<AnyLayer>::load(&options.model, &device)?;
    let export = interchange::Export {
        format: options.format,
    };
    export
        .run(&model, &options.out)
        .map_err(|error| match error {
            ExportError::Unwritable { .. } => Failure::work(error),
            _ => Failure::input(format_args!("--format: {error}")),
        })?;
    output::written(&options.out)
}
