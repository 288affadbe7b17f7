//! `paysage transform`.

use paysage::{
    data::{MatrixWriter, Rows},
    inference::{HiddenRepresentation, HiddenValues, InferenceError},
    kernels::RandomKey,
};

use crate::{
    arguments::Transform,
    failure::Failure,
    model::{self, ModelRows, check_out},
    output::{self, Bar, values},
};

pub(crate) fn run(options: &Transform) -> Result<(), Failure> {
    let inputs = options.data.inputs(&options.model);
    check_out(&[("--out", Some(&options.out))], &inputs)?;
    if options.sample && options.chains.chains.is_some() {
        return Err(Failure::input(
            "--chains: has no effect with --sample, which takes the state of one chain for each row",
        ));
    }
    let model = model::load_for(&options.model, &options.data)?;
    let transform = HiddenRepresentation {
        hidden_layer: options.layer,
        values: match options.sample {
            true => HiddenValues::Sample,
            false => HiddenValues::Means,
        },
        chains: options.chains.settings(),
        ..HiddenRepresentation::default()
    };
    let names = transform.names(&model.machine).map_err(no_such_layer)?;
    let ModelRows { rows, carried } =
        model::rows(&model, &options.data.options(), options.data.disk())?;

    let (key, mut bar) = (
        RandomKey::new(options.model.seed),
        Bar::new("hidden representations"),
    );
    let answers = transform.run(&model.machine, &rows, key, &mut bar)?;
    let mut out = MatrixWriter::new(&options.out, &names, &*carried, rows.count())?;
    for part in answers {
        out.push(&values(part?.units))?;
    }
    drop(bar);
    out.finish()?;
    output::written(&options.out)
}

fn no_such_layer(error: InferenceError) -> Failure {
    match error {
        InferenceError::NoSuchHiddenLayer { layers: 0, .. } => {
            Failure::input("the model has no hidden layers, so rows have no hidden representation")
        }
        InferenceError::NoSuchHiddenLayer { layer, layers } => {
            let plural = if layers == 1 { "" } else { "s" };
            Failure::input(format_args!(
                "--layer: expected 1 to {layers}, got {layer}; the model has {layers} hidden \
                 layer{plural}"
            ))
        }
        error => error.into(),
    }
}
