//! `paysage counterfactual`.

use paysage::{
    data::{Layout, Rows, RowsInParts, RowsWriter},
    inference::{self, AverageEffect},
    kernels::RandomKey,
};

use crate::{
    arguments::Counterfactual,
    assignments,
    failure::Failure,
    model::{self, ModelRows, check_rows_out},
    output::{self, Bar, decimals, number, values},
};

/// Largest number of units that are listed.
const LISTED: usize = 40;

pub(crate) fn run(options: &Counterfactual) -> Result<(), Failure> {
    let inputs = options.data.inputs(&options.model);
    check_rows_out(&[("--out", options.out.as_deref())], &inputs)?;
    let model = model::load_for(&options.model, &options.data)?;
    let layout = &model.layout;
    let change = assignments::values(&model, "--set", &options.set)?;
    let ModelRows { rows, carried } =
        model::rows(&model, &options.data.options(), options.data.disk())?;

    let question = inference::Counterfactual {
        sweeps: options.sweeps,
        repeats: options.repeats,
        ..inference::Counterfactual::default()
    };
    let mut average = AverageEffect::default();
    let (key, mut bar) = (
        RandomKey::new(options.model.seed),
        Bar::new("counterfactual rows"),
    );
    let answers = question.run(&model.machine, &rows, &change, key, &mut bar)?;
    let writer = options.out.as_ref().map(|out| RowsWriter::new(out, layout));
    let writer = writer.transpose()?;
    let out = writer.map(|writer| writer.with_carried(&*carried).start(rows.count()));
    let mut out = out.transpose()?;
    for samples in answers {
        let samples = samples?;
        if let Some(out) = &mut out {
            out.push(&values(samples.counterfactual[0].clone()))?;
        }
        average.add(&samples);
    }
    drop(bar);
    out.map_or(Ok(()), RowsInParts::finish)?;
    output::print(table(&effects(layout, &average)))
}

/// The average effect on a unit.
struct Effect {
    unit: String,
    /// In terms of the model, in which units are alike.
    standardized: f64,
    /// In the original units of measurement.
    effect: f64,
    /// Its standard error; nothing for a single repeat.
    error: Option<f64>,
    /// Number of decimals that are shown.
    decimals: usize,
}

/// The effects on all units, the largest first.
fn effects(layout: &Layout, average: &AverageEffect) -> Vec<Effect> {
    let errors = average.standard_error();
    let names = layout.unit_names().into_iter().zip(average.effect());
    let effects = names.enumerate().map(|(index, (unit, effect))| {
        let scale = layout.scale(index);
        Effect {
            unit,
            standardized: effect,
            effect: effect * scale,
            error: errors.as_ref().map(|errors| errors[index] * scale.abs()),
            decimals: decimals(scale.abs()),
        }
    });
    let mut effects: Vec<Effect> = effects.collect();
    effects.sort_by(|a, b| b.standardized.abs().total_cmp(&a.standardized.abs()));
    effects
}

fn table(effects: &[Effect]) -> String {
    let shown = &effects[..effects.len().min(LISTED)];
    let widths = shown.iter().map(|effect| effect.unit.chars().count());
    let width = widths.max().unwrap_or(0);
    let mut text = format!("{:<width$}  mean effect\n", "");
    for Effect {
        unit,
        effect,
        error,
        decimals,
        ..
    } in shown
    {
        let effect = number(*effect, *decimals);
        let error = error.map_or(String::new(), |e| format!(" ± {}", number(e, *decimals)));
        text += &format!("{unit:<width$}  {effect:>9}{error}\n");
    }
    if effects.len() > LISTED {
        text += &format!("and {} units of smaller effects\n", effects.len() - LISTED);
    }
    text
}
