//! Independent visible units under fields along one direction.

use burn::tensor::{DType, Device, Tensor, TensorData};
use paysage_data::{DataError, Order, Rows};
use paysage_layers::{AffineInteraction, InverseTemperature, Moments, Trainable};

use super::projections::Projections;
use crate::{BoltzmannMachine, chunks::CHUNK};

/// Number of fields at which the units are evaluated.
const TILTS: usize = 400;

/// The largest number of steps of the fit of the means.
const MOST_STEPS: usize = 100;

/// The means have converged when none differs from its target by more than this fraction of the standard
/// deviation of its unit.
const TOLERANCE: f64 = 1e-3;

/// Visible layers without hidden ones, p₀(v), and a direction u. The projection of v is y = u·r(v), and
/// under the field λ u it has the cumulants K′(λ), K″(λ) … with K(λ) = ln Σ_v p₀(v) exp(λ y), up to a constant.
pub(super) struct Independent<L> {
    /// The layers of the machine that take part.
    pub(super) parts: Vec<Part<L>>,
    device: Device,
    dtype: DType,
}

/// A visible layer and its part of the direction.
pub(super) struct Part<L> {
    /// The position of the layer in the machine.
    pub(super) index: usize,
    /// Where its columns in a row start.
    start: usize,
    /// The layer.
    pub(super) layer: L,
    /// Its part of u: `[units]`.
    pub(super) direction: Vec<f64>,
}

/// The units under fields λ u.
pub(super) struct Curve {
    /// λ, evenly spaced.
    tilts: Vec<f64>,
    /// K(λ).
    log_partition: Vec<f64>,
    /// K′(λ), which never decreases.
    pub(super) projections: Vec<f64>,
}

impl<L: Trainable> Part<L> {
    fn row(&self, values: Vec<f64>) -> Tensor<2> {
        let (device, dtype) = self.layer.storage();
        let data = TensorData::new(values, [1, self.direction.len()]);
        Tensor::from_data(data, (&device, dtype))
    }

    /// λ u for each λ: `[tilts, units]`.
    fn fields(&self, tilts: &[f64]) -> Tensor<2> {
        let (device, dtype) = self.layer.storage();
        let data = TensorData::new(tilts.to_vec(), [tilts.len(), 1]);
        Tensor::<2>::from_data(data, (&device, dtype)) * self.row(self.direction.clone())
    }

    /// u·r(x) of each row: `[rows, units] → [rows]`.
    fn projected(&self, states: Tensor<2>) -> Vec<f64> {
        let product = self.layer.interaction(states) * self.row(self.direction.clone());
        product.sum_dim(1).into_data().iter().collect()
    }

    /// The mean of r and its variance of each unit, averaged over fields λ u with these probabilities.
    fn moments(&self, tilts: &[f64], shares: &[f64]) -> [Vec<f64>; 2] {
        let (device, dtype) = self.layer.storage();
        let data = TensorData::new(shares.to_vec(), [1, shares.len()]);
        let shares = Tensor::<2>::from_data(data, (&device, dtype));
        let (fields, one) = (self.fields(tilts), &InverseTemperature::ONE);
        let mean = shares.clone().matmul(self.layer.mean(fields.clone(), one));
        let variance = shares.matmul(self.layer.variance(fields, one));
        let slopes = AffineInteraction::of(&self.layer).slope;
        let variances = numbers(variance).into_iter().zip(slopes);
        let variances = variances.map(|(variance, slope)| variance * slope * slope);
        [numbers(self.layer.interaction(mean)), variances.collect()]
    }
}

fn numbers(tensor: Tensor<2>) -> Vec<f64> {
    tensor.into_data().iter().collect()
}

impl<L: Trainable> Independent<L> {
    /// The visible layers of a machine that are connected with a hidden one, and a direction over all
    /// visible units.
    pub(super) fn beside(machine: &BoltzmannMachine<L>, hidden: usize, direction: &[f64]) -> Self {
        let spans = machine.visible_spans();
        let connected = spans.filter(|&(layer, _)| machine.connected(layer, hidden));
        let parts = connected.map(|(index, span)| Part {
            index,
            start: span.start,
            layer: machine.layers[index].clone(),
            direction: direction[span].to_vec(),
        });
        Self {
            parts: parts.collect(),
            device: machine.device(),
            dtype: machine.dtype(),
        }
    }

    /// y of each row of a data set, in one pass; missing values (NaN) count as the means of their columns.
    pub(super) fn project(
        &self,
        rows: &(impl Rows + ?Sized),
        moments: &Moments,
    ) -> Result<Vec<f64>, DataError> {
        let columns = rows.columns();
        let mut found = vec![0.0; rows.count()];
        for chunk in rows.chunks(Order::Stored, CHUNK) {
            let mut chunk = chunk?;
            let means = moments.mean.iter().cycle();
            let missing = chunk.values.iter_mut().zip(means);
            let missing = missing.filter(|(x, _)| x.is_nan());
            missing.for_each(|(x, &mean)| *x = mean as f32);
            let data = TensorData::new(chunk.values, [chunk.positions.len(), columns]);
            let values = Tensor::<2>::from_data(data, (&self.device, self.dtype));
            for part in &self.parts {
                let span = part.start..part.start + part.direction.len();
                let states = values.clone().slice([0..chunk.positions.len(), span]);
                let pairs = chunk.positions.iter().zip(part.projected(states));
                pairs.for_each(|(&row, y)| found[row] += y);
            }
        }
        Ok(found)
    }

    /// The mean of r of each unit without a field, by part.
    pub(super) fn interactions(&self) -> Vec<Vec<f64>> {
        let parts = self.parts.iter();
        parts
            .map(|part| part.moments(&[0.0], &[1.0])[0].clone())
            .collect()
    }

    /// u·r for the mean of r of each unit, by part.
    pub(super) fn projection(&self, interactions: &[Vec<f64>]) -> f64 {
        let pairs = self.parts.iter().zip(interactions);
        let dots = pairs.map(|(part, interactions)| {
            let pairs = part.direction.iter().zip(interactions);
            pairs.map(|(u, r)| u * r).sum::<f64>()
        });
        dots.sum()
    }

    /// Changes the biases of the units until the means of r are these, where y has the distribution of the
    /// data: Σ_y q(y) ⟨r⟩ under the field λ(y) u, with K′(λ(y)) = y.
    ///
    /// For many units that is the maximum of a concave likelihood, of p₀(v | y). A step divides the
    /// differences of the means by the variances of the units and takes half of that. `None` where no field
    /// along u changes y.
    pub(super) fn fit_means(&mut self, data: &Projections, targets: &[Vec<f64>]) -> Option<Curve> {
        for _ in 0..MOST_STEPS {
            let curve = self.curve(&self.tilts(data.ends())?);
            let shares = data.on(&curve.projections);
            let mut largest: f64 = 0.0;
            for (part, target) in self.parts.iter_mut().zip(targets) {
                let [mean, variance] = part.moments(&curve.tilts, &shares);
                let scale = part.layer.interaction_scale();
                let scale: Vec<f64> = match scale {
                    Some(scale) => scale.to_data().iter().collect(),
                    None => vec![1.0; mean.len()],
                };
                let units = target.iter().zip(&mean).zip(variance.iter().zip(&scale));
                let steps = units.map(|((target, mean), (&variance, scale))| {
                    let missed = target - mean;
                    if !missed.is_finite() || variance <= 0.0 || variance.is_nan() {
                        return 0.0;
                    }
                    largest = largest.max(missed.abs() / variance.sqrt());
                    (0.5 * missed / variance).clamp(-0.5 / scale, 0.5 / scale)
                });
                let steps = part.row(steps.collect());
                part.layer.add_field(steps.squeeze_dim(0));
            }
            if largest <= TOLERANCE {
                break;
            }
        }
        Some(self.curve(&self.tilts(data.ends())?))
    }

    /// K and K′ at these λ.
    fn curve(&self, tilts: &[f64]) -> Curve {
        let mut log_partition = vec![0.0; tilts.len()];
        let mut projections = vec![0.0; tilts.len()];
        let add = |sum: &mut Vec<f64>, terms: Vec<f64>| {
            sum.iter_mut()
                .zip(terms)
                .for_each(|(sum, term)| *sum += term);
        };
        for part in &self.parts {
            let (fields, one) = (part.fields(tilts), &InverseTemperature::ONE);
            let logs = part.layer.log_partition(fields.clone(), one);
            add(&mut log_partition, logs.into_data().iter().collect());
            add(
                &mut projections,
                part.projected(part.layer.mean(fields, one)),
            );
        }
        Curve {
            tilts: tilts.to_vec(),
            log_partition,
            projections,
        }
        .increasing()
    }

    /// Evenly spaced λ around 0 for which K′ reaches a little further than both ends, as far as it can.
    fn tilts(&self, [lowest, highest]: [f64; 2]) -> Option<Vec<f64>> {
        /// Ratio and number of the λ that are tried on either side.
        const RATIO: f64 = 1.2;
        const TRIED: i32 = 44;
        let variances = self.parts.iter().map(|part| {
            let [_, variance] = part.moments(&[0.0], &[1.0]);
            let pairs = part.direction.iter().zip(&variance);
            pairs.map(|(u, variance)| u * u * variance).sum::<f64>()
        });
        let unit = variances.sum::<f64>().sqrt().recip();
        if !unit.is_finite() {
            return None;
        }
        let sizes = (0..TRIED).map(|k| unit * RATIO.powi(k));
        let sizes: Vec<f64> = sizes.collect();
        let end = |sign: f64| {
            let tilts: Vec<f64> = sizes.iter().map(|size| sign * size).collect();
            let curve = self.curve(&tilts);
            let finite = curve.log_partition.iter().zip(&curve.projections);
            let finite = finite
                .take_while(|(k, y)| k.is_finite() && y.is_finite())
                .count();
            let beyond = curve.projections.iter().position(|&y| match sign > 0.0 {
                true => y >= highest,
                false => y <= lowest,
            });
            let last = beyond.map_or(finite, |beyond| (beyond + 2).min(finite));
            Some(tilts[last.checked_sub(1)?])
        };
        let (low, high) = (end(-1.0)?, end(1.0)?);
        let step = (high - low) / (TILTS - 1) as f64;
        Some((0..TILTS).map(|k| low + k as f64 * step).collect())
    }
}

impl Curve {
    /// Removes decreases of K′ by rounding, where λ increases.
    fn increasing(mut self) -> Self {
        if self.tilts.first() < self.tilts.last() {
            let mut largest = f64::NEG_INFINITY;
            for y in &mut self.projections {
                largest = largest.max(*y);
                *y = largest;
            }
        }
        self
    }

    /// y and the logarithm of its probability, up to a constant, for each λ: the saddle-point approximation
    ///
    /// ```text
    /// ρ(y) dy = exp(K − λ K′) (2π K″)^−½ dK′ = exp(K − λ K′) (K″/2π)^½ dλ,    y = K′(λ)
    /// ```
    ///
    /// without the λ at which y stays the same. Daniels, "Saddlepoint approximations in statistics", 1954.
    pub(super) fn log_density(&self) -> Vec<(f64, f64)> {
        let last = self.tilts.len() - 1;
        let points = (0..=last).filter_map(|k| {
            let (left, right) = (k.saturating_sub(1), (k + 1).min(last));
            let width = self.tilts[right] - self.tilts[left];
            let variance = (self.projections[right] - self.projections[left]) / width;
            let (y, tilt) = (self.projections[k], self.tilts[k]);
            let log_weight = self.log_partition[k] - tilt * y + 0.5 * variance.ln();
            log_weight.is_finite().then_some((y, log_weight))
        });
        points.collect()
    }
}
