//! Scales and signs of hidden units.

use burn::tensor::Tensor;
use paysage_layers::{Domain, Trainable};

use crate::BoltzmannMachine;

/// The scale of hidden Gaussian units, which their weights and their variance share.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum HiddenScale {
    /// Every unit has the variance 1.
    #[default]
    UnitVariance,
    /// The weights of every unit to the layers below have the norm 1.
    UnitWeights,
}

impl<L: Trainable> BoltzmannMachine<L> {
    /// Fixes the scale and the sign of hidden units, without changing the distribution of the visible
    /// ones.
    ///
    /// A Gaussian unit gets the variance, or the norm of its weights, of a [`HiddenScale`]. Gaussian
    /// units and units of two values get the sign for which the sum of the cubes of their weights is not
    /// negative: a unit without it is [reflected](Self::reflect_units). The weights of a unit are those
    /// to the layers below it: the visible layers and the hidden layers before its own. Other kinds stay
    /// as they are.
    ///
    /// Units of the new machine have other values, so states of chains of the old one are not states of
    /// the new one: this is for trained machines. Frozen parameters change too.
    pub fn normalize_hidden(&mut self, scale: HiddenScale) {
        for layer in self.hidden() {
            if is_normal(&self.layers[layer]) {
                let factors = match scale {
                    HiddenScale::UnitVariance => self.layers[layer]
                        .parameters()
                        .iter()
                        .find(|(name, _)| *name == "log_var")
                        .map(|(_, log_var)| ((*log_var).clone() * -0.5).exp()),
                    HiddenScale::UnitWeights => self.sum_below(layer, |w| w.square()).map(|s| {
                        let none = s.clone().equal_elem(0.0);
                        s.sqrt().recip().mask_fill(none, 1.0)
                    }),
                };
                if let Some(factors) = factors {
                    self.scale_units(layer, factors);
                }
            }
            if let Some(cubes) = self.sum_below(layer, |w| w.clone() * w.square()) {
                let none = cubes.clone().equal_elem(0.0);
                self.reflect_units(layer, cubes.sign().mask_fill(none, 1.0));
            }
        }
    }

    /// Changes the scale of the units of a Gaussian layer without changing the distribution of the other
    /// layers: x → s x for factors s > 0, `[units]`.
    ///
    /// ```text
    /// loc → s loc,  σ → s σ,  center → s center,  W → s W
    /// ```
    ///
    /// Since r(x) = (x − center)/σ², energies stay the same, and ln Z changes by Σ ln s. A layer of
    /// another kind stays as it is.
    ///
    /// # Panics
    ///
    /// When there is no such layer, or the factors have another number of units.
    pub fn scale_units(&mut self, layer: usize, factors: Tensor<1>) {
        if !is_normal(&self.layers[layer]) {
            return;
        }
        for (name, parameter) in self.layers[layer].parameters_mut() {
            parameter.inplace(|tensor| match name {
                "log_var" => tensor + factors.clone().log() * 2.0,
                _ => tensor * factors.clone(),
            });
        }
        self.scale_weights(layer, factors);
    }

    /// Reflects the units of a Gaussian layer, or of a layer of units of two values, whose sign s is −1
    /// (others have +1), without changing the distribution of the other layers: `[units]`.
    ///
    /// A unit x becomes t − x, where t is the sum of its two values, 1 for a Bernoulli unit and 0 for a
    /// spin, and 0 for a Gaussian unit:
    ///
    /// ```text
    /// loc → s loc,  W → s W,  center → s center + t (1 − s)/2
    /// ```
    ///
    /// Where r subtracts no center, the field W t (1 − s)/2 goes into the biases of the neighbours.
    /// Energies change by a constant. A layer of another kind stays as it is.
    ///
    /// # Panics
    ///
    /// When there is no such layer, or the signs have another number of units.
    pub fn reflect_units(&mut self, layer: usize, signs: Tensor<1>) {
        let Some(sum) = reflection(&self.layers[layer]) else {
            return;
        };
        let moved = (-signs.clone() + 1.0) * (0.5 * sum);
        if self.layers[layer].center().is_none() && sum != 0.0 {
            // A center of 0 is moved to where its reflection is 0.
            self.move_center(layer, moved.clone());
            self.layers[layer].set_center(None);
        }
        for (name, parameter) in self.layers[layer].parameters_mut() {
            parameter.inplace(|tensor| match name {
                "log_var" => tensor,
                "center" => tensor * signs.clone() + moved.clone(),
                _ => tensor * signs.clone(),
            });
        }
        self.scale_weights(layer, signs);
    }

    /// Multiplies all weights of the units of a layer.
    fn scale_weights(&mut self, layer: usize, factors: Tensor<1>) {
        for connection in &mut self.connections {
            let factors = match (connection.target == layer, connection.domain == layer) {
                (true, _) => factors.clone().unsqueeze_dim::<2>(1),
                (_, true) => factors.clone().unsqueeze_dim::<2>(0),
                _ => continue,
            };
            connection.weight.inplace(|weight| weight * factors);
        }
    }

    /// The sum of a function of the weights of each unit of a hidden layer to the layers below it:
    /// `[units]`; nothing without such weights.
    fn sum_below(&self, layer: usize, of: impl Fn(Tensor<2>) -> Tensor<2>) -> Option<Tensor<1>> {
        let below = |other: usize| self.visible.contains(&other) || other < layer;
        let sums = self.connections.iter().filter_map(|connection| {
            let weight = of(connection.weight.clone());
            match (connection.target, connection.domain) {
                (target, domain) if domain == layer && below(target) => {
                    Some(weight.sum_dim(0).squeeze_dim::<1>(0))
                }
                (target, domain) if target == layer && below(domain) => {
                    Some(weight.sum_dim(1).squeeze_dim::<1>(1))
                }
                _ => None,
            }
        });
        sums.reduce(|sum, more| sum + more)
    }
}

/// Whether the units are normal with the parameters `loc` and `log_var`, so that their scale is free.
fn is_normal<L: Trainable>(layer: &L) -> bool {
    layer.domain() == Domain::Real && has_only(layer, &["loc", "log_var"])
}

/// The sum of the values of a unit and of its reflection, where reflected units are of the same kind.
fn reflection<L: Trainable>(layer: &L) -> Option<f64> {
    if is_normal(layer) {
        return Some(0.0);
    }
    let Domain::Finite { values, .. } = layer.domain() else {
        return None;
    };
    let [first, second] = *values else {
        return None;
    };
    let none = Tensor::zeros([1, layer.units()], (&layer.storage().0, layer.storage().1));
    let is_even = has_only(layer, &["loc"]) && layer.log_base_measure(none).is_none();
    is_even.then_some(f64::from(first) + f64::from(second))
}

/// Whether a layer has these parameters and no other one but a center.
fn has_only<L: Trainable>(layer: &L, expected: &[&str]) -> bool {
    let mut names: Vec<&str> = layer.parameters().iter().map(|(name, _)| *name).collect();
    names.retain(|name| *name != "center");
    names == expected
}
