//! Sites that take one of several states.

use burn::tensor::{Bool, FloatDType, Int, Tensor, TensorCreationOptions};
use paysage_kernels::{RandomKey, categorical_log_partition, categorical_mean, sample_categorical};

use crate::{
    Annealed, Cumulants, InverseTemperature, Layer, Moments, Named, NamedMut, RowAverage, Slopes,
    Support, Tap, Tilt, Trainable,
    annealed::share_of_base,
    parameters::{centered, dot, like},
    tap::{sum, surprise},
};

/// A layer of sites, each in one of `states` states: `states` units side by side of which one is 1
/// and the rest are 0. With one site it is the classic one-hot layer.
///
/// H(x) = −loc·x, r(x) = x − center, and under a field a site follows softmax(β(loc + f)) over its
/// states.
///
/// ```
/// use burn::tensor::Tensor;
/// use paysage_kernels::default_device;
/// use paysage_layers::{Layer, OneHot};
///
/// let device = default_device()?;
/// let layer = OneHot::new(2, 3, &device);
/// let field = Tensor::from_floats([[0.0, 2.0, 1.0, 5.0, 0.0, 0.0]], &device);
/// let mode = layer.mode(field).try_into_vec_as::<f32>()?;
/// assert_eq!(mode, [0.0, 1.0, 0.0, 1.0, 0.0, 0.0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct OneHot {
    /// The log-weight of each state without a field, site by site: `[sites · states]`.
    pub loc: Tensor<1>,
    /// What is subtracted from the units in r: `[sites · states]`, zero where absent.
    pub center: Option<Tensor<1>>,
    states: usize,
}

impl OneHot {
    /// A layer of uniform sites, on a device (`&device`) and of a float type (`(&device, dtype)`).
    ///
    /// # Panics
    ///
    /// When `states` is zero.
    pub fn new(sites: usize, states: usize, options: impl Into<TensorCreationOptions>) -> Self {
        assert!(states > 0, "a one-hot site needs at least one state");
        Self {
            loc: Tensor::zeros([sites * states], options),
            center: None,
            states,
        }
    }

    /// How many sites there are.
    #[must_use]
    pub fn sites(&self) -> usize {
        self.units() / self.states
    }

    /// How many states a site has.
    #[must_use]
    pub fn states(&self) -> usize {
        self.states
    }

    fn by_site(&self, x: Tensor<2>) -> Tensor<3> {
        let batch = x.dims()[0];
        x.reshape([batch, self.sites(), self.states])
    }

    fn flat(&self, x: Tensor<3>) -> Tensor<2> {
        let batch = x.dims()[0];
        x.reshape([batch, self.units()])
    }
}

impl Layer for OneHot {
    fn units(&self) -> usize {
        self.loc.dims()[0]
    }

    fn support(&self) -> Support {
        let unit = |on: usize| (0..self.states).map(|k| f32::from(k == on)).collect();
        Support::Discrete {
            options: (0..self.states).map(unit).collect(),
            expectation: format!(
                "a one-hot site of {} units takes a single 1, the rest 0",
                self.states
            ),
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
        let free = categorical_log_partition(field, self.loc.clone(), self.states, beta);
        match shift {
            Some(shift) => free - beta.scale_rows(shift),
            None => free,
        }
    }

    fn mean(&self, field: Tensor<2>, beta: &InverseTemperature) -> Tensor<2> {
        categorical_mean(field, self.loc.clone(), self.states, beta)
    }

    fn mode(&self, field: Tensor<2>) -> Tensor<2> {
        let dtype: FloatDType = field.dtype().into();
        let shape = [field.dims()[0], self.sites(), self.states];
        let index = Tensor::<1, Int>::arange(0..self.states as i64, &field.device());
        let best = self.by_site(field + self.loc.clone().unsqueeze()).argmax(2);
        let chosen = index.reshape([1, 1, self.states]).expand(shape);
        self.flat(chosen.equal(best.expand(shape)).float().cast(dtype))
    }

    fn sample(&self, field: Tensor<2>, beta: &InverseTemperature, key: RandomKey) -> Tensor<2> {
        sample_categorical(field, self.loc.clone(), self.states, beta, key)
    }

    /// A held 1 leaves its site no choice; a held 0 takes one state from it.
    fn condition(&self, field: Tensor<2>, states: &Tensor<2>, mask: &Tensor<2, Bool>) -> Tensor<2> {
        // Far beyond any field, yet finite after scaling with a temperature.
        const NEVER: f64 = -1e30;
        let one = states.clone().greater_scalar(0.5);
        let held_one = mask.clone().bool_and(one.clone());
        let held_zero = mask.clone().bool_and(one.bool_not());
        let decided = self.flat(
            self.by_site(held_one.clone().float())
                .max_dim(2)
                .repeat_dim(2, self.states),
        );
        let excluded = decided
            .greater_scalar(0.5)
            .bool_and(held_one.bool_not())
            .bool_or(held_zero);
        field.mask_fill(excluded, NEVER)
    }
}

impl Trainable for OneHot {
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

    /// loc = ln of the frequency of each state, smoothed by one observation spread over the
    /// states.
    fn start_from(&mut self, moments: &Moments) {
        let rows = moments.rows as f64;
        let share = 1.0 / self.states as f64;
        let logs = moments
            .mean
            .iter()
            .map(|mean| ((rows * mean + share) / (rows + 1.0)).ln());
        self.loc = like(&self.loc, logs);
    }
}

impl Annealed for OneHot {
    fn between(&self, base: &Self, beta: f64) -> (Self, Option<Tensor<1>>) {
        let loc = self.loc.clone() + base.loc.clone() * share_of_base(beta);
        let layer = Self {
            loc,
            ..self.clone()
        };
        (layer, None)
    }
}

/// The moments of a site are its probabilities, and slopes in whichever of them act alike.
impl Tap for OneHot {
    fn states_of_a_site(&self) -> usize {
        self.states
    }

    fn cumulants(&self, tilt: &Tilt) -> Cumulants {
        self.cumulants_of_states(self.mean(tilt.field.clone(), &InverseTemperature::ONE))
    }

    fn cumulants_of_states(&self, mean: Tensor<2>) -> Cumulants {
        Cumulants {
            second: mean.clone(),
            third: mean.clone(),
            mean,
        }
    }

    fn tilt_of(&self, cumulants: &Cumulants) -> Tilt {
        Tilt {
            field: cumulants.mean.clone().log() - self.loc.clone().unsqueeze(),
            curvature: None,
        }
    }

    fn balance(&self, _: &Cumulants, slopes: &Slopes) -> Tilt {
        let others = [slopes.second.clone(), slopes.third.clone()];
        Tilt {
            field: sum(slopes.field.clone(), others),
            curvature: None,
        }
    }

    fn entropy(&self, at: &Cumulants) -> Tensor<1> {
        surprise(at.mean.clone()) - self.energy(at.mean.clone())
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
