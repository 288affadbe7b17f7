//! `paysage import`.

use paysage::{
    data::check_outputs,
    interchange,
    kernels::{DeviceChoice, select_device},
};

use crate::{arguments::Import, failure::Failure, output};

pub(crate) fn run(options: &Import) -> Result<(), Failure> {
    check_outputs(&[&options.out], &[&options.file])
        .map_err(|error| Failure::input(format_args!("--out: {error}")))?;
    // Nothing is computed: any device will do, and the CPU is there at once.
    let device = select_device(DeviceChoice::Cpu).or_else(|_| select_device(DeviceChoice::Auto))?;
    let import = interchange::Import {
        format: options.format,
        epoch: options.epoch,
        alphabet: options.alphabet.clone(),
    };
    let imported = import.run(&options.file, &device).map_err(Failure::input)?;
    let normalizable = imported.model.machine.check_normalizable();
    normalizable.map_err(|error| Failure::input(error).at(&options.file))?;
    let epoch = imported.epoch.map(|epoch| format!(", epoch {epoch}"));
    output::say(format_args!(
        "paysage: read as {}{}",
        imported.format,
        epoch.unwrap_or_default()
    ));
    if imported.energy != 0.0 {
        output::say(format_args!(
            "paysage: note: the free energies of the other library are those of the model {:+} nats, the same for \
             every row",
            imported.energy
        ));
    }
    imported.model.save(&options.out).map_err(Failure::work)?;
    output::written(&options.out)
}
