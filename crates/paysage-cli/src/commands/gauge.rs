//! `paysage gauge`.

use paysage::data::check_outputs;

use crate::{arguments::Gauge, failure::Failure, model, output};

pub(crate) fn run(options: &Gauge) -> Result<(), Failure> {
    check_outputs(&[&options.out], &[&options.model.path])
        .map_err(|error| Failure::input(format_args!("--out: {error}")))?;
    let mut model = model::load(&options.model.path, options.model.device)?;
    if let Some(scale) = options.hidden {
        model.machine.normalize_hidden(scale.into());
    }
    model.machine.zero_sum();
    model.save(&options.out).map_err(Failure::work)?;
    output::written(&options.out)
}
