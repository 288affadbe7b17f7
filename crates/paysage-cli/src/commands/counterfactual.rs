//! `paysage counterfactual`.

use burn::tensor::{Bool, Tensor, TensorData};
use paysage::{data::Table, kernels::RandomKey, samplers};

use crate::{
    arguments::Counterfactual,
    failure::Failure,
    likelihood::number,
    model::Model,
    output,
    rows::{RowsFile, check_writable, pieces},
};

/// The most numbers of rows that are kept at a time.
const MOST_KEPT: usize = 1 << 26;

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
    let device = machine.device();
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

    let ask = samplers::Counterfactual {
        sweeps: words.sweeps,
        repeats: words.repeats,
        key: RandomKey::new(words.seed),
        ..Default::default()
    };
    let mask = TensorData::new(changed, [1, units]);
    let mask = Tensor::<2, Bool>::from_data(mask, &device);
    let options = (&device, machine.dtype());
    let values = Tensor::from_data(TensorData::new(values, [1, units]), options);
    // Both worlds of every repeat are kept of so many rows.
    let at_once = (MOST_KEPT / (2 * words.repeats.max(1) * units)).max(1);
    let (mut would_be, mut effects, mut errors) = (Vec::new(), vec![0.0; units], vec![0.0; units]);
    for indices in pieces(table.rows(), at_once) {
        let ask = samplers::Counterfactual {
            key: ask.key.starting_at(indices[0] as u32),
            ..ask
        };
        let rows = machine.rows(&table, &indices);
        let found = ask.ask(machine, rows, &mask, values.clone());
        let found = found.map_err(Failure::input)?;
        would_be.extend(found.counterfactual[0].to_data().iter::<f32>());
        add(&mut effects, found.effect);
        add(&mut errors, found.standard_error.square());
    }
    if let Some(out) = &out {
        out.write(units, &would_be)?;
    }
    // Rows have chances of their own: the variance of a sum is that of its terms together.
    let rows = table.rows() as f64;
    let effects = effects.into_iter().map(|sum| sum / rows);
    let errors = errors.into_iter().map(|sum| f64::sqrt(sum) / rows);
    let names = columns.names(table.names());
    // In the columns' own measure, those that are largest in that of the model first.
    let pairs = effects.zip(errors).enumerate();
    let mut effects: Vec<(String, f64, f64, f64)> = names
        .into_iter()
        .zip(pairs)
        .map(|(name, (unit, (effect, error)))| {
            let scale = columns.scale(unit);
            (name, effect, effect * scale, error * scale)
        })
        .collect();
    effects.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()));
    let width = effects
        .iter()
        .map(|(name, ..)| name.chars().count())
        .max()
        .unwrap_or(0);
    let lines = effects.iter().take(LISTED).map(|(name, _, effect, error)| {
        format!(
            "{name:<width$}  {:>9} ± {}\n",
            number(*effect, 4),
            number(*error, 4)
        )
    });
    let mut text = format!("{:<width$}  mean effect on the unit\n", "");
    text.extend(lines);
    if effects.len() > LISTED {
        text.push_str(&format!("and {} smaller ones\n", effects.len() - LISTED));
    }
    output::print(text)
}

/// Adds the rows of a tensor to sums of its columns.
fn add(sums: &mut [f64], x: Tensor<2>) {
    let columns: Vec<f64> = x.sum_dim(0).into_data().iter().collect();
    sums.iter_mut().zip(columns).for_each(|(sum, x)| *sum += x);
}
