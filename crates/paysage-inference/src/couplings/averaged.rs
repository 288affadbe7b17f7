//! Averages of log-partition functions over the states of other sites.

use burn::tensor::{Tensor, TensorData};
use paysage_kernels::{Child, RandomKey};
use paysage_layers::{InverseTemperature, Trainable};
use paysage_models::{BoltzmannMachine, Progress, Stage};

use super::{
    EffectiveCouplings, contributions::Sites, one_hot::OneHotSums, rest::Rest, settings::pair_index,
};

/// Largest number of fields in one batch.
const FIELDS: usize = 1 << 20;

/// The average of ln Σ_h exp(−E) over the states of all sites but two.
pub(super) struct Averaging<'a, L: Trainable> {
    pub settings: EffectiveCouplings,
    /// A machine without centers.
    pub machine: &'a BoltzmannMachine<L>,
    pub sites: &'a Sites,
}

impl<L: Trainable> Averaging<'_, L> {
    /// The averages for all states of all pairs of sites, up to terms of one site.
    pub fn sums(&self, key: RandomKey, progress: &mut dyn Progress) -> Vec<Vec<f64>> {
        let states = &self.sites.states;
        let size = |(i, j): (usize, usize)| vec![0.0; states[i] * states[j]];
        let mut blocks: Vec<Vec<f64>> = self.sites.pairs().map(size).collect();
        let hidden = self.machine.hidden();
        let steps = hidden.len() * states.len();
        for (place, &layer) in hidden.iter().enumerate() {
            let (fields, mean) = self.sites.fields(self.machine, layer);
            let (rest, weights) = self.rest(layer, &fields, key.child(Child::Layer(layer)));
            let one_hot = OneHotSums::of(&self.machine.layers[layer], &fields, &mean, &rest);
            for first in 0..states.len() {
                if let Some(sums) = &one_hot {
                    for (second, sums) in (first + 1..).zip(sums.pairs_of(first)) {
                        add(&mut blocks[pair_index(states.len(), first, second)], &sums);
                    }
                    progress.report(Stage::Couplings, place * states.len() + first + 1, steps);
                    continue;
                }
                let mut second = first + 1;
                while second < states.len() {
                    let count = self.batch(&fields, &rest, first, second);
                    let batch = second..second + count;
                    let rests = batch.clone().map(|j| {
                        let rest = rest.without(&fields, [first, j]);
                        (rest + mean.clone()).unsqueeze_dim::<3>(0)
                    });
                    let rests = Tensor::cat(rests.collect(), 0);
                    let others = batch
                        .clone()
                        .map(|j| fields[j].clone().unsqueeze_dim::<3>(0));
                    let others = Tensor::cat(others.collect(), 0);
                    let sums = self.batch_sums(layer, &fields[first], &others, &rests, &weights);
                    let width = sums.len() / count;
                    for (j, sums) in batch.zip(sums.chunks(width)) {
                        add(&mut blocks[pair_index(states.len(), first, j)], sums);
                    }
                    second += count;
                }
                progress.report(Stage::Couplings, place * states.len() + first + 1, steps);
            }
        }
        blocks
    }

    /// The field of the other sites on a hidden layer, and the weights of its points.
    fn rest(&self, layer: usize, fields: &[Tensor<2>], key: RandomKey) -> (Rest, Vec<f64>) {
        let states = &self.sites.states;
        let log_states: f64 = states.iter().map(|&states| (states as f64).log2()).sum();
        let rest = if log_states <= f64::from(self.settings.enumerated) + 1e-9 {
            Rest::all(fields, states)
        } else if self.machine.layers[layer].domain().width() == 1 {
            return Rest::normal(fields, self.settings.points);
        } else {
            Rest::random(fields, states, self.settings.samples, key)
        };
        let count = rest.count();
        (rest, vec![1.0 / count as f64; count])
    }

    /// How many sites from `second` on, all with as many states, go into one batch with `first`.
    fn batch(&self, fields: &[Tensor<2>], rest: &Rest, first: usize, second: usize) -> usize {
        let states = &self.sites.states;
        let units = fields[first].dims()[1];
        let each = states[first] * states[second] * rest.count() * units;
        let alike = states[second..]
            .iter()
            .take_while(|&&q| q == states[second]);
        alike.count().min((FIELDS / each).max(1))
    }

    /// Σ_k w_k ln Z_h(f_first(a) + f_other(b) + rest_k) for all a and b of each other site.
    fn batch_sums(
        &self,
        layer: usize,
        first: &Tensor<2>,
        others: &Tensor<3>,
        rests: &Tensor<3>,
        weights: &[f64],
    ) -> Vec<f64> {
        let ([p, units], [count, q, _]) = (first.dims(), others.dims());
        let pair = first.clone().reshape([1, p, 1, 1, units])
            + others.clone().reshape([count, 1, q, 1, units]);
        let step = (FIELDS / (count * p * q * units)).max(1);
        let mut sums = vec![0.0; count * p * q];
        for (start, part) in (0..).step_by(step).zip(weights.chunks(step)) {
            let points = part.len();
            let rest = rests.clone().narrow(1, start, points);
            let field = pair.clone() + rest.reshape([count, 1, 1, points, units]);
            let field = field.reshape([count * p * q * points, units]);
            let logs = self.machine.layers[layer].log_partition(field, &InverseTemperature::ONE);
            let data = TensorData::new(part.to_vec(), [1, points]);
            let part = Tensor::<2>::from_data(data, (&logs.device(), logs.dtype()));
            let weighted = logs.reshape([count * p * q, points]) * part;
            let weighted = weighted.sum_dim(1).to_data();
            for (sum, more) in sums.iter_mut().zip(weighted.iter::<f64>()) {
                *sum += more;
            }
        }
        sums
    }
}

/// Adds the values of a hidden layer to those of a pair.
fn add(block: &mut [f64], sums: &[f64]) {
    for (value, sum) in block.iter_mut().zip(sums) {
        *value += sum;
    }
}

#[cfg(test)]
mod tests {
    use paysage_testkit::{Precision, machines};

    use super::*;
    use crate::couplings::settings::center;

    /// The sums of products are those of the log-partition functions, at points that do not fill all groups
    /// and with fields beyond the exponents of floats.
    #[test]
    fn sums_of_one_hot_sites_are_log_partition_functions() {
        for (kinds, scale) in [
            ("onehot:4x3,onehot:2x3", 1.0),
            ("spin:5,onehot:3x5", 2.0),
            ("onehot:3x2,onehot:1x2", 300.0),
        ] {
            let kinds = machines::kinds_of(kinds);
            let machine = machines::chain(&kinds, scale, false, RandomKey::new(845));
            let sites = Sites::new(&machine).expect("finite");
            let averaging = Averaging {
                settings: EffectiveCouplings {
                    enumerated: 0,
                    samples: 77,
                    ..EffectiveCouplings::default()
                },
                machine: &machine,
                sites: &sites,
            };
            let (fields, mean) = sites.fields(&machine, 1);
            let (rest, weights) = averaging.rest(1, &fields, RandomKey::new(846));
            let sums = OneHotSums::of(&machine.layers[1], &fields, &mean, &rest);
            let sums = sums.expect("one-hot sites");
            for first in 0..fields.len() {
                for (j, found) in (first + 1..).zip(sums.pairs_of(first)) {
                    let rests = rest.without(&fields, [first, j]) + mean.clone();
                    let other = fields[j].clone().unsqueeze_dim::<3>(0);
                    let rests = rests.unsqueeze_dim::<3>(0);
                    let expected =
                        averaging.batch_sums(1, &fields[first], &other, &rests, &weights);
                    let centered = |mut block: Vec<f64>| {
                        center(&mut block, sites.states[j]);
                        block
                    };
                    let (found, expected) = (centered(found), centered(expected));
                    let size = expected.iter().fold(1.0, |size: f64, x| size.max(x.abs()));
                    for (found, expected) in found.iter().zip(&expected) {
                        let precision = Precision::of_sums(machines::dtype());
                        precision.assert_close(found / size, expected / size, "ln Z");
                    }
                }
            }
        }
    }
}
