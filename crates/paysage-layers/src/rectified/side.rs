//! The distribution of rectified units, side by side.

use std::cell::OnceCell;

use burn::tensor::{Bool, Tensor, activation::softplus_with_threshold};
use paysage_kernels::{RandomKey, RectifiedQuantity, plain::sigmoid, rectified, sample_rectified};

use super::{Side, Sides};
use crate::{InverseTemperature, RowAverage, truncated::Truncated};

/// The distribution on one side of 0, of |x|.
#[derive(Clone, Debug)]
pub(super) struct Half {
    /// a = (θ + f) √(β/γ), with the sign of the side: `[batch, units]`.
    pub location: Tensor<2>,
    /// 1/√(βγ): `[batch, units]`.
    pub scale: Tensor<2>,
    /// −½ ln γ: `[1, units]`.
    log_spread: Tensor<2>,
    standard: OnceCell<Truncated>,
}

/// The distribution on both sides.
#[derive(Clone, Debug)]
pub(super) struct Halves<'a> {
    sides: Sides,
    field: Tensor<2>,
    beta: &'a InverseTemperature,
    split: OnceCell<Split>,
}

/// The sides one by one, for ordinary tensor operations.
#[derive(Clone, Debug)]
struct Split {
    plus: Half,
    minus: Option<Half>,
}

impl Half {
    fn of(side: &Side, sign: f64, field: &Tensor<2>, beta: &InverseTemperature) -> Self {
        let spread = side.gamma.clone().powf_scalar(-0.5).unsqueeze::<2>();
        let loc = (field.clone() + side.loc.clone().unsqueeze()) * spread.clone() * sign;
        let location = beta.powf(0.5).scale(loc);
        let scale = beta.powf(-0.5).scale(spread.clone().expand(field.dims()));
        Self {
            location,
            scale,
            log_spread: spread.log(),
            standard: OnceCell::new(),
        }
    }

    /// The distribution of |x|/scale, which a sample of one side does not need.
    pub fn standard(&self) -> &Truncated {
        let of_location = || Truncated::new(self.location.clone());
        self.standard.get_or_init(of_location)
    }

    /// ln of the integral of the side, without the −½ ln β that both sides have.
    fn log_integral(&self) -> Tensor<2> {
        self.standard().log_integral() + self.log_spread.clone()
    }

    /// ⟨|x|⟩.
    pub fn mean(&self) -> Tensor<2> {
        self.standard().mean() * self.scale.clone()
    }

    /// The mean and the variance of |x|.
    fn mean_and_variance(&self) -> (Tensor<2>, Tensor<2>) {
        let (mean, variance) = self.standard().mean_and_variance();
        let scale = || self.scale.clone();
        (mean * scale(), variance * scale().square())
    }
}

impl<'a> Halves<'a> {
    pub const fn of(sides: Sides, field: Tensor<2>, beta: &'a InverseTemperature) -> Self {
        let split = OnceCell::new();
        Self {
            sides,
            field,
            beta,
            split,
        }
    }

    fn split(&self) -> &Split {
        let half = |side, sign| Half::of(side, sign, &self.field, self.beta);
        self.split.get_or_init(|| Split {
            plus: half(&self.sides.plus, 1.0),
            minus: self.sides.minus.as_ref().map(|side| half(side, -1.0)),
        })
    }

    pub fn plus(&self) -> &Half {
        &self.split().plus
    }

    pub fn minus(&self) -> Option<&Half> {
        self.split().minus.as_ref()
    }

    /// A quantity by a kernel, where there is one.
    fn computed(&self, quantity: RectifiedQuantity) -> Option<Tensor<2>> {
        rectified(quantity, &self.field, self.sides.units(), self.beta)
    }

    /// Samples by a kernel, where there is one.
    pub fn sample(&self, key: RandomKey) -> Option<Tensor<2>> {
        sample_rectified(&self.field, self.sides.units(), self.beta, key)
    }

    /// ln of the integral over both sides, up to −½ ln β: `[batch, units]`.
    pub fn log_integral(&self) -> Tensor<2> {
        if let Some(found) = self.computed(RectifiedQuantity::LogIntegral) {
            return found;
        }
        let plus = self.plus().log_integral();
        match self.minus() {
            None => plus,
            // ln(p + q) = ln p + ln(1 + exp(ln q − ln p)).
            Some(minus) => {
                let difference = minus.log_integral() - plus.clone();
                plus + softplus_with_threshold(difference, 1.0, 40.0)
            }
        }
    }

    /// The probability of x ≥ 0; `None` where it is 1.
    pub fn probability(&self) -> Option<Tensor<2>> {
        self.sides.minus.as_ref()?;
        if let Some(found) = self.computed(RectifiedQuantity::Probability) {
            return Some(found);
        }
        let minus = self.minus()?.log_integral();
        Some(sigmoid(self.plus().log_integral() - minus))
    }

    /// Location, scale and sign of the sides chosen: those of the positive one where `is_plus`.
    pub fn chosen(&self, is_plus: &Tensor<2, Bool>) -> [Tensor<2>; 3] {
        let plus = self.plus();
        let minus = self.minus().unwrap_or(plus);
        let ones = plus.location.ones_like();
        let choose = |minus: &Tensor<2>, plus: &Tensor<2>| {
            minus.clone().mask_where(is_plus.clone(), plus.clone())
        };
        [
            choose(&minus.location, &plus.location),
            choose(&minus.scale, &plus.scale),
            choose(&-ones.clone(), &ones),
        ]
    }

    pub fn mean(&self) -> Tensor<2> {
        if let Some(found) = self.computed(RectifiedQuantity::Mean) {
            return found;
        }
        let mean = self.plus().mean();
        match (self.probability(), self.minus()) {
            (Some(probability), Some(minus)) => {
                let below = minus.mean();
                (mean + below.clone()) * probability - below
            }
            _ => mean,
        }
    }

    /// p₊v₊ + p₋v₋ + p₊p₋(m₊ − m₋)².
    pub fn variance(&self) -> Tensor<2> {
        if let Some(found) = self.computed(RectifiedQuantity::Variance) {
            return found;
        }
        let (above, variance) = self.plus().mean_and_variance();
        match (self.probability(), self.minus()) {
            (Some(p), Some(minus)) => {
                let (below, other) = minus.mean_and_variance();
                let q = -p.clone() + 1.0;
                let between = p.clone() * q.clone() * (above + below).square();
                p * variance + q * other + between
            }
            _ => variance,
        }
    }

    /// The averages over the rows of the contributions of each side to the means of x and x².
    pub fn raw_moments(&self, average: &RowAverage) -> [Option<[Tensor<1>; 2]>; 2] {
        if let Some(found) = self.computed(RectifiedQuantity::RawMoments) {
            let (all, units) = (average.columns(found), self.field.dims()[1]);
            let part = |part: usize| all.clone().narrow(0, part * units, units);
            let minus = self.sides.minus.as_ref();
            return [Some([part(0), part(1)]), minus.map(|_| [part(2), part(3)])];
        }
        let probability = self.probability();
        let of_half = |half: &Half, sign: f64, probability: Option<Tensor<2>>| {
            let (mean, variance) = half.mean_and_variance();
            let square = variance + mean.clone().square();
            let moments = match probability {
                Some(p) => [mean * p.clone() * sign, square * p],
                None => [mean * sign, square],
            };
            moments.map(|x| average.columns(x))
        };
        let plus = of_half(self.plus(), 1.0, probability.clone());
        let rest = probability.map(|p| -p + 1.0);
        [
            Some(plus),
            self.minus().map(|half| of_half(half, -1.0, rest)),
        ]
    }
}

/// Side by side a function of θ, and of γ, of two energies.
pub(super) fn merged(
    left: &Sides,
    right: &Sides,
    with: impl Fn(Tensor<1>, Tensor<1>) -> Tensor<1>,
) -> Sides {
    let side = |left: &Side, right: &Side| Side {
        loc: with(left.loc.clone(), right.loc.clone()),
        gamma: with(left.gamma.clone(), right.gamma.clone()),
    };
    Sides {
        plus: side(&left.plus, &right.plus),
        minus: match (&left.minus, &right.minus) {
            (Some(left), Some(right)) => Some(side(left, right)),
            _ => None,
        },
    }
}
