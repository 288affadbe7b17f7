//! `paysage sample`.

use paysage::{
    data::{Layout, RowsWriter},
    inference::ConditionalSampling,
    kernels::RandomKey,
    models::Model,
};

use crate::{
    arguments::Sample,
    assignments,
    failure::Failure,
    model::{self, check_out},
    output::{self, Bar},
};

/// Most values of all samples.
const MOST_VALUES: usize = 1 << 31;

pub(crate) fn run(options: &Sample) -> Result<(), Failure> {
    check_out(&[("--out", Some(&options.out))], &[&options.model.path])?;
    let model = model::load(&options.model.path, options.model.device)?;
    let writer = RowsWriter::new(&options.out, &model.layout)?;
    let units = model.layout.unit_count();
    if options.count > MOST_VALUES / units {
        return Err(Failure::input(format_args!(
            "--count: expected at most {} for this model, got {}",
            MOST_VALUES / units,
            options.count
        )));
    }
    let given = given(options, &model)?;
    let sampling = ConditionalSampling {
        samples: options.count,
        sweeps: options.sweeps,
    };
    let mut rows = Vec::new();
    let (key, mut bar) = (RandomKey::new(options.model.seed), Bar::new("sampling"));
    for samples in sampling.run(&model.machine, &given, key, &mut bar)? {
        rows.extend(samples?.into_data().iter::<f32>());
    }
    writer.write(&rows)?;
    output::written(&options.out)
}

/// The clamped values, NaN for free units: one row, or one for each class.
fn given(options: &Sample, model: &Model) -> Result<Vec<f32>, Failure> {
    if options.labels.is_empty() {
        return assignments::values(model, "--given", &options.given);
    }
    let label = label_name(&model.layout)?;
    let mut rows = Vec::new();
    for class in &options.labels {
        let class = format!("{label}={class}");
        model
            .layout
            .parse_assignment(&class)
            .map_err(|error| Failure::input(format_args!("--labels: {error}")))?;
        let all = [&options.given[..], &[class]].concat();
        rows.extend(assignments::values(model, "--given", &all)?);
    }
    Ok(rows)
}

fn label_name(layout: &Layout) -> Result<String, Failure> {
    match layout.labels {
        Some(_) => Ok(layout.label_name()),
        None => Err(Failure::input(
            "--labels: the model was trained without labels",
        )),
    }
}
