//! Real-valued units.

use burn::tensor::{DType, Device, Tensor, TensorCreationOptions};
use paysage_kernels::{Product, RandomKey, sample_gaussian};

use crate::{
    Annealed, CavityFields, Centered, Conditional, Cumulants, Derivatives, Domain,
    GaussianParameters, InverseTemperature, Kind, Layer, Moments, Named, NamedMut,
    NaturalParameters, Potential, RowAverage, RowMean, Tap, Trainable, UnitEnergy, Units,
    annealed::share_of_base,
    parameters::{centered, dot, like, read, total},
    tap::sum,
};

/// The smallest deviation of a unit that is not taken for the rounding error of its mean, relative to
/// the mean.
const ROUNDING: f64 = 1e-7;

/// A layer of real units with a mean and a variance each.
///
/// H(x) = Σ (x − loc)²/(2σ²) with σ² = exp(log_var), r(x) = (x − center)/σ², and under a field
/// x ~ N(loc + f, σ²/β).
///
/// ```
/// use burn::tensor::Tensor;
/// use paysage_kernels::default_device;
/// use paysage_layers::{Conditional, Gaussian, InverseTemperature};
///
/// let device = default_device()?;
/// let layer = Gaussian::new(2, &device);
/// let field = Tensor::from_floats([[0.5, -1.0]], &device);
/// let mean = layer.mean(field.clone(), &InverseTemperature::ONE);
/// mean.into_data().assert_eq(&field.into_data(), true);
/// # Ok::<(), paysage_kernels::DeviceError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Gaussian {
    /// The mean of each unit without a field: `[units]`.
    pub loc: Tensor<1>,
    /// The logarithm of each unit's variance: `[units]`.
    pub log_var: Tensor<1>,
    /// The center of each unit, which r subtracts: `[units]`, zero where absent.
    pub center: Option<Tensor<1>>,
}

impl Gaussian {
    /// A layer of standard normal units, on a device (`&device`) and of a float type
    /// (`(&device, dtype)`).
    pub fn new(units: usize, options: impl Into<TensorCreationOptions>) -> Self {
        let loc = Tensor::zeros([units], options);
        Self {
            log_var: loc.zeros_like(),
            loc,
            center: None,
        }
    }

    /// 1/σ²: `[units]`.
    fn precision(&self) -> Tensor<1> {
        (-self.log_var.clone()).exp()
    }

    /// x − loc.
    fn deviation(&self, states: Tensor<2>) -> Tensor<2> {
        states - self.loc.clone().unsqueeze()
    }
}

impl Layer for Gaussian {
    fn units(&self) -> usize {
        self.loc.dims()[0]
    }

    fn domain(&self) -> Domain {
        Domain::Real
    }

    fn is_on_device(&self) -> bool {
        true
    }

    fn energy(&self, states: Tensor<2>) -> Tensor<1> {
        dot(self.deviation(states).square(), self.precision() * 0.5)
    }

    fn interaction(&self, states: Tensor<2>) -> Tensor<2> {
        centered(states, self.center.as_ref()) * self.precision().unsqueeze()
    }

    /// 1/(2σ²) x² − loc/σ² x on both sides.
    fn unit_energies(&self) -> Option<Vec<UnitEnergy>> {
        let pairs = read(&self.loc).into_iter().zip(read(&self.precision()));
        let unit = |(loc, gamma): (f64, f64)| {
            let loc = loc * gamma;
            let plus = Potential { loc, gamma };
            let minus = Some(plus);
            UnitEnergy::Sides { plus, minus }
        };
        Some(pairs.map(unit).collect())
    }

    fn gaussian(&self) -> Option<GaussianParameters> {
        Some(GaussianParameters {
            loc: read(&self.loc),
            variance: read(&self.log_var).into_iter().map(f64::exp).collect(),
            center: match &self.center {
                Some(center) => read(center),
                None => vec![0.0; self.units()],
            },
        })
    }
}

impl Conditional for Gaussian {
    /// Σ ½ ln(2πσ²/β) + β (f (loc − center) + f²/2)/σ².
    fn log_partition(&self, field: Tensor<2>, beta: &InverseTemperature) -> Tensor<1> {
        let shift = centered(self.loc.clone().unsqueeze(), self.center.as_ref());
        let per_unit = field.clone() * (field * 0.5 + shift);
        let exponent = dot(per_unit, self.precision());
        let units = self.units() as f64;
        let volume = (self.log_var.clone().sum() + units * std::f64::consts::TAU.ln()) * 0.5;
        beta.add_ln(beta.scale_rows(exponent) + volume, -0.5 * units)
    }

    fn mean(&self, field: Tensor<2>, _beta: &InverseTemperature) -> Tensor<2> {
        field + self.loc.clone().unsqueeze()
    }

    /// σ²/β.
    fn variance(&self, field: Tensor<2>, beta: &InverseTemperature) -> Tensor<2> {
        let variance = self.log_var.clone().exp().unsqueeze::<2>();
        beta.powf(-1.0).scale(variance.expand(field.dims()))
    }

    fn mode(&self, field: Tensor<2>) -> Tensor<2> {
        self.mean(field, &InverseTemperature::ONE)
    }

    fn sample(&self, field: Tensor<2>, beta: &InverseTemperature, key: RandomKey) -> Tensor<2> {
        let deviation = (self.log_var.clone() * 0.5).exp();
        sample_gaussian(field, self.loc.clone(), deviation, beta, key)
    }
}

impl Centered for Gaussian {
    fn center(&self) -> Option<&Tensor<1>> {
        self.center.as_ref()
    }

    fn set_center(&mut self, center: Option<Tensor<1>>) {
        self.center = center;
    }

    /// loc + field: (x − loc)²/(2σ²) − field (x − center)/σ² is (x − loc − field)²/(2σ²) and a
    /// constant.
    fn add_field(&mut self, field: Tensor<1>) {
        self.loc.inplace(|loc| loc + field);
    }

    fn add_field_of(&mut self, field: Product) {
        self.loc.inplace(|loc| field.add_to(loc));
    }
}

impl Trainable for Gaussian {
    fn storage(&self) -> (Device, DType) {
        (self.loc.device(), self.loc.dtype())
    }

    fn parameters(&self) -> Vec<Named<'_>> {
        let center = self.center.as_ref().map(|c| ("center", c));
        [("loc", &self.loc), ("log_var", &self.log_var)]
            .into_iter()
            .chain(center)
            .collect()
    }

    fn parameters_mut(&mut self) -> Vec<NamedMut<'_>> {
        let center = self.center.as_mut().map(|c| ("center", c));
        [("loc", &mut self.loc), ("log_var", &mut self.log_var)]
            .into_iter()
            .chain(center)
            .collect()
    }

    /// In loc: −(x − loc)/σ²; in log σ²: −(x − loc)²/(2σ²).
    fn energy_gradient(&self, states: Tensor<2>, average: &RowAverage) -> Derivatives {
        let deviation = self.deviation(states);
        let squares = average.columns(deviation.clone().square());
        let loc = -average.columns(deviation) * self.precision();
        let log_var = squares * self.precision() * -0.5;
        vec![("loc", loc.into()), ("log_var", log_var.into())]
    }

    /// The mean square of a unit exceeds the square of its mean by σ²/β, which adds −1/(2β) to
    /// the derivative in log σ².
    fn expected_energy_gradient(
        &self,
        mean: Tensor<2>,
        _field: &dyn Fn() -> Tensor<2>,
        beta: &InverseTemperature,
        average: &RowAverage,
    ) -> Derivatives {
        let spread = average.columns(beta.powf(-1.0).scale(mean.ones_like() * -0.5));
        plus_log_var(self.energy_gradient(mean, average), spread)
    }

    /// ∂r/∂log σ² = −r.
    fn interaction_gradient(&self, field_dot: &dyn Fn() -> Tensor<1>) -> Derivatives {
        vec![("log_var", field_dot().into())]
    }

    /// loc = mean and σ² = variance, unit by unit. A unit that never varies, but for the rounding error
    /// of its mean, has no scale but that of the mean: its σ² is the square of the mean, or 1 where
    /// that is 0.
    fn start_from(&mut self, moments: &Moments) {
        let pairs = moments.mean.iter().zip(&moments.variance);
        self.log_var = like(
            &self.log_var,
            pairs.map(|(&mean, &variance)| started_variance(mean, variance).ln()),
        );
        self.loc = like(&self.loc, moments.mean.iter().copied());
    }

    fn interaction_scale(&self) -> Option<Tensor<1>> {
        Some((self.log_var.clone() * -0.5).exp())
    }

    /// x → s x with the factors s, since r(x) = (x − center)/σ².
    fn divide_interaction(&mut self, factors: Tensor<1>) {
        self.log_var
            .inplace(|log_var| log_var + factors.clone().log() * 2.0);
        self.loc.inplace(|loc| loc * factors.clone());
        if let Some(center) = &mut self.center {
            center.inplace(|center| center * factors);
        }
    }

    fn mirrored(&self) -> Option<Self> {
        Some(Self {
            loc: -self.loc.clone(),
            log_var: self.log_var.clone(),
            center: self.center.clone().map(|center| -center),
        })
    }
}

/// The variance from which a unit starts: that of the data, or of the scale of a constant unit.
pub(crate) fn started_variance(mean: f64, variance: f64) -> f64 {
    let is_constant = variance <= (ROUNDING * mean).powi(2);
    match (is_constant, mean * mean) {
        (false, _) => variance,
        (true, square) if square > 0.0 => square,
        (true, _) => 1.0,
    }
}

impl Annealed for Gaussian {
    /// Precisions add up in shares, and so do precisions times means.
    fn between(&self, base: &Self, beta: f64) -> (Self, Option<Tensor<1>>) {
        let (own, other) = (self.precision(), base.precision() * share_of_base(beta));
        let precision = own.clone() + other.clone();
        let weighted = own.clone() * self.loc.clone() + other * base.loc.clone();
        let layer = Self {
            loc: weighted / precision.clone(),
            log_var: -precision.clone().log(),
            center: self.center.clone(),
        };
        (layer, Some(own / precision))
    }
}

impl Kind for Gaussian {
    const NAME: &'static str = "gaussian";

    type Shape = Units;

    fn shape(&self) -> Units {
        Units {
            units: self.units(),
        }
    }

    fn from_shape(shape: &Units, options: impl Into<TensorCreationOptions>) -> Self {
        Self::new(shape.units, options)
    }
}

/// The mean and the variance v of a unit are moments of their own; r has the variance v/σ⁴ and no
/// third cumulant.
impl Tap for Gaussian {
    /// ⟨x⟩ = loc + f, and 1/v = 1/σ² − a/σ⁴ with a curvature a.
    fn cumulants(&self, natural: &NaturalParameters) -> Cumulants {
        let alone = self.cumulants_of_means(natural.field.clone() + self.loc.clone().unsqueeze());
        let Some(curvature) = natural.curvature.clone() else {
            return alone;
        };
        let precision = self.precision().unsqueeze::<2>();
        let second = precision.clone() / (-(curvature * precision) + 1.0);
        // Without a positive variance there is no distribution.
        let none = second.clone().lower_equal_scalar(0.0);
        Cumulants {
            second: second.mask_fill(none, f64::NAN),
            ..alone
        }
    }

    fn cumulants_of_means(&self, means: Tensor<2>) -> Cumulants {
        let precision = self.precision().unsqueeze::<2>();
        Cumulants {
            second: precision.expand(means.dims()),
            third: means.zeros_like(),
            mean: means,
        }
    }

    fn natural_parameters(&self, at: &Cumulants) -> NaturalParameters {
        let variance = self.log_var.clone().exp().unsqueeze::<2>();
        NaturalParameters {
            field: self.deviation(at.mean.clone()),
            curvature: Some(variance - at.second.clone().recip()),
        }
    }

    fn self_consistency(&self, _: &Cumulants, cavity: &CavityFields) -> NaturalParameters {
        NaturalParameters {
            field: cavity.field.clone(),
            curvature: cavity.second.clone().map(|field| field * 2.0),
        }
    }

    /// (⟨x⟩ − loc)/σ, and the logarithms of the variances.
    fn standardized(&self, at: &Cumulants) -> Tensor<2> {
        let shrink = (self.log_var.clone() * -0.5).exp();
        let means = self.deviation(at.mean.clone()) * shrink.unsqueeze();
        Tensor::cat(vec![means, at.second.clone().log()], 1)
    }

    /// Σ ½ ln(2πe v) − ((⟨x⟩ − loc)² + v)/(2σ²).
    fn entropy(&self, at: &Cumulants) -> Tensor<1> {
        let variance = self.log_var.clone().exp().unsqueeze::<2>();
        let relative = at.second.clone() * variance;
        let per_unit = (relative.clone().log() - relative + 1.0) * 0.5;
        let units = self.units() as f64;
        let volume = (self.log_var.clone().sum() + units * std::f64::consts::TAU.ln()) * 0.5;
        total(per_unit) + volume - self.energy(at.mean.clone())
    }

    /// In log σ², three more terms: the variance of x in ⟨H⟩, the mean of r, which is ∝ 1/σ², and its
    /// variance, which is ∝ 1/σ⁴.
    fn expansion_gradient(
        &self,
        at: &Cumulants,
        cavity: &CavityFields,
        average: &RowAverage,
    ) -> Derivatives {
        let variance = self.log_var.clone().exp();
        let spread = at.second.clone() * variance.unsqueeze::<2>() * -0.5;
        let field_dot = self.interaction(at.mean.clone()) * cavity.field.clone();
        let second = cavity.second.clone().map(|s| s * at.second.clone() * 2.0);
        let added = average.columns(sum(spread + field_dot, [second, None]));
        plus_log_var(self.energy_gradient(at.mean.clone(), average), added)
    }
}

/// Derivatives with a term added to that in log σ².
fn plus_log_var(gradient: Derivatives, term: Tensor<1>) -> Derivatives {
    let add = |(name, derivative): (_, RowMean)| match name {
        "log_var" => (name, derivative + term.clone().into()),
        _ => (name, derivative),
    };
    gradient.into_iter().map(add).collect()
}
