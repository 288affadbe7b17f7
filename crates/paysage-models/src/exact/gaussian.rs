//! Gaussian layers that meet one another, integrated together.

use burn::tensor::{DType, Device, Tensor, TensorData};
use faer::{Mat, Side, linalg::solvers::DenseSolveCore};
use paysage_layers::{GaussianParameters, Layer, Trainable};

use super::ExactError;
use crate::BoltzmannMachine;

/// The joint density of connected Gaussian layers under a field f from the others.
///
/// With z = x − center and δ = loc − center, the exponent exceeds its value at z = 0 by
/// −½ zᵀΛz + bᵀz, where b = (δ + f)/σ² and Λ has 1/σ² on its diagonal and −W_ij/(σ_i²σ_j²) off it.
/// So z is normal with mean Λ⁻¹b and covariance Λ⁻¹.
#[derive(Clone, Debug)]
pub(super) struct JointGaussian {
    /// The layers, and the position at which the units of each start.
    layers: Vec<(usize, usize)>,
    /// Λ⁻¹: `[units, units]`.
    covariance: Tensor<2>,
    /// A matrix C with C Cᵀ = Λ⁻¹, transposed: `[units, units]`.
    root: Tensor<2>,
    /// 1/σ², δ and center of all units: `[1, units]`.
    precision: Tensor<2>,
    shift: Tensor<2>,
    center: Tensor<2>,
    /// ½ ln det(2πΛ⁻¹).
    log_volume: f64,
}

impl JointGaussian {
    pub fn new<L: Trainable>(
        machine: &BoltzmannMachine<L>,
        layers: &[usize],
    ) -> Result<Self, ExactError> {
        let (mut precision, mut shift, mut centers) = (Vec::new(), Vec::new(), Vec::new());
        for &layer in layers {
            let GaussianParameters {
                loc,
                variance,
                center,
            } = machine.layers[layer]
                .gaussian()
                .expect("only Gaussian layers are integrated together");
            precision.extend(variance.iter().map(|v| 1.0 / v));
            shift.extend(loc.iter().zip(&center).map(|(l, c)| l - c));
            centers.extend(center);
        }
        let units = precision.len();
        let starts = starts(machine, layers);
        let lambda = lambda(machine, &starts, &precision);
        let cholesky = lambda.llt(Side::Lower);
        let cholesky = cholesky.map_err(|_| ExactError::NotNormalizable {
            layers: layers.to_vec(),
        })?;
        let covariance = cholesky.inverse();
        // Λ = L Lᵀ, so L⁻ᵀ is a root of Λ⁻¹; its transpose is L⁻¹.
        let lower = cholesky.L();
        let mut root = Mat::identity(units, units);
        faer::linalg::triangular_solve::solve_lower_triangular_in_place(
            lower,
            root.as_mut(),
            faer::Par::Seq,
        );
        let log_det: f64 = (0..units).map(|i| 2.0 * lower[(i, i)].ln()).sum();
        let (device, dtype) = (machine.device(), machine.dtype());
        let row = |values: Vec<f64>| upload(values, [1, units], &device, dtype);
        let square = |m: &Mat<f64>| {
            let values = (0..units)
                .flat_map(|i| (0..units).map(move |j| m[(i, j)]))
                .collect();
            upload(values, [units, units], &device, dtype)
        };
        Ok(Self {
            layers: starts,
            covariance: square(&covariance),
            root: square(&root),
            precision: row(precision),
            shift: row(shift),
            center: row(centers),
            log_volume: 0.5 * (units as f64 * std::f64::consts::TAU.ln() - log_det),
        })
    }

    /// The layers, and where the units of each start and end in a joint row.
    pub fn spans(&self) -> impl Iterator<Item = (usize, std::ops::Range<usize>)> + '_ {
        let end = self.covariance.dims()[0];
        self.layers
            .iter()
            .enumerate()
            .map(move |(k, &(layer, start))| {
                let stop = self.layers.get(k + 1).map_or(end, |next| next.1);
                (layer, start..stop)
            })
    }

    /// b for a field on all units: `[batch, units]`.
    fn linear(&self, field: Tensor<2>) -> Tensor<2> {
        (field + self.shift.clone()) * self.precision.clone()
    }

    /// ln ∫ exp(f·r − H) over all units, relative to the exponent at the centers: `[batch]`.
    pub fn log_partition(&self, field: Tensor<2>) -> Tensor<1> {
        let b = self.linear(field);
        let squares = b.clone().matmul(self.covariance.clone()) * b;
        squares.sum_dim(1).squeeze_dim::<1>(1) * 0.5 + self.log_volume
    }

    /// Rows with all units at their centers, where they send no field: `[batch, units]`.
    pub fn centers(&self, batch: usize) -> Tensor<2> {
        self.center.clone().repeat_dim(0, batch)
    }

    /// The mean of x under a field: `[batch, units]`.
    pub fn mean(&self, field: Tensor<2>) -> Tensor<2> {
        self.linear(field).matmul(self.covariance.clone()) + self.center.clone()
    }

    /// Deviations from the mean, `[2·units, units]`, over which quadratic functions have the same
    /// average as over the density: ±√units times the columns of a root of the covariance.
    pub fn sigma_points(&self) -> Tensor<2> {
        let units = self.covariance.dims()[0];
        let up = self.root.clone() * (units as f64).sqrt();
        Tensor::cat(vec![up.clone(), -up], 0)
    }

    /// Standard normal rows `[batch, units]` turned into deviations from the mean.
    pub fn color(&self, noise: Tensor<2>) -> Tensor<2> {
        noise.matmul(self.root.clone())
    }
}

impl<L: Trainable> BoltzmannMachine<L> {
    /// Checks that exp(−E) has a finite sum: that the layers of real units that meet one another have a
    /// joint precision that is positive definite, in which a rectified unit counts with the side of the
    /// smaller γ. Bounded units never hinder it.
    ///
    /// # Errors
    ///
    /// [`ExactError::NotNormalizable`], with the layers, when it is not.
    pub fn check_normalizable(&self) -> Result<(), ExactError> {
        let layers = self.layers.iter();
        let variances: Vec<Option<Vec<f64>>> = layers.map(Layer::quadratic_growth).collect();
        let variance = |&layer: &usize| variances[layer].as_deref();
        let gaussian: Vec<usize> = (0..self.layers.len())
            .filter(|l| variance(l).is_some())
            .collect();
        for layers in self.components(&gaussian) {
            if layers.len() > 1 && !self.is_definite(&layers, &variance) {
                return Err(ExactError::NotNormalizable { layers });
            }
        }
        Ok(())
    }

    /// Whether Λ of some Gaussian layers is positive definite.
    ///
    /// Its blocks of layers that do not meet are diagonal and positive, so that only what is left
    /// when they are eliminated must be looked at: Λ_kk − Λ_ke Λ_ee⁻¹ Λ_ek.
    fn is_definite<'s>(
        &self,
        layers: &[usize],
        variance: &impl Fn(&usize) -> Option<&'s [f64]>,
    ) -> bool {
        let units = |layers: &[usize]| -> usize {
            layers.iter().filter_map(variance).map(<[f64]>::len).sum()
        };
        let apart = self.blocks().into_iter().map(|block| {
            let inside = block.into_iter().filter(|l| layers.contains(l));
            inside.collect::<Vec<usize>>()
        });
        let eliminated = apart.max_by_key(|block| units(block)).unwrap_or_default();
        let kept: Vec<usize> = layers
            .iter()
            .copied()
            .filter(|l| !eliminated.contains(l))
            .collect();
        let precision = |layers: &[usize]| -> Vec<f64> {
            let variances = layers.iter().filter_map(variance).flatten();
            variances.map(|v| 1.0 / v).collect()
        };
        let starts = starts(self, &kept);
        let mut rest = lambda(self, &starts, &precision(&kept));
        for layer in eliminated {
            // Λ_ke Λ_ee^(−½), so that its square is what is taken away.
            let own = precision(&[layer]);
            let mut coupling = Mat::<f64>::zeros(units(&kept), own.len());
            for &(other, start) in &starts {
                let theirs = precision(&[other]);
                for (i, j, weight) in self.weights_between(other, layer) {
                    coupling[(start + i, j)] = weight * theirs[i] * own[j].sqrt();
                }
            }
            rest -= &coupling * coupling.transpose();
        }
        rest.llt(Side::Lower).is_ok()
    }

    /// The weights between two layers, with the unit of the first and of the second.
    fn weights_between(
        &self,
        first: usize,
        second: usize,
    ) -> impl Iterator<Item = (usize, usize, f64)> {
        let connection = self.connections.iter();
        let mut connection = connection.filter(move |c| c.touches(first) && c.touches(second));
        connection.next().into_iter().flat_map(move |c| {
            let width = c.weight.dims()[1];
            let values: Vec<f64> = c.weight.to_data().iter().collect();
            let straight = c.target == first;
            let places = values.into_iter().enumerate();
            places.map(move |(at, weight)| match straight {
                true => (at / width, at % width, weight),
                false => (at % width, at / width, weight),
            })
        })
    }
}

/// The layers, and the position at which the units of each start in a joint row.
fn starts<L: Trainable>(machine: &BoltzmannMachine<L>, layers: &[usize]) -> Vec<(usize, usize)> {
    let place = |start: &mut usize, &layer: &usize| {
        let here = *start;
        *start += machine.layers[layer].units();
        Some((layer, here))
    };
    layers.iter().scan(0, place).collect()
}

/// Λ of layers whose units start at these positions.
fn lambda<L: Trainable>(
    machine: &BoltzmannMachine<L>,
    starts: &[(usize, usize)],
    precision: &[f64],
) -> Mat<f64> {
    let units = precision.len();
    let mut lambda = Mat::from_fn(units, units, |i, j| if i == j { precision[i] } else { 0.0 });
    for (count, &(first, rows)) in starts.iter().enumerate() {
        for &(second, columns) in &starts[..count] {
            for (i, j, weight) in machine.weights_between(first, second) {
                let (i, j) = (rows + i, columns + j);
                let coupling = weight * precision[i] * precision[j];
                lambda[(i, j)] = -coupling;
                lambda[(j, i)] = -coupling;
            }
        }
    }
    lambda
}

fn upload(values: Vec<f64>, shape: [usize; 2], device: &Device, dtype: DType) -> Tensor<2> {
    Tensor::from_data(TensorData::new(values, shape), (device, dtype))
}
