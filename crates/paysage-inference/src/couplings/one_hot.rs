//! Averages for hidden one-hot sites, on the host.

use burn::tensor::{Tensor, TensorData};
use paysage_kernels::log_products;
use paysage_layers::{Domain, Trainable};
use rayon::prelude::*;

use super::{contributions::affine, rest::Rest};

/// Points that are summed at once.
const LANES: usize = 8;

/// Groups of points whose factors stay in the cache of a core.
const TILES: usize = 8;

/// Hidden one-hot sites under the fields of visible sites: ln Z of a hidden site is the logarithm of a sum
/// of products,
///
/// ```text
/// Z_k(a, b) = Σ_s exp(f_i(a)_s) · exp(f_j(b)_s) · exp(rest_ks − H_s)
/// ```
///
/// so that each exponential function is computed once for all pairs of states, and one logarithm for the
/// product of many sums.
pub(super) struct OneHotSums {
    /// Number of states of a hidden site.
    states: usize,
    /// Number of hidden units.
    units: usize,
    /// The field of each visible site in each of its states: `[states, units]`.
    fields: Vec<Vec<f64>>,
    /// The field of all visible sites, less the energy of each unit: `[points, units]`.
    all: Vec<f64>,
    /// The state of each visible site at each point.
    chosen: Vec<Vec<usize>>,
}

impl OneHotSums {
    /// The sums of a hidden layer without center, under the fields of the visible sites, their mean and
    /// that of the other sites at equally weighted points; `None` for layers of other units and for normal
    /// fields.
    pub fn of<L: Trainable>(
        layer: &L,
        fields: &[Tensor<2>],
        mean: &Tensor<2>,
        rest: &Rest,
    ) -> Option<Self> {
        let Domain::OneHot { states } = layer.domain() else {
            return None;
        };
        let (offset, slope) = affine(layer);
        let is_plain = offset.iter().all(|&x| x == 0.0) && slope.iter().all(|&x| x == 1.0);
        let (sum, chosen) = rest.states().filter(|_| is_plain)?;
        let units = layer.units();
        let energies = energies(layer, states);
        let mean: Vec<f64> = mean.to_data().iter().collect();
        let mut all: Vec<f64> = sum.to_data().iter().collect();
        for row in all.chunks_mut(units) {
            let constant = mean.iter().zip(&energies);
            let each = row.iter_mut().zip(constant);
            each.for_each(|(field, (mean, energy))| *field += mean - energy);
        }
        let states_of = |chosen: &Tensor<1, burn::tensor::Int>| -> Vec<usize> {
            let states = chosen.to_data().iter::<i32>().collect::<Vec<_>>();
            states.into_iter().map(|state| state as usize).collect()
        };
        Some(Self {
            states,
            units,
            fields: fields
                .iter()
                .map(|x| x.to_data().iter().collect())
                .collect(),
            all,
            chosen: chosen.iter().map(states_of).collect(),
        })
    }

    /// The averages of a visible site with each of those after it: [`pair`](Self::pair).
    pub fn pairs_of(&self, first: usize) -> Vec<Vec<f64>> {
        let others = (first + 1..self.fields.len()).into_par_iter();
        others.map(|second| self.pair([first, second])).collect()
    }

    /// The average of ln Σ_h exp(−E) over the points for all states of two visible sites,
    /// `[states of i, states of j]`, up to terms of one of the sites.
    fn pair(&self, [i, j]: [usize; 2]) -> Vec<f64> {
        let points = self.all.len() / self.units;
        let count = |site: usize| self.fields[site].len() / self.units;
        let mut sums = vec![0.0; count(i) * count(j)];
        for start in (0..self.units).step_by(self.states) {
            let of_site = |site: usize| {
                let rows = self.fields[site].chunks(self.units);
                let own = rows.flat_map(|row| &row[start..start + self.states]);
                Factors::new(own.copied().collect(), self.states)
            };
            let (first, second) = (of_site(i), of_site(j));
            let rest = self.rest([i, j], start);
            let tiles = rest.tiles();
            let pairs = first
                .rows()
                .flat_map(|a| second.rows().map(move |b| (a, b)));
            let products: Vec<f64> = pairs
                .flat_map(|(a, b)| a.iter().zip(b).map(|(a, b)| a * b))
                .collect();
            let mut done = 0;
            for tiles in tiles.chunks(TILES * self.states) {
                let end = done + tiles.len() / self.states * LANES;
                let logs = log_products(&products, self.states, tiles);
                for (place, (sum, log)) in sums.iter_mut().zip(logs).enumerate() {
                    let (a, b) = (place / count(j), place % count(j));
                    *sum += match log.is_nan() {
                        true => rest.log_sum(first.log(a), second.log(b), done..end),
                        false => log,
                    };
                }
                done = end;
            }
            for (place, sum) in sums.iter_mut().enumerate() {
                let (a, b) = (place / count(j), place % count(j));
                *sum += rest.log_sum(first.log(a), second.log(b), done..points);
            }
        }
        sums.iter_mut().for_each(|sum| *sum /= points as f64);
        sums
    }

    /// The factors of the other sites and of the energy at each point, for the hidden site that starts at
    /// a unit.
    fn rest(&self, [i, j]: [usize; 2], start: usize) -> Factors {
        let mut logs = Vec::with_capacity(self.all.len() / self.units * self.states);
        for (point, all) in self.all.chunks(self.units).enumerate() {
            let own = |site: usize| {
                let row = self.chosen[site][point] * self.units + start;
                &self.fields[site][row..row + self.states]
            };
            let fields = all[start..].iter().zip(own(i)).zip(own(j));
            logs.extend(fields.map(|((all, first), second)| all - first - second));
        }
        Factors::new(logs, self.states)
    }
}

/// Factors of the states of a hidden site in rows, each over the largest one of its row: terms of one row
/// are left out.
struct Factors {
    states: usize,
    /// Their logarithms: `[rows, states]`.
    logs: Vec<f64>,
    /// `[rows, states]`.
    values: Vec<f64>,
}

impl Factors {
    fn new(mut logs: Vec<f64>, states: usize) -> Self {
        for row in logs.chunks_mut(states) {
            let largest = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            row.iter_mut().for_each(|log| *log -= largest);
        }
        let values = logs.iter().map(|log| log.exp()).collect();
        Self {
            states,
            logs,
            values,
        }
    }

    fn log(&self, row: usize) -> &[f64] {
        &self.logs[row * self.states..][..self.states]
    }

    fn rows(&self) -> impl Iterator<Item = &[f64]> {
        self.values.chunks(self.states)
    }

    /// The values of as many whole groups of rows as there are, side by side: `[groups, states]` of lanes.
    fn tiles(&self) -> Vec<[f64; LANES]> {
        let groups = self.values.chunks_exact(LANES * self.states);
        let tile = |group: &[f64], state: usize| -> [f64; LANES] {
            std::array::from_fn(|lane| group[lane * self.states + state])
        };
        groups
            .flat_map(|group| (0..self.states).map(move |state| tile(group, state)))
            .collect()
    }

    /// Σ ln Σ_s exp(…) over some rows, with two factors more; by logarithms, which hold any fields.
    fn log_sum(&self, first: &[f64], second: &[f64], rows: std::ops::Range<usize>) -> f64 {
        let of_row = |row| {
            let logs = self.log(row).iter().zip(first).zip(second);
            let logs = logs.map(|((rest, first), second)| rest + first + second);
            let largest = logs.clone().fold(f64::NEG_INFINITY, f64::max);
            largest + logs.map(|log| (log - largest).exp()).sum::<f64>().ln()
        };
        rows.map(of_row).sum()
    }
}

/// H − ln h of each state of each site, less that of the first state of the site: `[units]`.
fn energies<L: Trainable>(layer: &L, states: usize) -> Vec<f64> {
    let (device, dtype) = layer.storage();
    let units = layer.units();
    let mut rows = vec![0.0_f32; units * units];
    for (unit, row) in rows.chunks_mut(units).enumerate() {
        row.iter_mut().step_by(states).for_each(|x| *x = 1.0);
        row[unit / states * states] = 0.0;
        row[unit] = 1.0;
    }
    let rows = Tensor::<2>::from_data(TensorData::new(rows, [units, units]), (&device, dtype));
    let energy = layer.energy(rows.clone());
    let energy = match layer.log_base_measure(rows) {
        Some(log) => energy - log,
        None => energy,
    };
    let energies: Vec<f64> = energy.to_data().iter().collect();
    let difference = |unit: usize| energies[unit] - energies[unit / states * states];
    (0..units).map(difference).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fields that differ by more than an `f64` has exponents.
    #[test]
    fn large_fields_are_summed_by_logarithms() {
        let rest = Factors::new(vec![0.0, -900.0, 3.0, 1.0], 2);
        let found = rest.log_sum(&[-2000.0, 0.0], &[0.0, -1.0], 0..2);
        // −901 of the first row; the second one is less its largest, 3: −2 − 1.
        assert!((found + 904.0).abs() < 1e-9, "{found}");
    }
}
