//! The zero-sum gauge of one-hot sites.

use burn::tensor::Tensor;
use paysage_layers::{Domain, Trainable};

use crate::BoltzmannMachine;

impl<L: Trainable> BoltzmannMachine<L> {
    /// Moves the machine to the zero-sum gauge, without changing the distribution: over the states of
    /// every one-hot site, visible or hidden, the weights to each unit of a neighbour and the biases sum
    /// to 0.
    ///
    /// Energies, and with them ln Z, change by a constant. Frozen parameters change too. Machines
    /// without one-hot layers stay as they are.
    ///
    /// In this gauge the weights have the smallest norm, and differences between machines are not those
    /// of a constant that has no effect.
    ///
    /// Ekeberg et al., "Improved contact prediction in proteins", Phys. Rev. E 87, 2013.
    ///
    /// ```
    /// use paysage_kernels::{RandomKey, default_device, normal};
    /// use paysage_layers::{AnyLayer, Bernoulli, OneHot};
    /// use paysage_models::BoltzmannMachine;
    ///
    /// let device = default_device()?;
    /// let visible = OneHot::new(2, 3, &device);
    /// let layers: Vec<AnyLayer> = vec![visible.into(), Bernoulli::new(2, &device).into()];
    /// let mut machine = BoltzmannMachine::chain(layers)?;
    /// machine.connections[0].weight = normal([6, 2], RandomKey::new(1), &device);
    /// machine.zero_sum();
    /// let sums = machine.connections[0].weight.clone().reshape([2, 3, 2]).sum_dim(1);
    /// assert!(sums.abs().max().into_scalar::<f32>() < 1e-6);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn zero_sum(&mut self) {
        for connection in 0..self.connections.len() {
            let ends = &self.connections[connection];
            for layer in [ends.target, ends.domain] {
                self.zero_sum_weights(connection, layer);
            }
        }
        for layer in 0..self.layers.len() {
            self.zero_sum_biases(layer);
        }
    }

    /// Subtracts from the weights of a connection their mean over the states of each site of a one-hot
    /// layer at one end, without changing the distribution.
    ///
    /// A site i has Σ_a x_ia = 1, so that the mean m_iμ of the weights to unit μ of the other layer acts
    /// as a constant field, which goes into the biases of that layer:
    ///
    /// ```text
    /// W_iaμ → W_iaμ − m_iμ,    loc_μ → loc_μ + Σ_i m_iμ (1 − Σ_a center_ia)
    /// ```
    ///
    /// Energies change by a constant. A layer of another kind stays as it is.
    ///
    /// # Panics
    ///
    /// When there is no such connection, or it does not end at the layer.
    pub fn zero_sum_weights(&mut self, connection: usize, layer: usize) {
        let Domain::OneHot { states } = self.layers[layer].domain() else {
            return;
        };
        let joined = &mut self.connections[connection];
        let is_target = joined.target == layer;
        assert!(
            is_target || joined.domain == layer,
            "connection {connection} does not end at layer {layer}"
        );
        let neighbour = match is_target {
            true => joined.domain,
            false => joined.target,
        };
        // The sites of the layer are rows.
        let oriented = |weight: Tensor<2>| match is_target {
            true => weight,
            false => weight.transpose(),
        };
        let weight = oriented(joined.weight.clone());
        let [units, width] = weight.dims();
        let sites = units / states;
        let split = weight.reshape([sites, states, width]);
        let mean = split.clone().mean_dim(1);
        joined.weight = oriented((split - mean.clone()).reshape([units, width]));
        let mean = mean.reshape([sites, width]);
        let lost = match self.layers[layer].center() {
            None => mean,
            Some(center) => {
                let sums = center.clone().reshape([sites, states]).sum_dim(1);
                mean * (-sums + 1.0)
            }
        };
        self.layers[neighbour].add_field(lost.sum_dim(0).squeeze_dim(0));
    }

    /// Subtracts from the biases of a one-hot layer, its parameter `loc`, their mean over the states of
    /// each site, without changing the distribution: energies increase by the sum of the means over the
    /// sites.
    ///
    /// A layer of another kind stays as it is.
    ///
    /// # Panics
    ///
    /// When there is no such layer.
    pub fn zero_sum_biases(&mut self, layer: usize) {
        let Domain::OneHot { states } = self.layers[layer].domain() else {
            return;
        };
        let parameters = self.layers[layer].parameters();
        let Some(loc) = parameters.iter().find(|(name, _)| *name == "loc") else {
            return;
        };
        let units = loc.1.dims()[0];
        let split = loc.1.clone().reshape([units / states, states]);
        let mean = split.mean_dim(1).expand([units / states, states]);
        self.layers[layer].add_field(-mean.reshape([units]));
    }
}
