//! Conditional densities of units of infinitely many values.
//!
//! As a function of one visible unit x, the log density is up to a constant
//!
//! −H(x) + ln h(x) + f r(x) + Σ_h ln Z_h(f_h + w (r(x) − r(x₀)))
//!
//! with the field f of other visible units, the value x₀ of the row, and the fields f_h of the row. The
//! terms of the hidden layers are convex. For x > x₀ their slope is at most
//!
//! S + K(x − x₀),    K = Σ_j (w_j dr/dx)²/v_j
//!
//! where the sum runs over the units of layers of quadratic growth v. So exp(log density) is a mixture of
//! densities that vanish far beyond the zero of the slope −H′(x) + f dr/dx + S + K(x − x₀), and Poisson
//! units have a mixture of Poisson distributions with rates below exp(loc + f + S).

use burn::tensor::Tensor;
use paysage_layers::{AffineInteraction, InverseTemperature, Trainable, UnitEnergy};
use paysage_models::BoltzmannMachine;

use super::{
    Values,
    hidden::{HiddenTerm, Place, add_rises, of_units, read, state_of},
    panels::{Curve, log_sums},
    real::{Influence, influences},
    wide::visible_field,
};

/// Margin of a range beyond the last mean, in standard deviations, and in counts of low rates.
const TAIL: f64 = 10.0;
const COUNTS: f64 = 50.0;

/// A unit with a conditional density of known energy.
pub(super) struct LineUnit {
    pub place: Place,
    energy: UnitEnergy,
    /// dr/dx.
    scale: f64,
    influence: Influence,
}

impl AsRef<Place> for LineUnit {
    fn as_ref(&self) -> &Place {
        &self.place
    }
}

/// The units of a visible layer with these energies, whose first unit is column `start` of a row.
pub(super) fn units<L: Trainable>(
    machine: &BoltzmannMachine<L>,
    layer: usize,
    start: usize,
    energies: Vec<UnitEnergy>,
) -> Vec<LineUnit> {
    let scale = AffineInteraction::of(&machine.layers[layer]).slope;
    let influences = influences(machine, layer, &scale);
    let units = energies.into_iter().zip(scale).zip(influences).enumerate();
    let unit = |(unit, ((energy, scale), influence))| LineUnit {
        place: Place {
            layer,
            unit,
            column: start + unit,
        },
        energy,
        scale,
        influence,
    };
    units.map(unit).collect()
}

/// ln p(unit | rest) of some units of one layer, as pairs of a row and a unit; NaN where the range of a unit
/// exceeds that of f64.
pub(super) fn log_densities<L: Trainable>(
    machine: &BoltzmannMachine<L>,
    rows: Values<'_>,
    layer: usize,
    asked: &[(usize, &LineUnit)],
) -> Vec<f64> {
    let state = state_of(machine, rows, asked);
    let terms = HiddenTerm::all(machine, layer, &state, asked);
    let fields = match visible_field(machine, layer, &state) {
        Some(field) => of_units(machine, field, asked),
        None => vec![0.0; asked.len()],
    };
    let slopes = Slopes::of(machine, &terms, asked);
    let domain = machine.layers[layer].domain();
    let value = |q: usize| rows.row(asked[q].0)[asked[q].1.place.column];
    let curves: Vec<Option<Curve>> = (0..asked.len())
        .map(|q| {
            let unit = asked[q].1;
            let energy = unit.energy.with_field(fields[q] * unit.scale);
            let x = f64::from(value(q));
            let ranges = ranges(&energy, x, unit.influence.growth, slopes.0[q])?;
            Some(Curve { energy, ranges })
        })
        .collect();
    let found: Vec<usize> = (0..asked.len()).filter(|&q| curves[q].is_some()).collect();
    let curves: Vec<Curve> = curves.into_iter().flatten().collect();
    let sums = log_sums(&curves, |points| {
        let changes = points.iter().map(|&(index, x)| {
            let q = found[index];
            (q, (x - f64::from(value(q))) * asked[q].1.scale)
        });
        let changes: Vec<(usize, f64)> = changes.collect();
        let mut convex = vec![0.0; points.len()];
        add_rises(&mut convex, machine, &terms, &changes, |_, _, _| 0.0);
        convex
    });
    let mut answers = vec![f64::NAN; asked.len()];
    for ((&q, curve), sum) in found.iter().zip(&curves).zip(sums) {
        answers[q] = match domain.first_invalid(&[value(q)]) {
            None => curve.energy.log_weight(f64::from(value(q))) - sum,
            Some(_) => f64::NEG_INFINITY,
        };
    }
    answers
}

/// Bounds S of the slopes of the terms of the hidden layers, less K(x − x₀), for x > x₀ and x < x₀ of each
/// question. They are sums: of the largest slopes of bounded layers, of the slopes of Gaussian layers at x₀,
/// and of bounds of the slopes of other layers of quadratic growth at x₀.
struct Slopes(Vec<[f64; 2]>);

impl Slopes {
    fn of<L: Trainable>(
        machine: &BoltzmannMachine<L>,
        terms: &[HiddenTerm],
        asked: &[(usize, &LineUnit)],
    ) -> Self {
        let bounded = asked.iter().map(|(_, unit)| {
            let [least, most] = unit.influence.slopes;
            [most, -least]
        });
        let mut slopes: Vec<[f64; 2]> = bounded.collect();
        for term in terms {
            let layer = &machine.layers[term.layer];
            let Some(growth) = layer.quadratic_growth() else {
                continue;
            };
            let is_gaussian = layer.gaussian().is_some();
            let of_term = match is_gaussian {
                true => term.mean(machine).1,
                false => largest(layer, &growth, term),
            };
            for ((sum, slope), (_, unit)) in slopes.iter_mut().zip(of_term).zip(asked) {
                let slope = slope * unit.scale;
                let [up, down] = match is_gaussian {
                    true => [slope, -slope],
                    false => [slope.abs(); 2],
                };
                *sum = [sum[0] + up, sum[1] + down];
            }
        }
        Self(slopes)
    }
}

/// A bound of the slope, less K times the distance, of a layer of quadratic growth v that is not Gaussian, for
/// a change of r: Σ_j |w_j| (M_j + |f_j|/v_j), where |r̄_j(f)| < M_j + |f|/v_j.
///
/// M_j is read off at fields of 0 and ±1000 standard deviations of the field.
fn largest<L: Trainable>(layer: &L, growth: &[f64], term: &HiddenTerm) -> Vec<f64> {
    const FAR: f64 = 1e3;
    let options = (&term.field.device(), term.field.dtype());
    let growth = Tensor::<1>::from_data(growth, options).unsqueeze::<2>();
    let deviation = growth.clone().sqrt();
    let beyond = |sign: f64| {
        let field = deviation.clone() * (FAR * sign);
        let mean = layer.mean(field.clone(), &InverseTemperature::ONE);
        layer.interaction(mean).abs() - field.abs() / growth.clone()
    };
    let most = beyond(0.0).max_pair(beyond(1.0)).max_pair(beyond(-1.0));
    let margin = most + deviation.recip();
    let each = (term.field.clone().abs() / growth + margin) * term.weight.clone().abs();
    read(each.sum_dim(1))
}

/// The ranges of a unit that matter; `None` where they are not finite.
fn ranges(energy: &UnitEnergy, x: f64, growth: f64, [up, down]: [f64; 2]) -> Option<Vec<[f64; 2]>> {
    let end = |x: f64, loc: f64, gamma: f64, slope: f64| {
        let curvature = gamma - growth;
        let rest = (loc - gamma * x + slope) / curvature;
        let end = (x + rest.max(0.0)).max(0.0) + TAIL / curvature.sqrt();
        (curvature > 0.0 && end.is_finite()).then_some(end)
    };
    match *energy {
        UnitEnergy::Interval { low, high, .. } => Some(vec![[low, high]]),
        UnitEnergy::Counts { loc } => {
            let rate = (loc + up).exp();
            let end = (rate + TAIL * rate.sqrt() + COUNTS).ceil();
            end.is_finite().then(|| vec![[0.0, end]])
        }
        UnitEnergy::Sides { plus, minus } => {
            let mut all = vec![[0.0, end(x, plus.loc, plus.gamma, up)?]];
            if let Some(minus) = minus {
                all.push([-end(-x, -minus.loc, minus.gamma, down)?, 0.0]);
            }
            Some(all)
        }
    }
}
