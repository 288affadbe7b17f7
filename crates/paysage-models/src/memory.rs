//! What an algorithm carries from one step of training to the next.

use std::collections::BTreeMap;

use burn::tensor::Tensor;

use crate::State;

/// Tensors by a name and the layer that they belong to, `[any rows, units of the layer]` each: what
/// a checkpoint keeps of a [`GradientEstimator`](crate::GradientEstimator).
///
/// ```
/// use paysage_kernels::{RandomKey, default_device};
/// use paysage_layers::Bernoulli;
/// use paysage_models::{BoltzmannMachine, Memory};
///
/// let device = default_device()?;
/// let layers = vec![Bernoulli::new(6, &device), Bernoulli::new(4, &device)];
/// let machine = BoltzmannMachine::chain(layers)?;
/// let mut memory = Memory::default();
/// memory.put(Memory::CHAINS, &machine.zeros(10));
/// assert_eq!(memory.tensors.len(), 2);
/// assert_eq!(memory.take(Memory::CHAINS).map(|chains| chains.batch()), Some(10));
/// assert!(memory.tensors.is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Memory {
    /// The tensors.
    pub tensors: BTreeMap<(String, usize), Tensor<2>>,
}

impl Memory {
    /// The name of samples of the machine.
    pub const CHAINS: &str = "chains";

    /// The name of what belongs to the rows of the table, in their order.
    pub const ROWS: &str = "rows";

    /// Adds all layers of a state.
    pub fn put(&mut self, name: &str, state: &State) {
        let layers = state.layers.iter().cloned().enumerate();
        let named = layers.map(|(layer, tensor)| ((name.to_owned(), layer), tensor));
        self.tensors.extend(named);
    }

    /// Takes out the layers of a name, in order; nothing where there is none.
    pub fn take(&mut self, name: &str) -> Option<State> {
        let taken = self.tensors.extract_if(.., |(of, _), _| of == name);
        let layers: Vec<Tensor<2>> = taken.map(|(_, tensor)| tensor).collect();
        (!layers.is_empty()).then_some(State { layers })
    }
}
