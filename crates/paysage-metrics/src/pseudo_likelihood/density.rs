//! Conditional densities of Gaussian units, integrated on grids.

use burn::tensor::{Int, Tensor, TensorData};
use paysage_layers::{InverseTemperature, Trainable};
use paysage_models::BoltzmannMachine;

use super::{
    Values,
    grid::log_sums,
    real::{Grid, RealUnit, hidden_neighbours},
};

/// Number of values in the fields that are evaluated at a time.
const VALUES: usize = 1 << 20;

/// ln p(unit | rest) of some units of some rows, in their order.
pub(super) fn log_densities<L: Trainable>(
    machine: &BoltzmannMachine<L>,
    rows: Values<'_>,
    asked: &[(usize, &RealUnit)],
) -> Vec<f64> {
    let mut answers = vec![0.0; asked.len()];
    let widest = machine.layers.iter().map(|l| l.units()).max().unwrap_or(1);
    for &layer in &machine.visible {
        let of_layer = (0..asked.len()).filter(|&place| asked[place].1.layer == layer);
        let places: Vec<usize> = of_layer.collect();
        for places in places.chunks((VALUES / widest).max(1)) {
            let asked: Vec<(usize, &RealUnit)> = places.iter().map(|&place| asked[place]).collect();
            for (&place, answer) in places.iter().zip(answer(machine, rows, layer, &asked)) {
                answers[place] = answer;
            }
        }
    }
    answers
}

/// The same for units of one layer; NaN where a density has no grid.
fn answer<L: Trainable>(
    machine: &BoltzmannMachine<L>,
    rows: Values<'_>,
    layer: usize,
    asked: &[(usize, &RealUnit)],
) -> Vec<f64> {
    let line = Line::new(machine, rows, layer, asked);
    let grids = asked.iter().zip(&line.slopes);
    let grids: Option<Vec<Grid>> = grids.map(|((_, unit), &slope)| unit.grid(slope)).collect();
    let Some(grids) = grids else {
        return vec![f64::NAN; asked.len()];
    };
    let curvatures: Vec<f64> = asked.iter().map(|(_, unit)| unit.curvature).collect();
    let totals = log_sums(&grids, &curvatures, |points| line.log_density(points));
    let spacings = grids.iter().map(|grid| grid.spacing);
    let totals = totals.into_iter().zip(spacings);
    let log_densities = totals.map(|(total, spacing)| -(total + spacing.ln()));
    log_densities.collect()
}

/// Log densities of units as functions of the unit's value, relative to the row at hand.
struct Line<'a, L: Trainable> {
    machine: &'a BoltzmannMachine<L>,
    asked: &'a [(usize, &'a RealUnit)],
    /// The slope u at the row's value, per question.
    slopes: Vec<f64>,
    /// The terms of the hidden layers.
    terms: Vec<HiddenTerm>,
}

impl<'a, L: Trainable> Line<'a, L> {
    fn new(
        machine: &'a BoltzmannMachine<L>,
        rows: Values<'_>,
        layer: usize,
        asked: &'a [(usize, &'a RealUnit)],
    ) -> Self {
        let (slopes, terms) = expand(machine, rows, layer, asked);
        Self {
            machine,
            asked,
            slopes,
            terms,
        }
    }

    /// g(t) at pairs of a question and a t.
    fn log_density(&self, points: &[(usize, f64)]) -> Vec<f64> {
        let widest = self.terms.iter().map(|term| term.field.dims()[1]).max();
        let mut all = Vec::with_capacity(points.len());
        for points in points.chunks((VALUES / widest.unwrap_or(1)).max(1)) {
            let parabola =
                |&(q, t): &(usize, f64)| t * (self.slopes[q] - 0.5 * t * self.asked[q].1.precision);
            let mut g: Vec<f64> = points.iter().map(parabola).collect();
            for term in &self.terms {
                term.add_to(&mut g, self.machine, self.asked, points);
            }
            all.extend(g);
        }
        all
    }
}

/// The term of a hidden layer in g.
struct HiddenTerm {
    layer: usize,
    /// `[visible units, hidden units]`.
    weight: Tensor<2>,
    /// f: `[asked, hidden units]`.
    field: Tensor<2>,
    /// ln Z_h(f), and r̄·w/σ², for each question.
    log_partition: Vec<f64>,
    slope: Vec<f64>,
}

/// The slope u of each question, and the terms of the hidden layers at t = 0.
fn expand<L: Trainable>(
    machine: &BoltzmannMachine<L>,
    rows: Values<'_>,
    layer: usize,
    asked: &[(usize, &RealUnit)],
) -> (Vec<f64>, Vec<HiddenTerm>) {
    let selected: Vec<f32> = asked
        .iter()
        .flat_map(|(row, _)| rows.row(*row))
        .copied()
        .collect();
    let data = TensorData::new(selected, [asked.len(), rows.columns]);
    let options = (&machine.device(), machine.dtype());
    let mut state = machine.state_from_visible(Tensor::from_data(data, options));
    let units = indices(asked.iter().map(|(_, unit)| unit.unit), machine);
    let precisions = || asked.iter().map(|(_, unit)| unit.precision);
    let mut terms = Vec::new();
    for (hidden, weight) in hidden_neighbours(machine, layer) {
        let (one, here) = (InverseTemperature::ONE, &machine.layers[hidden]);
        let field = machine.field(hidden, &state);
        let mean = here.mean(field.clone(), &one);
        let own = weight.clone().select(0, units.clone());
        let product = read((here.interaction(mean.clone()) * own).sum_dim(1));
        terms.push(HiddenTerm {
            layer: hidden,
            weight,
            log_partition: read(here.log_partition(field.clone(), &one)),
            field,
            slope: product
                .into_iter()
                .zip(precisions())
                .map(|(product, p)| product * p)
                .collect(),
        });
        state.layers[hidden] = mean;
    }
    let fields = machine.field(layer, &state);
    let fields = read(fields.gather(1, units.unsqueeze_dim(1)));
    let slope = |(field, (row, unit)): (f64, &(usize, &RealUnit))| {
        let x = f64::from(rows.row(*row)[unit.column]);
        (field + unit.loc - x) * unit.precision
    };
    (fields.into_iter().zip(asked).map(slope).collect(), terms)
}

impl HiddenTerm {
    fn add_to<L: Trainable>(
        &self,
        g: &mut [f64],
        machine: &BoltzmannMachine<L>,
        asked: &[(usize, &RealUnit)],
        points: &[(usize, f64)],
    ) {
        let questions = indices(points.iter().map(|&(q, _)| q), machine);
        let units = indices(points.iter().map(|&(q, _)| asked[q].1.unit), machine);
        let steps = points.iter().map(|&(q, t)| t * asked[q].1.precision);
        let steps = TensorData::new(steps.collect::<Vec<f64>>(), [points.len(), 1]);
        let steps = Tensor::from_data(steps, (&machine.device(), machine.dtype()));
        let from = self.field.clone().select(0, questions);
        let field = from + self.weight.clone().select(0, units) * steps;
        let there = machine.layers[self.layer].log_partition(field, &InverseTemperature::ONE);
        for ((g, &(q, t)), there) in g.iter_mut().zip(points).zip(read(there)) {
            *g += there - self.log_partition[q] - t * self.slope[q];
        }
    }
}

/// Rows to be selected.
fn indices<L: Trainable>(
    of: impl Iterator<Item = usize>,
    machine: &BoltzmannMachine<L>,
) -> Tensor<1, Int> {
    let of: Vec<i32> = of.map(|index| index as i32).collect();
    Tensor::from_data(of.as_slice(), &machine.device())
}

fn read<const D: usize>(tensor: Tensor<D>) -> Vec<f64> {
    tensor.into_data().iter().collect()
}
