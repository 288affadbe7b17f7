//! Clamped units.

use std::collections::BTreeMap;

use burn::tensor::{Bool, Tensor};

/// The clamped units of one layer.
#[derive(Clone, Debug)]
pub enum Hold {
    /// All units.
    Whole,
    /// The units where the mask is true: `[batch, units]`, or `[1, units]` for the same in every
    /// chain.
    Units(Tensor<2, Bool>),
}

/// The units that are clamped in a sweep; the free units follow their conditional distribution given
/// these.
///
/// ```
/// use paysage_samplers::Clamp;
///
/// let data_phase = Clamp::none().layer(0);
/// assert!(data_phase.hold(0).is_some());
/// assert!(data_phase.hold(1).is_none());
/// ```
#[derive(Clone, Debug, Default)]
pub struct Clamp {
    layers: BTreeMap<usize, Hold>,
}

impl Clamp {
    /// No clamped units.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// Clamps a whole layer as well.
    #[must_use]
    pub fn layer(mut self, layer: usize) -> Self {
        self.layers.insert(layer, Hold::Whole);
        self
    }

    /// Clamps several whole layers as well.
    #[must_use]
    pub fn layers(self, layers: &[usize]) -> Self {
        layers.iter().fold(self, |clamp, &layer| clamp.layer(layer))
    }

    /// Clamps the units of a layer where a mask is true: `[batch, units]` or `[1, units]`.
    #[must_use]
    pub fn units(mut self, layer: usize, mask: Tensor<2, Bool>) -> Self {
        self.layers.insert(layer, Hold::Units(mask));
        self
    }

    /// The clamped units of a layer; `None` where all are free.
    #[must_use]
    pub fn hold(&self, layer: usize) -> Option<&Hold> {
        self.layers.get(&layer)
    }
}
