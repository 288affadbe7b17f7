//! `paysage gauge`.

use paysage::{data::check_outputs, layers::Stored};

use crate::{arguments::Gauge, failure::Failure, model, output};

pub(crate) fn run(options: &Gauge) -> Result<(), Failure> {
    check_outputs(&[&options.out], &[&options.model.path])
        .map_err(|error| Failure::input(format_args!("--out: {error}")))?;
    let mut model = model::load(&options.model.path, options.model.compute)?;
    if let Some(scale) = options.hidden {
        let unchanged = model.machine.normalize_hidden(scale.into());
        for (number, layer) in model.machine.hidden().into_iter().enumerate() {
            if unchanged.contains(&layer) {
                output::say(format_args!(
                    "paysage: note: hidden layer {} ({}) stays as it is: its units have no free scale or sign",
                    number + 1,
                    model.machine.layers[layer].kind()
                ));
            }
        }
    }
    model.machine.zero_sum();
    model.save(&options.out).map_err(Failure::work)?;
    output::written(&options.out)
}
