//! Variances and most probable states of units, from their means.

use burn::tensor::{Tensor, TensorData};
use paysage_layers::{Layer, Support};

/// The variances of the units of a layer, from their means and the variances of their conditional
/// means: `[batch, units]`.
///
/// A unit of mean m that takes two values, low and high, has the variance (m − low)(high − m); a
/// Gaussian unit has σ² plus the variance of the conditional mean. The variance of any other unit does
/// not follow from its mean: NaN.
pub(crate) fn variance<L: Layer>(
    layer: &L,
    mean: Tensor<2>,
    variance_of_means: Tensor<2>,
) -> Tensor<2> {
    let row = |values: Vec<f64>| {
        let data = TensorData::new(values, [1, layer.units()]);
        Tensor::<2>::from_data(data, (&mean.device(), mean.dtype()))
    };
    match layer.support() {
        Support::Gaussian { variance, .. } => variance_of_means + row(variance),
        Support::Discrete { options, .. } if is_two_valued(&options) => {
            let sites = layer.units() / options[0].len();
            let ends = |end: fn(f32, f32) -> f32| {
                let of_unit = |unit: usize| options.iter().map(move |o| o[unit]).reduce(end);
                let of_site = (0..options[0].len()).filter_map(of_unit).map(f64::from);
                row(of_site.collect::<Vec<f64>>().repeat(sites))
            };
            let (low, high) = (ends(f32::min), ends(f32::max));
            ((mean.clone() - low) * (high - mean)).clamp_min(0.0)
        }
        Support::Discrete { .. } | Support::Real => mean * f64::NAN,
    }
}

/// Whether every unit of a site takes at most two values.
fn is_two_valued(options: &[Vec<f32>]) -> bool {
    (0..options[0].len()).all(|unit| {
        let mut values: Vec<f32> = options.iter().map(|option| option[unit]).collect();
        values.sort_by(f32::total_cmp);
        values.dedup();
        values.len() <= 2
    })
}

/// The states of a layer that are nearest to the means of its units, site by site: the more probable
/// value of a binary unit (1 at ½), the most probable state of a one-hot site, the mean of a real unit.
pub(crate) fn nearest<L: Layer>(layer: &L, mean: Tensor<2>) -> Tensor<2> {
    let Support::Discrete { mut options, .. } = layer.support() else {
        return mean;
    };
    // Ties take the first option, which must be 1 for a binary unit.
    options.reverse();
    let (batch, units, width) = (mean.dims()[0], layer.units(), options[0].len());
    let like = (&mean.device(), mean.dtype());
    let halves = options
        .iter()
        .map(|o| 0.5 * o.iter().map(|x| x * x).sum::<f32>());
    let halves = TensorData::new(halves.collect::<Vec<f32>>(), [1, options.len()]);
    let table = TensorData::new(options.concat(), [options.len(), width]);
    let table = Tensor::<2>::from_data(table, like);
    // −|mean − option|²/2 without the term that all options share.
    let nearness = mean
        .reshape([batch * units / width, width])
        .matmul(table.clone().transpose())
        - Tensor::<2>::from_data(halves, like);
    let best = nearness.argmax(1).squeeze_dim::<1>(1);
    table.select(0, best).reshape([batch, units])
}

#[cfg(test)]
mod tests {
    use burn::tensor::DType;
    use paysage_kernels::default_device;
    use paysage_layers::{AnyLayer, Bernoulli, Gaussian, OneHot};

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
    fn nearest_states_and_variances_follow_from_means() {
        let device = default_device().expect("a backend");
        let binary = Bernoulli::new(3, &device);
        check(
            binary,
            &[0.25, 0.5, 1.0],
            &[0.0, 1.0, 1.0],
            &[0.1875, 0.25, 0.0],
        );
        let sites = OneHot::new(2, 3, &device);
        let mean = [0.25, 0.5, 0.25, 1.0, 0.0, 0.0];
        let mode = [0.0, 1.0, 0.0, 1.0, 0.0, 0.0];
        check(sites, &mean, &mode, &[0.1875, 0.25, 0.1875, 0.0, 0.0, 0.0]);
        let real = Gaussian::new(2, &device);
        check(real, &[0.25, -3.0], &[0.25, -3.0], &[1.5, 1.5]);
    }
}
