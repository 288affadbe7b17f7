//! A penalty or a projection of selected parameters.

use burn::tensor::Tensor;
use paysage_layers::Trainable;
use paysage_models::{
    BoltzmannMachine, Gradient, Mapper, ParameterId, SettingError, Step, Visitor,
};

use crate::{Constraint, GradientTransform, Penalty, Projection, Selection};

/// A [`Penalty`] or a [`Projection`] of selected parameters, made by `on`.
///
/// ```
/// use paysage_layers::AnyLayer;
/// use paysage_models::ParameterId;
/// use paysage_optimizers::{GradientTransform, L1, Penalty, Selection};
///
/// let sparse_biases = L1 { strength: 0.01 }.on(Selection::of([ParameterId::layer(1, "loc")]));
/// let transform: Box<dyn GradientTransform<AnyLayer>> = Box::new(sparse_biases);
/// assert!(transform.check().is_ok());
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Selected<T> {
    /// The penalty or projection.
    pub rule: T,
    /// The parameters and the slice of each.
    pub selection: Selection,
}

impl<P: Penalty> Selected<P> {
    /// The penalty of a machine, summed over the selected parameters, in nats: `[1]`.
    ///
    /// # Panics
    ///
    /// When a slice does not fit its parameter ([`Selection::check`]).
    pub fn value<L: Trainable>(&self, machine: &BoltzmannMachine<L>) -> Tensor<1> {
        let mut sum = Sum {
            of: self,
            sum: Tensor::zeros([1], (&machine.device(), machine.dtype())),
        };
        machine.visit(&mut sum);
        sum.sum
    }
}

/// # Panics
///
/// [`apply`](GradientTransform::apply) panics when a slice does not fit its parameter
/// ([`Selection::check`]).
impl<L: Trainable, P: Penalty> GradientTransform<L> for Selected<P> {
    fn check(&self) -> Result<(), SettingError> {
        self.rule.check_settings()
    }

    fn is_capturable(&self) -> bool {
        self.rule.is_on_device()
    }

    fn apply(&self, machine: &BoltzmannMachine<L>, step: Step) -> Step {
        add_gradient(&self.rule, &self.selection, machine, step)
    }
}

/// # Panics
///
/// [`project`](Constraint::project) panics when a slice does not fit its parameter
/// ([`Selection::check`]).
impl<L: Trainable, P: Projection> Constraint<L> for Selected<P> {
    fn check(&self) -> Result<(), SettingError> {
        self.rule.check_settings()
    }

    fn is_capturable(&self, _machine: &BoltzmannMachine<L>) -> bool {
        self.rule.is_on_device()
    }

    fn project(&self, machine: &mut BoltzmannMachine<L>) {
        project(&self.rule, &self.selection, machine);
    }
}

/// A penalty is a transform that adds its gradient to that of the weights of all connections.
impl<L: Trainable, P: Penalty> GradientTransform<L> for P {
    fn check(&self) -> Result<(), SettingError> {
        self.check_settings()
    }

    fn is_capturable(&self) -> bool {
        self.is_on_device()
    }

    fn apply(&self, machine: &BoltzmannMachine<L>, step: Step) -> Step {
        add_gradient(self, &Selection::default(), machine, step)
    }
}

/// A projection is a constraint on the weights of each connection.
impl<L: Trainable, P: Projection> Constraint<L> for P {
    fn check(&self) -> Result<(), SettingError> {
        self.check_settings()
    }

    fn is_capturable(&self, _machine: &BoltzmannMachine<L>) -> bool {
        self.is_on_device()
    }

    fn project(&self, machine: &mut BoltzmannMachine<L>) {
        project(self, &Selection::default(), machine);
    }
}

/// Adds the gradient of a penalty to a step.
fn add_gradient<L: Trainable>(
    penalty: &impl Penalty,
    selection: &Selection,
    machine: &BoltzmannMachine<L>,
    mut step: Step,
) -> Step {
    machine.visit(&mut Add {
        penalty,
        selection,
        gradient: &mut step.gradient,
    });
    step
}

/// Projects the selected parameters that are not frozen.
fn project<L: Trainable>(
    projection: &impl Projection,
    selection: &Selection,
    machine: &mut BoltzmannMachine<L>,
) {
    let frozen = machine.frozen().collect();
    machine.map(&mut Project {
        projection,
        selection,
        frozen,
    });
}

/// A parameter of a layer as a matrix of one column.
fn column(vector: Tensor<1>) -> Tensor<2> {
    vector.unsqueeze_dim(1)
}

fn flat(column: Tensor<2>) -> Tensor<1> {
    column.squeeze_dim(1)
}

/// Adds up a penalty.
struct Sum<'a, P> {
    of: &'a Selected<P>,
    sum: Tensor<1>,
}

impl<P: Penalty> Visitor for Sum<'_, P> {
    fn vector(&mut self, id: ParameterId, tensor: &Tensor<1>) {
        self.matrix(id, &column(tensor.clone()));
    }

    fn matrix(&mut self, id: ParameterId, tensor: &Tensor<2>) {
        let Selected { rule, selection } = self.of;
        if selection.includes(id) {
            let value = rule.value(&selection.slice(tensor.clone()));
            self.sum.inplace(|sum| sum + value);
        }
    }
}

/// Adds the gradient of a penalty to a gradient.
struct Add<'a, P> {
    penalty: &'a P,
    selection: &'a Selection,
    gradient: &'a mut Gradient,
}

impl<P: Penalty> Add<'_, P> {
    fn added(&self, parameter: Tensor<2>, derivative: Tensor<2>) -> Tensor<2> {
        let slice = self.selection.slice(parameter);
        let add = |derivative| self.penalty.add_gradient(&slice, derivative);
        self.selection.replace(derivative, add)
    }
}

impl<P: Penalty> Visitor for Add<'_, P> {
    fn vector(&mut self, id: ParameterId, tensor: &Tensor<1>) {
        if !self.selection.includes(id) {
            return;
        }
        if let Some(derivative) = self.gradient.vectors.remove(&id) {
            let sum = flat(self.added(column(tensor.clone()), column(derivative)));
            self.gradient.vectors.insert(id, sum);
        }
    }

    fn matrix(&mut self, id: ParameterId, tensor: &Tensor<2>) {
        if !self.selection.includes(id) {
            return;
        }
        if let Some(derivative) = self.gradient.matrices.remove(&id) {
            let sum = self.added(tensor.clone(), derivative);
            self.gradient.matrices.insert(id, sum);
        }
    }
}

/// Projects parameters.
struct Project<'a, P> {
    projection: &'a P,
    selection: &'a Selection,
    frozen: Vec<ParameterId>,
}

impl<P: Projection> Project<'_, P> {
    fn changes(&self, id: ParameterId) -> bool {
        self.selection.includes(id) && !self.frozen.contains(&id)
    }

    fn nearest(&self, parameter: Tensor<2>) -> Tensor<2> {
        let nearest = |slice| self.projection.nearest(slice);
        self.selection.replace(parameter, nearest)
    }
}

impl<P: Projection> Mapper for Project<'_, P> {
    fn vector(&mut self, id: ParameterId, tensor: Tensor<1>) -> Tensor<1> {
        match self.changes(id) {
            true => flat(self.nearest(column(tensor))),
            false => tensor,
        }
    }

    fn matrix(&mut self, id: ParameterId, tensor: Tensor<2>) -> Tensor<2> {
        match self.changes(id) {
            true => self.nearest(tensor),
            false => tensor,
        }
    }
}
