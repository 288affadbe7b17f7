//! Where training starts.

use std::{fmt, str::FromStr};

use burn::tensor::{Tensor, TensorData};
use faer::{Mat, Side};
use paysage_data::Table;
use paysage_kernels::{RandomKey, normal};
use paysage_layers::{Moments, Trainable};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::BoltzmannMachine;

/// How weights start; the visible layers always start from the moments of the data, the hidden
/// ones stay as they are.
///
/// ```
/// use paysage_models::Initialization;
///
/// assert_eq!("pca".parse(), Ok(Initialization::Pca));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Initialization {
    /// N(0, 0.01²): Hinton, "A practical guide to training restricted Boltzmann machines", 2010.
    Hinton,
    /// N(0, 2/(units of target + units of domain)): Glorot & Bengio, "Understanding the difficulty
    /// of training deep feedforward neural networks", 2010.
    #[default]
    Glorot,
    /// As Glorot, times the standard deviation of each visible unit: a unit that never varies
    /// starts unconnected.
    Stddev,
    /// The principal components of the data, as columns with the norm of a Glorot column times
    /// their standard deviation relative to the first; hidden units beyond the number of
    /// components, and connections above, start as Glorot.
    Pca,
}

/// Why there is no such initialization.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum InitializationError {
    /// Not one of the words.
    #[error("{word:?} is not an initialization: use hinton, glorot, stddev or pca")]
    UnknownWord {
        /// What was given.
        word: String,
    },
}

impl FromStr for Initialization {
    type Err = InitializationError;

    fn from_str(word: &str) -> Result<Self, InitializationError> {
        match word {
            "hinton" => Ok(Self::Hinton),
            "glorot" => Ok(Self::Glorot),
            "stddev" => Ok(Self::Stddev),
            "pca" => Ok(Self::Pca),
            _ => Err(InitializationError::UnknownWord {
                word: word.to_owned(),
            }),
        }
    }
}

impl fmt::Display for Initialization {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Hinton => "hinton",
            Self::Glorot => "glorot",
            Self::Stddev => "stddev",
            Self::Pca => "pca",
        })
    }
}

impl<L: Trainable> BoltzmannMachine<L> {
    /// Sets weights and visible layers to where training on a table starts, frozen or not.
    ///
    /// What is missing in the table (NaN) is left out of the moments.
    ///
    /// Weights between two Gaussian layers start small enough for the machine to be normalized.
    ///
    /// # Panics
    ///
    /// When the table is not as wide as the visible layers: [`check`](Self::check) it first.
    pub fn initialize(&mut self, method: Initialization, table: &Table, key: RandomKey) {
        let moments = Moments::of_rows(
            table.columns(),
            (0..table.rows()).map(|index| table.row(index)),
        );
        let columns: Vec<_> = self.visible_spans().collect();
        for (layer, span) in &columns {
            self.layers[*layer].start_from(&moments.of_units(span.clone()));
        }
        let components = match method {
            Initialization::Pca => Some(principal_components(table, &moments)),
            _ => None,
        };
        let deviations: Vec<Option<Tensor<1>>> =
            self.layers.iter().map(gaussian_deviation).collect();
        let start_of = |layer| {
            columns
                .iter()
                .find(|(l, _)| *l == layer)
                .map(|(_, span)| span.start)
        };
        for (c, connection) in self.connections.iter_mut().enumerate() {
            let [rows, width] = connection.weight.dims();
            let device = connection.weight.device();
            let dtype: burn::tensor::FloatDType = connection.weight.dtype().into();
            let noise = normal([rows, width], key.split(c as u64), &device).cast(dtype);
            let glorot = (2.0 / (rows + width) as f64).sqrt();
            let (target, domain) = (start_of(connection.target), start_of(connection.domain));
            connection.weight = match (method, &components) {
                (Initialization::Hinton, _) => noise * 0.01,
                (Initialization::Stddev, _) => {
                    let deviations = |start: usize, units: usize| -> Vec<f64> {
                        let variance = &moments.variance[start..start + units];
                        variance.iter().map(|v| v.sqrt()).collect()
                    };
                    let mut weight = noise * glorot;
                    if let Some(start) = target {
                        weight = weight.clone() * column(deviations(start, rows), &weight);
                    }
                    if let Some(start) = domain {
                        weight =
                            weight.clone() * column(deviations(start, width), &weight).transpose();
                    }
                    weight
                }
                (Initialization::Pca, Some(components)) => match (target, domain) {
                    (Some(start), None) => components.replace(noise * glorot, start, glorot),
                    (None, Some(start)) => components
                        .replace(noise.transpose() * glorot, start, glorot)
                        .transpose(),
                    _ => noise * glorot,
                },
                _ => noise * glorot,
            };
            let ends = (
                &deviations[connection.target],
                &deviations[connection.domain],
            );
            if let (Some(target), Some(domain)) = ends {
                connection
                    .weight
                    .inplace(|weight| loosened(weight, target, domain));
            }
        }
    }
}

/// The standard deviations of a Gaussian layer.
fn gaussian_deviation<L: Trainable>(layer: &L) -> Option<Tensor<1>> {
    let variance = layer.gaussian()?.variance;
    let (device, dtype) = layer.storage();
    let deviation: Vec<f64> = variance.iter().map(|v| v.sqrt()).collect();
    let data = TensorData::new(deviation, [layer.units()]);
    Some(Tensor::from_data(data, (&device, dtype)))
}

/// Weights between two Gaussian layers, made smaller where the machine could otherwise not be
/// normalized: it can if the matrices W_ij/(σ_i σ_j) at each layer have norms that sum to less than
/// one. Random matrices of Glorot's scale never have.
fn loosened(weight: Tensor<2>, target: &Tensor<1>, domain: &Tensor<1>) -> Tensor<2> {
    const LARGEST: f64 = 0.4;
    let scale = target.clone().unsqueeze_dim::<2>(1) * domain.clone().unsqueeze_dim::<2>(0);
    let norm: f64 = (weight.clone() / scale).square().sum().sqrt().into_scalar();
    if norm > LARGEST {
        weight * (LARGEST / norm)
    } else {
        weight
    }
}

/// Directions of largest variance, largest first.
struct Components {
    directions: Mat<f64>,
    deviations: Vec<f64>,
}

impl Components {
    /// `[visible, hidden]` weights whose first columns are the components' entries from row
    /// `start`.
    fn replace(&self, weight: Tensor<2>, start: usize, glorot: f64) -> Tensor<2> {
        let [visible, hidden] = weight.dims();
        let known = hidden.min(self.deviations.len());
        let largest = self.deviations.first().copied().unwrap_or(0.0);
        if known == 0 || largest <= 0.0 {
            return weight;
        }
        let norm = glorot * (visible as f64).sqrt();
        let values: Vec<f64> = (0..visible)
            .flat_map(|i| (0..known).map(move |k| (i, k)))
            .map(|(i, k)| norm * self.deviations[k] / largest * self.directions[(start + i, k)])
            .collect();
        let options = (&weight.device(), weight.dtype());
        let columns = Tensor::from_data(TensorData::new(values, [visible, known]), options);
        weight.slice_assign([0..visible, 0..known], columns)
    }
}

/// Eigenvectors of the covariance of at most 10,000 rows, taken evenly from the table.
fn principal_components(table: &Table, moments: &Moments) -> Components {
    const ROWS: usize = 10_000;
    let rows = table.rows().min(ROWS);
    let columns = table.columns();
    let centered = Mat::from_fn(rows, columns, |r, c| {
        let x = f64::from(table.row(r * table.rows() / rows)[c]);
        // What is missing is as usual.
        if x.is_nan() { 0.0 } else { x - moments.mean[c] }
    });
    let covariance = centered.transpose() * &centered;
    let Ok(eigen) = covariance.self_adjoint_eigen(Side::Lower) else {
        // Only non-finite entries could stop the iteration, and tables hold none.
        return Components {
            directions: Mat::zeros(columns, 0),
            deviations: Vec::new(),
        };
    };
    // faer lists eigenvalues from small to large.
    let known = rows.saturating_sub(1).min(columns);
    let from_largest = |k: usize| columns - 1 - k;
    Components {
        directions: Mat::from_fn(columns, known, |i, k| eigen.U()[(i, from_largest(k))]),
        deviations: (0..known)
            .map(|k| (eigen.S().column_vector()[from_largest(k)].max(0.0) / rows as f64).sqrt())
            .collect(),
    }
}

/// Values as a column `[values, 1]` on the device of a matrix.
fn column(values: Vec<f64>, like: &Tensor<2>) -> Tensor<2> {
    let shape = [values.len(), 1];
    Tensor::from_data(
        TensorData::new(values, shape),
        (&like.device(), like.dtype()),
    )
}
