//! The inverse temperatures of replicas, and their adaptation.

use burn::tensor::{Tensor, TensorCreationOptions, TensorData};

/// How a [`Ladder`] adapts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Adaptation {
    /// The smallest β.
    pub(crate) lowest: f64,
    /// The swap rate that is aimed at.
    pub(crate) target: f64,
    /// The number of steps that adapt.
    pub(crate) steps: usize,
}

/// Steps after which the gain of the adaptation begins to decay. A gain of 1 is stable: a change of a
/// logarithm by 1 changes a swap rate by less than 1.
const STEPS_OF_FULL_GAIN: f64 = 20.0;

/// The exponent of the decay, in (½, 1] for convergence (Robbins & Monro, 1951).
const DECAY: f64 = 0.6;

/// The smallest gain: temperatures then follow a machine that trains.
const LEAST_GAIN: f64 = 0.01;

/// The smallest weight of a step in the swap rates while the temperatures change.
const LEAST_WEIGHT: f64 = 0.05;

/// The inverse temperatures of replicas in descending order from 1, by the logarithms of the gaps between
/// their temperatures: 1/β_{k+1} = 1/β_k + exp(ρ_k).
#[derive(Clone, Debug)]
pub(crate) struct Ladder {
    /// ρ: `[1, replicas − 1]`.
    pub(crate) log_gaps: Tensor<2>,
    /// The mean probability of a swap of each pair of neighbours: `[1, replicas − 1]`.
    pub(crate) rates: Tensor<2>,
    /// The number of steps so far.
    pub(crate) steps: usize,
}

impl Ladder {
    /// Equally spaced β from 1 to `lowest`.
    pub(crate) fn linear(
        replicas: usize,
        lowest: f64,
        options: impl Into<TensorCreationOptions>,
    ) -> Self {
        let last = (replicas - 1) as f64;
        let temperature = |k: usize| 1.0 / (1.0 - (1.0 - lowest) * k as f64 / last);
        let log_gap = |k: usize| (temperature(k + 1) - temperature(k)).ln();
        let log_gaps: Vec<f64> = (0..replicas - 1).map(log_gap).collect();
        let log_gaps = TensorData::new(log_gaps, [1, replicas - 1]);
        let log_gaps = Tensor::from_data(log_gaps, options);
        Self {
            rates: log_gaps.zeros_like(),
            log_gaps,
            steps: 0,
        }
    }

    /// The inverse temperatures: `[1, replicas]`.
    pub(crate) fn betas(&self) -> Tensor<2> {
        let temperatures = self.log_gaps.clone().exp().cumsum(1) + 1.0;
        let one = temperatures.clone().narrow(1, 0, 1).ones_like();
        Tensor::cat(vec![one, temperatures.recip()], 1)
    }

    /// Takes the swap probabilities of a step, `[chains, replicas − 1]`, into account.
    ///
    /// ρ_k ← ρ_k + γ (rate_k − target) with a decaying gain γ; then all gaps shrink by one factor, if the
    /// smallest β is below the lowest one allowed. Where it is not, all rates converge to the target;
    /// otherwise to one common rate above it.
    ///
    /// Miasojedow, Moulines & Vihola, "An adaptive parallel tempering algorithm", 2013.
    pub(crate) fn after(self, probabilities: Tensor<2>, adaptation: &Adaptation) -> Self {
        let step = probabilities.mean_dim(0);
        let adapts = self.steps < adaptation.steps;
        let weight = match adapts {
            true => (1.0 / (self.steps + 1) as f64).max(LEAST_WEIGHT),
            false => 1.0 / (self.steps - adaptation.steps + 1) as f64,
        };
        let rates = self.rates.clone() + (step.clone() - self.rates) * weight;
        let log_gaps = match adapts {
            true => {
                let gain = (1.0 + self.steps as f64 / STEPS_OF_FULL_GAIN).powf(-DECAY);
                let moved = self.log_gaps + (step - adaptation.target) * gain.max(LEAST_GAIN);
                let largest = (1.0 / adaptation.lowest - 1.0).ln();
                let excess = moved.clone().exp().sum_dim(1).log() - largest;
                moved - excess.clamp_min(0.0)
            }
            false => self.log_gaps,
        };
        Self {
            log_gaps,
            rates,
            steps: self.steps.saturating_add(1),
        }
    }
}

#[cfg(test)]
mod tests {
    use paysage_testkit::machines::{device, dtype};

    use super::*;

    const ADAPTATION: Adaptation = Adaptation {
        lowest: 0.1,
        target: 0.3,
        steps: 2000,
    };

    fn values(tensor: Tensor<2>) -> Vec<f64> {
        tensor.into_data().iter().collect()
    }

    #[test]
    fn a_new_ladder_is_linear() {
        let ladder = Ladder::linear(4, 0.1, (&device(), dtype()));
        for (found, expected) in values(ladder.betas()).iter().zip([1.0, 0.7, 0.4, 0.1]) {
            assert!((found - expected).abs() < 1e-6, "{found}");
        }
    }

    /// n independent harmonic oscillators: a swap rate is a function of the ratio of temperatures, here
    /// exp(−c |ln ratio|).
    fn adapted(cost: f64) -> Ladder {
        let mut ladder = Ladder::linear(6, ADAPTATION.lowest, (&device(), dtype()));
        for _ in 0..ADAPTATION.steps {
            let betas = ladder.betas().log();
            let ratios = betas.clone().narrow(1, 0, 5) - betas.narrow(1, 1, 5);
            ladder = ladder.after((ratios * -cost).exp(), &ADAPTATION);
        }
        ladder
    }

    #[test]
    fn temperatures_adapt_to_the_target_rate() {
        // ln ratio = −ln(0.3)/c, which keeps the lowest β above 0.1.
        let cost = 10.0;
        let ladder = adapted(cost);
        let ratio = ADAPTATION.target.powf(1.0 / cost);
        for (k, beta) in values(ladder.betas()).into_iter().enumerate() {
            let expected = ratio.powi(k as i32);
            assert!((beta - expected).abs() < 1e-3, "{k}: {beta}, {expected}");
        }
        for rate in values(ladder.rates) {
            assert!((rate - ADAPTATION.target).abs() < 1e-2, "{rate}");
        }
    }

    #[test]
    fn rates_are_equal_where_the_lowest_temperature_is_reached() {
        let ladder = adapted(1.0);
        let betas = values(ladder.betas());
        assert!((betas[5] - ADAPTATION.lowest).abs() < 1e-4, "{betas:?}");
        let expected = ADAPTATION.lowest.powf(1.0 / 5.0);
        for rate in values(ladder.rates) {
            assert!((rate - expected).abs() < 1e-2, "{rate}");
        }
    }

    #[test]
    fn temperatures_stay_once_adaptation_is_over() {
        let mut ladder = adapted(10.0);
        let before = values(ladder.betas());
        let options = (&device(), dtype());
        for rate in [0.0, 1.0] {
            ladder = ladder.after(Tensor::full([7, 5], rate, options), &ADAPTATION);
        }
        assert_eq!(values(ladder.betas()), before);
        assert_eq!(values(ladder.rates), [0.5; 5]);
    }
}
