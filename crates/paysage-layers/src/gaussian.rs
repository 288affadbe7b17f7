//! Real-valued units.

use burn::tensor::{Bool, Tensor, TensorCreationOptions};
use paysage_kernels::{RandomKey, sample_gaussian};

use crate::{
    Annealed, Cumulants, InverseTemperature, Layer, Moments, Named, NamedMut, RowAverage, Slopes,
    Support, Tap, Tilt, Trainable,
    annealed::share_of_base,
    parameters::{centered, dot, like},
    tap::sum,
};

/// A layer of real units with a mean and a variance each.
///
/// H(x) = Σ (x − loc)²/(2σ²) with σ² = exp(log_var), r(x) = (x − center)/σ², and under a field
/// x ~ N(loc + f, σ²/β).
///
/// ```
/// use burn::tensor::Tensor;
/// use paysage_kernels::default_device;
/// use paysage_layers::{Gaussian, InverseTemperature, Layer};
///
/// let device = default_device()?;
/// let layer = Gaussian::new(2, &device);
/// let field = Tensor::from_floats([[0.5, -1.0]], &device);
/// let mean = layer.mean(field.clone(), &InverseTemperature::ONE);
/// mean.into_data().assert_eq(&field.into_data(), true);
/// # Ok::<(), paysage_kernels::DeviceError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Gaussian {
    /// The mean of each unit without a field: `[units]`.
    pub loc: Tensor<1>,
    /// The logarithm of each unit's variance: `[units]`.
    pub log_var: Tensor<1>,
    /// What is subtracted from the units in r: `[units]`, zero where absent.
    pub center: Option<Tensor<1>>,
}

impl Gaussian {
    /// A layer of standard normal units, on a device (`&device`) and of a float type
    /// (`(&device, dtype)`).
    pub fn new(units: usize, options: impl Into<TensorCreationOptions>) -> Self {
        let loc = Tensor::zeros([units], options);
        Self {
            log_var: loc.zeros_like(),
            loc,
            center: None,
        }
    }

    /// 1/σ²: `[units]`.
    fn precision(&self) -> Tensor<1> {
        (-self.log_var.clone()).exp()
    }

    /// x − loc.
    fn deviation(&self, states: Tensor<2>) -> Tensor<2> {
        states - self.loc.clone().unsqueeze()
    }
}

impl Layer for Gaussian {
    fn units(&self) -> usize {
        self.loc.dims()[0]
    }

    fn support(&self) -> Support {
        let read = |tensor: &Tensor<1>| -> Vec<f64> { tensor.to_data().iter().collect() };
        Support::Gaussian {
            loc: read(&self.loc),
            variance: read(&self.log_var).into_iter().map(f64::exp).collect(),
            center: match &self.center {
                Some(center) => read(center),
                None => vec![0.0; self.units()],
            },
        }
    }

    fn energy(&self, states: Tensor<2>) -> Tensor<1> {
        dot(self.deviation(states).square(), self.precision() * 0.5)
    }

    fn interaction(&self, states: Tensor<2>) -> Tensor<2> {
        centered(states, self.center.as_ref()) * self.precision().unsqueeze()
    }

    /// Σ ½ ln(2πσ²/β) + β (f (loc − center) + f²/2)/σ².
    fn log_partition(&self, field: Tensor<2>, beta: &InverseTemperature) -> Tensor<1> {
        let shift = centered(self.loc.clone().unsqueeze(), self.center.as_ref());
        let per_unit = field.clone() * (field * 0.5 + shift);
        let lifted = dot(per_unit, self.precision());
        let units = self.units() as f64;
        let volume = (self.log_var.clone().sum() + units * std::f64::consts::TAU.ln()) * 0.5;
        beta.add_ln(beta.scale_rows(lifted) + volume, -0.5 * units)
    }

    fn mean(&self, field: Tensor<2>, _beta: &InverseTemperature) -> Tensor<2> {
        field + self.loc.clone().unsqueeze()
    }

    fn mode(&self, field: Tensor<2>) -> Tensor<2> {
        self.mean(field, &InverseTemperature::ONE)
    }

    fn sample(&self, field: Tensor<2>, beta: &InverseTemperature, key: RandomKey) -> Tensor<2> {
        let deviation = (self.log_var.clone() * 0.5).exp();
        sample_gaussian(field, self.loc.clone(), deviation, beta, key)
    }

    fn condition(&self, field: Tensor<2>, _: &Tensor<2>, _: &Tensor<2, Bool>) -> Tensor<2> {
        field
    }
}

impl Trainable for Gaussian {
    fn parameters(&self) -> Vec<Named<'_>> {
        let center = self.center.as_ref().map(|c| ("center", c));
        [("loc", &self.loc), ("log_var", &self.log_var)]
            .into_iter()
            .chain(center)
            .collect()
    }

    fn parameters_mut(&mut self) -> Vec<NamedMut<'_>> {
        let center = self.center.as_mut().map(|c| ("center", c));
        [("loc", &mut self.loc), ("log_var", &mut self.log_var)]
            .into_iter()
            .chain(center)
            .collect()
    }

    /// In loc: −(x − loc)/σ²; in log σ²: −(x − loc)²/(2σ²).
    fn energy_gradient(
        &self,
        states: Tensor<2>,
        average: &RowAverage,
    ) -> Vec<(&'static str, Tensor<1>)> {
        let deviation = self.deviation(states);
        let squares = average.columns(deviation.clone().square());
        let loc = -average.columns(deviation) * self.precision();
        let log_var = squares * self.precision() * -0.5;
        vec![("loc", loc), ("log_var", log_var)]
    }

    /// The mean square of a unit exceeds the square of its mean by σ²/β, which adds −1/(2β) to
    /// the derivative in log σ².
    fn expected_energy_gradient(
        &self,
        mean: Tensor<2>,
        beta: &InverseTemperature,
        average: &RowAverage,
    ) -> Vec<(&'static str, Tensor<1>)> {
        let spread = average.columns(beta.powf(-1.0).scale(mean.ones_like() * -0.5));
        let mut gradient = self.energy_gradient(mean, average);
        for (name, derivative) in &mut gradient {
            if *name == "log_var" {
                derivative.inplace(|log_var| log_var + spread.clone());
            }
        }
        gradient
    }

    /// r falls with log σ² as r itself.
    fn interaction_gradient(&self, pull: &dyn Fn() -> Tensor<1>) -> Vec<(&'static str, Tensor<1>)> {
        vec![("log_var", pull())]
    }

    /// loc = mean and σ² = variance, which is kept above 10⁻⁴ of the layer's mean variance (or at
    /// one, where no unit varies).
    fn start_from(&mut self, moments: &Moments) {
        let average = moments.variance.iter().sum::<f64>() / self.units() as f64;
        let floor = if average > 0.0 { average * 1e-4 } else { 1.0 };
        self.loc = like(&self.loc, moments.mean.iter().copied());
        let log_var = moments.variance.iter().map(|v| v.max(floor).ln());
        self.log_var = like(&self.log_var, log_var);
    }
}

impl Annealed for Gaussian {
    /// Precisions add up in shares, and so do precisions times means.
    fn between(&self, base: &Self, beta: f64) -> (Self, Option<Tensor<1>>) {
        let (own, other) = (self.precision(), base.precision() * share_of_base(beta));
        let precision = own.clone() + other.clone();
        let pull = own.clone() * self.loc.clone() + other * base.loc.clone();
        let layer = Self {
            loc: pull / precision.clone(),
            log_var: -precision.clone().log(),
            center: self.center.clone(),
        };
        (layer, Some(own / precision))
    }
}

/// Of units with a mean and a variance v of their own; r has the variance v/σ⁴ and no third
/// cumulant.
impl Tap for Gaussian {
    /// ⟨x⟩ = loc + f, and 1/v = 1/σ² − a/σ⁴ under a curvature a.
    fn cumulants(&self, tilt: &Tilt) -> Cumulants {
        let precision = self.precision().unsqueeze::<2>();
        let second = match tilt.curvature.clone() {
            Some(curvature) => precision.clone() / (-(curvature * precision) + 1.0),
            None => precision.expand(tilt.field.dims()),
        };
        // What has no positive variance is no distribution.
        let none = second.clone().lower_equal_scalar(0.0);
        Cumulants {
            mean: self.mean(tilt.field.clone(), &InverseTemperature::ONE),
            third: second.zeros_like(),
            second: second.mask_fill(none, f64::NAN),
        }
    }

    fn cumulants_of_states(&self, states: Tensor<2>) -> Cumulants {
        Cumulants {
            second: states.zeros_like(),
            third: states.zeros_like(),
            mean: states,
        }
    }

    fn tilt_of(&self, cumulants: &Cumulants) -> Tilt {
        let variance = self.log_var.clone().exp().unsqueeze::<2>();
        Tilt {
            field: self.deviation(cumulants.mean.clone()),
            curvature: Some(variance - cumulants.second.clone().recip()),
        }
    }

    fn balance(&self, _: &Cumulants, slopes: &Slopes) -> Tilt {
        Tilt {
            field: slopes.field.clone(),
            curvature: slopes.second.clone().map(|slope| slope * 2.0),
        }
    }

    /// (⟨x⟩ − loc)/σ, and the logarithms of the variances.
    fn scaled(&self, at: &Cumulants) -> Tensor<2> {
        let shrink = (self.log_var.clone() * -0.5).exp();
        let means = self.deviation(at.mean.clone()) * shrink.unsqueeze();
        Tensor::cat(vec![means, at.second.clone().log()], 1)
    }

    /// Σ ½ ln(2πe v) − ((⟨x⟩ − loc)² + v)/(2σ²).
    fn entropy(&self, at: &Cumulants) -> Tensor<1> {
        let variance = self.log_var.clone().exp().unsqueeze::<2>();
        let relative = at.second.clone() * variance;
        let per_unit = (relative.clone().log() - relative + 1.0) * 0.5;
        let units = self.units() as f64;
        let volume = (self.log_var.clone().sum() + units * std::f64::consts::TAU.ln()) * 0.5;
        per_unit.sum_dim(1).squeeze_dim::<1>(1) + volume - self.energy(at.mean.clone())
    }

    /// In log σ²: also what the spread of x adds to its square, and what r, whose mean falls with
    /// σ² and whose variance with σ⁴, has to do with it.
    fn expansion_gradient(
        &self,
        at: &Cumulants,
        slopes: &Slopes,
        average: &RowAverage,
    ) -> Vec<(&'static str, Tensor<1>)> {
        let variance = self.log_var.clone().exp();
        let spread = at.second.clone() * variance.unsqueeze::<2>() * -0.5;
        let pulled = self.interaction(at.mean.clone()) * slopes.field.clone();
        let second = slopes.second.clone().map(|s| s * at.second.clone() * 2.0);
        let added = average.columns(sum(spread + pulled, [second, None]));
        let mut gradient = self.energy_gradient(at.mean.clone(), average);
        for (name, derivative) in &mut gradient {
            if *name == "log_var" {
                derivative.inplace(|log_var| log_var + added.clone());
            }
        }
        gradient
    }
}
