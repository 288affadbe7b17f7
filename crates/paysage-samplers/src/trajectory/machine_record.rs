//! Machines of a ladder as records.

use burn::tensor::{DType, Device, Tensor};
use paysage_layers::Trainable;
use paysage_models::{BoltzmannMachine, Mapper, ParameterId, Record, RecordError, Visitor};

/// The parameters of a machine by name.
pub(super) fn record<L: Trainable>(machine: &BoltzmannMachine<L>) -> Record {
    struct Collect(Record);
    impl Visitor for Collect {
        fn vector(&mut self, id: ParameterId, tensor: &Tensor<1>) {
            self.0.put(id.to_string(), tensor);
        }
        fn matrix(&mut self, id: ParameterId, tensor: &Tensor<2>) {
            self.0.put(id.to_string(), tensor);
        }
    }
    let mut collect = Collect(Record::default());
    machine.visit(&mut collect);
    collect.0
}

/// A machine of the layers of another one, without centers and with the connections that the record has.
pub(super) fn restore<L: Trainable>(
    record: Record,
    like: &BoltzmannMachine<L>,
) -> Result<BoltzmannMachine<L>, RecordError> {
    let mut machine = like.without_centers().into_owned();
    let has_weight = |c: usize| {
        let name = ParameterId::weight(c).to_string();
        record.tensors.contains_key(&name)
    };
    if (0..machine.connections.len()).all(|c| !has_weight(c)) {
        machine.connections.clear();
    }
    let mut fill = Fill {
        record,
        options: (machine.device(), machine.dtype()),
        fault: None,
    };
    machine.map(&mut fill);
    if let Some(fault) = fill.fault {
        return Err(fault);
    }
    fill.record.finish()?;
    Ok(machine)
}

struct Fill {
    record: Record,
    options: (Device, DType),
    fault: Option<RecordError>,
}

impl Fill {
    /// The recorded tensor of a parameter, of its shape.
    fn tensor<const D: usize>(&mut self, id: ParameterId, like: Tensor<D>) -> Tensor<D> {
        let name = id.to_string();
        let (device, dtype) = &self.options;
        let found = self.record.take::<D>(&name, (device, *dtype));
        let found = found.and_then(|tensor| match tensor.dims() == like.dims() {
            true => Ok(tensor),
            false => Err(RecordError::Shape {
                name,
                found: tensor.dims().to_vec(),
                expected: like.dims().to_vec(),
            }),
        });
        found.unwrap_or_else(|fault| {
            self.fault.get_or_insert(fault);
            like
        })
    }
}

impl Mapper for Fill {
    fn vector(&mut self, id: ParameterId, tensor: Tensor<1>) -> Tensor<1> {
        self.tensor(id, tensor)
    }

    fn matrix(&mut self, id: ParameterId, tensor: Tensor<2>) -> Tensor<2> {
        self.tensor(id, tensor)
    }
}
