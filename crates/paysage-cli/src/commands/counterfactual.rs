//! `paysage counterfactual`.

use burn::tensor::{Bool, Tensor, TensorData};
use paysage::{
    kernels::{RandomKey, select_device},
    layers::AnyLayer,
    models::BoltzmannMachine,
    samplers,
};

use crate::{
    arguments::Counterfactual,
    columns::Columns,
    failure::Failure,
    likelihood::number,
    output,
    rows::RowsFile,
    source::{self, Reading},
};

/// The most units that are listed.
const LISTED: usize = 40;

pub(crate) fn run(words: &Counterfactual) -> Result<(), Failure> {
    let out = words
        .out
        .as_ref()
        .map(|out| RowsFile::new(out, &words.model));
    let out = out.transpose()?;
    let device = select_device(words.device)?;
    let machine = BoltzmannMachine::<AnyLayer>::load(&words.model, &device)?;
    let reading = Reading::for_model(&words.model, &machine, words.preparation, None)?;
    let table = reading.load(&words.data)?.table;
    source::check(&table, &machine, &words.model)?;
    let units = table.columns();
    let schema = source::schema_of(&words.model)?;
    let columns = Columns {
        schema: schema.as_ref(),
        units,
    };
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
    let row = paysage::data::Table::new("--set", units, row)?;
    machine.check(&row).map_err(Failure::input)?;

    let ask = samplers::Counterfactual {
        sweeps: words.sweeps,
        repeats: words.repeats,
        key: RandomKey::new(words.seed),
        ..Default::default()
    };
    let all: Vec<usize> = (0..table.rows()).collect();
    let mask = TensorData::new(changed, [1, units]);
    let mask = Tensor::<2, Bool>::from_data(mask, &device);
    let values = Tensor::from_data(
        TensorData::new(values, [1, units]),
        (&device, machine.dtype()),
    );
    let found = ask.ask(&machine, machine.rows(&table, &all), &mask, values);
    let found = found.map_err(Failure::input)?;
    if let Some(out) = &out {
        let rows: Vec<f32> = found.counterfactual[0].to_data().iter().collect();
        out.write(units, &rows)?;
    }
    let column_means = |x: Tensor<2>| -> Vec<f64> { x.mean_dim(0).into_data().iter().collect() };
    let effects = column_means(found.effect);
    // Rows have chances of their own: the variance of their mean is the mean of theirs over how many.
    let errors = column_means(found.standard_error.square());
    let errors = errors.into_iter().map(|x| (x / table.rows() as f64).sqrt());
    let names = columns.names(table.names());
    let mut effects: Vec<(String, f64, f64)> = names
        .into_iter()
        .zip(effects)
        .zip(errors)
        .map(|((name, effect), error)| (name, effect, error))
        .collect();
    effects.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()));
    let width = effects
        .iter()
        .map(|(name, ..)| name.chars().count())
        .max()
        .unwrap_or(0);
    let lines = effects.iter().take(LISTED).map(|(name, effect, error)| {
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
