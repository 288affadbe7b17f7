//! Units of Gaussian layers.
//!
//! Along one visible unit, x + t, the log density is that of the row at hand plus
//!
//! g(t) = u t − t²/(2σ²) + Σ_h [ln Z_h(f + t w/σ²) − ln Z_h(f) − t r̄_h·w/σ²],
//!
//! with the slope u at t = 0, the fields f on the hidden layers, the unit's weights w and the means
//! r̄ of the hidden units under f. Hidden Gaussian layers make it wider: the curvature is
//! c = 1/σ² − Σ_j (w_j/σ²)²/σ_j². What discrete layers add is a sum of exponentials of linear
//! functions, whose slopes span no more than a swing s. So exp(g) is a mixture of normal densities
//! of variance 1/c, with means between (u − s)/c and (u + s)/c: beyond these by more than 8/√c
//! there is nothing, and the trapezoidal rule errs by less than 10⁻¹³ at a spacing of 0.8/√c.

use burn::tensor::Tensor;
use paysage_layers::{GaussianParameters, Trainable};
use paysage_models::BoltzmannMachine;

use crate::MetricError;

/// How far beyond the means, and how densely, densities are summed, in standard deviations.
const TAIL: f64 = 8.0;
const SPACING: f64 = 0.8;

/// With more points than this they could not be told apart.
const MOST_STEPS: f64 = 1e12;

/// A unit of a visible Gaussian layer.
pub(super) struct RealUnit {
    pub layer: usize,
    pub unit: usize,
    /// Where it is in a row.
    pub column: usize,
    pub loc: f64,
    /// 1/σ².
    pub precision: f64,
    /// c.
    pub curvature: f64,
    /// s.
    swing: f64,
}

impl RealUnit {
    /// Where a density of this slope is summed; nothing where that is beyond all numbers.
    pub fn grid(&self, slope: f64) -> Option<Grid> {
        let deviation = self.curvature.sqrt().recip();
        let (spacing, tail) = (SPACING * deviation, TAIL * deviation);
        let first = (slope - self.swing) / self.curvature - tail;
        let length = 2.0 * (self.swing / self.curvature + tail);
        let steps = length / spacing;
        (steps < MOST_STEPS && first.is_finite()).then_some(Grid {
            first,
            spacing,
            // A power of two, to be halved.
            steps: (steps.ceil() as u64).next_power_of_two(),
        })
    }
}

/// Points t at equal distances.
#[derive(Clone, Copy)]
pub(super) struct Grid {
    pub first: f64,
    pub spacing: f64,
    /// The points but for the first.
    pub steps: u64,
}

impl Grid {
    pub fn at(&self, step: u64) -> f64 {
        self.first + step as f64 * self.spacing
    }
}

/// The units of a visible layer that starts at a column of the rows.
pub(super) fn units<L: Trainable>(
    machine: &BoltzmannMachine<L>,
    layer: usize,
    start: usize,
    gaussian: &GaussianParameters,
) -> Result<Vec<RealUnit>, MetricError> {
    let unit = |(unit, (&loc, &variance)): (usize, (&f64, &f64))| RealUnit {
        layer,
        unit,
        column: start + unit,
        loc,
        precision: 1.0 / variance,
        curvature: 1.0 / variance,
        swing: 0.0,
    };
    let parameters = gaussian.loc.iter().zip(&gaussian.variance);
    let mut units: Vec<RealUnit> = parameters.enumerate().map(unit).collect();
    for (neighbour, weight) in hidden_neighbours(machine, layer) {
        let neighbour_layer = &machine.layers[neighbour];
        let weight: Vec<f64> = weight.into_data().iter().collect();
        let rows = weight.chunks(neighbour_layer.units());
        // The derivatives of the fields on the neighbour in t.
        let slopes = |unit: &RealUnit, row: &[f64]| -> Vec<f64> {
            row.iter().map(|w| w * unit.precision).collect()
        };
        if let Some(gaussian) = neighbour_layer.gaussian() {
            for (unit, row) in units.iter_mut().zip(rows) {
                let slopes = slopes(unit, row).into_iter().zip(&gaussian.variance);
                unit.curvature -= slopes.map(|(slope, v)| slope * slope / v).sum::<f64>();
            }
            continue;
        }
        let domain = neighbour_layer.domain();
        let Some((low, high)) = domain.bounds() else {
            return Err(MetricError::UnknownDensity { layer: neighbour });
        };
        let scale = interaction_scale(neighbour_layer);
        for (unit, row) in units.iter_mut().zip(rows) {
            let slopes = slopes(unit, row).into_iter().zip(&scale);
            let slopes: Vec<f64> = slopes.map(|(slope, scale)| slope * scale).collect();
            unit.swing += match domain.width() {
                1 => f64::from(high - low) * slopes.iter().map(|s| s.abs()).sum::<f64>(),
                width => slopes.chunks(width).map(range).sum(),
            };
        }
    }
    Ok(units)
}

/// The hidden layers that a layer is connected with, and the weights `[its units, their units]`.
pub(super) fn hidden_neighbours<L: Trainable>(
    machine: &BoltzmannMachine<L>,
    layer: usize,
) -> impl Iterator<Item = (usize, Tensor<2>)> + '_ {
    let neighbours = machine.connections.iter().filter_map(move |c| {
        let weight = c.weight.clone();
        match layer {
            _ if c.target == layer => Some((c.domain, weight)),
            _ if c.domain == layer => Some((c.target, weight.transpose())),
            _ => None,
        }
    });
    neighbours.filter(|(other, _)| !machine.visible.contains(other))
}

/// The derivative of r in x, unit by unit: r is affine.
fn interaction_scale<L: Trainable>(layer: &L) -> Vec<f64> {
    let (device, dtype) = layer.storage();
    let zeros = Tensor::zeros([1, layer.units()], (&device, dtype));
    let ones = zeros.ones_like();
    let scale = layer.interaction(ones) - layer.interaction(zeros);
    scale.into_data().iter().collect()
}

/// The largest less the smallest.
fn range(values: &[f64]) -> f64 {
    let limits = values
        .iter()
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), &x| {
            (low.min(x), high.max(x))
        });
    limits.1 - limits.0
}
