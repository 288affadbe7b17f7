//! Energies, fields and free energies.

use burn::tensor::Tensor;
use paysage_kernels::{Product, times, times_transposed};
use paysage_layers::{InverseTemperature, Trainable};

use crate::{BoltzmannMachine, Connection, MachineError, State};

impl<L: Trainable> BoltzmannMachine<L> {
    /// E(x) of every row, in nats: `[batch]`.
    #[must_use]
    pub fn energy(&self, state: &State) -> Tensor<1> {
        let weight = self.partly_summed(state, &[]);
        let layers: Vec<usize> = (0..self.layers.len()).collect();
        match self.log_base_measure(state, &layers) {
            Some(log_base_measure) => weight + log_base_measure,
            None => weight,
        }
    }

    /// ln h(x), summed over the units of some layers, in nats: `[batch]`; `None` where h = 1.
    ///
    /// The probability of a state at inverse temperature β is ∝ h(x) exp(−βE(x)).
    #[must_use]
    pub fn log_base_measure(&self, state: &State, layers: &[usize]) -> Option<Tensor<1>> {
        let of_layer = |&l: &usize| self.layers[l].log_base_measure(state.layers[l].clone());
        let terms = layers.iter().filter_map(of_layer);
        terms.reduce(|sum, term| sum + term)
    }

    /// The field on a layer from the states of its neighbours: f = Σ_c W_c r(x), `[batch, units]`.
    #[must_use]
    pub fn field(&self, layer: usize, state: &State) -> Tensor<2> {
        self.connections
            .iter()
            .filter_map(|connection| {
                if connection.target == layer {
                    Some(self.field_on_target(connection, &state.layers[connection.domain]))
                } else if connection.domain == layer {
                    Some(self.field_on_domain(connection, &state.layers[connection.target]))
                } else {
                    None
                }
            })
            .reduce(|sum, field| sum + field)
            .unwrap_or_else(|| state.layers[layer].zeros_like())
    }

    /// The [`field`](Self::field) on a layer of a single connection to a layer without a center, before it is
    /// computed; `None` for other layers.
    #[must_use]
    pub fn field_product(&self, layer: usize, state: &State) -> Option<Product> {
        let mut touching = self.connections.iter().filter(|c| c.touches(layer));
        let (connection, None) = (touching.next()?, touching.next()) else {
            return None;
        };
        let transposed = connection.target == layer;
        let neighbour = if transposed {
            connection.domain
        } else {
            connection.target
        };
        let (layer, states) = (&self.layers[neighbour], state.layers[neighbour].clone());
        layer.constant_interaction().is_none().then(|| Product {
            states: layer.varying_interaction(states),
            matrix: connection.weight.clone(),
            transposed,
        })
    }

    /// W r(x) for states x of the domain of a connection: `[batch, units of target]`.
    ///
    /// With a center c it is W x − W c, the product of binary states being faster.
    pub(crate) fn field_on_target(&self, connection: &Connection, states: &Tensor<2>) -> Tensor<2> {
        let layer = &self.layers[connection.domain];
        let varying = layer.varying_interaction(states.clone());
        let field = times_transposed(varying, connection.weight.clone());
        match layer.constant_interaction() {
            Some(constant) => field + times_transposed(constant, connection.weight.clone()),
            None => field,
        }
    }

    /// Wᵀ r(x) for states x of the target of a connection: `[batch, units of domain]`; see
    /// [`field_on_target`](Self::field_on_target).
    pub(crate) fn field_on_domain(&self, connection: &Connection, states: &Tensor<2>) -> Tensor<2> {
        let layer = &self.layers[connection.target];
        let varying = layer.varying_interaction(states.clone());
        let field = times(varying, connection.weight.clone());
        match layer.constant_interaction() {
            Some(constant) => field + times(constant, connection.weight.clone()),
            None => field,
        }
    }

    /// The free energy of visible rows, −ln Σ_h exp(−E(v, h)) (less ln h(v), where a layer has a base
    /// measure), in nats: `[batch, visible units] → [batch]`. Then ln p(v) = −F(v) − ln Z.
    ///
    /// # Errors
    ///
    /// When hidden layers are connected with each other, as in a deep machine.
    pub fn free_energy(&self, rows: Tensor<2>) -> Result<Tensor<1>, MachineError> {
        self.check_restricted()?;
        let state = self.state_from_visible(rows);
        let hidden = self.hidden();
        Ok(self.partly_summed(&state, &hidden))
    }

    /// −ln Σ exp(−E) over the units of some layers, no two of which are connected, with the others
    /// as in the state: `[batch]`.
    pub(crate) fn partly_summed(&self, state: &State, summed: &[usize]) -> Tensor<1> {
        let all: Vec<usize> = (0..self.layers.len()).collect();
        let every = |_: &Connection| true;
        self.terms(state, &all, summed, every)
            .expect("a machine has at least one layer")
    }

    /// The terms of [`partly_summed`](Self::partly_summed) of some layers and some connections;
    /// nothing where there are no such layers.
    pub(crate) fn terms(
        &self,
        state: &State,
        layers: &[usize],
        summed: &[usize],
        chosen: impl Fn(&Connection) -> bool,
    ) -> Option<Tensor<1>> {
        let held = |layer: &usize| !summed.contains(layer);
        let seen = |layer: usize| self.layers[layer].interaction(state.layers[layer].clone());
        let layers = layers.iter().map(|&layer| {
            if held(&layer) {
                let energy = self.layers[layer].energy(state.layers[layer].clone());
                match self.layers[layer].log_base_measure(state.layers[layer].clone()) {
                    Some(log_base_measure) => energy - log_base_measure,
                    None => energy,
                }
            } else {
                -self.layers[layer]
                    .log_partition(self.field(layer, state), &InverseTemperature::ONE)
            }
        });
        let connections = self
            .connections
            .iter()
            .filter(|c| held(&c.target) && held(&c.domain) && chosen(c))
            .map(|c| {
                let field = self.field_on_target(c, &state.layers[c.domain]);
                -(seen(c.target) * field).sum_dim(1).squeeze_dim(1)
            });
        layers.chain(connections).reduce(|sum, term| sum + term)
    }
}
