//! Double rectified units with parameters for their average and their asymmetry.

use burn::tensor::Tensor;

use crate::{Moments, Rectified, Rectifier, Side, Sides, drelu::normal_sides};

/// A layer of double rectified units, with the parameters θ, γ, Δ and η of Tubiana et al.
///
/// It has the energies of [`DRelu`](crate::DRelu) with γ± = γ/(1 ± η), θ₊ = θ + Δ/(1 + η) and
/// θ₋ = θ − Δ/(1 − η), where θ = loc, γ = exp(log_gamma), Δ = delta and η = eta, limited to ±0.999: the
/// constraint `ParameterRanges` of `paysage-optimizers` keeps η within these limits in training.
///
/// Tubiana, Cocco & Monasson, "Learning compositional representations of interacting systems with
/// restricted Boltzmann machines", 2019.
pub type PRelu = Rectified<PReluParameters>;

/// The parameters of [`PRelu`] layers: θ, ln γ, Δ and η.
#[derive(Clone, Copy, Debug, Default)]
pub struct PReluParameters;

/// The largest |η|: at 1 the energy of one side is infinite.
const MOST: f64 = 0.999;

impl Rectifier for PReluParameters {
    const NAME: &'static str = "prelu";
    const PARAMETERS: &'static [&'static str] = &["loc", "log_gamma", "delta", "eta"];

    fn range(name: &str) -> Option<[f64; 2]> {
        (name == "eta").then_some([-MOST, MOST])
    }

    fn sides(parameters: &[Tensor<1>]) -> Sides {
        Skewed::of(parameters).sides()
    }

    fn parameters(sides: &Sides) -> Vec<Tensor<1>> {
        let skewed = Skewed::of_sides(sides);
        vec![skewed.loc, skewed.gamma.log(), skewed.delta, skewed.eta]
    }

    fn pull_back(parameters: &[Tensor<1>], derivatives: &Sides) -> Vec<Tensor<1>> {
        Skewed::of(parameters).pull_back(derivatives).to_vec()
    }

    fn start(parameters: &[Tensor<1>], moments: &Moments) -> Vec<Tensor<1>> {
        Self::parameters(&normal_sides(&parameters[0], moments))
    }

    fn divided(parameters: &[Tensor<1>], factors: &Tensor<1>) -> Vec<Tensor<1>> {
        divided(Self::PARAMETERS, parameters, factors)
    }

    fn mirrored(parameters: &[Tensor<1>]) -> Option<Vec<Tensor<1>>> {
        Some(mirrored(Self::PARAMETERS, parameters))
    }
}

/// The parameters of units x/s in these names: θ and Δ are multiplied by s, γ by s².
///
/// It is exact also where one side is much steeper than the other, where η loses digits.
pub(crate) fn divided(
    names: &[&str],
    parameters: &[Tensor<1>],
    factors: &Tensor<1>,
) -> Vec<Tensor<1>> {
    let named = names.iter().zip(parameters);
    let divided = named.map(|(name, parameter)| match *name {
        "loc" | "delta" => parameter.clone() * factors.clone(),
        "log_gamma" => parameter.clone() + factors.clone().log() * 2.0,
        _ => parameter.clone(),
    });
    divided.collect()
}

/// The parameters of units −x in these names: θ and η (or ξ) change their signs.
pub(crate) fn mirrored(names: &[&str], parameters: &[Tensor<1>]) -> Vec<Tensor<1>> {
    let named = names.iter().zip(parameters);
    let mirrored = named.map(|(name, parameter)| match *name {
        "loc" | "eta" | "xi" => -parameter.clone(),
        _ => parameter.clone(),
    });
    mirrored.collect()
}

/// θ, γ, Δ and η.
pub(crate) struct Skewed {
    pub loc: Tensor<1>,
    pub gamma: Tensor<1>,
    pub delta: Tensor<1>,
    pub eta: Tensor<1>,
}

impl Skewed {
    fn of(parameters: &[Tensor<1>]) -> Self {
        Self {
            loc: parameters[0].clone(),
            gamma: parameters[1].clone().exp(),
            delta: parameters[2].clone(),
            eta: parameters[3].clone().clamp(-MOST, MOST),
        }
    }

    /// 1/(1 + η) and 1/(1 − η).
    fn factors(&self) -> (Tensor<1>, Tensor<1>) {
        let (plus, minus) = (self.eta.clone() + 1.0, -self.eta.clone() + 1.0);
        (plus.recip(), minus.recip())
    }

    pub fn sides(&self) -> Sides {
        let (plus, minus) = self.factors();
        let side = |factor: Tensor<1>, delta: Tensor<1>| Side {
            loc: self.loc.clone() + delta * factor.clone(),
            gamma: self.gamma.clone() * factor,
        };
        Sides {
            plus: side(plus, self.delta.clone()),
            minus: Some(side(minus, -self.delta.clone())),
        }
    }

    /// γ = 2γ₊γ₋/(γ₊ + γ₋), η = (γ₋ − γ₊)/(γ₊ + γ₋), Δ = (θ₊ − θ₋)(1 − η²)/2.
    pub fn of_sides(sides: &Sides) -> Self {
        let (plus, minus) = sides.both();
        let sum = plus.gamma.clone() + minus.gamma.clone();
        let eta = (minus.gamma.clone() - plus.gamma.clone()) / sum.clone();
        let room = -eta.clone().square() + 1.0;
        let delta = (plus.loc.clone() - minus.loc.clone()) * room * 0.5;
        Self {
            loc: plus.loc.clone() - delta.clone() / (eta.clone() + 1.0),
            gamma: plus.gamma.clone() * minus.gamma.clone() / sum * 2.0,
            delta,
            eta,
        }
    }

    /// The derivatives in θ, ln γ, Δ and η.
    pub fn pull_back(&self, derivatives: &Sides) -> [Tensor<1>; 4] {
        let (plus, minus) = self.factors();
        let (of_plus, of_minus) = derivatives.both();
        let in_side = |side: &Side, factor: &Tensor<1>, sign: f64| {
            let of_loc = side.loc.clone() * self.delta.clone();
            let of_gamma = side.gamma.clone() * self.gamma.clone() * sign;
            (of_loc + of_gamma) * factor.clone().square()
        };
        let scaled = |side: &Side, factor: &Tensor<1>| {
            side.gamma.clone() * self.gamma.clone() * factor.clone()
        };
        [
            of_plus.loc.clone() + of_minus.loc.clone(),
            scaled(of_plus, &plus) + scaled(of_minus, &minus),
            of_plus.loc.clone() * plus.clone() - of_minus.loc.clone() * minus.clone(),
            -in_side(of_plus, &plus, 1.0) - in_side(of_minus, &minus, -1.0),
        ]
    }
}
