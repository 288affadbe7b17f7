//! Exact sums over all that is not held.

use burn::tensor::{Tensor, TensorData};
use paysage_layers::{Layer, Trainable};
use paysage_models::{BoltzmannMachine, Plan, States};

use super::part::selected;

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
        let open: Vec<usize> = open.collect();
        let mut plan = Plan::cheapest(machine, &open).ok()?;
        if !plan.joint.is_empty() {
            return None;
        }
        let states =
            |layers: &[usize]| States::of_layers(layers.iter().map(|&l| &machine.layers[l]));
        if held.is_empty() && plan.enumerated.is_empty() {
            // Nothing is connected; some layer must be shown.
            let discrete = |l: &usize| machine.layers[*l].domain().is_finite();
            let size = |l: &usize| states(&[*l]).log2_count();
            let smallest = open.into_iter().filter(discrete);
            plan.enumerated = vec![smallest.min_by(|a, b| size(a).total_cmp(&size(b)))?];
        }
        let states = states(&plan.enumerated);
        let mut machine = machine.clone();
        machine.visible = [held, &plan.enumerated].concat();
        Some(Self { machine, states })
    }

    /// The number of states that are summed for each row, as a power of 2.
    pub fn log2_states(&self) -> f64 {
        self.states.log2_count()
    }

    /// The sum for each of so many rows, of which the held layers show this, `[rows, held units]`;
    /// summed in f64.
    pub fn of_rows(&self, count: usize, shown: Option<&Tensor<2>>) -> Vec<f64> {
        let states = self.states.count();
        let mut sums = vec![LogSum::default(); count];
        let at_once = (VALUES / self.machine.visible_units().max(1)).max(1);
        for start in (0..count * states).step_by(at_once) {
            let pairs: Vec<usize> = (start..(count * states).min(start + at_once)).collect();
            let shown = shown.map(|shown| {
                let rows: Vec<usize> = pairs.iter().map(|pair| pair / states).collect();
                selected(shown, 0, &rows)
            });
            let each: Vec<usize> = pairs.iter().map(|pair| pair % states).collect();
            let enumerated = self.states.units(&each).into_iter().map(|units| {
                let shape = [pairs.len(), units.len() / pairs.len()];
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
