//! Adam in one pass.

use burn::tensor::{Device, Tensor};
use burn_optim::{AdamState, AdaptiveMomentumState, LearningRate, Optimizer};
use paysage_kernels::{AdamStep, adam};

const DECAY_FIRST: f32 = 0.9;
const DECAY_SECOND: f32 = 0.999;
const EPSILON: f32 = 1e-8;

/// Adam with β₁ = 0.9, β₂ = 0.999 and ε = 10⁻⁸: [`burn_optim::Adam`] in one pass over the memory of a
/// parameter. On CPUs parameters and states are those of burn, bit for bit.
#[derive(Clone, Copy, Debug, Default)]
pub struct OnePassAdam;

impl Optimizer for OnePassAdam {
    type State<const D: usize> = AdamState<D>;

    fn step<const D: usize>(
        &self,
        rate: LearningRate,
        tensor: Tensor<D>,
        gradient: Tensor<D>,
        state: Option<AdamState<D>>,
    ) -> (Tensor<D>, Option<AdamState<D>>) {
        let (time, moments) = match state {
            Some(AdamState { momentum }) => (momentum.time, [momentum.moment_1, momentum.moment_2]),
            None => (0, [tensor.zeros_like(), tensor.zeros_like()]),
        };
        let time = time + 1;
        let step = AdamStep {
            decay_first: DECAY_FIRST,
            decay_second: DECAY_SECOND,
            epsilon: EPSILON,
            time,
            rate,
        };
        let [tensor, first, second] = adam(tensor, gradient, moments, step);
        let momentum = AdaptiveMomentumState::new(time, first, second);
        (tensor, Some(AdamState { momentum }))
    }

    fn to_device<const D: usize>(state: AdamState<D>, device: &Device) -> AdamState<D> {
        burn_optim::Adam::to_device(state, device)
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::{DType, FloatDType, Tensor, TensorData};
    use burn_optim::{AdamConfig, Optimizer};
    use paysage_kernels::{RandomKey, default_device, most_precise, normal};

    use super::OnePassAdam;

    #[test]
    fn steps_are_those_of_burn() {
        let device = default_device().expect("a backend");
        let precise = most_precise(&device);
        for dtype in [DType::F32, precise] {
            steps_are_those_of_burn_in(dtype);
        }
    }

    fn steps_are_those_of_burn_in(dtype: DType) {
        let device = default_device().expect("a backend");
        let burns = AdamConfig::new().with_epsilon(super::EPSILON).build();
        let draw = |number| {
            normal([130, 257], RandomKey::new(number), &device).cast(FloatDType::from(dtype))
        };
        let (mut ours, mut theirs) = (draw(0), draw(0));
        let (mut our_state, mut their_state) = (None, None);
        for step in 1..6 {
            let gradient = draw(step) * 10.0f64.powi(3 - step as i32);
            (ours, our_state) = OnePassAdam.step(0.01, ours, gradient.clone(), our_state);
            (theirs, their_state) = burns.step(0.01, theirs, gradient, their_state);
            // A GPU may contract products and sums.
            assert_close(ours.clone(), theirs.clone());
        }
        let [ours, theirs] = [our_state, their_state].map(|state| state.expect("a state").momentum);
        assert_eq!(ours.time, theirs.time);
        assert_close(ours.moment_1, theirs.moment_1);
        assert_close(ours.moment_2, theirs.moment_2);
    }

    fn assert_close(ours: Tensor<2>, theirs: Tensor<2>) {
        let (ours, theirs): (TensorData, TensorData) = (ours.into_data(), theirs.into_data());
        if cfg!(any(feature = "flex", feature = "ndarray")) {
            assert_eq!(ours, theirs);
        } else {
            ours.assert_approx_eq::<f32>(&theirs, Default::default());
        }
    }
}
