//! Initial parameters.

mod independent;
mod low_rank;
mod method;
mod potential;
mod projections;

use burn::tensor::{FloatDType, Tensor, TensorData};
use paysage_data::{DataError, Rows};
use paysage_kernels::{Child, RandomKey, normal};
use paysage_layers::{InverseTemperature, Moments, Trainable};

use crate::{BoltzmannMachine, Pca, PrincipalComponents, moments::moments_of};
pub use method::{Initialization, InitializationError};

/// The largest sum of squared weights of a real-valued visible unit with [`Initialization::Stddev`],
/// in units of its variance: binary hidden units then add 2 % to the variance. With weights of
/// Glorot's scale they add 40 % and more, and the likelihood starts below that of independent normal
/// distributions, where short training leaves it.
const REAL_SHARE: f64 = 0.08;

impl<L: Trainable> BoltzmannMachine<L> {
    /// Sets the weights and the visible layers to their initial values, frozen or not, from one pass
    /// over a data set (several for [`Initialization::Pca`] and [`Initialization::LowRank`], which also sets
    /// biases of hidden units).
    ///
    /// Missing values (NaN) are left out of the moments. Given the mean of the hidden units, the
    /// visible units of real-valued layers have the means of the data:
    ///
    /// ```text
    /// loc_i = ⟨v_i⟩_data − Σ_j W_ij r(⟨h_j⟩),    ⟨h⟩ given ⟨v⟩_data
    /// ```
    ///
    /// Weights between two Gaussian layers are scaled down where the machine could otherwise not be
    /// normalized.
    ///
    /// # Errors
    ///
    /// When the rows cannot be read.
    ///
    /// # Panics
    ///
    /// When the rows are not as wide as the visible layers: [`check`](Self::check) them first.
    pub fn initialize(
        &mut self,
        method: Initialization,
        rows: &(impl Rows + ?Sized),
        key: RandomKey,
    ) -> Result<(), DataError> {
        let low_rank = match method {
            Initialization::LowRank => self.low_rank_layer(),
            _ => None,
        };
        let method = match (method, low_rank) {
            (Initialization::LowRank, None) => Initialization::Pca,
            _ => method,
        };
        let components = match method {
            Initialization::Pca => {
                let hidden = self.hidden().into_iter();
                let components = hidden.map(|layer| self.layers[layer].units()).max();
                components.unwrap_or(0)
            }
            Initialization::LowRank => 1,
            _ => 0,
        };
        let components = match components {
            0 => None,
            _ => {
                let key = key.child(Child::PrincipalComponents);
                Some(Pca { components }.run(rows, &self.device(), key)?)
            }
        };
        let moments = moments_of(rows)?;
        let spans: Vec<_> = self.visible_spans().collect();
        let reduced = match (low_rank, &components) {
            (Some(_), Some(components)) => Some(without_component(&moments, components)),
            _ => None,
        };
        let start = reduced.as_ref().unwrap_or(&moments);
        for (layer, span) in &spans {
            self.layers[*layer].start_from(&start.of_units(span.clone()));
        }
        let deviations: Vec<Option<Tensor<1>>> = self.layers.iter().map(real_deviation).collect();
        let mut real = vec![false; self.layers.len()];
        for &layer in &self.visible {
            real[layer] = is_real(&self.layers[layer]);
        }
        let scales: Vec<Option<Vec<f64>>> = (0..self.layers.len())
            .map(|layer| {
                let span = spans.iter().find(|(l, _)| *l == layer)?.1.clone();
                let is_gaussian = self.layers[layer].gaussian().is_some();
                unit_scales(method, &moments.variance[span], is_gaussian)
            })
            .collect();
        let start_of = |layer| {
            let mut spans = spans.iter();
            spans.find(|(l, _)| *l == layer).map(|(_, span)| span.start)
        };
        for (c, connection) in self.connections.iter_mut().enumerate() {
            let [rows, width] = connection.weight.dims();
            let device = connection.weight.device();
            let dtype: FloatDType = connection.weight.dtype().into();
            let key = key.child(Child::Connection(c));
            let noise = normal([rows, width], key, &device).cast(dtype);
            let glorot = (2.0 / (rows + width) as f64).sqrt();
            let (target, domain) = (start_of(connection.target), start_of(connection.domain));
            connection.weight = match (method, &components) {
                (Initialization::Hinton, _) => noise * 0.01,
                (Initialization::Stddev, _) => {
                    let real = [connection.target, connection.domain].map(|layer| real[layer]);
                    let scale = match real {
                        [true, _] => glorot.min((REAL_SHARE / width as f64).sqrt()),
                        [_, true] => glorot.min((REAL_SHARE / rows as f64).sqrt()),
                        _ => glorot,
                    };
                    noise * scale
                }
                (Initialization::Pca, Some(components)) => match (target, domain) {
                    (Some(start), None) => {
                        with_directions(noise * glorot, components, start, glorot)
                    }
                    (None, Some(start)) => {
                        let weight = noise.transpose() * glorot;
                        with_directions(weight, components, start, glorot).transpose()
                    }
                    _ => noise * glorot,
                },
                (Initialization::LowRank, _)
                    if low_rank.is_some_and(|layer| connection.touches(layer))
                        && (target.is_some() || domain.is_some()) =>
                {
                    noise * (glorot * low_rank::SCALE_OF_OTHERS)
                }
                _ => noise * glorot,
            };
            if let Some(scales) = &scales[connection.target] {
                connection
                    .weight
                    .inplace(|weight| weight.clone() * column(scales.clone(), &weight));
            }
            if let Some(scales) = &scales[connection.domain] {
                connection
                    .weight
                    .inplace(|weight| weight.clone() * column(scales.clone(), &weight).transpose());
            }
            let ends = (
                &deviations[connection.target],
                &deviations[connection.domain],
            );
            if let (Some(target), Some(domain)) = ends {
                connection
                    .weight
                    .inplace(|weight| loosened(weight, target, domain));
            }
        }
        if let (Some(layer), Some(found)) = (low_rank, &components)
            && found.components() > 0
            && self.start_low_rank(layer, found.direction(0), rows, &moments)?
        {
            return Ok(());
        }
        self.center_real_layers(&moments);
        Ok(())
    }

    /// Sets the visible layers with real values so that their means are those of the data, given
    /// the mean hidden units.
    fn center_real_layers(&mut self, moments: &Moments) {
        let spans = self.visible_spans();
        let real: Vec<_> = spans.filter(|(l, _)| is_real(&self.layers[*l])).collect();
        if real.is_empty() {
            return;
        }
        let options = (&self.device(), self.dtype());
        let mean = TensorData::new(moments.mean.clone(), [1, moments.mean.len()]);
        let mut state = self.state_from_visible(Tensor::from_data(mean, options));
        for layer in self.blocks().concat() {
            if !self.visible.contains(&layer) {
                let field = self.field(layer, &state);
                state.layers[layer] = self.layers[layer].mean(field, &InverseTemperature::ONE);
            }
        }
        for (layer, span) in real {
            let field = self.field(layer, &state).squeeze_dim::<1>(0);
            self.layers[layer].start_from(&moments.of_units(span));
            self.layers[layer].add_field(-field);
        }
    }
}

/// The factors of the weights of visible units with these variances; nothing where all are 1.
///
/// With [`Initialization::Stddev`] they are the standard deviations. Units with r(x) = x − center, such as
/// counts up to 255, would have fields on other layers that grow with their range: where deviations are above
/// 1, weights are divided by them, and those in proportion to the deviations once more.
fn unit_scales(method: Initialization, variance: &[f64], is_gaussian: bool) -> Option<Vec<f64>> {
    let deviations: Vec<f64> = variance.iter().map(|v| v.sqrt()).collect();
    let is_wide = !is_gaussian && deviations.iter().any(|&deviation| deviation > 1.0 + 1e-6);
    let ranges = deviations.iter().map(|deviation| deviation.max(1.0));
    match (method, is_wide) {
        (Initialization::Stddev, false) => Some(deviations),
        (Initialization::Stddev, true) => {
            let pairs = deviations.iter().zip(ranges);
            Some(pairs.map(|(d, range)| d / (range * range)).collect())
        }
        (_, true) => Some(ranges.map(f64::recip).collect()),
        (_, false) => None,
    }
}

/// Moments in which the variance of each unit lacks what the first principal component adds to that of
/// independent units; hidden units along the component add it again.
fn without_component(moments: &Moments, components: &PrincipalComponents) -> Moments {
    /// The smallest fraction of a variance that remains.
    const LEAST: f64 = 1e-3;
    let Some(deviation) = components.deviations.first() else {
        return moments.clone();
    };
    let direction = components.direction(0);
    let pairs = || direction.iter().zip(&moments.variance);
    let independent: f64 = pairs().map(|(u, variance)| u * u * variance).sum();
    let added = (deviation * deviation - independent).max(0.0);
    let variance = pairs().map(|(u, variance)| (variance - u * u * added).max(LEAST * variance));
    Moments {
        variance: variance.collect(),
        ..moments.clone()
    }
}

/// Whether the units of a layer take real values.
fn is_real<L: Trainable>(layer: &L) -> bool {
    !layer.domain().is_finite()
}

/// The standard deviations of a Gaussian layer, or what takes their place in rectified ones.
fn real_deviation<L: Trainable>(layer: &L) -> Option<Tensor<1>> {
    let growth = layer.quadratic_growth()?;
    let (device, dtype) = layer.storage();
    let deviation: Vec<f64> = growth.into_iter().map(f64::sqrt).collect();
    let data = TensorData::new(deviation, [layer.units()]);
    Some(Tensor::from_data(data, (&device, dtype)))
}

/// Weights between two layers of real units, scaled down where the machine could otherwise not be
/// normalized: it can if the matrices W_ij/(σ_i σ_j) at each layer have norms that sum to less than
/// one, which random matrices of Glorot's scale do not have.
fn loosened(weight: Tensor<2>, target: &Tensor<1>, domain: &Tensor<1>) -> Tensor<2> {
    const LARGEST: f64 = 0.4;
    let scale = target.clone().unsqueeze_dim::<2>(1) * domain.clone().unsqueeze_dim::<2>(0);
    let norm: f64 = (weight.clone() / scale).square().sum().sqrt().into_scalar();
    if norm > LARGEST {
        weight * (LARGEST / norm)
    } else {
        weight
    }
}

/// Values as a column `[values, 1]` on the device of a matrix.
fn column(values: Vec<f64>, like: &Tensor<2>) -> Tensor<2> {
    let shape = [values.len(), 1];
    Tensor::from_data(
        TensorData::new(values, shape),
        (&like.device(), like.dtype()),
    )
}

/// Weights `[visible, hidden]` whose first columns are the entries of the principal components from
/// column `start` of the data.
fn with_directions(
    weight: Tensor<2>,
    components: &PrincipalComponents,
    start: usize,
    glorot: f64,
) -> Tensor<2> {
    let [visible, hidden] = weight.dims();
    let known = hidden.min(components.components());
    let largest = components.deviations.first().copied().unwrap_or(0.0);
    if known == 0 || largest <= 0.0 {
        return weight;
    }
    let norm = glorot * (visible as f64).sqrt();
    let values = (0..known).flat_map(|k| {
        let scale = norm * components.deviations[k] / largest;
        let entries = components.direction(k)[start..start + visible].iter();
        entries.map(move |x| scale * x)
    });
    let data = TensorData::new(values.collect::<Vec<f64>>(), [known, visible]);
    let columns = Tensor::<2>::from_data(data, (&weight.device(), weight.dtype()));
    weight.slice_assign([0..visible, 0..known], columns.transpose())
}
