//! Conditional densities of Gaussian units, integrated on grids.

use paysage_layers::Trainable;
use paysage_models::BoltzmannMachine;

use super::{
    Values,
    grid::log_sums,
    hidden::{HiddenTerm, add_rises, of_units, state_of},
    real::{Grid, RealUnit},
};

/// ln p(unit | rest) of some units of one layer, as pairs of a row and a unit; NaN where a density has no
/// grid.
pub(super) fn log_densities<L: Trainable>(
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
    /// r̄·w/σ² of each term, per question.
    term_slopes: Vec<Vec<f64>>,
}

impl<'a, L: Trainable> Line<'a, L> {
    /// The slope u of each question, and the terms of the hidden layers at t = 0.
    fn new(
        machine: &'a BoltzmannMachine<L>,
        rows: Values<'_>,
        layer: usize,
        asked: &'a [(usize, &'a RealUnit)],
    ) -> Self {
        let mut state = state_of(machine, rows, asked);
        let terms = HiddenTerm::all(machine, layer, &state, asked);
        let mut term_slopes = Vec::with_capacity(terms.len());
        for term in &terms {
            let (mean, products) = term.mean(machine);
            let pairs = products.into_iter().zip(asked);
            let slopes = pairs.map(|(product, (_, unit))| product * unit.precision);
            term_slopes.push(slopes.collect());
            state.layers[term.layer] = mean;
        }
        let fields = of_units(machine, machine.field(layer, &state), asked);
        let slope = |(field, (row, unit)): (f64, &(usize, &RealUnit))| {
            let x = f64::from(rows.row(*row)[unit.place.column]);
            (field + unit.loc - x) * unit.precision
        };
        Self {
            machine,
            asked,
            slopes: fields.into_iter().zip(asked).map(slope).collect(),
            terms,
            term_slopes,
        }
    }

    /// g(t) at pairs of a question and a t.
    fn log_density(&self, points: &[(usize, f64)]) -> Vec<f64> {
        let precision = |q: usize| self.asked[q].1.precision;
        let parabola = |&(q, t): &(usize, f64)| t * (self.slopes[q] - 0.5 * t * precision(q));
        let mut g: Vec<f64> = points.iter().map(parabola).collect();
        let changes = points.iter().map(|&(q, t)| (q, t * precision(q)));
        let changes: Vec<(usize, f64)> = changes.collect();
        let linear =
            |term: usize, q: usize, point: usize| points[point].1 * self.term_slopes[term][q];
        add_rises(&mut g, self.machine, &self.terms, &changes, linear);
        g
    }
}
