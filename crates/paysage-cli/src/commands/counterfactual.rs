//! `paysage counterfactual`.

use paysage::{
    data::Table,
    inference::{self, AverageEffect},
    kernels::RandomKey,
};

use crate::{
    arguments::Counterfactual,
    failure::Failure,
    likelihood::number,
    model::Model,
    output,
    rows::{RowsFile, check_writable},
};

/// The most units that are listed.
const LISTED: usize = 40;

pub(crate) fn run(words: &Counterfactual) -> Result<(), Failure> {
    if let Some(out) = &words.out {
        check_writable(out)?;
    }
    let model = Model::load(&words.model, words.device)?;
    let out = words.out.as_ref().map(|out| RowsFile::new(out, &model));
    let out = out.transpose()?;
    let table = model
        .reading(words.preparation, None)?
        .load(&words.data)?
        .table;
    model.check(&table)?;
    let (machine, units, columns) = (&model.machine, table.columns(), model.columns());
    let (mut changed, mut values) = (vec![false; units], vec![0.0; units]);
    for word in &words.set {
        let (place, setting) = columns.setting("--set", word)?;
        changed[place.clone()].fill(true);
        values[place].copy_from_slice(&setting);
    }
    // As a row of data, so that what no unit takes is refused here.
    let mut row = table.row(0).to_vec();
    let set = changed.iter().zip(&values).zip(&mut row);
    set.filter(|((changed, _), _)| **changed)
        .for_each(|((_, value), x)| *x = *value);
    let row = Table::new("--set", units, row)?;
    machine.check(&row).map_err(Failure::input)?;

    let question = inference::Counterfactual {
        sweeps: words.sweeps,
        repeats: words.repeats,
        ..Default::default()
    };
    let change = changed.iter().zip(values);
    let change: Vec<f32> = change
        .map(|(&changed, value)| if changed { value } else { f32::NAN })
        .collect();
    let (mut would_be, mut average) = (Vec::new(), AverageEffect::default());
    let (key, mut progress) = (RandomKey::new(words.seed), |_| {});
    let answers = question.run(machine, &table, &change, key, &mut progress);
    for found in answers.map_err(Failure::input)? {
        let found = found.map_err(Failure::input)?;
        would_be.extend(found.counterfactual[0].to_data().iter::<f32>());
        average.add(&found);
    }
    if let Some(out) = &out {
        out.write(units, &would_be)?;
    }
    let effects = average.effect().into_iter();
    let errors: Vec<Option<f64>> = match average.standard_error() {
        Some(errors) => errors.into_iter().map(Some).collect(),
        None => vec![None; units],
    };
    let names = columns.names(table.names());
    // In the columns' own measure, those that are largest in that of the model first.
    let pairs = effects.zip(errors).enumerate();
    let mut effects: Vec<(String, f64, f64, Option<f64>)> = names
        .into_iter()
        .zip(pairs)
        .map(|(name, (unit, (effect, error)))| {
            let scale = columns.scale(unit);
            (name, effect, effect * scale, error.map(|e| e * scale))
        })
        .collect();
    effects.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()));
    let width = effects
        .iter()
        .map(|(name, ..)| name.chars().count())
        .max()
        .unwrap_or(0);
    let lines = effects.iter().take(LISTED).map(|(name, _, effect, error)| {
        let error = error.map_or(String::new(), |e| format!(" ± {}", number(e, 4)));
        format!("{name:<width$}  {:>9}{error}\n", number(*effect, 4))
    });
    let mut text = format!("{:<width$}  mean effect on the unit\n", "");
    text.extend(lines);
    if effects.len() > LISTED {
        text.push_str(&format!("and {} smaller ones\n", effects.len() - LISTED));
    }
    output::print(text)
}
