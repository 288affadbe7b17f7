//! Temperatures of replicas that adapt.

use burn::tensor::{Device, Int, Tensor, TensorCreationOptions, TensorData};

/// How the temperatures of replicas adapt.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Adaptation {
    /// The smallest β, in (0, 1).
    pub lowest: f64,
    /// The swap rate that is aimed at.
    pub target: f64,
    /// The number of steps that adapt.
    pub steps: usize,
}

/// Steps after which the gain of the adaptation begins to decay. A gain of 1 is stable: a change of a
/// logarithm by 1 changes a swap rate by less than 1.
pub(crate) const STEPS_OF_FULL_GAIN: f64 = 20.0;

/// The exponent of the decay, in (½, 1] for convergence (Robbins & Monro, 1951).
pub(crate) const DECAY: f64 = 0.6;

/// The smallest gain: temperatures then follow a machine that trains.
pub(crate) const LEAST_GAIN: f64 = 0.01;

/// The largest number of steps that is counted: beyond, the numbers alternate between it and the one below.
pub(crate) const LARGEST_COUNT: i32 = i32::MAX - 1;

/// The smallest weight of a step in the swap rates while the temperatures change.
pub(crate) const LEAST_WEIGHT: f64 = 0.05;

/// The inverse temperatures of replicas in descending order from 1, by the logarithms of the gaps between
/// their temperatures: 1/β_{k+1} = 1/β_k + exp(ρ_k).
#[derive(Clone, Debug)]
pub struct TemperatureLadder {
    /// ρ: `[1, replicas − 1]`.
    pub log_gaps: Tensor<2>,
    /// The mean probability of a swap of each pair of neighbours: `[1, replicas − 1]`.
    pub rates: Tensor<2>,
    /// The number of steps so far, or beyond 2³¹ one that is as odd or even: `[1, 1]`.
    pub steps: Tensor<2, Int>,
    /// β: `[1, replicas]`.
    pub betas: Tensor<2>,
}

impl TemperatureLadder {
    /// Equally spaced β from 1 to `lowest`, for at least two replicas.
    ///
    /// ```
    /// use paysage_kernels::{TemperatureLadder, default_device};
    ///
    /// let ladder = TemperatureLadder::linear(4, 0.1, &default_device()?);
    /// let betas: Vec<f64> = ladder.betas.into_data().iter().collect();
    /// assert!(betas.iter().zip([1.0, 0.7, 0.4, 0.1]).all(|(beta, expected)| (beta - expected).abs() < 1e-6));
    /// # Ok::<(), paysage_kernels::DeviceError>(())
    /// ```
    pub fn linear(replicas: usize, lowest: f64, options: impl Into<TensorCreationOptions>) -> Self {
        let options = options.into();
        let last = (replicas - 1) as f64;
        let temperature = |k: usize| 1.0 / (1.0 - (1.0 - lowest) * k as f64 / last);
        let log_gap = |k: usize| (temperature(k + 1) - temperature(k)).ln();
        let log_gaps: Vec<f64> = (0..replicas - 1).map(log_gap).collect();
        let log_gaps = TensorData::new(log_gaps, [1, replicas - 1]);
        let steps = Self::count(0, &options.device);
        let log_gaps = Tensor::from_data(log_gaps, options);
        let rates = log_gaps.zeros_like();
        Self::new(log_gaps, rates, steps)
    }

    /// The ladder with these gaps and rates, after a number of steps that [`count`](Self::count) made.
    #[must_use]
    pub fn new(log_gaps: Tensor<2>, rates: Tensor<2>, steps: Tensor<2, Int>) -> Self {
        let temperatures = log_gaps.clone().exp().cumsum(1) + 1.0;
        let one = temperatures.clone().narrow(1, 0, 1).ones_like();
        Self {
            betas: Tensor::cat(vec![one, temperatures.recip()], 1),
            log_gaps,
            rates,
            steps,
        }
    }

    /// A number of steps as a tensor: at most 2³¹ − 2, or the odd number below.
    #[must_use]
    pub fn count(steps: u64, device: &Device) -> Tensor<2, Int> {
        let most = LARGEST_COUNT as u64 - steps % 2;
        let steps = TensorData::new(vec![steps.min(most) as i64], [1, 1]);
        Tensor::from_data(steps, device)
    }

    /// Takes the swap probabilities of a step, `[chains, replicas − 1]`, into account; on a GPU in two kernels.
    ///
    /// ρ_k ← ρ_k + γ (rate_k − target) with a decaying gain γ; then all gaps shrink by one factor, if the
    /// smallest β is below the lowest one allowed. Where it is not, all rates converge to the target;
    /// otherwise to one common rate above it.
    ///
    /// Where tensors are not f32 on a GPU, or with burn's fusion, the number of steps is read from the device.
    ///
    /// Miasojedow, Moulines & Vihola, "An adaptive parallel tempering algorithm", 2013.
    #[must_use]
    pub fn after(self, probabilities: Tensor<2>, adaptation: &Adaptation) -> Self {
        #[cfg(all(feature = "cube", not(feature = "fusion")))]
        if let Some(adapted) = crate::gpu::adapted(&self, &probabilities, adaptation) {
            return adapted;
        }
        let rates = probabilities.mean_dim(0);
        let count = self.steps.clone().into_scalar::<i64>().max(0) as usize;
        let steps = Self::count(count as u64 + 1, &self.steps.device());
        let adapts = count < adaptation.steps;
        let weight = match adapts {
            true => (1.0 / (count + 1) as f64).max(LEAST_WEIGHT),
            false => 1.0 / (count - adaptation.steps + 1) as f64,
        };
        let averaged = self.rates.clone() + (rates.clone() - self.rates) * weight;
        if !adapts {
            return Self {
                rates: averaged,
                steps,
                ..self
            };
        }
        let gain = (1.0 + count as f64 / STEPS_OF_FULL_GAIN).powf(-DECAY);
        let moved = self.log_gaps + (rates - adaptation.target) * gain.max(LEAST_GAIN);
        let excess = moved.clone().exp().sum_dim(1).log() - adaptation.log_largest();
        Self::new(moved - excess.clamp_min(0.0), averaged, steps)
    }
}

impl Adaptation {
    /// The logarithm of the largest sum of all gaps.
    pub(crate) fn log_largest(&self) -> f64 {
        (1.0 / self.lowest - 1.0).ln()
    }
}
