//! Units of Gaussian layers.
//!
//! As a function of one visible unit x + t, the log density is that of the row plus
//!
//! g(t) = u t − t²/(2σ²) + Σ_h [ln Z_h(f + t w/σ²) − ln Z_h(f) − t r̄_h·w/σ²],
//!
//! with the slope u at t = 0, the fields f on the hidden layers, the unit's weights w and the means
//! r̄ of the hidden units under f. Hidden Gaussian layers reduce the curvature to
//! c = 1/σ² − Σ_j (w_j/σ²)²/σ_j². Discrete layers contribute sums of exponentials of linear
//! functions, whose slopes lie within a range of width s. So exp(g) is a mixture of normal densities
//! of variance 1/c, with means between (u − s)/c and (u + s)/c: it
//! vanishes more than 8/√c beyond these, and the trapezoidal rule has a relative error below 10⁻¹³
//! at a spacing of 0.8/√c.

use burn::tensor::Tensor;
use paysage_layers::{AffineInteraction, GaussianParameters, Trainable};
use paysage_models::BoltzmannMachine;

use super::hidden::Place;

/// Margin of the grid beyond the means, and its spacing, in standard deviations.
const TAIL: f64 = 8.0;
const SPACING: f64 = 0.8;

/// Largest number of grid points: more of them are not distinct in f64.
const MOST_STEPS: f64 = 1e12;

/// A unit of a visible Gaussian layer.
pub(super) struct RealUnit {
    pub place: Place,
    pub loc: f64,
    /// 1/σ².
    pub precision: f64,
    /// The curvature c.
    pub curvature: f64,
    /// The range s of the slopes.
    range: f64,
}

impl AsRef<Place> for RealUnit {
    fn as_ref(&self) -> &Place {
        &self.place
    }
}

impl RealUnit {
    /// The grid for a density of this slope; `None` where it exceeds the range of f64.
    pub fn grid(&self, slope: f64) -> Option<Grid> {
        let deviation = self.curvature.sqrt().recip();
        let (spacing, tail) = (SPACING * deviation, TAIL * deviation);
        let first = (slope - self.range) / self.curvature - tail;
        let length = 2.0 * (self.range / self.curvature + tail);
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
    /// Number of points after the first.
    pub steps: u64,
}

impl Grid {
    pub fn at(&self, step: u64) -> f64 {
        self.first + step as f64 * self.spacing
    }
}

/// The units of a Gaussian visible layer whose first unit is column `start` of a row.
pub(super) fn units<L: Trainable>(
    machine: &BoltzmannMachine<L>,
    layer: usize,
    start: usize,
    gaussian: &GaussianParameters,
) -> Vec<RealUnit> {
    let precisions: Vec<f64> = gaussian.variance.iter().map(|v| 1.0 / v).collect();
    let influences = influences(machine, layer, &precisions);
    let unit = |(unit, influence): (usize, Influence)| RealUnit {
        place: Place {
            layer,
            unit,
            column: start + unit,
        },
        loc: gaussian.loc[unit],
        precision: precisions[unit],
        curvature: precisions[unit] - influence.growth,
        range: influence.range(),
    };
    influences.into_iter().enumerate().map(unit).collect()
}

/// Whether the conditional densities of the Gaussian units of a layer are mixtures of normal densities of
/// one variance: all hidden neighbours are Gaussian or bounded.
pub(super) fn are_mixtures<L: Trainable>(machine: &BoltzmannMachine<L>, layer: usize) -> bool {
    hidden_neighbours(machine, layer).all(|(neighbour, _)| {
        let neighbour = &machine.layers[neighbour];
        neighbour.gaussian().is_some() || neighbour.domain().bounds().is_some()
    })
}

/// What the hidden neighbours of a visible unit contribute to its log density.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Influence {
    /// The smallest and the largest slope of bounded layers: Σ_j w_j r_j dr/dx over their states.
    pub slopes: [f64; 2],
    /// Curvature of the other layers: Σ_j (w_j dr/dx)²/v_j, with the v of their quadratic growth.
    pub growth: f64,
}

impl Influence {
    /// Width s of the range of the slopes of bounded layers.
    pub fn range(&self) -> f64 {
        self.slopes[1] - self.slopes[0]
    }
}

/// The influences on the units of a layer, of which `scale` is dr/dx.
pub(super) fn influences<L: Trainable>(
    machine: &BoltzmannMachine<L>,
    layer: usize,
    scale: &[f64],
) -> Vec<Influence> {
    let mut all = vec![Influence::default(); scale.len()];
    for (neighbour, weight) in hidden_neighbours(machine, layer) {
        let neighbour = &machine.layers[neighbour];
        let weight: Vec<f64> = weight.into_data().iter().collect();
        let rows = weight.chunks(neighbour.units());
        let scaled = rows
            .zip(scale)
            .map(|(row, &scale)| -> Vec<f64> { row.iter().map(|w| w * scale).collect() });
        if let Some(growth) = neighbour.quadratic_growth() {
            for (unit, row) in all.iter_mut().zip(scaled) {
                let weights = row.into_iter().zip(&growth);
                unit.growth += weights.map(|(w, v)| w * w / v).sum::<f64>();
            }
            continue;
        }
        let domain = neighbour.domain();
        // Other unbounded units are connected with bounded ones alone, which need no range.
        let Some((low, high)) = domain.bounds() else {
            continue;
        };
        let interaction = AffineInteraction::of(neighbour);
        let ends = [low, high].map(f64::from);
        for (unit, row) in all.iter_mut().zip(scaled) {
            let fixed: f64 = row
                .iter()
                .zip(&interaction.at_zero)
                .map(|(w, r)| w * r)
                .sum();
            let slopes = row.into_iter().zip(&interaction.slope);
            let slopes: Vec<f64> = slopes.map(|(slope, scale)| slope * scale).collect();
            let limits = |site: &[f64]| match site {
                &[slope] => limits(&ends.map(|x| slope * x)),
                site => limits(site),
            };
            let sites = slopes.chunks(domain.width()).map(limits);
            let [least, most] =
                sites.fold([fixed; 2], |sum, [low, high]| [sum[0] + low, sum[1] + high]);
            unit.slopes = [unit.slopes[0] + least, unit.slopes[1] + most];
        }
    }
    all
}

/// The hidden neighbours of a layer, and the weights `[units of the layer, units of the neighbour]`.
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

/// The smallest and the largest value.
fn limits(values: &[f64]) -> [f64; 2] {
    let outside = [f64::INFINITY, f64::NEG_INFINITY];
    values
        .iter()
        .fold(outside, |[low, high], &x| [low.min(x), high.max(x)])
}
