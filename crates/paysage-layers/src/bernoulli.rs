//! Units that are 0 or 1.

use burn::tensor::{Bool, FloatDType, Tensor, TensorCreationOptions};
use paysage_kernels::{RandomKey, bernoulli_log_partition, bernoulli_mean, sample_bernoulli};

use crate::{
    Annealed, Cumulants, InverseTemperature, Layer, Moments, Named, NamedMut, RowAverage, Slopes,
    Support, Tap, Tilt, Trainable,
    annealed::share_of_base,
    parameters::{centered, dot, like},
    tap::{sum, surprise},
};

/// A layer of units in {0, 1}.
///
/// H(x) = −loc·x, r(x) = x − center, and under a field p(x = 1) = σ(β(loc + f)).
///
/// ```
/// use burn::tensor::Tensor;
/// use paysage_kernels::default_device;
/// use paysage_layers::{Bernoulli, InverseTemperature, Layer};
///
/// let device = default_device()?;
/// let layer = Bernoulli::new(2, &device);
/// let field = Tensor::from_floats([[0.0, 3.0_f32.ln()]], &device);
/// let mean = layer.mean(field, &InverseTemperature::ONE);
/// mean.into_data().assert_approx_eq::<f32>(&[[0.5, 0.75]].into(), Default::default());
/// # Ok::<(), paysage_kernels::DeviceError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Bernoulli {
    /// The logit of each unit without a field: `[units]`.
    pub loc: Tensor<1>,
    /// What is subtracted from the units in r: `[units]`, zero where absent.
    pub center: Option<Tensor<1>>,
}

impl Bernoulli {
    /// A layer of fair coins, on a device (`&device`) and of a float type (`(&device, dtype)`).
    pub fn new(units: usize, options: impl Into<TensorCreationOptions>) -> Self {
        Self {
            loc: Tensor::zeros([units], options),
            center: None,
        }
    }
}

impl Layer for Bernoulli {
    fn units(&self) -> usize {
        self.loc.dims()[0]
    }

    fn support(&self) -> Support {
        Support::Discrete {
            options: vec![vec![0.0], vec![1.0]],
            expectation: "a Bernoulli unit takes 0 or 1".into(),
        }
    }

    fn energy(&self, states: Tensor<2>) -> Tensor<1> {
        -dot(states, self.loc.clone())
    }

    fn interaction(&self, states: Tensor<2>) -> Tensor<2> {
        centered(states, self.center.as_ref())
    }

    fn log_partition(&self, field: Tensor<2>, beta: &InverseTemperature) -> Tensor<1> {
        let shift = self.center.clone().map(|center| dot(field.clone(), center));
        let free = bernoulli_log_partition(field, self.loc.clone(), beta);
        match shift {
            Some(shift) => free - beta.scale_rows(shift),
            None => free,
        }
    }

    fn mean(&self, field: Tensor<2>, beta: &InverseTemperature) -> Tensor<2> {
        bernoulli_mean(field, self.loc.clone(), beta)
    }

    fn mode(&self, field: Tensor<2>) -> Tensor<2> {
        let dtype: FloatDType = field.dtype().into();
        (field + self.loc.clone().unsqueeze())
            .greater_scalar(0.0)
            .float()
            .cast(dtype)
    }

    fn sample(&self, field: Tensor<2>, beta: &InverseTemperature, key: RandomKey) -> Tensor<2> {
        sample_bernoulli(field, self.loc.clone(), beta, key)
    }

    fn condition(&self, field: Tensor<2>, _: &Tensor<2>, _: &Tensor<2, Bool>) -> Tensor<2> {
        field
    }
}

impl Trainable for Bernoulli {
    fn parameters(&self) -> Vec<Named<'_>> {
        let center = self.center.as_ref().map(|c| ("center", c));
        [("loc", &self.loc)].into_iter().chain(center).collect()
    }

    fn parameters_mut(&mut self) -> Vec<NamedMut<'_>> {
        let center = self.center.as_mut().map(|c| ("center", c));
        [("loc", &mut self.loc)].into_iter().chain(center).collect()
    }

    fn energy_gradient(
        &self,
        states: Tensor<2>,
        average: &RowAverage,
    ) -> Vec<(&'static str, Tensor<1>)> {
        vec![("loc", -average.columns(states))]
    }

    fn expected_energy_gradient(
        &self,
        mean: Tensor<2>,
        _beta: &InverseTemperature,
        average: &RowAverage,
    ) -> Vec<(&'static str, Tensor<1>)> {
        self.energy_gradient(mean, average)
    }

    fn interaction_gradient(
        &self,
        _pull: &dyn Fn() -> Tensor<1>,
    ) -> Vec<(&'static str, Tensor<1>)> {
        Vec::new()
    }

    /// loc = logit of the mean, smoothed by one observation of a fair coin.
    fn start_from(&mut self, moments: &Moments) {
        let rows = moments.rows as f64;
        let logits = moments.mean.iter().map(|mean| {
            let ones = rows * mean + 0.5;
            (ones / (rows + 1.0 - ones)).ln()
        });
        self.loc = like(&self.loc, logits);
    }
}

impl Annealed for Bernoulli {
    fn between(&self, base: &Self, beta: f64) -> (Self, Option<Tensor<1>>) {
        let loc = self.loc.clone() + base.loc.clone() * share_of_base(beta);
        let center = self.center.clone();
        (Self { loc, center }, None)
    }
}

impl Tap for Bernoulli {
    fn cumulants(&self, tilt: &Tilt) -> Cumulants {
        let mean = self.mean(tilt.field.clone(), &InverseTemperature::ONE);
        self.cumulants_of_states(mean)
    }

    /// Of means as well: κ₂ = m(1 − m), κ₃ = κ₂(1 − 2m).
    fn cumulants_of_states(&self, mean: Tensor<2>) -> Cumulants {
        let second = mean.clone() * (-mean.clone() + 1.0);
        let third = second.clone() * skew(&mean);
        Cumulants {
            mean,
            second,
            third,
        }
    }

    fn tilt_of(&self, cumulants: &Cumulants) -> Tilt {
        let mean = cumulants.mean.clone();
        let logit = mean.clone().log() - (-mean + 1.0).log();
        Tilt {
            field: logit - self.loc.clone().unsqueeze(),
            curvature: None,
        }
    }

    /// ∂κ₂/∂m = 1 − 2m and ∂κ₃/∂m = 1 − 6κ₂.
    fn balance(&self, at: &Cumulants, slopes: &Slopes) -> Tilt {
        let second = slopes.second.clone().map(|slope| slope * skew(&at.mean));
        let third = slopes.third.clone();
        let third = third.map(|slope| slope * (at.second.clone() * -6.0 + 1.0));
        Tilt {
            field: sum(slopes.field.clone(), [second, third]),
            curvature: None,
        }
    }

    fn entropy(&self, at: &Cumulants) -> Tensor<1> {
        let mean = at.mean.clone();
        surprise(mean.clone()) + surprise(-mean.clone() + 1.0) - self.energy(mean)
    }

    fn expansion_gradient(
        &self,
        at: &Cumulants,
        _: &Slopes,
        average: &RowAverage,
    ) -> Vec<(&'static str, Tensor<1>)> {
        self.energy_gradient(at.mean.clone(), average)
    }
}

/// 1 − 2m.
fn skew(mean: &Tensor<2>) -> Tensor<2> {
    mean.clone() * -2.0 + 1.0
}
