//! Exact sums over all that is not held.

use burn::tensor::{Tensor, TensorData};
use paysage_layers::{Layer, Trainable};
use paysage_models::BoltzmannMachine;

use super::{part::selected, states::States};

/// How many values the rows that are summed at once have in the visible layers.
const VALUES: usize = 1 << 20;

/// ln Σ exp(−E) over the layers of a machine that are not held: some discrete ones are enumerated so
/// that no two of the others meet, and those have a closed form.
pub(super) struct LogSums<L: Layer> {
    /// Its visible layers are those that are held, and then those that are enumerated.
    machine: BoltzmannMachine<L>,
    states: States,
}

impl<L: Trainable> LogSums<L> {
    /// The sum with the fewest states; nothing where continuous layers meet that are not held, for
    /// then there is none.
    pub fn cheapest(machine: &BoltzmannMachine<L>, held: &[usize]) -> Option<Self> {
        let open = (0..machine.layers.len()).filter(|l| !held.contains(l));
        let discrete: Vec<usize> = open
            .filter(|&l| States::default().add(&machine.layers[l]))
            .collect();
        // One bit for each layer: all subsets, for machines have few layers.
        let subsets = 0..1_u64 << discrete.len().min(16);
        let chosen = subsets.filter_map(|subset| {
            let chosen = (0..discrete.len()).filter(|k| subset >> k & 1 == 1);
            let enumerated: Vec<usize> = chosen.map(|k| discrete[k]).collect();
            let known = |layer: usize| held.contains(&layer) || enumerated.contains(&layer);
            let mut connections = machine.connections.iter();
            let closed = connections.all(|c| known(c.target) || known(c.domain));
            let shown = held.len() + enumerated.len() > 0;
            let mut states = States::default();
            for &layer in &enumerated {
                states.add(&machine.layers[layer]);
            }
            (closed && shown).then_some((enumerated, states))
        });
        let count = |(_, states): &(Vec<usize>, States)| states.log2_count();
        let (enumerated, states) = chosen.min_by(|a, b| count(a).total_cmp(&count(b)))?;
        let mut machine = machine.clone();
        machine.visible = [held, &enumerated].concat();
        Some(Self { machine, states })
    }

    /// The number of states that are summed for each row, as a power of 2.
    pub fn log2_states(&self) -> f64 {
        self.states.log2_count()
    }

    /// The sum for each of so many rows, of which the held layers show this, `[rows, held units]`;
    /// summed in f64.
    pub fn of_rows(&self, count: usize, shown: Option<&Tensor<2>>) -> Vec<f64> {
        let (states, width) = (self.states.count(), self.states.units(0).len());
        let mut sums = vec![LogSum::default(); count];
        let at_once = (VALUES / self.machine.visible_units().max(1)).max(1);
        for start in (0..count * states).step_by(at_once) {
            let pairs: Vec<usize> = (start..(count * states).min(start + at_once)).collect();
            let shown = shown.map(|shown| {
                let rows: Vec<usize> = pairs.iter().map(|pair| pair / states).collect();
                selected(shown, 0, &rows)
            });
            let enumerated = (width > 0).then(|| {
                let units = pairs
                    .iter()
                    .flat_map(|pair| self.states.units(pair % states));
                let units: Vec<f32> = units.collect();
                let shape = [pairs.len(), width];
                let options = (&self.machine.device(), self.machine.dtype());
                Tensor::<2>::from_data(TensorData::new(units, shape), options)
            });
            let both: Vec<Tensor<2>> = shown.into_iter().chain(enumerated).collect();
            let free = self.machine.free_energy(Tensor::cat(both, 1));
            let free = free
                .expect("layers that are summed do not meet")
                .into_data();
            for (pair, free) in pairs.into_iter().zip(free.iter::<f64>()) {
                sums[pair / states].add(-free);
            }
        }
        sums.into_iter().map(LogSum::value).collect()
    }
}

/// ln Σ exp(x) of what comes one after another.
#[derive(Clone, Copy)]
struct LogSum {
    largest: f64,
    /// Σ exp(x − largest).
    sum: f64,
}

impl Default for LogSum {
    fn default() -> Self {
        Self {
            largest: f64::NEG_INFINITY,
            sum: 0.0,
        }
    }
}

impl LogSum {
    fn add(&mut self, x: f64) {
        if x <= self.largest {
            self.sum += (x - self.largest).exp();
        } else {
            self.sum = self.sum * (self.largest - x).exp() + 1.0;
            self.largest = x;
        }
    }

    fn value(self) -> f64 {
        self.largest + self.sum.ln()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_numbers_are_summed_in_any_order() {
        for order in [[-1000.0, 1000.0, 999.0], [1000.0, 999.0, -1000.0]] {
            let mut sum = LogSum::default();
            order.into_iter().for_each(|x| sum.add(x));
            assert!((sum.value() - 1000.0 - (-1.0_f64).exp().ln_1p()).abs() < 1e-12);
        }
        let mut sum = LogSum::default();
        [0.0, f64::NAN, 1.0].into_iter().for_each(|x| sum.add(x));
        assert!(sum.value().is_nan());
    }
}
