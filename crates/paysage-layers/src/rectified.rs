//! Layers of rectified units: truncated normal distributions on one or both sides of 0.

mod side;
mod tap;
mod unit;

use std::{fmt, marker::PhantomData};

use burn::tensor::{DType, Device, Tensor, TensorCreationOptions};
use paysage_kernels::{RandomKey, RectifiedSide, RectifiedUnits, sample_truncated_normal, uniform};

use crate::{
    Annealed, Centered, Conditional, Derivatives, Domain, InverseTemperature, Kind, Layer, Moments,
    Named, NamedMut, RowAverage, RowMean, Trainable, UnitEnergy, Units,
    annealed::share_of_base,
    parameters::{centered, dot, read, total},
};
use side::{Halves, merged};
use unit::Unit;

/// The energy of a unit on one side of 0: γx²/2 − θx.
#[derive(Clone, Debug)]
pub struct Side {
    /// θ: `[units]`.
    pub loc: Tensor<1>,
    /// γ, greater than 0: `[units]`.
    pub gamma: Tensor<1>,
}

/// The energy of a rectified unit: H(x) = γ₊x₊²/2 − θ₊x₊ + γ₋x₋²/2 − θ₋x₋ with x₊ = max(x, 0) and
/// x₋ = min(x, 0).
#[derive(Clone, Debug)]
pub struct Sides {
    /// θ₊ and γ₊.
    pub plus: Side,
    /// θ₋ and γ₋; `None` where a unit is never negative.
    pub minus: Option<Side>,
}

impl Sides {
    /// The parameters as kernels take them.
    fn units(&self) -> RectifiedUnits<'_> {
        const fn of(side: &Side) -> RectifiedSide<'_> {
            RectifiedSide {
                loc: &side.loc,
                gamma: &side.gamma,
            }
        }
        RectifiedUnits {
            plus: of(&self.plus),
            minus: self.minus.as_ref().map(of),
        }
    }

    /// Both sides of a unit that has two.
    pub(crate) fn both(&self) -> (&Side, &Side) {
        let minus = self.minus.as_ref();
        (&self.plus, minus.expect("a unit with two sides"))
    }
}

/// A parametrisation of the energy of rectified units: see [`Sides`].
///
/// [`Rectified`] makes a layer of it. The parameters are those of one layer, in the order of
/// [`PARAMETERS`](Self::PARAMETERS), each `[units]`.
pub trait Rectifier: Clone + Copy + fmt::Debug + Default + Send + Sync {
    /// The name of the kind, in lower case: "relu".
    const NAME: &'static str;

    /// The names of the parameters. All zero, they give valid energies.
    const PARAMETERS: &'static [&'static str];

    /// How many of the parameters are trained, the first ones.
    const TRAINED: usize = Self::PARAMETERS.len();

    /// Whether units take negative values.
    const HAS_NEGATIVE: bool = true;

    /// How many of the parameters a field adds to, the first ones.
    const FIELDS: usize = 1;

    /// The smallest and the largest value of a parameter, where it is bounded.
    fn range(_name: &str) -> Option<[f64; 2]> {
        None
    }

    /// The energies of these parameters.
    fn sides(parameters: &[Tensor<1>]) -> Sides;

    /// The parameters of these energies: the inverse of [`sides`](Self::sides).
    fn parameters(sides: &Sides) -> Vec<Tensor<1>>;

    /// The derivatives in the trained parameters, from those in θ and γ of the sides, by the chain rule.
    fn pull_back(parameters: &[Tensor<1>], derivatives: &Sides) -> Vec<Tensor<1>>;

    /// The parameters of a layer whose units without a field have the mean of the data, and their
    /// variance where the kind can.
    fn start(parameters: &[Tensor<1>], moments: &Moments) -> Vec<Tensor<1>>;

    /// The parameters of the units x/s for factors s > 0: θ → s θ and γ → s² γ on each side.
    fn divided(parameters: &[Tensor<1>], factors: &Tensor<1>) -> Vec<Tensor<1>> {
        let square = factors.clone().square();
        let side = |side: Side| Side {
            loc: side.loc * factors.clone(),
            gamma: side.gamma * square.clone(),
        };
        let sides = Self::sides(parameters);
        Self::parameters(&Sides {
            plus: side(sides.plus),
            minus: sides.minus.map(side),
        })
    }

    /// The parameters of the units −x, whose sides are exchanged and whose θ have the other sign; `None`
    /// where units have one side.
    fn mirrored(parameters: &[Tensor<1>]) -> Option<Vec<Tensor<1>>> {
        let side = |side: Side| Side {
            loc: -side.loc,
            gamma: side.gamma,
        };
        let Sides { plus, minus } = Self::sides(parameters);
        let sides = Sides {
            plus: side(minus?),
            minus: Some(side(plus)),
        };
        Some(Self::parameters(&sides))
    }
}

/// A layer of rectified units, in the parametrisation `R`.
///
/// r(x) = x − center, and under a field each side has the density ∝ exp(β((θ + f)x − γx²/2)), a normal
/// distribution of mean (θ + f)/γ and variance 1/(βγ) that is truncated at 0.
#[derive(Clone, Debug)]
pub struct Rectified<R> {
    /// The parameters: `[units]` each.
    pub parameters: Vec<Tensor<1>>,
    /// The center of each unit, which r subtracts: `[units]`, zero where absent.
    pub center: Option<Tensor<1>>,
    rectifier: PhantomData<R>,
}

impl<R: Rectifier> Rectified<R> {
    /// A layer with all parameters zero, on a device (`&device`) and of a float type
    /// (`(&device, dtype)`).
    pub fn new(units: usize, options: impl Into<TensorCreationOptions>) -> Self {
        let zeros = Tensor::zeros([units], options);
        Self::of_parameters(vec![zeros; R::PARAMETERS.len()])
    }

    /// A layer with the energies of another parametrisation.
    pub fn of_sides(sides: &Sides) -> Self {
        Self::of_parameters(R::parameters(sides))
    }

    fn of_parameters(parameters: Vec<Tensor<1>>) -> Self {
        Self {
            parameters,
            center: None,
            rectifier: PhantomData,
        }
    }

    /// θ and γ of both sides.
    #[must_use]
    pub fn sides(&self) -> Sides {
        R::sides(&self.parameters)
    }

    fn halves<'a>(&self, field: Tensor<2>, beta: &'a InverseTemperature) -> Halves<'a> {
        Halves::of(self.sides(), field, beta)
    }

    /// Derivatives of the energy by name, from the averages of x and x² on each side.
    fn derivatives(&self, plus: [Tensor<1>; 2], minus: Option<[Tensor<1>; 2]>) -> Derivatives {
        let side = |[first, second]: [Tensor<1>; 2]| Side {
            loc: -first,
            gamma: second * 0.5,
        };
        let sides = Sides {
            plus: side(plus),
            minus: minus.map(side),
        };
        self.named(R::pull_back(&self.parameters, &sides))
    }

    fn named(&self, derivatives: Vec<Tensor<1>>) -> Derivatives {
        let names = R::PARAMETERS[..R::TRAINED].iter().copied();
        names
            .zip(derivatives.into_iter().map(RowMean::from))
            .collect()
    }
}

impl<R: Rectifier> Layer for Rectified<R> {
    fn units(&self) -> usize {
        self.parameters[0].dims()[0]
    }

    fn domain(&self) -> Domain {
        match R::HAS_NEGATIVE {
            true => Domain::Real,
            false => Domain::NonNegative,
        }
    }

    /// The smaller γ of both sides.
    fn quadratic_growth(&self) -> Option<Vec<f64>> {
        let sides = self.sides();
        let plus = read(&sides.plus.gamma);
        Some(match sides.minus {
            None => plus,
            Some(minus) => {
                let pairs = plus.into_iter().zip(read(&minus.gamma));
                pairs.map(|(plus, minus)| plus.min(minus)).collect()
            }
        })
    }

    fn unit_energies(&self) -> Option<Vec<UnitEnergy>> {
        let units = Unit::of_layer(&self.sides()).into_iter();
        Some(units.map(Unit::energy).collect())
    }

    fn energy(&self, states: Tensor<2>) -> Tensor<1> {
        let of_side =
            |x: Tensor<2>, side: Side| dot(x.clone().square(), side.gamma * 0.5) - dot(x, side.loc);
        let sides = self.sides();
        let plus = of_side(states.clone().clamp_min(0.0), sides.plus);
        match sides.minus {
            Some(minus) => plus + of_side(states.clamp_max(0.0), minus),
            None => plus,
        }
    }

    fn interaction(&self, states: Tensor<2>) -> Tensor<2> {
        centered(states, self.center.as_ref())
    }
}

impl<R: Rectifier> Conditional for Rectified<R> {
    /// Σ ln(I₊ + I₋) − β f·center, with the integrals I of exp(β((θ + f)x − γx²/2)) over each side.
    fn log_partition(&self, field: Tensor<2>, beta: &InverseTemperature) -> Tensor<1> {
        let shift = self.center.clone().map(|center| dot(field.clone(), center));
        let per_unit = total(self.halves(field, beta).log_integral());
        let free = beta.add_ln(per_unit, -0.5 * self.units() as f64);
        match shift {
            Some(shift) => free - beta.scale_rows(shift),
            None => free,
        }
    }

    fn mean(&self, field: Tensor<2>, beta: &InverseTemperature) -> Tensor<2> {
        self.halves(field, beta).mean()
    }

    fn variance(&self, field: Tensor<2>, beta: &InverseTemperature) -> Tensor<2> {
        self.halves(field, beta).variance()
    }

    /// The larger of the maxima on both sides, (θ + f)²/(2γ) where that lies within the side.
    fn mode(&self, field: Tensor<2>) -> Tensor<2> {
        let sides = self.sides();
        let of_side = |side: &Side, sign: f64| {
            let loc = (field.clone() + side.loc.clone().unsqueeze()) * sign;
            let at = (loc / side.gamma.clone().unsqueeze()).clamp_min(0.0);
            (
                at.clone().square() * side.gamma.clone().unsqueeze(),
                at * sign,
            )
        };
        let (height, plus) = of_side(&sides.plus, 1.0);
        match &sides.minus {
            None => plus,
            Some(minus) => {
                let (other, minus) = of_side(minus, -1.0);
                let is_higher = other.greater(height);
                plus.mask_where(is_higher, minus)
            }
        }
    }

    fn sample(&self, field: Tensor<2>, beta: &InverseTemperature, key: RandomKey) -> Tensor<2> {
        let halves = self.halves(field, beta);
        if let Some(samples) = halves.sample(key) {
            return samples;
        }
        let [means, scale, sign] = match halves.probability() {
            None => {
                let half = halves.plus();
                return sample_truncated_normal(half.location.clone(), key) * half.scale.clone();
            }
            Some(probability) => {
                let dims = probability.dims();
                let chosen = uniform(dims, key.split(0), &probability.device());
                let is_plus = chosen.cast(probability.dtype()).lower(probability);
                halves.chosen(&is_plus)
            }
        };
        sample_truncated_normal(means, key.split(1)) * scale * sign
    }
}

impl<R: Rectifier> Centered for Rectified<R> {
    fn center(&self) -> Option<&Tensor<1>> {
        self.center.as_ref()
    }

    fn set_center(&mut self, center: Option<Tensor<1>>) {
        self.center = center;
    }

    /// θ + field on both sides.
    fn add_field(&mut self, field: Tensor<1>) {
        for loc in &mut self.parameters[..R::FIELDS] {
            loc.inplace(|loc| loc + field.clone());
        }
    }
}

impl<R: Rectifier> Trainable for Rectified<R> {
    fn storage(&self) -> (Device, DType) {
        (self.parameters[0].device(), self.parameters[0].dtype())
    }

    fn parameters(&self) -> Vec<Named<'_>> {
        let names = R::PARAMETERS.iter().copied();
        let center = self.center.as_ref().map(|c| ("center", c));
        names.zip(&self.parameters).chain(center).collect()
    }

    fn parameter_range(&self, name: &str) -> Option<[f64; 2]> {
        R::range(name)
    }

    fn parameters_mut(&mut self) -> Vec<NamedMut<'_>> {
        let names = R::PARAMETERS.iter().copied();
        let center = self.center.as_mut().map(|c| ("center", c));
        names.zip(&mut self.parameters).chain(center).collect()
    }

    fn energy_gradient(&self, states: Tensor<2>, average: &RowAverage) -> Derivatives {
        let of_side = |x: Tensor<2>| [average.columns(x.clone()), average.columns(x.square())];
        let minus = R::HAS_NEGATIVE.then(|| of_side(states.clone().clamp_max(0.0)));
        self.derivatives(of_side(states.clamp_min(0.0)), minus)
    }

    /// The averages of x and x² on each side under the field.
    fn expected_energy_gradient(
        &self,
        _mean: Tensor<2>,
        field: &dyn Fn() -> Tensor<2>,
        beta: &InverseTemperature,
        average: &RowAverage,
    ) -> Derivatives {
        let halves = self.halves(field(), beta);
        let [plus, minus] = halves.raw_moments(average);
        self.derivatives(plus.expect("every unit has a positive side"), minus)
    }

    fn start_from(&mut self, moments: &Moments) {
        self.parameters = R::start(&self.parameters, moments);
    }

    /// The square root of 1/γ, averaged over the sides.
    fn interaction_scale(&self) -> Option<Tensor<1>> {
        let sides = self.sides();
        let plus = sides.plus.gamma.recip();
        let variance = match sides.minus {
            None => plus,
            Some(minus) => (plus + minus.gamma.recip()) * 0.5,
        };
        Some(variance.sqrt())
    }

    /// x → x/s with the factors s, since r(x) = x − center.
    fn divide_interaction(&mut self, factors: Tensor<1>) {
        self.parameters = R::divided(&self.parameters, &factors);
        if let Some(center) = &mut self.center {
            center.inplace(|center| center / factors);
        }
    }

    fn mirrored(&self) -> Option<Self> {
        Some(Self {
            center: self.center.clone().map(|center| -center),
            ..Self::of_parameters(R::mirrored(&self.parameters)?)
        })
    }
}

impl<R: Rectifier> Annealed for Rectified<R> {
    /// θ and γ add up in shares.
    fn between(&self, base: &Self, beta: f64) -> (Self, Option<Tensor<1>>) {
        let share = share_of_base(beta);
        let sides = merged(&self.sides(), &base.sides(), |own, base| own + base * share);
        let layer = Self {
            center: self.center.clone(),
            ..Self::of_sides(&sides)
        };
        (layer, None)
    }
}

impl<R: Rectifier> Kind for Rectified<R> {
    const NAME: &'static str = R::NAME;

    type Shape = Units;

    fn shape(&self) -> Units {
        Units {
            units: self.units(),
        }
    }

    fn from_shape(shape: &Units, options: impl Into<TensorCreationOptions>) -> Self {
        Self::new(shape.units, options)
    }
}
