//! Scales and signs of hidden units.

use burn::tensor::Tensor;
use paysage_layers::{Domain, Trainable};

use crate::BoltzmannMachine;

/// The scale of hidden units, which their weights and their own parameters share.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum HiddenScale {
    /// Every Gaussian unit has the variance 1, and every rectified unit 1/γ of 1, averaged over its sides.
    #[default]
    UnitVariance,
    /// The weights of every unit to the layers below have the norm 1.
    UnitWeights,
}

impl<L: Trainable> BoltzmannMachine<L> {
    /// Fixes the scale and the sign of hidden units, without changing the distribution of the visible
    /// ones. The result are the hidden layers of kinds that have neither, which stay as they are.
    ///
    /// Gaussian and rectified units get the scale of a [`HiddenScale`]. Gaussian units, rectified units of
    /// two sides and units of two values get the sign for which the sum of the cubes of their weights is
    /// not negative: a unit without it is [reflected](Self::reflect_units). The weights of a unit are those
    /// to the layers below it: the visible layers and the hidden layers before its own.
    ///
    /// Units of the new machine have other values, so states of chains of the old one are not states of
    /// the new one: this is for trained machines. Frozen parameters change too.
    pub fn normalize_hidden(&mut self, scale: HiddenScale) -> Vec<usize> {
        let mut unchanged = Vec::new();
        for layer in self.hidden() {
            let own = self.layers[layer].interaction_scale();
            let sign = reflection(&self.layers[layer]);
            if own.is_none() && sign.is_none() {
                unchanged.push(layer);
            }
            let factors = own.and_then(|own| match scale {
                HiddenScale::UnitVariance => Some(own),
                HiddenScale::UnitWeights => self.sum_below(layer, |w| w.square()).map(|s| {
                    let none = s.clone().equal_elem(0.0);
                    s.sqrt().recip().mask_fill(none, 1.0)
                }),
            });
            if let Some(factors) = factors {
                self.scale_units(layer, factors);
            }
            let cubes = sign.and_then(|_| self.sum_below(layer, |w| w.clone() * w.square()));
            if let Some(cubes) = cubes {
                let none = cubes.clone().equal_elem(0.0);
                self.reflect_units(layer, cubes.sign().mask_fill(none, 1.0));
            }
        }
        unchanged
    }

    /// Multiplies the weights of the units of a layer by factors s > 0, `[units]`, and changes the scale of
    /// the units, without changing the distribution of the other layers.
    ///
    /// Of Gaussian units, whose r(x) is (x − center)/σ², x → s x:
    ///
    /// ```text
    /// W → s W,  loc → s loc,  σ → s σ,  center → s center
    /// ```
    ///
    /// Of rectified units, whose r(x) is x − center, x → x/s:
    ///
    /// ```text
    /// W → s W,  θ → s θ,  γ → s² γ,  center → center/s
    /// ```
    ///
    /// on each side; in other parametrisations Δ → s Δ, and η and ξ stay. Energies stay the same, and ln Z
    /// changes by Σ ln s for Gaussian units and by −Σ ln s for rectified ones. A layer of another kind
    /// stays as it is.
    ///
    /// # Panics
    ///
    /// When there is no such layer, or the factors have another number of units.
    pub fn scale_units(&mut self, layer: usize, factors: Tensor<1>) {
        if self.layers[layer].interaction_scale().is_some() {
            self.layers[layer].divide_interaction(factors.clone());
            self.scale_weights(layer, factors);
        }
    }

    /// Reflects the units of a layer whose sign s is −1 (others have +1), without changing the distribution
    /// of the other layers: `[units]`.
    ///
    /// Gaussian units and rectified units of two sides, which are exchanged, become −x. A unit of two values
    /// becomes t − x, where t is the sum of its values, 1 for a Bernoulli unit and 0 for a spin:
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
        match reflection(&self.layers[layer]) {
            None => return,
            Some(Reflection::Mirror(mirrored)) => {
                let is_mirrored = signs.clone().lower_elem(0.0);
                let parameters = self.layers[layer].parameters_mut().into_iter();
                for ((_, parameter), (_, other)) in parameters.zip(mirrored.parameters()) {
                    parameter.inplace(|own| own.mask_where(is_mirrored.clone(), other.clone()));
                }
            }
            Some(Reflection::TwoValues { sum }) => self.exchange_values(layer, &signs, sum),
        }
        self.scale_weights(layer, signs);
    }

    /// Exchanges the two values of units with a sign of −1.
    fn exchange_values(&mut self, layer: usize, signs: &Tensor<1>, sum: f64) {
        let moved = (-signs.clone() + 1.0) * (0.5 * sum);
        if self.layers[layer].center().is_none() && sum != 0.0 {
            // A center of 0 is moved to where its reflection is 0.
            self.move_center(layer, moved.clone());
            self.layers[layer].set_center(None);
        }
        for (name, parameter) in self.layers[layer].parameters_mut() {
            parameter.inplace(|tensor| match name {
                "center" => tensor * signs.clone() + moved.clone(),
                _ => tensor * signs.clone(),
            });
        }
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

/// How the sign of the units of a layer can change.
enum Reflection<L> {
    /// x → −x, which makes the units those of this layer.
    Mirror(L),
    /// x → sum − x, for units of two values with this sum.
    TwoValues { sum: f64 },
}

/// The reflection of the units of a layer, where reflected units are of the same kind.
fn reflection<L: Trainable>(layer: &L) -> Option<Reflection<L>> {
    if let Some(mirrored) = layer.mirrored() {
        return Some(Reflection::Mirror(mirrored));
    }
    let Domain::Finite { values, .. } = layer.domain() else {
        return None;
    };
    let [first, second] = *values else {
        return None;
    };
    let none = Tensor::zeros([1, layer.units()], (&layer.storage().0, layer.storage().1));
    let is_even = has_only(layer, &["loc"]) && layer.log_base_measure(none).is_none();
    let sum = f64::from(first) + f64::from(second);
    is_even.then_some(Reflection::TwoValues { sum })
}

/// Whether a layer has these parameters and no other one but a center.
fn has_only<L: Trainable>(layer: &L, expected: &[&str]) -> bool {
    let mut names: Vec<&str> = layer.parameters().iter().map(|(name, _)| *name).collect();
    names.retain(|name| *name != "center");
    names == expected
}
