//! The low-rank start: a restricted Coulomb machine along one direction.

use burn::tensor::{Tensor, TensorData};
use paysage_data::{DataError, Rows};
use paysage_kernels::times_transposed;
use paysage_layers::{InverseTemperature, Moments, Trainable};

use super::{
    independent::Independent,
    potential::{Point, Potential},
    projections::Projections,
};
use crate::BoltzmannMachine;

/// The largest number of units along the direction.
const MOST_UNITS: usize = 12;

/// The fractions of the projections between which thresholds start.
const OUTER: [f64; 2] = [0.02, 0.98];

/// The scale of the weights of the other units, relative to Glorot's.
pub(super) const SCALE_OF_OTHERS: f64 = 0.1;

impl<L: Trainable> BoltzmannMachine<L> {
    /// The first hidden layer that is connected with a visible one and whose units take two values.
    pub(super) fn low_rank_layer(&self) -> Option<usize> {
        let mut hidden = self.hidden().into_iter();
        let first = hidden.find(|&layer| self.visible.iter().any(|&v| self.connected(v, layer)))?;
        self.layers[first].domain().two_values().map(|_| first)
    }

    /// Sets the first units of a hidden layer and the biases of the visible layers that are connected with it
    /// so that the projections on a direction over the visible units have their distribution in the data, and
    /// the visible units their means. The visible layers have started from the moments, the weights are small.
    ///
    /// Returns whether it did: nothing changes where the projections of all rows are equal.
    pub(super) fn start_low_rank(
        &mut self,
        hidden: usize,
        direction: &[f64],
        rows: &(impl Rows + ?Sized),
        moments: &Moments,
    ) -> Result<bool, DataError> {
        let mut base = Independent::beside(self, hidden, direction);
        let values = base.project(rows, moments)?;
        let targets = base.interactions();
        let mean = base.projection(&targets);
        let Some(data) = Projections::of(&values, rows.weights(), mean) else {
            return Ok(false);
        };
        let Some(curve) = base.fit_means(&data, &targets) else {
            return Ok(false);
        };
        let units = (self.layers[hidden].units() / 2).clamp(1, MOST_UNITS);
        let potential = standardized_fit(&data, &curve.log_density(), units);
        let numbers = potential.units.iter().flatten();
        if !numbers.chain([&potential.slope]).all(|x| x.is_finite()) {
            return Ok(false);
        }
        for part in &base.parts {
            self.layers[part.index] = part.layer.clone();
        }
        self.remove_mean_field(hidden, units);
        self.set_units(hidden, &base, potential);
        Ok(true)
    }

    /// Subtracts the mean field of a hidden layer but for its first units from the biases of the visible layers.
    fn remove_mean_field(&mut self, hidden: usize, first: usize) {
        let none = self.zeros(1).layers[hidden].clone();
        let layer = &self.layers[hidden];
        let mean = layer.interaction(layer.mean(none, &InverseTemperature::ONE));
        let zeros = Tensor::zeros([1, first], (&mean.device(), mean.dtype()));
        let mean = mean.slice_assign([0..1, 0..first], zeros);
        for connection in &self.connections {
            let (visible, field) = if connection.domain == hidden {
                let field = times_transposed(mean.clone(), connection.weight.clone());
                (connection.target, field)
            } else if connection.target == hidden {
                let field = mean.clone().matmul(connection.weight.clone());
                (connection.domain, field)
            } else {
                continue;
            };
            if self.visible.contains(&visible) {
                self.layers[visible].add_field(-field.squeeze_dim::<1>(0));
            }
        }
    }

    /// Gives the first units of a hidden layer the potential of a projection, c y + Σ ln(1 + exp(α y + θ)).
    ///
    /// A unit of the values x₀ and x₁ with the weights w u adds
    /// r(x₀) w y + ln(1 + exp((r(x₁) − r(x₀)) w y + θ)), up to a constant.
    fn set_units(&mut self, hidden: usize, base: &Independent<L>, potential: Potential) {
        let layer = &self.layers[hidden];
        let two = TwoValued::of(layer);
        let mut fields = vec![0.0; layer.units()];
        let (mut weights, mut slope) = (Vec::new(), potential.slope);
        for (unit, [alpha, theta]) in potential.units.into_iter().enumerate() {
            let weight = alpha / two.step[unit];
            slope -= two.low[unit] * weight;
            fields[unit] = (theta - two.bias[unit]) / two.step[unit];
            weights.push(weight);
        }
        let (device, dtype) = (self.device(), self.dtype());
        let vector = |values: Vec<f64>| {
            let shape = [values.len()];
            Tensor::<1>::from_data(TensorData::new(values, shape), (&device, dtype))
        };
        self.layers[hidden].add_field(vector(fields));
        for part in &base.parts {
            let along = part.direction.iter().map(|u| u * slope);
            self.layers[part.index].add_field(vector(along.collect()));
            let column = vector(part.direction.clone()).unsqueeze_dim::<2>(1);
            let block = column * vector(weights.clone()).unsqueeze_dim::<2>(0);
            let [height, width] = block.dims();
            for connection in &mut self.connections {
                if connection.target == part.index && connection.domain == hidden {
                    connection.weight.inplace(|weight| {
                        weight.slice_assign([0..height, 0..width], block.clone())
                    });
                } else if connection.domain == part.index && connection.target == hidden {
                    connection.weight.inplace(|weight| {
                        weight.slice_assign([0..width, 0..height], block.clone().transpose())
                    });
                }
            }
        }
    }
}

/// The potential of projections of the largest likelihood, given their density under independent units.
///
/// The fit takes standardized projections z = (y − mean)/deviation.
fn standardized_fit(data: &Projections, base: &[Point], units: usize) -> Potential {
    let standard = |y: f64| (y - data.mean) / data.deviation;
    let mut inner = OUTER.map(|fraction| data.quantile(fraction));
    if inner[0] >= inner[1] {
        inner = data.ends();
    }
    let [lowest, highest] = inner.map(standard);
    let points = data.points.iter().zip(&data.shares);
    let points = points.map(|(&y, &share)| (standard(y), share));
    let base = base
        .iter()
        .map(|&(y, log_weight)| (standard(y), log_weight));
    let (points, base): (Vec<Point>, Vec<Point>) = (points.collect(), base.collect());
    let fitted = Potential::between(lowest, highest, units).fitted(&points, &base);
    let unit = |[slope, bias]: [f64; 2]| {
        let slope = slope / data.deviation;
        [slope, bias - slope * data.mean]
    };
    Potential {
        slope: fitted.slope / data.deviation,
        units: fitted.units.into_iter().map(unit).collect(),
    }
}

/// Units of two values x₀ and x₁ with p(x₁) = σ((r(x₁) − r(x₀)) f + θ) under a field f.
struct TwoValued {
    /// r(x₀).
    low: Vec<f64>,
    /// r(x₁) − r(x₀).
    step: Vec<f64>,
    /// θ.
    bias: Vec<f64>,
}

impl TwoValued {
    fn of<L: Trainable>(layer: &L) -> Self {
        let (device, dtype) = layer.storage();
        let units = layer.units();
        let values = layer.domain().two_values();
        let [first, second] = values.expect("a layer of units with two values");
        let row = |value: f32| Tensor::<2>::full([1, units], value, (&device, dtype));
        let read = |tensor: Tensor<2>| tensor.into_data().iter::<f64>().collect::<Vec<f64>>();
        let [low, high] = [first, second].map(|value| read(layer.interaction(row(value))));
        let mean = read(layer.mean(row(0.0), &InverseTemperature::ONE));
        let (first, second) = (f64::from(first), f64::from(second));
        let bias = mean.into_iter().map(|mean| {
            let probability = ((mean - first) / (second - first)).clamp(1e-6, 1.0 - 1e-6);
            (probability / (1.0 - probability)).ln()
        });
        let step = high.iter().zip(&low).map(|(high, low)| high - low);
        Self {
            bias: bias.collect(),
            step: step.collect(),
            low,
        }
    }
}
