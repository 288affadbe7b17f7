//! Clamped units.

use std::collections::BTreeMap;

use burn::tensor::{Bool, Int, Tensor, kind::Basic};
use paysage_layers::Layer;
use paysage_models::BoltzmannMachine;

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

    /// Clamps the visible units where a mask is true as well: `[batch, visible units]`, or
    /// `[1, visible units]` for the same units in every chain.
    ///
    /// ```
    /// use burn::tensor::{Bool, Tensor, TensorData};
    /// use paysage_kernels::default_device;
    /// use paysage_layers::Bernoulli;
    /// use paysage_models::BoltzmannMachine;
    /// use paysage_samplers::Clamp;
    ///
    /// let device = default_device()?;
    /// let layers = vec![Bernoulli::new(2, &device), Bernoulli::new(3, &device)];
    /// let machine = BoltzmannMachine::chain(layers)?;
    /// let observed = TensorData::from([[true, false], [false, true]]);
    /// let observed = Tensor::<2, Bool>::from_data(observed, &device);
    /// let clamp = Clamp::none().visible(&machine, &observed);
    /// assert!(clamp.hold(0).is_some() && clamp.hold(1).is_none());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Panics
    ///
    /// When the mask is not as wide as the visible layers together.
    #[must_use]
    pub fn visible<L: Layer>(self, machine: &BoltzmannMachine<L>, mask: &Tensor<2, Bool>) -> Self {
        let (found, units) = (mask.dims()[1], machine.visible_units());
        assert_eq!(
            found, units,
            "a mask of {found} columns for a machine of {units} visible units"
        );
        machine.visible_spans().fold(self, |clamp, (layer, span)| {
            clamp.units(layer, mask.clone().narrow(1, span.start, span.len()))
        })
    }

    /// The clamped units of chains of which each is repeated so many times in neighbouring rows.
    pub(crate) fn repeated(&self, times: usize) -> Self {
        let hold = |hold: &Hold| match hold {
            Hold::Units(mask) if mask.dims()[0] > 1 => Hold::Units(repeated(mask.clone(), times)),
            hold => hold.clone(),
        };
        let layers = self.layers.iter();
        Self {
            layers: layers.map(|(&layer, of)| (layer, hold(of))).collect(),
        }
    }

    /// The clamped units of a layer; `None` where all are free.
    #[must_use]
    pub fn hold(&self, layer: usize) -> Option<&Hold> {
        self.layers.get(&layer)
    }
}

/// Every row so many times: `[rows, columns] → [rows · times, columns]`.
pub(crate) fn repeated<K: Basic>(rows: Tensor<2, K>, times: usize) -> Tensor<2, K> {
    let count = rows.dims()[0] * times;
    let indices: Vec<i32> = (0..count).map(|row| (row / times) as i32).collect();
    let indices = Tensor::<1, Int>::from_data(indices.as_slice(), &rows.device());
    rows.select(0, indices)
}
