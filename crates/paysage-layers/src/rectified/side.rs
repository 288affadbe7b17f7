//! The distribution of rectified units, side by side.

use std::cell::OnceCell;

use burn::tensor::{Bool, Tensor, activation::softplus_with_threshold};
use paysage_kernels::plain::sigmoid;

use super::{Side, Sides};
use crate::{InverseTemperature, truncated::Truncated};

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
pub(super) struct Halves {
    pub plus: Half,
    pub minus: Option<Half>,
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

impl Halves {
    pub fn of(sides: &Sides, field: Tensor<2>, beta: &InverseTemperature) -> Self {
        let minus = sides.minus.as_ref();
        Self {
            minus: minus.map(|side| Half::of(side, -1.0, &field, beta)),
            plus: Half::of(&sides.plus, 1.0, &field, beta),
        }
    }

    /// ln of the integral over both sides, up to −½ ln β: `[batch, units]`.
    pub fn log_integral(&self) -> Tensor<2> {
        let plus = self.plus.log_integral();
        match &self.minus {
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
        let minus = self.minus.as_ref()?;
        Some(sigmoid(self.plus.log_integral() - minus.log_integral()))
    }

    /// Location, scale and sign of the sides chosen: those of the positive one where `is_plus`.
    pub fn chosen(&self, is_plus: &Tensor<2, Bool>) -> [Tensor<2>; 3] {
        let minus = self.minus.as_ref().unwrap_or(&self.plus);
        let ones = self.plus.location.ones_like();
        let choose = |minus: &Tensor<2>, plus: &Tensor<2>| {
            minus.clone().mask_where(is_plus.clone(), plus.clone())
        };
        [
            choose(&minus.location, &self.plus.location),
            choose(&minus.scale, &self.plus.scale),
            choose(&-ones.clone(), &ones),
        ]
    }

    pub fn mean(&self) -> Tensor<2> {
        let mean = self.plus.mean();
        match (self.probability(), &self.minus) {
            (Some(probability), Some(minus)) => {
                let below = minus.mean();
                (mean + below.clone()) * probability - below
            }
            _ => mean,
        }
    }

    /// p₊v₊ + p₋v₋ + p₊p₋(m₊ − m₋)².
    pub fn variance(&self) -> Tensor<2> {
        let (above, variance) = self.plus.mean_and_variance();
        match (self.probability(), &self.minus) {
            (Some(p), Some(minus)) => {
                let (below, other) = minus.mean_and_variance();
                let q = -p.clone() + 1.0;
                let between = p.clone() * q.clone() * (above + below).square();
                p * variance + q * other + between
            }
            _ => variance,
        }
    }

    /// The contributions of each side to the means of x and x².
    pub fn raw_moments(&self) -> [Option<[Tensor<2>; 2]>; 2] {
        let probability = self.probability();
        let of_half = |half: &Half, sign: f64, probability: Option<Tensor<2>>| {
            let (mean, variance) = half.mean_and_variance();
            let square = variance + mean.clone().square();
            match probability {
                Some(p) => [mean * p.clone() * sign, square * p],
                None => [mean * sign, square],
            }
        };
        let plus = of_half(&self.plus, 1.0, probability.clone());
        let rest = probability.map(|p| -p + 1.0);
        let minus = self.minus.as_ref();
        [Some(plus), minus.map(|half| of_half(half, -1.0, rest))]
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
