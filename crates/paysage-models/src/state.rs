//! The units of all layers, for a batch of rows.

use burn::tensor::{Int, Tensor};
use paysage_kernels::{Child, RandomKey, Replayable, TensorMut};
use paysage_layers::{InverseTemperature, Trainable};

use crate::{BoltzmannMachine, Record, RecordError, Recorded};

/// One tensor `[batch, units]` for each layer: states, or means where an algorithm says so.
#[derive(Clone, Debug)]
pub struct State {
    /// The units, layer by layer.
    pub layers: Vec<Tensor<2>>,
}

impl State {
    /// The number of rows.
    #[must_use]
    pub fn batch(&self) -> usize {
        self.layers[0].dims()[0]
    }

    /// `rows` rows, at least one: the rows of this state in order, repeated as often as necessary.
    #[must_use]
    pub fn cycled(&self, rows: usize) -> Self {
        let cycled = |layer: &Tensor<2>| match layer.dims()[0] {
            batch if batch == rows => layer.clone(),
            batch => {
                let times = rows.div_ceil(batch);
                layer.clone().repeat_dim(0, times).narrow(0, 0, rows)
            }
        };
        Self {
            layers: self.layers.iter().map(cycled).collect(),
        }
    }

    /// The rows of several states, one after the other.
    ///
    /// # Panics
    ///
    /// Without a state, or when the states differ in their layers.
    #[must_use]
    pub fn stacked<'a>(states: impl Iterator<Item = &'a Self>) -> Self {
        let states: Vec<&Self> = states.collect();
        let layers = (0..states[0].layers.len()).map(|layer| {
            let of_layer = states.iter().map(|state| state.layers[layer].clone());
            Tensor::cat(of_layer.collect(), 0)
        });
        Self {
            layers: layers.collect(),
        }
    }

    /// The rows at these positions, counted from 0.
    ///
    /// # Panics
    ///
    /// When there is no such row.
    #[must_use]
    pub fn selected(&self, rows: &[usize]) -> Self {
        let indices: Vec<i32> = rows.iter().map(|&row| row as i32).collect();
        let device = self.layers[0].device();
        self.gathered(&Tensor::from_data(indices.as_slice(), &device))
    }

    /// The same of positions on the device.
    #[must_use]
    pub fn gathered(&self, rows: &Tensor<1, Int>) -> Self {
        let layers = self.layers.iter();
        Self {
            layers: layers.map(|x| x.clone().select(0, rows.clone())).collect(),
        }
    }
}

impl Replayable for State {
    fn tensors(&mut self, visit: &mut dyn FnMut(TensorMut<'_>)) -> bool {
        self.layers.tensors(visit)
    }
}

impl<L: Trainable> Recorded<L> for State {
    fn record(&self) -> Record {
        let mut record = Record::default();
        for (layer, units) in self.layers.iter().enumerate() {
            record.put(format!("layers.{layer}"), units);
        }
        record
    }

    fn restore(mut record: Record, machine: &BoltzmannMachine<L>) -> Result<Self, RecordError> {
        let mut layers: Vec<Tensor<2>> = Vec::with_capacity(machine.layers.len());
        for (layer, of_machine) in machine.layers.iter().enumerate() {
            let name = format!("layers.{layer}");
            let units = record.take::<2>(&name, (&machine.device(), machine.dtype()))?;
            let found = units.dims();
            let rows = layers.first().map_or(found[0].max(1), |x| x.dims()[0]);
            if found != [rows, of_machine.units()] {
                return Err(RecordError::Shape {
                    name,
                    found: found.to_vec(),
                    expected: vec![rows, of_machine.units()],
                });
            }
            layers.push(units);
        }
        record.finish()?;
        Ok(Self { layers })
    }
}

impl<L: Trainable> BoltzmannMachine<L> {
    /// A state with all units zero, for algorithms that fill it.
    #[must_use]
    pub fn zeros(&self, batch: usize) -> State {
        let options = (&self.device(), self.dtype());
        let zeros = |layer: &L| Tensor::zeros([batch, layer.units()], options);
        State {
            layers: self.layers.iter().map(zeros).collect(),
        }
    }

    /// A state with every layer drawn from its distribution without a field: a start of chains that
    /// is independent of the data.
    #[must_use]
    pub fn random_state(&self, batch: usize, key: RandomKey) -> State {
        let mut state = self.zeros(batch);
        for (i, layer) in self.layers.iter().enumerate() {
            let none = state.layers[i].zeros_like();
            let key = key.child(Child::Layer(i));
            state.layers[i] = layer.sample(none, &InverseTemperature::ONE, key);
        }
        state
    }

    /// A state whose visible units are these rows, `[batch, visible units]`, and whose hidden
    /// units are all zero, to be sampled.
    ///
    /// # Panics
    ///
    /// When the rows are not as wide as the visible layers together.
    #[must_use]
    pub fn state_from_visible(&self, rows: Tensor<2>) -> State {
        let [batch, width] = rows.dims();
        assert_eq!(
            width,
            self.visible_units(),
            "rows of {width} columns shown to a machine of {} visible units",
            self.visible_units()
        );
        let options = (&self.device(), self.dtype());
        let layers = (0..self.layers.len()).map(|layer| {
            let units = self.layers[layer].units();
            match self.visible.iter().position(|&visible| visible == layer) {
                Some(0) if units == width => rows.clone(),
                Some(place) => {
                    let before = self.visible[..place].iter();
                    let start = before.map(|&l| self.layers[l].units()).sum();
                    rows.clone().narrow(1, start, units)
                }
                // One row of zeros seen as many: they are to be replaced.
                None => Tensor::<2>::zeros([1, units], options).expand([batch, units]),
            }
        });
        State {
            layers: layers.collect(),
        }
    }

    /// The visible units of a state side by side: `[batch, visible units]`.
    #[must_use]
    pub fn visible_of(&self, state: &State) -> Tensor<2> {
        match self.visible[..] {
            [layer] => state.layers[layer].clone(),
            _ => {
                let layer = |&layer: &usize| state.layers[layer].clone();
                Tensor::cat(self.visible.iter().map(layer).collect(), 1)
            }
        }
    }
}
