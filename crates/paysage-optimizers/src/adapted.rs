//! burn's optimizers on the parameters of a machine.

use std::collections::BTreeMap;

use burn::tensor::Tensor;
use burn_optim::{AdamState, RecordState, StateSink, StateSource};
use burn_pack::Scalar as Packed;
use paysage_kernels::{Replayable, TensorMut};
use paysage_layers::Trainable;
use paysage_models::{
    BoltzmannMachine, Gradient, Mapper, ParameterId, Record, RecordError, Recorded, Scalar, Visitor,
};

use crate::{OnePassAdam, Optimizer};

/// One of burn's rules, applied to every parameter of a machine.
///
/// ```
/// use burn_optim::AdamConfig;
/// use paysage_optimizers::Adapted;
///
/// let adam = Adapted { rule: AdamConfig::new().with_epsilon(1e-8).build() };
/// # let _ = adam;
/// ```
#[derive(Clone, Debug)]
pub struct Adapted<O> {
    /// The rule.
    pub rule: O,
}

/// The state of [`Adapted`]: that of burn's rule for every parameter that has had a step.
#[derive(Clone)]
pub struct AdaptedState<O: burn_optim::Optimizer> {
    vectors: BTreeMap<ParameterId, O::State<1>>,
    matrices: BTreeMap<ParameterId, O::State<2>>,
}

impl<O: burn_optim::Optimizer> Default for AdaptedState<O> {
    fn default() -> Self {
        Self {
            vectors: BTreeMap::new(),
            matrices: BTreeMap::new(),
        }
    }
}

impl<L: Trainable, O: burn_optim::Optimizer> Optimizer<L> for Adapted<O> {
    type State = AdaptedState<O>;

    fn init(&self) -> Self::State {
        AdaptedState::default()
    }

    fn step(
        &self,
        machine: &mut BoltzmannMachine<L>,
        gradient: Gradient,
        mut state: Self::State,
        learning_rate: f64,
    ) -> Self::State {
        machine.map(&mut Move {
            rule: &self.rule,
            state: &mut state,
            gradient,
            learning_rate,
        });
        state
    }
}

/// What a rule changes in general is not known.
impl<O: burn_optim::Optimizer> Replayable for AdaptedState<O> {}

impl AdaptedState<OnePassAdam> {
    /// Passes both moments of every parameter; returns whether there are any, as after the first step.
    pub(crate) fn moments(&mut self, visit: &mut dyn FnMut(TensorMut<'_>)) -> bool {
        for AdamState { momentum } in self.vectors.values_mut() {
            visit(TensorMut::Vector(&mut momentum.moment_1));
            visit(TensorMut::Vector(&mut momentum.moment_2));
        }
        for AdamState { momentum } in self.matrices.values_mut() {
            visit(TensorMut::Matrix(&mut momentum.moment_1));
            visit(TensorMut::Matrix(&mut momentum.moment_2));
        }
        !self.vectors.is_empty() || !self.matrices.is_empty()
    }

    /// Adds to the numbers of steps.
    pub(crate) fn count_steps(&mut self, steps: isize) {
        let of_vectors = self
            .vectors
            .values_mut()
            .map(|state| &mut state.momentum.time);
        let of_matrices = self
            .matrices
            .values_mut()
            .map(|state| &mut state.momentum.time);
        for time in of_vectors.chain(of_matrices) {
            *time = time.saturating_add_signed(steps);
        }
    }
}

/// The tensors come back in the default float type of the device, so only machines of that type
/// continue bit for bit.
impl<L: Trainable, O: burn_optim::Optimizer> Recorded<L> for AdaptedState<O> {
    fn record(&self) -> Record {
        let mut sink = StateSink::default();
        for (id, state) in &self.vectors {
            state.state_flatten(&id.to_string(), &mut sink);
        }
        for (id, state) in &self.matrices {
            state.state_flatten(&id.to_string(), &mut sink);
        }
        let scalars = sink.scalars.into_iter();
        Record {
            tensors: sink.tensors.into_iter().collect(),
            scalars: scalars.map(|(name, x)| (name, from_packed(x))).collect(),
        }
    }

    fn restore(mut record: Record, machine: &BoltzmannMachine<L>) -> Result<Self, RecordError> {
        let mut restore = Restore {
            device: machine.device(),
            record: &mut record,
            state: Self::default(),
            error: None,
        };
        machine.visit(&mut restore);
        match restore.error {
            Some(error) => Err(error),
            None => {
                let state = restore.state;
                record.finish()?;
                Ok(state)
            }
        }
    }
}

/// Restores the state of each parameter.
struct Restore<'a, O: burn_optim::Optimizer> {
    device: burn::tensor::Device,
    record: &'a mut Record,
    state: AdaptedState<O>,
    error: Option<RecordError>,
}

impl<O: burn_optim::Optimizer> Restore<'_, O> {
    /// The state of a parameter of a shape; `None` where there is none or it is at fault.
    fn state_of<S: RecordState>(&mut self, id: ParameterId, shape: &[usize]) -> Option<S> {
        let name = id.to_string();
        let part = self.record.take_nested(&name);
        if part.is_empty() {
            return None;
        }
        let wrong = |x: &burn::tensor::TensorData| x.shape().as_slice() != shape;
        if let Some((of, data)) = part.tensors.iter().find(|(_, data)| wrong(data)) {
            self.error.get_or_insert(RecordError::Shape {
                name: format!("{name}.{of}"),
                found: data.shape().as_slice().to_vec(),
                expected: shape.to_vec(),
            });
            return None;
        }
        let mut scalars = BTreeMap::new();
        for (of, scalar) in part.scalars {
            if let Some(scalar) = to_packed(scalar) {
                scalars.insert(format!("{name}.{of}"), scalar);
            }
        }
        let mut source = StateSource::new(scalars);
        for (of, data) in part.tensors {
            source.insert_tensor(format!("{name}.{of}"), data);
        }
        let state = RecordState::state_unflatten(&name, &mut source, &self.device);
        if state.is_none() {
            self.error.get_or_insert(RecordError::Missing { name });
        }
        state
    }
}

impl<O: burn_optim::Optimizer> Visitor for Restore<'_, O> {
    fn vector(&mut self, id: ParameterId, tensor: &Tensor<1>) {
        if let Some(state) = self.state_of(id, &tensor.dims()) {
            self.state.vectors.insert(id, state);
        }
    }

    fn matrix(&mut self, id: ParameterId, tensor: &Tensor<2>) {
        if let Some(state) = self.state_of(id, &tensor.dims()) {
            self.state.matrices.insert(id, state);
        }
    }
}

fn from_packed(scalar: Packed) -> Scalar {
    match scalar {
        Packed::Int(x) => Scalar::Int(x),
        Packed::UInt(x) => Scalar::UInt(x),
        Packed::Float(x) => Scalar::Float(x),
        Packed::Bool(x) => Scalar::Bool(x),
    }
}

/// burn has no texts.
fn to_packed(scalar: Scalar) -> Option<Packed> {
    match scalar {
        Scalar::Int(x) => Some(Packed::Int(x)),
        Scalar::UInt(x) => Some(Packed::UInt(x)),
        Scalar::Float(x) => Some(Packed::Float(x)),
        Scalar::Bool(x) => Some(Packed::Bool(x)),
        Scalar::Text(_) => None,
    }
}

/// One step over all parameters.
struct Move<'a, O: burn_optim::Optimizer> {
    rule: &'a O,
    state: &'a mut AdaptedState<O>,
    gradient: Gradient,
    learning_rate: f64,
}

impl<O: burn_optim::Optimizer> Mapper for Move<'_, O> {
    fn vector(&mut self, id: ParameterId, tensor: Tensor<1>) -> Tensor<1> {
        let gradient = self.gradient.vectors.remove(&id);
        let states = &mut self.state.vectors;
        moved(self.rule, self.learning_rate, id, tensor, gradient, states)
    }

    fn matrix(&mut self, id: ParameterId, tensor: Tensor<2>) -> Tensor<2> {
        let gradient = self.gradient.matrices.remove(&id);
        let states = &mut self.state.matrices;
        moved(self.rule, self.learning_rate, id, tensor, gradient, states)
    }
}

fn moved<O: burn_optim::Optimizer, const D: usize>(
    rule: &O,
    learning_rate: f64,
    id: ParameterId,
    tensor: Tensor<D>,
    gradient: Option<Tensor<D>>,
    states: &mut BTreeMap<ParameterId, O::State<D>>,
) -> Tensor<D> {
    let Some(gradient) = gradient else {
        return tensor;
    };
    let (tensor, state) = rule.step(learning_rate, tensor, gradient, states.remove(&id));
    if let Some(state) = state {
        states.insert(id, state);
    }
    tensor
}
