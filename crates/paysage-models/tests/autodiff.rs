//! Gradients of restricted machines against automatic differentiation of the mean free energy.

use burn::tensor::{Device, FloatDType, Tensor};
use paysage_kernels::RandomKey;
use paysage_layers::{Conditional, InverseTemperature};
use paysage_models::{BoltzmannMachine, Mapper, ParameterId, Phase, Visitor};
use paysage_testkit::{Precision, machines};

/// Moves every parameter to a device that records operations, and asks for its gradient.
struct Record(Device);

impl Record {
    fn record<const D: usize>(&self, tensor: Tensor<D>) -> Tensor<D> {
        let dtype: FloatDType = tensor.dtype().into();
        let options = (&self.0, dtype.into());
        Tensor::from_data(tensor.into_data(), options).require_grad()
    }
}

impl Mapper for Record {
    fn vector(&mut self, _: ParameterId, tensor: Tensor<1>) -> Tensor<1> {
        self.record(tensor)
    }

    fn matrix(&mut self, _: ParameterId, tensor: Tensor<2>) -> Tensor<2> {
        self.record(tensor)
    }
}

/// Compares the gradient of every parameter with the recorded one.
struct Compare<'a> {
    recorded: &'a burn::tensor::Gradients,
    gradient: &'a paysage_models::Gradient,
    compared: usize,
}

impl Compare<'_> {
    fn compare<const D: usize>(&mut self, id: ParameterId, tensor: &Tensor<D>, ours: &Tensor<D>) {
        let precision = Precision::of(tensor.dtype());
        let recorded = tensor
            .grad(self.recorded)
            .expect("every parameter takes part");
        let pairs = ours.to_data().iter::<f64>().collect::<Vec<_>>().into_iter();
        for (found, expected) in pairs.zip(recorded.into_data().iter::<f64>()) {
            precision.assert_close(found, expected, &id.to_string());
            self.compared += 1;
        }
    }
}

impl Visitor for Compare<'_> {
    fn vector(&mut self, id: ParameterId, tensor: &Tensor<1>) {
        // Centers are not trained, so they have no gradient of ours.
        if let Some(ours) = self.gradient.vectors.get(&id) {
            self.compare(id, tensor, ours);
        }
    }

    fn matrix(&mut self, id: ParameterId, tensor: &Tensor<2>) {
        self.compare(id, tensor, &self.gradient.matrices[&id]);
    }
}

fn check(machine: BoltzmannMachine) {
    let state = machine.random_state(6, RandomKey::new(120));
    let rows = machine.visible_of(&state);

    let mut phase = machine.state_from_visible(rows.clone());
    let field = machine.field(1, &phase);
    phase.layers[1] = machine.layers[1].mean(field, &InverseTemperature::ONE);
    let gradient = machine.energy_gradient(&Phase {
        averaged: vec![1],
        ..Phase::of(phase)
    });

    let device = machine.device().autodiff();
    let mut recording = machine;
    recording.map(&mut Record(device.clone()));
    let rows = Tensor::from_data(rows.into_data(), (&device, recording.dtype()));
    let free = recording.free_energy(rows).expect("restricted").mean();
    let mut compare = Compare {
        recorded: &free.backward(),
        gradient: &gradient,
        compared: 0,
    };
    recording.visit(&mut compare);
    let trained = gradient
        .vectors
        .values()
        .map(|t| t.dims()[0])
        .sum::<usize>()
        + gradient
            .matrices
            .values()
            .map(|t| t.shape().num_elements())
            .sum::<usize>();
    assert_eq!(compare.compared, trained);
}

#[test]
fn every_pair_of_kinds_agrees_with_automatic_differentiation() {
    for (count, kinds) in machines::all_pairs().into_iter().enumerate() {
        for centered in [false, true] {
            let key = RandomKey::new(121).split(count as u64);
            check(machines::chain(&kinds, 0.5, centered, key));
        }
    }
}
