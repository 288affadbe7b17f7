//! Densities of real units, summed on grids.

use burn::tensor::{Int, Tensor, TensorData};
use paysage_data::Table;
use paysage_layers::{InverseTemperature, Trainable};
use paysage_models::BoltzmannMachine;

use super::{
    grid::log_sums,
    real::{Grid, RealUnit, hidden_neighbours},
};

/// The most values in the fields that are summed at once.
const VALUES: usize = 1 << 20;

/// Σ ln p(unit | rest) over some units of some rows.
pub(super) fn log_density<L: Trainable>(
    machine: &BoltzmannMachine<L>,
    table: &Table,
    asked: &[(usize, &RealUnit)],
) -> f64 {
    let mut sum = 0.0;
    let widest = machine.layers.iter().map(|l| l.units()).max().unwrap_or(1);
    for &layer in &machine.visible {
        let of_layer = asked
            .iter()
            .copied()
            .filter(|(_, unit)| unit.layer == layer);
        let of_layer: Vec<(usize, &RealUnit)> = of_layer.collect();
        for asked in of_layer.chunks((VALUES / widest).max(1)) {
            sum += answer(machine, table, layer, asked);
        }
    }
    sum
}

fn answer<L: Trainable>(
    machine: &BoltzmannMachine<L>,
    table: &Table,
    layer: usize,
    asked: &[(usize, &RealUnit)],
) -> f64 {
    let line = Line::new(machine, table, layer, asked);
    let grids = asked.iter().zip(&line.slopes);
    let grids: Option<Vec<Grid>> = grids.map(|((_, unit), &slope)| unit.grid(slope)).collect();
    let Some(grids) = grids else {
        return f64::NAN;
    };
    let curvatures: Vec<f64> = asked.iter().map(|(_, unit)| unit.curvature).collect();
    let totals = log_sums(&grids, &curvatures, |points| line.log_density(points));
    let spacings = grids.iter().map(|grid| grid.spacing);
    let totals = totals.into_iter().zip(spacings);
    totals.map(|(total, spacing)| -(total + spacing.ln())).sum()
}

/// The log densities of questions along their units.
struct Line<'a, L: Trainable> {
    machine: &'a BoltzmannMachine<L>,
    asked: &'a [(usize, &'a RealUnit)],
    /// u of each question.
    slopes: Vec<f64>,
    /// What the hidden layers add.
    lifts: Vec<Lift>,
}

impl<'a, L: Trainable> Line<'a, L> {
    fn new(
        machine: &'a BoltzmannMachine<L>,
        table: &Table,
        layer: usize,
        asked: &'a [(usize, &'a RealUnit)],
    ) -> Self {
        let (slopes, lifts) = look(machine, table, layer, asked);
        Self {
            machine,
            asked,
            slopes,
            lifts,
        }
    }

    /// g of questions at some t.
    fn log_density(&self, points: &[(usize, f64)]) -> Vec<f64> {
        let widest = self.lifts.iter().map(|lift| lift.field.dims()[1]).max();
        let mut all = Vec::with_capacity(points.len());
        for points in points.chunks((VALUES / widest.unwrap_or(1)).max(1)) {
            let parabola =
                |&(q, t): &(usize, f64)| t * (self.slopes[q] - 0.5 * t * self.asked[q].1.precision);
            let mut g: Vec<f64> = points.iter().map(parabola).collect();
            for lift in &self.lifts {
                lift.add_to(&mut g, self.machine, self.asked, points);
            }
            all.extend(g);
        }
        all
    }
}

/// What a hidden layer adds to g.
struct Lift {
    layer: usize,
    /// `[visible units, hidden units]`.
    weight: Tensor<2>,
    /// f: `[asked, hidden units]`.
    field: Tensor<2>,
    /// ln Z_h(f), and r̄·w/σ², for each question.
    log_partition: Vec<f64>,
    slope: Vec<f64>,
}

/// u for each question, and what the hidden layers are like at t = 0.
fn look<L: Trainable>(
    machine: &BoltzmannMachine<L>,
    table: &Table,
    layer: usize,
    asked: &[(usize, &RealUnit)],
) -> (Vec<f64>, Vec<Lift>) {
    let rows: Vec<usize> = asked.iter().map(|(row, _)| *row).collect();
    let mut state = machine.state_from_visible(machine.rows(table, &rows));
    let units = indices(asked.iter().map(|(_, unit)| unit.unit), machine);
    let precisions = || asked.iter().map(|(_, unit)| unit.precision);
    let mut lifts = Vec::new();
    for (hidden, weight) in hidden_neighbours(machine, layer) {
        let (one, here) = (InverseTemperature::ONE, &machine.layers[hidden]);
        let field = machine.field(hidden, &state);
        let mean = here.mean(field.clone(), &one);
        let own = weight.clone().select(0, units.clone());
        let pull = read((here.interaction(mean.clone()) * own).sum_dim(1));
        lifts.push(Lift {
            layer: hidden,
            weight,
            log_partition: read(here.log_partition(field.clone(), &one)),
            field,
            slope: pull
                .into_iter()
                .zip(precisions())
                .map(|(pull, p)| pull * p)
                .collect(),
        });
        state.layers[hidden] = mean;
    }
    let fields = machine.field(layer, &state);
    let fields = read(fields.gather(1, units.unsqueeze_dim(1)));
    let slope = |(field, (row, unit)): (f64, &(usize, &RealUnit))| {
        let x = f64::from(table.row(*row)[unit.column]);
        (field + unit.loc - x) * unit.precision
    };
    (fields.into_iter().zip(asked).map(slope).collect(), lifts)
}

impl Lift {
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
