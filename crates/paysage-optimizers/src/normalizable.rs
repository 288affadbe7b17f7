//! The constraint that keeps Gaussian layers that are connected normalizable.

use burn::tensor::{Tensor, TensorData};
use faer::{Mat, Side};
use paysage_layers::Trainable;
use paysage_models::{BoltzmannMachine, ParameterId, SettingError};

use crate::Constraint;

/// The couplings W_ij/(σ_i σ_j) between two Gaussian layers have singular values of at most `largest`,
/// divided by the largest number of Gaussian neighbours of either layer.
///
/// The joint precision of the Gaussian layers is then positive definite, so that exp(−E) has a finite
/// sum. Larger singular values are replaced by the largest one allowed, which gives the nearest couplings
/// that satisfy the constraint. A direction of the data whose variance is R times that of the noise needs
/// a singular value of √(1 − 1/R).
///
/// Machines without connected Gaussian layers are left alone. For others the couplings are decomposed on
/// the host, so that this constraint waits for the device. A frozen connection keeps its weights.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Normalizable {
    /// The largest singular value: greater than 0 and less than 1.
    pub largest: f64,
}

impl Default for Normalizable {
    /// 0.999, for variances up to 500 times those of the noise.
    fn default() -> Self {
        Self { largest: 0.999 }
    }
}

impl<L: Trainable> Constraint<L> for Normalizable {
    fn check(&self) -> Result<(), SettingError> {
        SettingError::check(
            "the largest singular value of couplings",
            self.largest,
            self.largest > 0.0 && self.largest < 1.0,
            "a number greater than 0 and less than 1",
        )
    }

    fn project(&self, machine: &mut BoltzmannMachine<L>) {
        let real = |layer: usize| !machine.layers[layer].domain().is_finite();
        let ends = machine.connections.iter().map(|c| [c.target, c.domain]);
        let pairs: Vec<[usize; 2]> = ends.filter(|ends| ends.iter().all(|&l| real(l))).collect();
        let degree = |layer: usize| pairs.iter().filter(|pair| pair.contains(&layer)).count();
        let mut changed = Vec::new();
        for (number, connection) in machine.connections.iter().enumerate() {
            let ends = [connection.target, connection.domain];
            let frozen = machine.is_frozen(ParameterId::Weight { connection: number });
            let [Some(target), Some(domain)] = ends.map(|layer| deviations(&machine.layers[layer]))
            else {
                continue;
            };
            let largest = self.largest / degree(ends[0]).max(degree(ends[1])) as f64;
            let weight = &connection.weight;
            if let Some(weight) = limited(weight, &target, &domain, largest).filter(|_| !frozen) {
                changed.push((number, weight));
            }
        }
        for (number, weight) in changed {
            machine.connections[number].weight = weight;
        }
    }
}

/// The standard deviations of a Gaussian layer.
fn deviations<L: Trainable>(layer: &L) -> Option<Vec<f64>> {
    // Without a look at the values of other layers, which would wait for the device.
    let gaussian = (!layer.domain().is_finite()).then(|| layer.gaussian())??;
    Some(gaussian.variance.iter().map(|v| v.sqrt()).collect())
}

/// The weights with smaller singular values of W_ij/(σ_i σ_j), where one is too large.
fn limited(weight: &Tensor<2>, target: &[f64], domain: &[f64], largest: f64) -> Option<Tensor<2>> {
    let entries: Vec<f64> = weight.to_data().iter().collect();
    let [rows, columns] = weight.dims();
    let scale = |i: usize, j: usize| target[i] * domain[j];
    let couplings = Mat::from_fn(rows, columns, |i, j| entries[i * columns + j] / scale(i, j));
    let gram = match rows < columns {
        true => &couplings * couplings.transpose(),
        false => couplings.transpose() * &couplings,
    };
    // The Frobenius norm bounds the largest eigenvalue; that of a power is a closer bound.
    let square = &gram * &gram;
    if (&square * &square).norm_l2().sqrt().sqrt() <= largest * largest {
        return None;
    }
    // An entry that is not finite is reported by the check after the epoch.
    let eigen = gram.self_adjoint_eigen(Side::Lower).ok()?;
    let (vectors, values) = (eigen.U(), eigen.S().column_vector());
    let factors: Vec<f64> = values
        .iter()
        .map(|value| (largest / value.max(0.0).sqrt()).min(1.0))
        .collect();
    if factors.iter().all(|&factor| factor == 1.0) {
        return None;
    }
    let scaled = Mat::from_fn(vectors.nrows(), vectors.ncols(), |i, k| {
        vectors[(i, k)] * factors[k]
    });
    let shrink = scaled * vectors.transpose();
    let couplings = match rows < columns {
        true => shrink * couplings,
        false => couplings * shrink,
    };
    let entries = (0..rows).flat_map(|i| (0..columns).map(move |j| (i, j)));
    let entries = entries.map(|(i, j)| couplings[(i, j)] * scale(i, j));
    let data = TensorData::new(entries.collect::<Vec<f64>>(), [rows, columns]);
    Some(Tensor::from_data(data, (&weight.device(), weight.dtype())))
}
