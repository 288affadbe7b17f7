//! Centers of layers: moving them without changing the distribution, and their initial values.

use std::borrow::Cow;

use burn::tensor::{Tensor, TensorData};
use paysage_data::{DataError, Rows};
use paysage_kernels::Product;
use paysage_layers::{InverseTemperature, Trainable};

use crate::{BoltzmannMachine, moments::moments_of};

impl<L: Trainable> BoltzmannMachine<L> {
    /// Whether a layer has a center.
    #[must_use]
    pub fn is_centered(&self) -> bool {
        self.layers.iter().any(|layer| layer.center().is_some())
    }

    /// Moves the center of a layer without changing the distribution: `[units]`.
    ///
    /// When the center of layer a moves, its r changes by the constant r(x) → r(x) − r(c′), where r(c′)
    /// is r at the new center c′. Each neighbour b gets the lost field as a parameter:
    ///
    /// ```text
    /// H_b(x_b) → H_b(x_b) − r_b(x_b)ᵀ W r_a(c′),    loc_b → loc_b + W r_a(c′)
    /// ```
    ///
    /// Energies change by a constant. For Bernoulli, one-hot and spin layers r_a(c′) = c′ − c, for
    /// Gaussian layers (c′ − c)/σ². Frozen parameters of the neighbours move too.
    ///
    /// Melchior, Fischer & Wiskott, "How to center deep Boltzmann machines", JMLR 17, 2016.
    ///
    /// ```
    /// use burn::tensor::Tensor;
    /// use paysage_kernels::{RandomKey, default_device, normal};
    /// use paysage_layers::Bernoulli;
    /// use paysage_models::{BoltzmannMachine, Exact};
    ///
    /// let device = default_device()?;
    /// let layers = [3, 2].map(|units| Bernoulli::new(units, &device));
    /// let mut machine = BoltzmannMachine::chain(layers.into())?;
    /// machine.connections[0].weight = normal([3, 2], RandomKey::new(1), &device);
    /// let before = Exact::new(&machine)?.means();
    /// machine.move_center(0, Tensor::full([3], 0.5, &device));
    /// for (before, after) in before.iter().zip(Exact::new(&machine)?.means()) {
    ///     before.to_data().assert_approx_eq::<f32>(&after.to_data(), Default::default());
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Panics
    ///
    /// When there is no such layer, or the center has another number of units.
    pub fn move_center(&mut self, layer: usize, center: Tensor<1>) {
        let units = self.layers[layer].units();
        let found = center.dims()[0];
        assert_eq!(found, units, "the center of a layer of {units} units");
        let seen = self.layers[layer].interaction(center.clone().unsqueeze());
        self.absorb(layer, seen);
        self.layers[layer].set_center(Some(center));
    }

    /// The machine of the same distribution in which no layer has a center.
    ///
    /// Its fields and sweeps do not subtract centers, so that sampling takes as long as in any machine
    /// without centers.
    #[must_use]
    pub fn without_centers(&self) -> Cow<'_, Self> {
        if !self.is_centered() {
            return Cow::Borrowed(self);
        }
        let mut machine = self.clone();
        for layer in 0..machine.layers.len() {
            let of_layer = &machine.layers[layer];
            if let Some(center) = of_layer.center() {
                let at_zero = || of_layer.interaction(center.zeros_like().unsqueeze());
                let seen = of_layer.constant_interaction().unwrap_or_else(at_zero);
                machine.absorb(layer, seen);
                machine.layers[layer].set_center(None);
            }
        }
        Cow::Owned(machine)
    }

    /// Adds the field of a layer with this interaction, `[1, units]`, to the parameters of its neighbours.
    fn absorb(&mut self, layer: usize, seen: Tensor<2>) {
        for connection in &self.connections {
            let neighbour = if connection.target == layer {
                connection.domain
            } else if connection.domain == layer {
                connection.target
            } else {
                continue;
            };
            self.layers[neighbour].add_field_of(Product {
                states: seen.clone(),
                matrix: connection.weight.clone(),
                transposed: connection.domain == layer,
            });
        }
    }

    /// Sets the centers of the visible layers to the means of the columns of a data set, over their
    /// observed values; 0 for columns without any.
    ///
    /// Other parameters are unchanged, and so the distribution changes unless weights are zero: it is
    /// for machines that are to be [initialized](Self::initialize).
    ///
    /// # Errors
    ///
    /// When the rows cannot be read.
    ///
    /// # Panics
    ///
    /// When the rows are not as wide as the visible layers: [`check`](Self::check) them first.
    pub fn center_visible(&mut self, rows: &(impl Rows + ?Sized)) -> Result<(), DataError> {
        let moments = moments_of(rows)?;
        let options = (&self.device(), self.dtype());
        for (layer, span) in self.visible_spans().collect::<Vec<_>>() {
            let mean = moments.mean[span].to_vec();
            let units = mean.len();
            let center = Tensor::from_data(TensorData::new(mean, [units]), options);
            self.layers[layer].set_center(Some(center));
        }
        Ok(())
    }

    /// Sets the centers of the hidden layers to their means without a field, ½ for Bernoulli units
    /// without bias; see [`center_visible`](Self::center_visible).
    pub fn center_hidden(&mut self) {
        let none = self.zeros(1);
        for layer in self.hidden() {
            let field = none.layers[layer].clone();
            let mean = self.layers[layer].mean(field, &InverseTemperature::ONE);
            self.layers[layer].set_center(Some(mean.squeeze_dim(0)));
        }
    }
}
