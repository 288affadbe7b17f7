//! `paysage sample`.

use paysage::{
    data::{Layout, RowsWriter},
    inference::ConditionalSampling,
    kernels::RandomKey,
    layers::AnyLayer,
    models::Model,
    samplers::{Chain, Gibbs, ParallelTempering},
};

use crate::{
    arguments::Sample,
    assignments,
    commands::{
        diagnosis::{Diagnosis, Exchange},
        trajectory::{self, LadderRecord},
    },
    failure::Failure,
    model::{self, check_rows_out},
    output::{self, Bar, values},
};

/// The most samples: each has random numbers of its own row.
const MOST_SAMPLES: usize = u32::MAX as usize;

pub(crate) fn run(options: &Sample) -> Result<(), Failure> {
    check_rows_out(&[("--out", Some(&options.out))], &[&options.model.path])?;
    let model = model::load(&options.model.path, options.model.compute)?;
    let writer = RowsWriter::new(&options.out, &model.layout)?;
    if options.count > MOST_SAMPLES {
        return Err(Failure::input(format_args!(
            "--count: expected at most {MOST_SAMPLES}, got {}",
            options.count
        )));
    }
    let given = given(options, &model)?;
    let mut diagnosis = match options.diagnose {
        true => Some(diagnosis(options)?),
        false => None,
    };
    let sampler = Sampled {
        options,
        model: &model,
        given: &given,
        writer: &writer,
    };
    let last = options.sweeps - 1;
    match (options.tempering, &options.trajectory) {
        (None, None) => sampler.write(Gibbs, &mut diagnosis, |_, _| None)?,
        (Some(replicas), _) => {
            let tempering = ParallelTempering {
                replicas,
                adaptation: options.sweeps / 2,
                ..ParallelTempering::default()
            };
            sampler.write(tempering, &mut diagnosis, |sweep, state| {
                (sweep == last).then(|| Exchange::of(state))
            })?;
        }
        (None, Some(folder)) => {
            let tempering = trajectory::tempering(options, &model, folder)?;
            let is_free = options.given.is_empty() && options.labels.is_empty();
            let mut record = LadderRecord::new(&tempering, options.sweeps, is_free);
            sampler.write(tempering, &mut diagnosis, |sweep, state| {
                record.after(sweep, state)
            })?;
        }
    }
    if let Some(diagnosis) = diagnosis {
        diagnosis.print(&model, &options.out)?;
    }
    output::written(&options.out)
}

/// What is sampled.
struct Sampled<'a> {
    options: &'a Sample,
    model: &'a Model,
    given: &'a [f32],
    writer: &'a RowsWriter<'a>,
}

impl Sampled<'_> {
    /// Writes the samples of a chain while they are drawn. `exchange` receives the number of each sweep and the state after
    /// it, where there is a diagnosis.
    fn write<C: Chain<AnyLayer>>(
        &self,
        chain: C,
        diagnosis: &mut Option<Diagnosis>,
        mut exchange: impl FnMut(usize, &C::State) -> Option<Exchange> + Send,
    ) -> Result<(), Failure> {
        let Self {
            options,
            model,
            given,
            writer,
        } = *self;
        let sampling = ConditionalSampling {
            samples: options.count,
            sweeps: options.sweeps,
        };
        let (key, mut bar) = (RandomKey::new(options.model.seed), Bar::new("sampling"));
        let machine = &model.machine;
        let mut observe = |sweep: usize, state: &C::State| {
            if let Some(diagnosis) = diagnosis {
                diagnosis.record(sweep, machine, C::samples(state));
                diagnosis.exchange = exchange(sweep, state).or(diagnosis.exchange.take());
            }
        };
        let answers = sampling.run_chain(machine, chain, given, key, &mut bar, &mut observe)?;
        let mut out = writer.start(options.count)?;
        for samples in answers {
            out.push(&values(samples?))?;
        }
        Ok(out.finish()?)
    }
}

/// The diagnosis of the chains, if there is one.
fn diagnosis(options: &Sample) -> Result<Diagnosis, Failure> {
    if options.labels.len() > 1 {
        return Err(Failure::input(
            "--diagnose: chains of different classes have different distributions: give one class \
             with --labels",
        ));
    }
    Diagnosis::new(options.sweeps)
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
