//! Exact sums over all free layers.

use std::ops::Range;

use burn::tensor::{Tensor, TensorData};
use paysage_kernels::log_sum_exp;
use paysage_layers::{InverseTemperature, Layer, Trainable};
use paysage_models::{BoltzmannMachine, Plan, State, States};

use super::split::selected;

/// Values of the visible layers that are summed over at once.
const VALUES: usize = 1 << 20;

/// ln Σ exp(−E) over the free layers of a machine: some discrete ones are enumerated so that no two of
/// the others are connected, and those are summed in closed form.
pub(crate) struct LogSums<L: Layer> {
    /// Its visible layers are the clamped ones followed by the enumerated ones.
    pub machine: BoltzmannMachine<L>,
    states: States,
}

impl<L: Trainable> LogSums<L> {
    /// The sum with the fewest states; nothing where free continuous layers are connected, which have
    /// no such sum.
    pub fn cheapest(machine: &BoltzmannMachine<L>, clamped: &[usize]) -> Option<Self> {
        let free: Vec<usize> = (0..machine.layers.len())
            .filter(|layer| !clamped.contains(layer))
            .collect();
        let plan = Plan::cheapest(machine, &free).ok()?;
        if !plan.joint.is_empty() {
            return None;
        }
        let enumerated = plan.enumerated.iter();
        let states = States::of_layers(enumerated.map(|&layer| &machine.layers[layer]));
        let mut machine = machine.clone();
        machine.visible = [clamped, &plan.enumerated].concat();
        Some(Self { machine, states })
    }

    /// Number of states that are summed over for each row, as a power of 2.
    pub fn log2_states(&self) -> f64 {
        self.states.log2_count()
    }

    /// Number of states that are summed over for each row.
    pub fn state_count(&self) -> usize {
        self.states.count()
    }

    /// The sum for each of `count` rows with these clamped units `[count, clamped units]`, accumulated
    /// in f64.
    pub fn of_rows(&self, count: usize, clamped: Option<&Tensor<2>>) -> Vec<f64> {
        let states = self.state_count();
        let mut sums = vec![f64::NEG_INFINITY; count];
        self.each_block(count, clamped, |pairs, _, logs| {
            let mut next = pairs.start;
            while next < pairs.end {
                let (row, start) = (next / states, next);
                next = pairs.end.min((row + 1) * states);
                let of_row = &logs[start - pairs.start..next - pairs.start];
                sums[row] = log_sum_exp(of_row.iter().copied().chain([sums[row]]));
            }
        });
        sums
    }

    /// Calls for blocks of pairs of row and enumerated state, pair number row · states + state, with
    /// clamped and enumerated layers of these pairs and the terms of the sum, ln Σ exp(−E) over the
    /// other layers.
    pub fn each_block(
        &self,
        count: usize,
        clamped: Option<&Tensor<2>>,
        mut each: impl FnMut(Range<usize>, &State, Vec<f64>),
    ) {
        let states = self.state_count();
        let at_once = (VALUES / self.machine.visible_units().max(1)).max(1);
        for start in (0..count * states).step_by(at_once) {
            let pairs = start..(count * states).min(start + at_once);
            let clamped = clamped.map(|clamped| {
                let rows: Vec<usize> = pairs.clone().map(|pair| pair / states).collect();
                selected(clamped, 0, &rows)
            });
            let each_state: Vec<usize> = pairs.clone().map(|pair| pair % states).collect();
            let options = (&self.machine.device(), self.machine.dtype());
            let enumerated = self.states.units(&each_state).into_iter().map(|units| {
                let shape = [pairs.len(), units.len() / pairs.len()];
                Tensor::<2>::from_data(TensorData::new(units, shape), options)
            });
            let both: Vec<Tensor<2>> = clamped.into_iter().chain(enumerated).collect();
            if both.is_empty() {
                let (none, log) = self.independent(pairs.len());
                each(pairs.clone(), &none, vec![log; pairs.len()]);
                continue;
            }
            let rows = Tensor::cat(both, 1);
            let free = self.machine.free_energy(rows.clone());
            let free = free
                .expect("layers that are summed in closed form are not connected")
                .into_data();
            let logs = free.iter::<f64>().map(|free| -free).collect();
            each(pairs, &self.machine.state_from_visible(rows), logs);
        }
    }

    /// Where no layer is clamped or enumerated, no two are connected: their sum without a field.
    fn independent(&self, rows: usize) -> (State, f64) {
        let none = self.machine.zeros(rows);
        let layers = self.machine.layers.iter().zip(&none.layers);
        let logs = layers.map(|(layer, zeros)| {
            let field = zeros.clone().narrow(0, 0, 1);
            let log = layer.log_partition(field, &InverseTemperature::ONE);
            log.into_scalar::<f64>()
        });
        let log = logs.sum();
        (none, log)
    }
}
