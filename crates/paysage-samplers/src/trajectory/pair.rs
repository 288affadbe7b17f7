//! Neighbours in a ladder: their swap rate and their difference of ln Z.

use burn::tensor::{DType, Device, Tensor, activation::log_sigmoid};
use paysage_models::{Record, RecordError, Scalar};

use super::Works;

/// What the swaps of two neighbouring machines have shown.
#[derive(Clone, Debug)]
pub(super) struct Pair {
    /// The mean swap probability: `[1]`.
    pub(super) rate: Tensor<1>,
    /// ln Z of the upper machine minus that of the lower one, in nats: `[1]`.
    pub(super) difference: Tensor<1>,
    /// The number of steps in which they took part in swaps.
    pub(super) count: usize,
}

impl Pair {
    /// Neighbours before their first swap.
    pub(super) fn unknown(options: (Device, DType)) -> Self {
        Self {
            rate: Tensor::zeros([1], (&options.0, options.1)),
            difference: Tensor::zeros([1], (&options.0, options.1)),
            count: 0,
        }
    }

    /// Two equal machines.
    pub(super) fn of_equals(options: (Device, DType)) -> Self {
        Self {
            rate: Tensor::ones([1], (&options.0, options.1)),
            ..Self::unknown(options)
        }
    }

    /// The swap probabilities of a step, with a weight of at least `least_weight` in the mean.
    pub(super) fn observe(&mut self, probabilities: &Tensor<1>, least_weight: f64) {
        let weight = (1.0 / (self.count + 1) as f64).max(least_weight);
        let (rate, new) = (self.rate.clone(), probabilities.clone().mean());
        self.rate = rate.clone() + (new - rate) * weight;
        self.count = self.count.saturating_add(1);
    }

    /// Moves the difference of ln Z towards that of a step, by a weight, without a wait for the device.
    ///
    /// The estimate of a step is C + ln ⟨σ(w − C)⟩ − ln ⟨σ(w' + C)⟩ for forward and reverse log weights w and
    /// w', σ(x) = 1/(1 + e⁻ˣ): Bennett's acceptance ratio, which is consistent for any C and has the
    /// smallest variance where C is the difference itself. C is the estimate so far.
    pub(super) fn observe_difference(&mut self, works: &Works, weight: f64) {
        let so_far = self.difference.clone();
        let forward = log_mean_logistic(works.forward.clone() - so_far.clone());
        let reverse = log_mean_logistic(works.reverse.clone() + so_far.clone());
        self.difference = so_far + (forward - reverse) * weight;
    }

    /// The neighbours that are left when the machine between two pairs leaves.
    pub(super) fn joined(below: &Self, above: &Self) -> Self {
        Self {
            rate: below.rate.clone() * above.rate.clone(),
            difference: below.difference.clone() + above.difference.clone(),
            count: 0,
        }
    }

    /// Each of the two pairs that a new machine in the middle makes.
    pub(super) fn half(&self) -> Self {
        Self {
            rate: self.rate.clone(),
            difference: self.difference.clone() * 0.5,
            count: 0,
        }
    }

    pub(super) fn record(&self, record: &mut Record, place: usize) {
        let [rate, difference] = names(place);
        record.put(rate.as_str(), &self.rate);
        record.put(difference, &self.difference);
        let count = Scalar::UInt(self.count as u64);
        record.scalars.insert(rate, count);
    }

    pub(super) fn restore(
        record: &mut Record,
        place: usize,
        options: (&Device, DType),
    ) -> Result<Self, RecordError> {
        let [rate, difference] = names(place);
        Ok(Self {
            rate: record.take::<1>(&rate, options)?,
            difference: record.take::<1>(&difference, options)?,
            count: record.take_uint(&rate)? as usize,
        })
    }
}

fn names(place: usize) -> [String; 2] {
    ["rates", "differences"].map(|name| format!("{name}.{place}"))
}

/// ln of the mean of 1/(1 + e⁻ˣ): `[1]`.
fn log_mean_logistic(x: Tensor<1>) -> Tensor<1> {
    let logarithms = log_sigmoid(x);
    let largest = logarithms.clone().max();
    (logarithms - largest.clone()).exp().mean().log() + largest
}
