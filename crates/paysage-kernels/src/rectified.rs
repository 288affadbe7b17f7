//! Units with a truncated normal distribution on one side of 0 or on both.

use burn::tensor::{Tensor, TensorData};
use rayon::prelude::*;

use crate::{
    InverseTemperature, RandomKey,
    backend::has_kernels_per_row,
    cpu::{
        per_row::PerRow,
        rectified::{Rectified, SideGroup},
    },
    inversion::{midpoint, truncated, uniforms},
    units::{assert_rows, assert_units},
};

/// The energy γx²/2 − θx of units on one side of 0.
#[derive(Clone, Copy, Debug)]
pub struct RectifiedSide<'a> {
    /// θ: `[units]`.
    pub loc: &'a Tensor<1>,
    /// γ, greater than 0: `[units]`.
    pub gamma: &'a Tensor<1>,
}

/// Units with energies on each side of 0.
#[derive(Clone, Copy, Debug)]
pub struct RectifiedUnits<'a> {
    /// The side x ≥ 0.
    pub plus: RectifiedSide<'a>,
    /// The side x < 0; `None` where units are never negative.
    pub minus: Option<RectifiedSide<'a>>,
}

/// What [`rectified`] computes of each unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RectifiedQuantity {
    /// ln ∫ exp(β((θ + f)x − γx²/2)) dx + ½ ln β.
    LogIntegral,
    /// The probability of x ≥ 0.
    Probability,
    /// The mean.
    Mean,
    /// The variance.
    Variance,
    /// The contributions of x ≥ 0 to the means of x and of x², and of units with two sides those of x < 0.
    RawMoments,
}

impl RectifiedQuantity {
    /// Number of values for each unit.
    pub(crate) const fn parts(self, has_minus: bool) -> usize {
        match (self, has_minus) {
            (Self::RawMoments, false) => 2,
            (Self::RawMoments, true) => 4,
            _ => 1,
        }
    }
}

/// A quantity of units given their fields `[batch, units]`, under which each side has the density
/// ∝ exp(β((θ + f)x − γx²/2)): `[batch, units]`, and of several values for each unit
/// `[batch, values · units]`. `None` where the backend has no kernel, as on GPUs, and for other types
/// than f32.
///
/// ```
/// use burn::tensor::Tensor;
/// use paysage_kernels::{
///     InverseTemperature, RectifiedQuantity, RectifiedSide, RectifiedUnits, default_device, rectified,
/// };
///
/// let device = default_device()?;
/// let (loc, gamma) = (Tensor::zeros([1], &device), Tensor::ones([1], &device));
/// let plus = RectifiedSide { loc: &loc, gamma: &gamma };
/// let units = RectifiedUnits { plus, minus: None };
/// let field = Tensor::zeros([1, 1], &device);
/// let mean = rectified(RectifiedQuantity::Mean, &field, units, &InverseTemperature::ONE);
/// // Half a normal distribution.
/// if let Some(mean) = mean {
///     let expected = std::f32::consts::FRAC_2_PI.sqrt();
///     assert!((mean.into_scalar::<f32>() - expected).abs() < 1e-6);
/// }
/// # Ok::<(), paysage_kernels::DeviceError>(())
/// ```
///
/// # Panics
///
/// When the parameters do not fit the field.
#[must_use]
pub fn rectified(
    quantity: RectifiedQuantity,
    field: &Tensor<2>,
    units: RectifiedUnits<'_>,
    beta: &InverseTemperature,
) -> Option<Tensor<2>> {
    let host = Host::of(field, units, beta)?;
    let results = host.compute(quantity);
    let [batch, columns] = field.dims();
    let parts = quantity.parts(units.minus.is_some());
    let data = TensorData::new(results, [batch, columns * parts]);
    Some(Tensor::from_data(data, (&field.device(), field.dtype())))
}

/// Samples of units given their fields, by the choice of a side with one number of `key.split(0)` and
/// inversion with one of `key.split(1)`: `[batch, units]`. `None` where [`rectified`] is.
///
/// # Panics
///
/// When the parameters do not fit the field.
#[must_use]
pub fn sample_rectified(
    field: &Tensor<2>,
    units: RectifiedUnits<'_>,
    beta: &InverseTemperature,
    key: RandomKey,
) -> Option<Tensor<2>> {
    /// Number of samples per task.
    const SHARE: usize = 256;
    let host = Host::of(field, units, beta)?;
    let shape = field.dims();
    let choices = host.minus.as_ref().map(|minus| {
        let probabilities = host.compute(RectifiedQuantity::Probability);
        (minus, probabilities, uniforms(shape, key.split(0)))
    });
    // Units with one side need no choice.
    let numbers = uniforms(shape, if choices.is_some() { key.split(1) } else { key });
    let sample = |(index, &field): (usize, &f32)| {
        let (row, unit) = (index / shape[1], index % shape[1]);
        let (side, sign) = match &choices {
            Some((minus, p, u)) if u[index] >= p[index] => (*minus, -1.0),
            _ => (&host.plus, 1.0),
        };
        let spread = side.gamma[unit].sqrt().recip();
        let root_beta = PerRow::of(host.root_beta(), row);
        let location = (field + side.loc[unit]) * spread * (sign * root_beta);
        let x = truncated::normal(midpoint(numbers[index]), location.into());
        x as f32 * (spread / root_beta) * sign
    };
    let fields = host.fields.par_iter().enumerate().with_min_len(SHARE);
    let samples: Vec<f32> = fields.map(sample).collect();
    let options = (&field.device(), field.dtype());
    Some(Tensor::from_data(TensorData::new(samples, shape), options))
}

/// θ and γ of one side in host memory.
struct HostSide {
    loc: Vec<f32>,
    gamma: Vec<f32>,
}

/// Fields and parameters in host memory.
struct Host {
    fields: Vec<f32>,
    plus: HostSide,
    minus: Option<HostSide>,
    /// √β, one for all rows or one for each.
    root_beta: Vec<f32>,
    is_shared: bool,
}

impl Host {
    fn of(field: &Tensor<2>, units: RectifiedUnits<'_>, beta: &InverseTemperature) -> Option<Self> {
        if !has_kernels_per_row(field) {
            return None;
        }
        assert_rows(field, beta);
        let side = |side: RectifiedSide<'_>| {
            assert_units(field, &[side.loc, side.gamma], 1);
            HostSide {
                loc: values(side.loc),
                gamma: values(side.gamma),
            }
        };
        let RectifiedUnits { plus, minus } = units;
        let root_beta = match beta {
            InverseTemperature::Shared(beta) => vec![beta.sqrt() as f32],
            InverseTemperature::PerChain(beta) => values(&beta.clone().sqrt()),
        };
        Some(Self {
            fields: values(field),
            plus: side(plus),
            minus: minus.map(side),
            root_beta,
            is_shared: matches!(beta, InverseTemperature::Shared(_)),
        })
    }

    fn root_beta(&self) -> PerRow<'_> {
        match self.is_shared {
            true => PerRow::Shared(self.root_beta[0]),
            false => PerRow::Each(&self.root_beta),
        }
    }

    fn compute(&self, quantity: RectifiedQuantity) -> Vec<f32> {
        let groups = |side: &HostSide| SideGroup::all(&side.loc, &side.gamma);
        let (plus, minus) = (groups(&self.plus), self.minus.as_ref().map(groups));
        let units = Rectified {
            plus: &plus,
            minus: minus.as_deref(),
            units: self.plus.loc.len(),
            root_beta: self.root_beta(),
        };
        units.compute(quantity, &self.fields)
    }
}

fn values<const D: usize>(tensor: &Tensor<D>) -> Vec<f32> {
    let values = tensor.clone().try_into_vec_as::<f32>();
    values.expect("readable host memory")
}
