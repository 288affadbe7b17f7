//! Single rectified units, on the host.

use super::{Side, Sides};
use crate::{
    Potential, UnitEnergy, inverse::solve_increasing, parameters::read, truncated::Standard,
};

/// A unit, with the sides that it has.
#[derive(Clone, Copy, Debug)]
pub(super) struct Unit {
    plus: Potential,
    minus: Option<Potential>,
}

impl Unit {
    /// The units of a layer.
    pub fn of_layer(sides: &Sides) -> Vec<Self> {
        let of_side = |side: &Side| -> Vec<Potential> {
            let pairs = read(&side.loc).into_iter().zip(read(&side.gamma));
            pairs.map(|(loc, gamma)| Potential { loc, gamma }).collect()
        };
        let minus = sides.minus.as_ref().map(of_side);
        let plus = of_side(&sides.plus).into_iter().enumerate();
        plus.map(|(i, plus)| Self {
            plus,
            minus: minus.as_ref().map(|units| units[i]),
        })
        .collect()
    }

    /// The field under which the unit has a mean at β = 1.
    pub fn field_of(&self, mean: f64) -> f64 {
        let bracket = match self.minus {
            None => {
                // (θ + f)/γ < m < −1/(θ + f), the second where θ + f < 0.
                const LEAST: f64 = 1e-6;
                let mean = mean.max(LEAST);
                let Potential { loc, gamma } = self.plus;
                [-1.0 / mean - loc, mean * gamma - loc]
            }
            Some(minus) => {
                let low = -above(minus.mirrored(), self.plus.mirrored(), -mean);
                [low, above(self.plus, minus, mean)]
            }
        };
        solve_increasing(mean, bracket, |field| self.mean_and_variance(field))
    }

    /// Both sides as a function of the value.
    pub const fn energy(self) -> UnitEnergy {
        let Self { plus, minus } = self;
        UnitEnergy::Sides { plus, minus }
    }

    fn mean_and_variance(&self, field: f64) -> (f64, f64) {
        let plus = self.plus.at(field);
        let Some(minus) = self.minus else {
            return (plus.mean, plus.variance);
        };
        let minus = minus.mirrored().at(-field);
        let p = 1.0 / (1.0 + (minus.log_integral - plus.log_integral).exp());
        let q = 1.0 / (1.0 + (plus.log_integral - minus.log_integral).exp());
        let between = p * q * (plus.mean + minus.mean).powi(2);
        (
            p * plus.mean - q * minus.mean,
            p * plus.variance + q * minus.variance + between,
        )
    }
}

impl Potential {
    /// The distribution on the positive side.
    fn at(self, field: f64) -> Standard {
        let scale = self.gamma.sqrt().recip();
        let standard = Standard::at((self.loc + field) * scale);
        Standard {
            log_integral: standard.log_integral + scale.ln(),
            mean: standard.mean * scale,
            variance: standard.variance * scale * scale,
        }
    }
}

/// A field at which the mean of a unit with two sides is larger than this one.
///
/// At a = √γ₊ m + 1 + √(2 ln(1 + γ₊/γ₋)) on the positive side, with θ₋ + f ≥ 0, the negative side has less
/// than a third of the weight of the positive one, and less with larger m.
fn above(plus: Potential, minus: Potential, mean: f64) -> f64 {
    let root = plus.gamma.sqrt();
    let margin = 1.0 + (2.0 * (plus.gamma / minus.gamma).ln_1p()).sqrt();
    let field = (mean.max(0.0) * root + margin) * root - plus.loc;
    field.max(-minus.loc)
}
