//! HDF5 of the Julia package RestrictedBoltzmannMachines.jl.
//!
//! A file has the types and parameters of the two layers and the weights; `StandardizedRBM` also has offsets and
//! scales of the units. Julia's first index varies fastest, so that the values of an array are in the order of the
//! units of this library: those of a Potts site beside each other, and images column by column. The first index of
//! the parameters is the parameter, and the weights are `[hidden, visible]` here.
//!
//! | type | parameters | energy | here |
//! |---|---|---|---|
//! | `Binary`, `Spin`, `Potts`, `PottsGumbel` | θ | −θx | `loc` = θ |
//! | `Gaussian` | θ, γ | \|γ\|x²/2 − θx | `loc` = θ/\|γ\|, σ² = 1/\|γ\|, with the constant θ²/(2\|γ\|) |
//! | `ReLU` | θ, γ | \|γ\|x²/2 − θx | the same parameters |
//! | `dReLU` | θ₊, θ₋, γ₊, γ₋ | | the same parameters |
//! | `pReLU` | θ, γ, Δ, η | that of `dReLU` | the same parameters for \|η\| ≤ 0.999, otherwise `dReLU` |
//! | `xReLU`, `nsReLU` | θ, γ, Δ, ξ; θ, Δ, ξ | that of `dReLU` | the same parameters |
//!
//! A unit x of an RBM enters the interaction as it is, of a standardized one as (x − offset)/scale. Here r(x) is
//! x − center, divided by σ² for Gaussian units: offsets are centers, scales divide the weights, and σ² multiplies
//! them.

use paysage_data::NamedArray;
use paysage_layers::LayerKind;

use crate::{
    ImportError,
    arrays::{Arrays, check, transposed, wrong_shape},
    parts::{LayerParts, Parts},
};

/// The version of the format.
const VERSION: &str = "1.0.0";

/// The largest |η| of this library's pReLU units.
const MOST_ETA: f32 = 0.999;

const KNOWN: &str = "the layers that are read are Binary, Spin, Potts, PottsGumbel, Gaussian, ReLU, dReLU, pReLU, \
                     xReLU and nsReLU";

/// The machine of a file.
pub(crate) fn read(arrays: &Arrays<'_>) -> Result<Parts, ImportError> {
    let version = arrays.text("rbm_hdf5_file_format_version")?;
    if version != VERSION {
        let what = format!("version {version} of the file format");
        return Err(arrays.unsupported(what, "the version that is read is 1.0.0"));
    }
    let kind = arrays.text("rbm_type")?;
    let is_standardized = match &*kind {
        "RBM" => false,
        "StandardizedRBM" => true,
        _ => {
            let what = format!("a model of the type {kind}");
            let known = "the types that are read are RBM and StandardizedRBM";
            return Err(arrays.unsupported(what, known));
        }
    };
    let mut visible = side(arrays, "visible")?;
    let mut hidden = side(arrays, "hidden")?;
    if is_standardized {
        visible.standardize(arrays, "v")?;
        hidden.standardize(arrays, "h")?;
    }
    let weights = arrays.array("weights")?;
    // Julia's shape of the weights is that of the visible and then of the hidden layer.
    let expected = [&hidden.extents[..], &visible.extents].concat();
    if weights.shape != expected {
        return Err(wrong_shape(weights, format!("{expected:?}")));
    }
    let mut weight = transposed(&weights.values, visible.factors.len());
    for (row, visible) in weight
        .chunks_mut(hidden.factors.len())
        .zip(&visible.factors)
    {
        for (weight, hidden) in row.iter_mut().zip(&hidden.factors) {
            *weight = (f64::from(*weight) * visible * hidden) as f32;
        }
    }
    let energy = visible.energy + hidden.energy;
    Ok(Parts {
        energy,
        ..Parts::restricted(visible.layer, hidden.layer, weight)
    })
}

/// A layer of the file.
struct Side {
    layer: LayerParts,
    /// Its extents as HDF5 has them, which are Julia's in reverse order.
    extents: Vec<usize>,
    /// What multiplies the weights of each unit.
    factors: Vec<f64>,
    /// What is added to the energy of this library to get that of the file.
    energy: f64,
}

impl Side {
    /// Takes the offsets and scales of standardized units into account.
    fn standardize(&mut self, arrays: &Arrays<'_>, side: &str) -> Result<(), ImportError> {
        let offset = arrays.of_shape(&format!("offset_{side}"), &self.extents)?;
        let scale = arrays.array(&format!("scale_{side}"))?;
        if scale.shape != self.extents {
            return Err(wrong_shape(scale, format!("{:?}", self.extents)));
        }
        check(&scale, "a scale other than 0", |scale| scale != 0.0)?;
        for (factor, scale) in self.factors.iter_mut().zip(scale.values) {
            *factor /= f64::from(scale);
        }
        self.layer.parameters.push(("center", offset));
        Ok(())
    }
}

/// A layer with its parameters.
fn side(arrays: &Arrays<'_>, name: &str) -> Result<Side, ImportError> {
    let kind = arrays.text(&format!("{name}_type"))?;
    let parameters = arrays.array(&format!("{name}_par"))?;
    let count = match &*kind {
        "Binary" | "Spin" | "Potts" | "PottsGumbel" => 1,
        "Gaussian" | "ReLU" => 2,
        "nsReLU" => 3,
        "dReLU" | "pReLU" | "xReLU" => 4,
        _ => {
            let what = format!("the {name} layer of the type {kind}");
            return Err(arrays.unsupported(what, KNOWN));
        }
    };
    let [extents @ .., found] = &parameters.shape[..] else {
        return Err(wrong_shape(parameters, "a dimension for the parameters"));
    };
    if *found != count || extents.is_empty() {
        let expected =
            format!("the extents of the layer and then {count}, the parameters of {kind}");
        return Err(wrong_shape(parameters, expected));
    }
    let extents = extents.to_vec();
    let units = parameters.values.len() / count;
    let parameter = |number: usize| {
        let values = parameters.values.iter().skip(number);
        values.step_by(count).copied().collect::<Vec<f32>>()
    };
    // γ enters the energies as |γ|.
    let log_gamma = |number: usize| {
        let gamma = NamedArray {
            values: parameter(number),
            ..parameters.clone()
        };
        check(&gamma, "a γ other than 0", |gamma| gamma != 0.0)?;
        let logs = gamma
            .values
            .iter()
            .map(|&gamma| f64::from(gamma).abs().ln() as f32);
        Ok::<_, ImportError>(logs.collect::<Vec<f32>>())
    };
    let (mut factors, mut energy) = (vec![1.0; units], 0.0);
    let (kind, parameters) = match &*kind {
        "Binary" => (LayerKind::bernoulli(units), vec![("loc", parameter(0))]),
        "Spin" => (LayerKind::spin(units), vec![("loc", parameter(0))]),
        "Potts" | "PottsGumbel" => {
            // The colours of a site are Julia's first dimension.
            let states = extents[extents.len() - 1];
            let kind = LayerKind::onehot(units / states, states);
            (kind, vec![("loc", parameter(0))])
        }
        "Gaussian" => {
            let log_var: Vec<f32> = log_gamma(1)?.iter().map(|log| -log).collect();
            // The variance that the layer will have.
            factors = log_var
                .iter()
                .map(|&log_var| f64::from(log_var).exp())
                .collect();
            let theta = parameter(0);
            let pairs = || theta.iter().zip(&factors);
            energy = pairs()
                .map(|(&theta, variance)| -0.5 * f64::from(theta).powi(2) * variance)
                .sum();
            let loc = pairs().map(|(&theta, variance)| (f64::from(theta) * variance) as f32);
            let parameters = vec![("loc", loc.collect()), ("log_var", log_var)];
            (LayerKind::gaussian(units), parameters)
        }
        "ReLU" => {
            let parameters = vec![("loc", parameter(0)), ("log_gamma", log_gamma(1)?)];
            (LayerKind::Relu { units }, parameters)
        }
        "dReLU" => {
            let parameters = vec![
                ("loc_plus", parameter(0)),
                ("loc_minus", parameter(1)),
                ("log_gamma_plus", log_gamma(2)?),
                ("log_gamma_minus", log_gamma(3)?),
            ];
            (LayerKind::DRelu { units }, parameters)
        }
        "pReLU" => {
            let eta = NamedArray {
                values: parameter(3),
                ..parameters.clone()
            };
            check(&eta, "an η between −1 and 1", |eta| eta.abs() < 1.0)?;
            let skewed = [parameter(0), log_gamma(1)?, parameter(2), eta.values];
            skewed_units(units, skewed)
        }
        "xReLU" => {
            let parameters = vec![
                ("loc", parameter(0)),
                ("log_gamma", log_gamma(1)?),
                ("delta", parameter(2)),
                ("xi", parameter(3)),
            ];
            (LayerKind::XRelu { units }, parameters)
        }
        _ => {
            let parameters = vec![
                ("loc", parameter(0)),
                ("delta", parameter(1)),
                ("xi", parameter(2)),
                ("log_gamma", vec![0.0; units]),
            ];
            (LayerKind::NsRelu { units }, parameters)
        }
    };
    Ok(Side {
        layer: LayerParts { kind, parameters },
        extents,
        factors,
        energy,
    })
}

/// pReLU units of θ, ln γ, Δ and η: as dReLU units where an η is too close to ±1.
fn skewed_units(
    units: usize,
    [theta, log_gamma, delta, eta]: [Vec<f32>; 4],
) -> (LayerKind, Vec<(&'static str, Vec<f32>)>) {
    if eta.iter().all(|eta| eta.abs() <= MOST_ETA) {
        let names = ["loc", "log_gamma", "delta", "eta"];
        let parameters = names.into_iter().zip([theta, log_gamma, delta, eta]);
        return (LayerKind::PRelu { units }, parameters.collect());
    }
    let of_side = |sign: f64| {
        let room = |unit: usize| 1.0 + sign * f64::from(eta[unit]);
        let loc = |unit| f64::from(theta[unit]) + sign * f64::from(delta[unit]) / room(unit);
        let log = |unit| f64::from(log_gamma[unit]) - room(unit).ln();
        let loc: Vec<f32> = (0..units).map(|unit| loc(unit) as f32).collect();
        let log: Vec<f32> = (0..units).map(|unit| log(unit) as f32).collect();
        (loc, log)
    };
    let (plus, minus) = (of_side(1.0), of_side(-1.0));
    let parameters = vec![
        ("loc_plus", plus.0),
        ("loc_minus", minus.0),
        ("log_gamma_plus", plus.1),
        ("log_gamma_minus", minus.1),
    ];
    (LayerKind::DRelu { units }, parameters)
}
