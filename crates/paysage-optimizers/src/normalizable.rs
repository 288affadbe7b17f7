//! The constraint that keeps connected layers of real units normalizable.

use burn::tensor::{Tensor, TensorData};
use faer::{Mat, Side};
use paysage_layers::Trainable;
use paysage_models::{BoltzmannMachine, ParameterId, SettingError};

use crate::Constraint;

/// The couplings W_ij/(σ_i σ_j) between two layers of real units have singular values of at most `largest`,
/// divided by the largest number of such neighbours of either layer. Of a rectified unit σ² is the smaller
/// γ of its sides.
///
/// The joint precision of these layers is then positive definite, so that exp(−E) has a finite
/// sum. Larger singular values are replaced by the largest one allowed, which gives the nearest couplings
/// that satisfy the constraint. A direction of the data whose variance is R times that of the noise needs
/// a singular value of √(1 − 1/R).
///
/// Machines without connected layers of real units are left alone. For others the couplings are decomposed on
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

    /// Where there is nothing to decompose.
    fn is_capturable(&self, machine: &BoltzmannMachine<L>) -> bool {
        coupled(machine).is_empty()
    }

    fn project(&self, machine: &mut BoltzmannMachine<L>) {
        // Without a look at the parameters of other machines, which would wait for the device.
        let coupled = coupled(machine);
        let degree = |layer| {
            coupled
                .iter()
                .filter(|(_, ends)| ends.contains(&layer))
                .count()
        };
        for &(connection, ends) in &coupled {
            if machine.is_frozen(ParameterId::Weight { connection }) {
                continue;
            }
            let [Some(target), Some(domain)] = ends.map(|layer| deviations(&machine.layers[layer]))
            else {
                continue;
            };
            let largest = self.largest / degree(ends[0]).max(degree(ends[1])) as f64;
            let weight = &mut machine.connections[connection].weight;
            if let Some(limited) = limited(weight, &target, &domain, largest) {
                *weight = limited;
            }
        }
    }
}

/// The connections between layers of real units, with their ends.
fn coupled<L: Trainable>(machine: &BoltzmannMachine<L>) -> Vec<(usize, [usize; 2])> {
    let real = |layer: usize| machine.layers[layer].domain().bounds().is_none();
    let connections = machine.connections.iter().enumerate();
    connections
        .map(|(number, c)| (number, [c.target, c.domain]))
        .filter(|(_, ends)| ends.iter().all(|&layer| real(layer)))
        .collect()
}

/// The standard deviations of a Gaussian layer, or what takes their place in rectified ones.
fn deviations<L: Trainable>(layer: &L) -> Option<Vec<f64>> {
    let growth = layer.quadratic_growth()?;
    Some(growth.into_iter().map(f64::sqrt).collect())
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
