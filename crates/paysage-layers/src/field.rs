//! Layers of a one-parameter exponential family.

use burn::tensor::{DType, Device, Tensor, TensorCreationOptions};
use paysage_kernels::{MomentStep, Product, RandomKey, row_dots, scale};

use crate::{
    Annealed, CavityFields, Centered, Conditional, Cumulants, Derivatives, Domain, Eta, Family,
    InverseTemperature, Kind, Layer, Moments, Named, NamedMut, NaturalParameters, RowAverage,
    Shape, StoredFamily, Tap, TapFamily, Trainable, UnitEnergy,
    annealed::share_of_base,
    parameters::{centered, dot, like, read},
    tap::composed_step,
};

/// A layer of units of a one-parameter exponential [`Family`], with a bias and a center for each.
///
/// H(x) = −loc·x, r(x) = x − center, and p(x | f) ∝ h(x) exp(β(loc + f)·x).
#[derive(Clone, Debug)]
pub struct Field<F> {
    /// The family.
    pub family: F,
    /// The bias of each unit, its natural parameter without a field: `[units]`.
    pub loc: Tensor<1>,
    /// The center of each unit, which r subtracts: `[units]`, zero where absent.
    pub center: Option<Tensor<1>>,
}

impl<F: Family + Default> Field<F> {
    /// A layer with all biases zero, on a device (`&device`) and of a float type
    /// (`(&device, dtype)`).
    pub fn new(units: usize, options: impl Into<TensorCreationOptions>) -> Self {
        Self::of(F::default(), units, options)
    }
}

impl<F: Family> Field<F> {
    /// A layer of a family with all biases zero, on a device (`&device`) and of a float type
    /// (`(&device, dtype)`).
    ///
    /// # Panics
    ///
    /// When the units are no whole number of sites.
    pub fn of(family: F, units: usize, options: impl Into<TensorCreationOptions>) -> Self {
        let width = family.domain().width();
        assert!(
            units.is_multiple_of(width),
            "{units} units are no whole sites of {width} units"
        );
        Self {
            family,
            loc: Tensor::zeros([units], options),
            center: None,
        }
    }

    fn eta<'a>(&self, field: Tensor<2>, beta: &'a InverseTemperature) -> Eta<'a> {
        let loc = self.loc.clone();
        Eta { field, loc, beta }
    }
}

impl<F: Family> Layer for Field<F> {
    fn units(&self) -> usize {
        self.loc.dims()[0]
    }

    fn domain(&self) -> Domain {
        self.family.domain()
    }

    fn is_on_device(&self) -> bool {
        self.family.is_on_device()
    }

    fn energy(&self, states: Tensor<2>) -> Tensor<1> {
        row_dots(states, self.loc.clone(), -1.0)
    }

    fn interaction(&self, states: Tensor<2>) -> Tensor<2> {
        centered(states, self.center.as_ref())
    }

    fn unit_energies(&self) -> Option<Vec<UnitEnergy>> {
        self.family.unit_energy(0.0)?;
        let of_loc = |loc| self.family.unit_energy(loc);
        read(&self.loc).into_iter().map(of_loc).collect()
    }

    fn log_base_measure(&self, states: Tensor<2>) -> Option<Tensor<1>> {
        self.family.log_base_measure(states)
    }
}

impl<F: Family> Conditional for Field<F> {
    fn log_partition(&self, field: Tensor<2>, beta: &InverseTemperature) -> Tensor<1> {
        let shift = self.center.clone().map(|center| dot(field.clone(), center));
        let free = self.family.log_partition(self.eta(field, beta));
        match shift {
            Some(shift) => free - beta.scale_rows(shift),
            None => free,
        }
    }

    fn mean(&self, field: Tensor<2>, beta: &InverseTemperature) -> Tensor<2> {
        self.family.mean(self.eta(field, beta))
    }

    fn variance(&self, field: Tensor<2>, beta: &InverseTemperature) -> Tensor<2> {
        self.family.variance(self.eta(field, beta))
    }

    fn mode(&self, field: Tensor<2>) -> Tensor<2> {
        self.family.mode(field + self.loc.clone().unsqueeze())
    }

    fn sample(&self, field: Tensor<2>, beta: &InverseTemperature, key: RandomKey) -> Tensor<2> {
        self.family.sample(self.eta(field, beta), key)
    }

    fn mean_under(&self, field: Product, beta: &InverseTemperature) -> Tensor<2> {
        self.family.mean_under(field, self.loc.clone(), beta)
    }

    fn sample_under(&self, field: Product, beta: &InverseTemperature, key: RandomKey) -> Tensor<2> {
        self.family.sample_under(field, self.loc.clone(), beta, key)
    }

    fn mean_and_sample_under(
        &self,
        field: Product,
        beta: &InverseTemperature,
        key: RandomKey,
    ) -> (Tensor<2>, Tensor<2>) {
        let loc = self.loc.clone();
        self.family.mean_and_sample_under(field, loc, beta, key)
    }
}

impl<F: Family> Centered for Field<F> {
    fn center(&self) -> Option<&Tensor<1>> {
        self.center.as_ref()
    }

    fn set_center(&mut self, center: Option<Tensor<1>>) {
        self.center = center;
    }

    /// loc + field.
    fn add_field(&mut self, field: Tensor<1>) {
        self.loc.inplace(|loc| loc + field);
    }

    fn add_field_of(&mut self, field: Product) {
        self.loc.inplace(|loc| field.add_to(loc));
    }

    /// x.
    fn varying_interaction(&self, states: Tensor<2>) -> Tensor<2> {
        states
    }

    /// −center.
    fn constant_interaction(&self) -> Option<Tensor<2>> {
        self.center.as_ref().map(|c| -c.clone().unsqueeze::<2>())
    }
}

impl<F: Family> Trainable for Field<F> {
    fn storage(&self) -> (Device, DType) {
        (self.loc.device(), self.loc.dtype())
    }

    fn parameters(&self) -> Vec<Named<'_>> {
        let center = self.center.as_ref().map(|c| ("center", c));
        [("loc", &self.loc)].into_iter().chain(center).collect()
    }

    fn parameters_mut(&mut self) -> Vec<NamedMut<'_>> {
        let center = self.center.as_mut().map(|c| ("center", c));
        [("loc", &mut self.loc)].into_iter().chain(center).collect()
    }

    fn energy_gradient(&self, states: Tensor<2>, average: &RowAverage) -> Derivatives {
        vec![("loc", average.scaled_columns(states, -1.0))]
    }

    /// loc = the natural parameter of the mean, smoothed by one observation: see [`Family::start`].
    fn start_from(&mut self, moments: &Moments) {
        let pairs = moments.mean.iter().zip(&moments.count);
        let loc = pairs.map(|(&mean, &count)| self.family.start(mean, count));
        self.loc = like(&self.loc, loc);
    }
}

impl<F: Family> Annealed for Field<F> {
    fn is_capturable(&self) -> bool {
        self.family.is_on_device()
    }

    fn between(&self, base: &Self, beta: f64) -> (Self, Option<Tensor<1>>) {
        let loc = self.loc.clone() + scale(base.loc.clone(), share_of_base(beta));
        let layer = Self {
            loc,
            ..self.clone()
        };
        (layer, None)
    }
}

impl<F: StoredFamily> Kind for Field<F> {
    const NAME: &'static str = F::NAME;

    type Shape = F::Shape;

    fn shape(&self) -> F::Shape {
        self.family.shape(self.units())
    }

    fn from_shape(shape: &F::Shape, options: impl Into<TensorCreationOptions>) -> Self {
        Self::of(F::of_shape(shape), shape.units(), options)
    }
}

impl<F: TapFamily> Tap for Field<F> {
    fn cumulants(&self, natural: &NaturalParameters) -> Cumulants {
        let mean = self.mean(natural.field.clone(), &InverseTemperature::ONE);
        self.family.cumulants(mean)
    }

    fn cumulants_of_means(&self, means: Tensor<2>) -> Cumulants {
        self.family.cumulants(means)
    }

    fn natural_parameters(&self, at: &Cumulants) -> NaturalParameters {
        let natural = self.family.natural_parameter(at.mean.clone());
        NaturalParameters::of_field(natural - self.loc.clone().unsqueeze())
    }

    fn self_consistency(&self, at: &Cumulants, cavity: &CavityFields) -> NaturalParameters {
        NaturalParameters::of_field(self.family.effective_field(at, cavity))
    }

    fn stepped(
        &self,
        natural: &NaturalParameters,
        at: &Cumulants,
        cavity: &CavityFields,
        share: &Tensor<2>,
    ) -> (NaturalParameters, Cumulants) {
        let fused = self.family.two_values().and_then(|values| {
            let step = MomentStep {
                values,
                loc: &self.loc,
                natural: &natural.field,
                mean: &at.mean,
                fields: [
                    Some(&cavity.field),
                    cavity.second.as_ref(),
                    cavity.third.as_ref(),
                ],
                share,
            };
            step.on_gpu()
        });
        let Some([field, mean, second, third]) = fused else {
            return composed_step(self, natural, at, cavity, share);
        };
        let cumulants = Cumulants {
            mean,
            second,
            third,
        };
        (NaturalParameters::of_field(field), cumulants)
    }

    /// The means relative to the range of their values, where that is finite.
    fn standardized(&self, at: &Cumulants) -> Tensor<2> {
        let mean = at.mean.clone();
        match self.domain().bounds() {
            Some((low, high)) if high - low != 1.0 && high > low => mean / f64::from(high - low),
            _ => mean,
        }
    }

    fn entropy(&self, at: &Cumulants) -> Tensor<1> {
        self.family.entropy(at.mean.clone()) - self.energy(at.mean.clone())
    }

    fn expansion_gradient(
        &self,
        at: &Cumulants,
        _: &CavityFields,
        average: &RowAverage,
    ) -> Derivatives {
        self.energy_gradient(at.mean.clone(), average)
    }
}
