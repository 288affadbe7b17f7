//! Fields of visible sites.

use burn::tensor::{Tensor, TensorData};
use paysage_layers::{Domain, Trainable};
use paysage_models::{BoltzmannMachine, Connection};

use super::settings::pair_index;
use crate::InferenceError;

/// The visible sites of a machine without centers.
pub(super) struct Sites {
    /// Number of states of each site.
    pub states: Vec<usize>,
    /// r of the units of each site in each of its states: `[states, width]`, row-major.
    interactions: Vec<Vec<f64>>,
    /// Layer and first unit in the layer of each site.
    places: Vec<(usize, usize)>,
}

impl Sites {
    pub fn new<L: Trainable>(machine: &BoltzmannMachine<L>) -> Result<Self, InferenceError> {
        let mut sites = Self {
            states: Vec::new(),
            interactions: Vec::new(),
            places: Vec::new(),
        };
        for &layer in &machine.visible {
            let domain = machine.layers[layer].domain();
            let Some(states) = domain.states() else {
                return Err(InferenceError::InfiniteStates { layer });
            };
            let (offset, slope) = affine(&machine.layers[layer]);
            let width = domain.width();
            for start in (0..machine.layers[layer].units()).step_by(width) {
                let of_state = |state| {
                    let values = state_values(&domain, state);
                    let units = values.into_iter().zip(start..);
                    units.map(|(x, unit)| offset[unit] + slope[unit] * x)
                };
                let interactions = (0..states).flat_map(of_state);
                sites.interactions.push(interactions.collect());
                sites.states.push(states);
                sites.places.push((layer, start));
            }
        }
        Ok(sites)
    }

    /// All pairs i < j, in order.
    pub fn pairs(&self) -> impl Iterator<Item = (usize, usize)> + use<> {
        let count = self.states.len();
        (0..count).flat_map(move |i| (i + 1..count).map(move |j| (i, j)))
    }

    /// Number of units of a site.
    fn width(&self, site: usize) -> usize {
        self.interactions[site].len() / self.states[site]
    }

    /// The field of each site in each of its states on a layer, less its mean over the states:
    /// `[states, units]` for each site; and the sum of the means, `[1, units]`.
    pub fn fields<L: Trainable>(
        &self,
        machine: &BoltzmannMachine<L>,
        layer: usize,
    ) -> (Vec<Tensor<2>>, Tensor<2>) {
        let options = (&machine.device(), machine.dtype());
        let units = machine.layers[layer].units();
        let mut total = Tensor::<2>::zeros([1, units], options);
        let fields = (0..self.states.len()).map(|site| {
            let (visible, start) = self.places[site];
            let (states, width) = (self.states[site], self.width(site));
            let shape = [states, width];
            let data = TensorData::new(self.interactions[site].clone(), shape);
            let seen = Tensor::<2>::from_data(data, options);
            let weights = machine.connections.iter().filter_map(|connection| {
                let weight = oriented(connection, visible, layer)?;
                Some(weight.narrow(0, start, width))
            });
            let fields = weights.map(|weight| seen.clone().matmul(weight));
            let fields = fields.reduce(|sum, field| sum + field);
            let fields = fields.unwrap_or_else(|| Tensor::zeros([states, units], options));
            let mean = fields.clone().mean_dim(0);
            total.inplace(|total| total + mean.clone());
            fields - mean
        });
        (fields.collect(), total)
    }

    /// Adds r_iᵀ W r_j of visible sites that are connected to the sums of the pairs.
    pub fn add_direct<L: Trainable>(&self, machine: &BoltzmannMachine<L>, blocks: &mut [Vec<f64>]) {
        for connection in &machine.connections {
            let ends = [connection.target, connection.domain];
            if !ends.iter().all(|layer| machine.visible.contains(layer)) {
                continue;
            }
            let columns = connection.weight.dims()[1];
            let weights: Vec<f64> = connection.weight.to_data().iter().collect();
            for (i, j) in self.pairs() {
                let ((first, start), (second, other)) = (self.places[i], self.places[j]);
                let weight = |u: usize, v: usize| match ends {
                    _ if ends == [first, second] => weights[(start + u) * columns + other + v],
                    _ if ends == [second, first] => weights[(other + v) * columns + start + u],
                    _ => 0.0,
                };
                if first != second && ends.contains(&first) && ends.contains(&second) {
                    let block = &mut blocks[pair_index(self.states.len(), i, j)];
                    self.add_products((i, j), weight, block);
                }
            }
        }
    }

    fn add_products(
        &self,
        (i, j): (usize, usize),
        weight: impl Fn(usize, usize) -> f64,
        block: &mut [f64],
    ) {
        let seen = |site: usize, state: usize| {
            let width = self.width(site);
            self.interactions[site][state * width..][..width]
                .iter()
                .enumerate()
        };
        let states = self.states[j];
        for (place, value) in block.iter_mut().enumerate() {
            for (u, first) in seen(i, place / states) {
                for (v, second) in seen(j, place % states) {
                    *value += first * weight(u, v) * second;
                }
            }
        }
    }
}

/// The weights of a connection with the units of `from` as rows; nothing where it does not join the
/// layers.
fn oriented(connection: &Connection, from: usize, to: usize) -> Option<Tensor<2>> {
    match (connection.target, connection.domain) {
        (target, domain) if target == from && domain == to => Some(connection.weight.clone()),
        (target, domain) if target == to && domain == from => {
            Some(connection.weight.clone().transpose())
        }
        _ => None,
    }
}

/// r(x) = offset + slope · x of each unit of a layer.
pub(super) fn affine<L: Trainable>(layer: &L) -> (Vec<f64>, Vec<f64>) {
    let (device, dtype) = layer.storage();
    let zero = Tensor::<2>::zeros([1, layer.units()], (&device, dtype));
    let one = zero.ones_like();
    let [offset, at_one]: [Vec<f64>; 2] =
        [zero, one].map(|x| layer.interaction(x).to_data().iter().collect());
    let slope = at_one.iter().zip(&offset).map(|(one, zero)| one - zero);
    (offset.clone(), slope.collect())
}

/// The units of a site in a state.
fn state_values(domain: &Domain, state: usize) -> Vec<f64> {
    let mut site = vec![0.0; domain.width()];
    domain.write_state(state, &mut site);
    site.into_iter().map(f64::from).collect()
}
