//! Rectified units in the TAP expansion.
//!
//! Of given θ and γ, the units are an exponential family of one parameter, the field, so that all
//! cumulants are functions of the mean. At a fixed mean they depend on θ and γ.

use burn::tensor::Tensor;

use super::{
    Rectified, Rectifier,
    side::{Half, Halves},
    unit::Unit,
};
use crate::{
    CavityFields, Conditional, Cumulants, Derivatives, InverseTemperature, Layer,
    NaturalParameters, RowAverage, Tap, inverse::on_host, parameters::total, tap::sum,
};

impl<R: Rectifier> Tap for Rectified<R> {
    fn cumulants(&self, natural: &NaturalParameters) -> Cumulants {
        let moments = Moments::of(&self.alone(natural.field.clone()));
        Cumulants {
            second: moments.central(2),
            third: moments.central(3),
            mean: moments.mean,
        }
    }

    fn cumulants_of_means(&self, means: Tensor<2>) -> Cumulants {
        let field = self.field_of(means.clone());
        Cumulants {
            mean: means,
            ..self.cumulants(&NaturalParameters::of_field(field))
        }
    }

    fn natural_parameters(&self, at: &Cumulants) -> NaturalParameters {
        NaturalParameters::of_field(self.field_of(at.mean.clone()))
    }

    /// ∂κ₂/∂m = κ₃/κ₂ and ∂κ₃/∂m = κ₄/κ₂.
    fn self_consistency(&self, at: &Cumulants, cavity: &CavityFields) -> NaturalParameters {
        let second = || at.third.clone() / at.second.clone();
        let third = || {
            let moments = Moments::of(&self.alone(self.field_of(at.mean.clone())));
            moments.fourth_cumulant() / at.second.clone()
        };
        NaturalParameters::of_field(cavity.through_mean(second, third))
    }

    /// The means in units of 1/√γ₊.
    fn standardized(&self, at: &Cumulants) -> Tensor<2> {
        at.mean.clone() * self.sides().plus.gamma.sqrt().unsqueeze()
    }

    /// The Legendre transform ln Z(f) − f·⟨r⟩.
    fn entropy(&self, at: &Cumulants) -> Tensor<1> {
        let field = self.field_of(at.mean.clone());
        let product = total(field.clone() * self.interaction(at.mean.clone()));
        self.log_partition(field, &InverseTemperature::ONE) - product
    }

    fn expansion_gradient(
        &self,
        at: &Cumulants,
        cavity: &CavityFields,
        average: &RowAverage,
    ) -> Derivatives {
        let moments = Moments::of(&self.alone(self.field_of(at.mean.clone())));
        let of_side = |side: &Part| {
            [1, 2].map(|power| average.columns(moments.derivative(side, power, cavity)))
        };
        let minus = moments.minus.as_ref().map(of_side);
        self.derivatives(of_side(&moments.plus), minus)
    }
}

impl<R: Rectifier> Rectified<R> {
    fn alone(&self, field: Tensor<2>) -> Halves<'static> {
        self.halves(field, &InverseTemperature::ONE)
    }

    /// The field of each mean.
    fn field_of(&self, means: Tensor<2>) -> Tensor<2> {
        let units = Unit::of_layer(&self.sides());
        on_host(means, |mean, unit| units[unit].field_of(mean))
    }
}

/// One side of the distribution: its probability p, and p⟨(x − m)ᵏ⟩ over it for k = 0 to 5, with the mean
/// m of all.
struct Part {
    about_mean: Vec<Tensor<2>>,
}

/// Moments of both sides.
struct Moments {
    mean: Tensor<2>,
    plus: Part,
    minus: Option<Part>,
}

impl Moments {
    fn of(halves: &Halves<'_>) -> Self {
        let (mean, probability) = (halves.mean(), halves.probability());
        let rest = probability.clone().map(|p| -p + 1.0);
        let plus = Part::of(halves.plus(), 1.0, probability, &mean);
        let minus = halves.minus();
        Self {
            minus: minus.map(|half| Part::of(half, -1.0, rest, &mean)),
            plus,
            mean,
        }
    }

    /// ⟨(x − m)ᵏ⟩.
    fn central(&self, order: usize) -> Tensor<2> {
        let plus = self.plus.about_mean[order].clone();
        let minus = self.minus.as_ref();
        sum(
            plus,
            [minus.map(|part| part.about_mean[order].clone()), None],
        )
    }

    /// κ₄ = ⟨(x − m)⁴⟩ − 3κ₂².
    fn fourth_cumulant(&self) -> Tensor<2> {
        self.central(4) - self.central(2).square() * 3.0
    }

    /// The derivative of ln Z and of the neighbours' terms at a fixed mean in the coefficient of the
    /// statistic T = xᵏ of one side, k = 1 or 2.
    ///
    /// That of κₙ is κ(x, …, x, T) − κ(x, T) κₙ₊₁/κ₂, for the field follows to keep the mean.
    fn derivative(&self, side: &Part, power: usize, cavity: &CavityFields) -> Tensor<2> {
        // ⟨(x − m)ᵏ T⟩, by x = (x − m) + m.
        let with = |order: usize| {
            let part = |k: usize| side.about_mean[k].clone();
            let linear = |k: usize| part(k + 1) + self.mean.clone() * part(k);
            match power {
                1 => linear(order),
                _ => linear(order + 1) + self.mean.clone() * linear(order),
            }
        };
        let (second, third) = (self.central(2), self.central(3));
        let (mean, slope) = (with(0), with(1) / second.clone());
        let of_second = with(2) - second.clone() * mean.clone() - third.clone() * slope.clone();
        let of_third = || {
            let joint = with(3) - third.clone() * mean.clone() - second.clone() * with(1) * 3.0;
            joint - self.fourth_cumulant() * slope.clone()
        };
        let second = cavity.second.clone().map(|field| field * of_second);
        let third = cavity.third.clone().map(|field| field * of_third());
        sum(mean.clone(), [second, third])
    }
}

impl Part {
    fn of(half: &Half, sign: f64, probability: Option<Tensor<2>>, mean: &Tensor<2>) -> Self {
        let (center, moments) = half.standard().central_moments();
        let scale = half.scale.clone() * sign;
        let distance = center * scale.clone() - mean.clone();
        let mut own = vec![mean.ones_like(), mean.zeros_like()];
        let powers = (2..).map(|order| scale.clone().powi_scalar(order));
        own.extend(moments.into_iter().zip(powers).map(|(x, scale)| x * scale));
        let about_mean = (0..=5).map(|order: usize| {
            // ⟨(x − m)ᵏ⟩ = Σ C(k, i) ⟨(x − m_side)ⁱ⟩ (m_side − m)ᵏ⁻ⁱ.
            let (mut moment, mut ways) = (own[0].clone(), 1.0);
            for (i, own) in own.iter().enumerate().take(order + 1).skip(1) {
                ways *= (order + 1 - i) as f64 / i as f64;
                moment = moment * distance.clone() + own.clone() * ways;
            }
            match &probability {
                Some(p) => moment * p.clone(),
                None => moment,
            }
        });
        Self {
            about_mean: about_mean.collect(),
        }
    }
}
