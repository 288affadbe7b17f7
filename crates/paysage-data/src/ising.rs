//! Configurations of the two-dimensional Ising model.

mod lattice;

use std::ops::RangeInclusive;

use rayon::prelude::*;

use self::lattice::Lattice;
use crate::builtin::built_in_images;
use crate::random::{Purpose, Stream};
use crate::table::Table;

/// Below 3 a site would be its own neighbour, or have the same neighbour twice.
pub(crate) const SIZE: RangeInclusive<usize> = 3..=1024;
pub(crate) const ROWS: RangeInclusive<usize> = 1..=1_000_000;
pub(crate) const SWEEPS: RangeInclusive<usize> = 1..=1_000_000;

/// Independent equilibrium configurations of spins on a square lattice with periodic boundaries.
///
/// `p(s) ∝ exp(−E(s)/T)` with `E(s) = −Σ s_i s_j` over the `2 · size²` pairs of neighbours, each
/// pair once, `s = ±1`, coupling and Boltzmann constant 1, no field. A table holds 1 for spin up
/// and 0 for spin down. The infinite lattice is critical at `T = 2 / ln(1 + √2) ≈ 2.269`.
///
/// Each row starts at random and is then updated by `sweeps` sweeps of the Swendsen-Wang
/// algorithm, which joins neighbours of equal spin with probability `1 − exp(−2/T)` and flips
/// each cluster with probability ½, so that it equilibrates at any temperature. At the critical
/// point, where it is slowest, the mean energy and squared
/// magnetization no longer change after 20 sweeps at size 16 (20,000 rows, within 0.2 %) and after
/// 35 at size 64. Rows are independent; a row is a function of its number, the seed and the other
/// fields, not of the number of threads.
///
/// ```
/// use paysage_data::Ising;
///
/// let table = Ising { size: 8, rows: 100, ..Ising::default() }.generate();
/// assert_eq!((table.rows(), table.columns()), (100, 64));
/// assert!(table.values().iter().all(|&x| x == 0.0 || x == 1.0));
/// ```
///
/// Swendsen and Wang, *Nonuniversal critical dynamics in Monte Carlo simulations*, Phys. Rev.
/// Lett. 58 (1987).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ising {
    /// The height and width of the lattice, 3 to 1024.
    pub size: usize,
    /// The temperature, above 0, in units of the coupling.
    pub temperature: f64,
    /// Number of configurations.
    pub rows: usize,
    /// Random seed.
    pub seed: u64,
    /// Cluster updates of the whole lattice before a configuration is taken.
    pub sweeps: usize,
    /// Whether values are −1 and 1, for layers of spins, instead of 0 and 1.
    pub spins: bool,
}

impl Default for Ising {
    fn default() -> Self {
        Self {
            size: 16,
            temperature: 2.269,
            rows: 2000,
            seed: 0,
            sweeps: 50,
            spins: false,
        }
    }
}

impl Ising {
    /// Generates the table: `[rows, size²]`, its rows images.
    ///
    /// # Panics
    ///
    /// When the size is not 3 to 1024, the temperature not above 0, or there are no rows.
    pub fn generate(&self) -> Table {
        let Self {
            size,
            temperature,
            rows,
            seed,
            sweeps,
            spins,
        } = *self;
        assert!(
            SIZE.contains(&size),
            "Ising lattice: expected a size of 3 to 1024, got {size}"
        );
        assert!(
            temperature > 0.0,
            "Ising lattice: expected a temperature above 0, got {temperature}"
        );
        assert!(rows > 0, "Ising lattice: expected at least one row, got 0");

        let sites = size * size;
        // A bond is made where a draw of 64 bits is below this, so always at temperature near 0.
        let joined = ((1.0 - (-2.0 / temperature).exp()) * 2f64.powi(64)) as u64;
        let down = if spins { -1.0 } else { 0.0 };
        let mut values = vec![0.0; rows * sites];
        values
            .par_chunks_exact_mut(sites)
            .enumerate()
            .for_each(|(row, values)| {
                let mut stream = Stream::new(Purpose::Ising, seed, row as u64);
                let mut lattice = Lattice::random(size, &mut stream);
                for _ in 0..sweeps {
                    lattice.sweep(joined, &mut stream);
                }
                for (value, &up) in values.iter_mut().zip(&lattice.up) {
                    *value = if up { 1.0 } else { down };
                }
            });
        built_in_images("builtin:ising", size, values)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::in_threads;

    /// The energy and the squared magnetization per site.
    fn observed(size: usize, up: impl Fn(usize) -> bool) -> [f64; 2] {
        let spin = |site: usize| if up(site) { 1.0 } else { -1.0 };
        let (mut energy, mut magnetization) = (0.0, 0.0);
        for row in 0..size {
            for column in 0..size {
                let site = spin(row * size + column);
                energy -= site * spin(row * size + (column + 1) % size);
                energy -= site * spin((row + 1) % size * size + column);
                magnetization += site;
            }
        }
        let sites = (size * size) as f64;
        [energy / sites, (magnetization / sites).powi(2)]
    }

    /// Mean and variance of both over all configurations.
    fn exact(size: usize, temperature: f64) -> [(f64, f64); 2] {
        let sites = size * size;
        let (mut weights, mut sums, mut squares) = (0.0, [0.0; 2], [0.0; 2]);
        for state in 0u32..1 << sites {
            let observed = observed(size, |site| state >> site & 1 == 1);
            let weight = (-(observed[0] + 2.0) * sites as f64 / temperature).exp();
            weights += weight;
            for k in 0..2 {
                sums[k] += weight * observed[k];
                squares[k] += weight * observed[k].powi(2);
            }
        }
        [0, 1].map(|k| {
            let mean: f64 = sums[k] / weights;
            (mean, squares[k] / weights - mean * mean)
        })
    }

    fn check(ising: Ising, expected: [(f64, f64); 2]) {
        let table = ising.generate();
        let rows = ising.rows as f64;
        for (k, (mean, variance)) in expected.into_iter().enumerate() {
            let total: f64 = (0..table.rows())
                .map(|row| observed(ising.size, |site| table.row(row)[site] == 1.0)[k])
                .sum();
            let error = (total / rows - mean).abs();
            let bound = 4.0 * (variance / rows).sqrt();
            assert!(error < bound, "{ising:?}: {error} is above {bound}");
        }
    }

    #[test]
    fn energy_and_magnetization_are_those_of_the_enumerated_lattice() {
        for temperature in [0.5, 1.5, 2.269, 4.0, 50.0] {
            let ising = Ising {
                size: 3,
                temperature,
                rows: 8000,
                ..Ising::default()
            };
            check(ising, exact(3, temperature));
        }
        let ising = Ising {
            size: 4,
            rows: 8000,
            ..Ising::default()
        };
        check(ising, exact(4, ising.temperature));
    }

    /// Onsager's energy per site of the infinite lattice,
    /// `u = −coth(2β) (1 + (2/π) (2 tanh²(2β) − 1) K(k))`, `k = 2 sinh(2β) / cosh²(2β)`.
    fn onsager(beta: f64) -> f64 {
        let k = 2.0 * (2.0 * beta).sinh() / (2.0 * beta).cosh().powi(2);
        // The complete elliptic integral by the arithmetic-geometric mean.
        let (mut a, mut b) = (1.0, (1.0 - k * k).sqrt());
        for _ in 0..40 {
            (a, b) = ((a + b) / 2.0, (a * b).sqrt());
        }
        let integral = std::f64::consts::FRAC_PI_2 / a;
        let factor = 2.0 * (2.0 * beta).tanh().powi(2) - 1.0;
        -(1.0 + std::f64::consts::FRAC_2_PI * factor * integral) / (2.0 * beta).tanh()
    }

    #[test]
    fn a_large_lattice_has_onsagers_energy() {
        // Far enough from the critical point for 32 sites to be many correlation lengths: the
        // finite lattice differs by less than 1e-5, far below the bound.
        for temperature in [1.5, 3.5] {
            let ising = Ising {
                size: 32,
                temperature,
                rows: 400,
                ..Ising::default()
            };
            let table = ising.generate();
            let energies: Vec<f64> = (0..ising.rows)
                .map(|row| observed(32, |site| table.row(row)[site] == 1.0)[0])
                .collect();
            let rows = ising.rows as f64;
            let mean = energies.iter().sum::<f64>() / rows;
            let variance = energies.iter().map(|e| (e - mean).powi(2)).sum::<f64>() / rows;
            let error = (mean - onsager(1.0 / temperature)).abs();
            let bound = 4.0 * (variance / rows).sqrt();
            assert!(error < bound, "{temperature}: {error} is above {bound}");
        }
    }

    #[test]
    fn the_coldest_lattice_is_uniform() {
        let table = Ising {
            temperature: 1e-3,
            rows: 20,
            ..Ising::default()
        }
        .generate();
        for row in 0..20 {
            assert!(table.row(row).iter().all(|&x| x == table.row(row)[0]));
        }
    }

    #[test]
    fn rows_depend_on_seed_and_number_alone() {
        let ising = Ising {
            rows: 9,
            size: 6,
            ..Ising::default()
        };
        let table = in_threads(1, || ising.generate());
        assert_eq!(table, in_threads(3, || ising.generate()));
        assert_eq!(table.head(4), Ising { rows: 4, ..ising }.generate());
        assert_ne!(table, Ising { seed: 1, ..ising }.generate());
    }

    #[test]
    fn values_are_pinned() {
        let ising = Ising {
            rows: 1,
            size: 5,
            temperature: 6.0,
            ..Ising::default()
        };
        let table = ising.generate();
        let lines = table.row(0).chunks(5);
        let shown: Vec<String> = lines
            .map(|line| {
                line.iter()
                    .map(|&x| if x == 1.0 { '#' } else { '.' })
                    .collect()
            })
            .collect();
        assert_eq!(shown, ["#####", "..###", "#.#..", "##...", ".####"]);
    }
}
