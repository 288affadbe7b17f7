//! What means of the units of a layer say of them.

use burn::tensor::{FloatDType, Int, Tensor, TensorData};
use paysage_layers::{Domain, Layer};

/// The variances of the units of a layer over some conditions, from their mean over these and the
/// variances of their conditional means: `[batch, units]`.
///
/// A unit with two values, low and high, has the variance (m − low)(high − m) however it came to its
/// mean m; a Gaussian unit that of its conditional mean plus σ². For other units the means do not
/// determine it: NaN.
pub(crate) fn variance<L: Layer>(
    layer: &L,
    mean: Tensor<2>,
    variance_of_means: Tensor<2>,
) -> Tensor<2> {
    if let Some(gaussian) = layer.gaussian() {
        let data = TensorData::new(gaussian.variance, [1, layer.units()]);
        let own = Tensor::<2>::from_data(data, (&mean.device(), mean.dtype()));
        return variance_of_means + own;
    }
    let domain = layer.domain();
    let has_two_values = domain.width() > 1 || domain.states().is_some_and(|states| states <= 2);
    match domain.bounds() {
        Some((low, high)) if has_two_values => {
            let (low, high) = (f64::from(low), f64::from(high));
            ((mean.clone() - low) * (-mean + high)).clamp_min(0.0)
        }
        _ => mean * f64::NAN,
    }
}

/// The states of a layer that are nearest to means of its units, site by site: of a binary unit the
/// more probable value, the larger one at the middle, of a one-hot site the likeliest state, of a real
/// unit the mean.
pub(crate) fn nearest<L: Layer>(layer: &L, mean: Tensor<2>) -> Tensor<2> {
    match layer.domain() {
        Domain::Finite { values, .. } => {
            let mut values = values.into_owned();
            values.sort_by(f32::total_cmp);
            let first = mean.full_like(values.first().copied().unwrap_or(0.0));
            values.windows(2).fold(first, |nearest, pair| {
                let middle = 0.5 * (f64::from(pair[0]) + f64::from(pair[1]));
                let above = mean.clone().greater_equal_scalar(middle);
                nearest.mask_fill(above, pair[1])
            })
        }
        Domain::OneHot { states } => {
            let [batch, units] = mean.dims();
            let by_site = mean.clone().reshape([batch, units / states, states]);
            // The first of equals is taken; that shall be the last state.
            let best = -by_site.flip([2]).argmax(2) + (states as i64 - 1);
            let index = Tensor::<1, Int>::arange(0..states as i64, &mean.device());
            let shape = [batch, units / states, states];
            let dtype: FloatDType = mean.dtype().into();
            let index = index.reshape([1, 1, states]).expand(shape);
            let chosen = index.equal(best.expand(shape));
            chosen.float().cast(dtype).reshape([batch, units])
        }
        Domain::Counts { most } => {
            let rounded = mean.round().clamp_min(0.0);
            match most {
                Some(most) => rounded.clamp_max(most),
                None => rounded,
            }
        }
        Domain::NonNegative | Domain::Interval { .. } | Domain::Real => mean,
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::DType;
    use paysage_kernels::default_device;
    use paysage_layers::{AnyLayer, Bernoulli, Gaussian, OneHot, Spin};

    use super::*;

    fn check(layer: impl Into<AnyLayer>, mean: &[f64], nearest_to: &[f64], variances: &[f64]) {
        let layer = layer.into();
        let device = default_device().expect("a backend");
        let data = TensorData::new(mean.to_vec(), [1, mean.len()]);
        let mean = Tensor::from_data(data, (&device, DType::F32));
        let read = |x: Tensor<2>| x.into_data().iter::<f64>().collect::<Vec<f64>>();
        assert_eq!(read(nearest(&layer, mean.clone())), nearest_to);
        let of_means = mean.zeros_like() + 0.5;
        assert_eq!(read(variance(&layer, mean, of_means)), variances);
    }

    #[test]
    fn means_say_what_is_likely_and_how_sure_it_is() {
        let device = default_device().expect("a backend");
        let binary = Bernoulli::new(3, &device);
        check(
            binary,
            &[0.25, 0.5, 1.0],
            &[0.0, 1.0, 1.0],
            &[0.1875, 0.25, 0.0],
        );
        let spins = Spin::new(3, &device);
        check(
            spins,
            &[-0.5, 0.0, 1.0],
            &[-1.0, 1.0, 1.0],
            &[0.75, 1.0, 0.0],
        );
        let sites = OneHot::new(2, 3, &device);
        let mean = [0.25, 0.5, 0.25, 1.0, 0.0, 0.0];
        let mode = [0.0, 1.0, 0.0, 1.0, 0.0, 0.0];
        check(sites, &mean, &mode, &[0.1875, 0.25, 0.1875, 0.0, 0.0, 0.0]);
        let real = Gaussian::new(2, &device);
        check(real, &[0.25, -3.0], &[0.25, -3.0], &[1.5, 1.5]);
    }
}
