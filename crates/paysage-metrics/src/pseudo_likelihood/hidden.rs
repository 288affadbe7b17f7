//! The terms of hidden layers in the log density of one visible unit.

use burn::tensor::{Int, Tensor, TensorData};
use paysage_layers::{InverseTemperature, Trainable};
use paysage_models::{BoltzmannMachine, State};

use super::{Values, real::hidden_neighbours};

/// Number of values in the fields that are evaluated at a time.
const VALUES: usize = 1 << 20;

/// A unit of a visible layer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub layer: usize,
    pub unit: usize,
    /// Position in a row.
    pub column: usize,
}

/// Calls a function with the units of one layer at a time, as pairs of a row and a unit, and returns its
/// answers in the order of the units.
pub(super) fn by_layer<L: Trainable, U: AsRef<Place>>(
    machine: &BoltzmannMachine<L>,
    asked: &[(usize, &U)],
    answer: impl Fn(usize, &[(usize, &U)]) -> Vec<f64>,
) -> Vec<f64> {
    let mut answers = vec![0.0; asked.len()];
    let widest = machine.layers.iter().map(|l| l.units()).max().unwrap_or(1);
    for &layer in &machine.visible {
        let of_layer = (0..asked.len()).filter(|&place| asked[place].1.as_ref().layer == layer);
        let places: Vec<usize> = of_layer.collect();
        for places in places.chunks((VALUES / widest).max(1)) {
            let asked: Vec<(usize, &U)> = places.iter().map(|&place| asked[place]).collect();
            for (&place, answer) in places.iter().zip(answer(layer, &asked)) {
                answers[place] = answer;
            }
        }
    }
    answers
}

/// A state with the row of each question.
pub(super) fn state_of<L: Trainable, U>(
    machine: &BoltzmannMachine<L>,
    rows: Values<'_>,
    asked: &[(usize, &U)],
) -> State {
    let selected = asked.iter().flat_map(|(row, _)| rows.row(*row));
    let selected: Vec<f32> = selected.copied().collect();
    let data = TensorData::new(selected, [asked.len(), rows.columns]);
    let options = (&machine.device(), machine.dtype());
    machine.state_from_visible(Tensor::from_data(data, options))
}

/// The entries of a `[asked, units]` tensor at the units asked for.
pub(super) fn of_units<L: Trainable, U: AsRef<Place>>(
    machine: &BoltzmannMachine<L>,
    values: Tensor<2>,
    asked: &[(usize, &U)],
) -> Vec<f64> {
    let units = indices(asked.iter().map(|(_, unit)| unit.as_ref().unit), machine);
    read(values.gather(1, units.unsqueeze_dim(1)))
}

/// The term of a hidden layer at the rows of some questions.
pub(super) struct HiddenTerm {
    pub layer: usize,
    /// The weights of the unit of each question: `[asked, hidden units]`.
    pub weight: Tensor<2>,
    /// The field f: `[asked, hidden units]`.
    pub field: Tensor<2>,
    /// ln Z_h(f) for each question.
    log_partition: Vec<f64>,
}

impl HiddenTerm {
    /// The terms of all hidden neighbours of a layer.
    pub fn all<L: Trainable, U: AsRef<Place>>(
        machine: &BoltzmannMachine<L>,
        layer: usize,
        state: &State,
        asked: &[(usize, &U)],
    ) -> Vec<Self> {
        let units = indices(asked.iter().map(|(_, unit)| unit.as_ref().unit), machine);
        let term = |(hidden, weight): (usize, Tensor<2>)| {
            let field = machine.field(hidden, state);
            let here = &machine.layers[hidden];
            Self {
                layer: hidden,
                weight: weight.select(0, units.clone()),
                log_partition: read(here.log_partition(field.clone(), &InverseTemperature::ONE)),
                field,
            }
        };
        hidden_neighbours(machine, layer).map(term).collect()
    }

    /// The mean r̄ of the hidden units under f, in x, and r̄·w for each question.
    pub fn mean<L: Trainable>(&self, machine: &BoltzmannMachine<L>) -> (Tensor<2>, Vec<f64>) {
        let here = &machine.layers[self.layer];
        let mean = here.mean(self.field.clone(), &InverseTemperature::ONE);
        let product = here.interaction(mean.clone()) * self.weight.clone();
        (mean, read(product.sum_dim(1)))
    }

    /// ln Z_h(f + w d) − ln Z_h(f) at pairs of a question and a change d of the unit's r.
    fn rises<L: Trainable>(
        &self,
        machine: &BoltzmannMachine<L>,
        points: &[(usize, f64)],
    ) -> Vec<f64> {
        let questions = indices(points.iter().map(|&(q, _)| q), machine);
        let changes = points.iter().map(|&(_, change)| change);
        let changes = TensorData::new(changes.collect::<Vec<f64>>(), [points.len(), 1]);
        let changes = Tensor::from_data(changes, (&machine.device(), machine.dtype()));
        let weight = self.weight.clone().select(0, questions.clone());
        let field = self.field.clone().select(0, questions) + weight * changes;
        let there = machine.layers[self.layer].log_partition(field, &InverseTemperature::ONE);
        let pairs = points.iter().zip(read(there));
        let rise = |(&(q, _), there): (&(usize, f64), f64)| there - self.log_partition[q];
        pairs.map(rise).collect()
    }
}

/// Adds to each point, a pair of a question and a change of its unit's r, the rises of some terms less
/// the part that `linear` gives for a term, a question and the point's number.
pub(super) fn add_rises<L: Trainable>(
    sums: &mut [f64],
    machine: &BoltzmannMachine<L>,
    terms: &[HiddenTerm],
    points: &[(usize, f64)],
    linear: impl Fn(usize, usize, usize) -> f64,
) {
    let widest = terms.iter().map(|term| term.field.dims()[1]).max();
    let at_once = (VALUES / widest.unwrap_or(1)).max(1);
    let blocks = sums.chunks_mut(at_once).zip(points.chunks(at_once));
    for (block, (sums, points)) in blocks.enumerate() {
        for (index, term) in terms.iter().enumerate() {
            let rises = term.rises(machine, points);
            for (i, rise) in rises.into_iter().enumerate() {
                sums[i] += rise - linear(index, points[i].0, block * at_once + i);
            }
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

pub(super) fn read<const D: usize>(tensor: Tensor<D>) -> Vec<f64> {
    tensor.into_data().iter().collect()
}
