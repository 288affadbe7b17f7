//! The constraint that keeps parameters within their ranges.

use paysage_layers::Trainable;
use paysage_models::{BoltzmannMachine, ParameterId};

use crate::Constraint;

/// Entries of parameters of layers stay within the ranges that their kinds have
/// ([`Trainable::parameter_range`]), such as the asymmetry η of [`PRelu`](paysage_layers::PRelu) layers.
///
/// Most parameters have no range. Frozen ones are left alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ParameterRanges;

impl<L: Trainable> Constraint<L> for ParameterRanges {
    fn is_capturable(&self, _machine: &BoltzmannMachine<L>) -> bool {
        true
    }

    fn project(&self, machine: &mut BoltzmannMachine<L>) {
        for layer in 0..machine.layers.len() {
            let named = machine.layers[layer].parameters().into_iter();
            let ranges: Vec<Option<[f64; 2]>> = named
                .map(|(name, _)| {
                    let id = ParameterId::Layer { layer, name };
                    let range = machine.layers[layer].parameter_range(name);
                    range.filter(|_| !machine.is_frozen(id))
                })
                .collect();
            let parameters = machine.layers[layer].parameters_mut();
            for ((_, parameter), range) in parameters.into_iter().zip(ranges) {
                if let Some([low, high]) = range {
                    parameter.inplace(|values| values.clamp(low, high));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::Tensor;
    use paysage_kernels::RandomKey;
    use paysage_layers::AnyLayer;
    use paysage_testkit::machines;

    use super::*;

    fn eta(machine: &BoltzmannMachine) -> Vec<f32> {
        let parameters = machine.layers[1].parameters();
        let eta = parameters.into_iter().find(|(name, _)| *name == "eta");
        let values = eta.expect("an asymmetry").1.to_data();
        values.iter().collect()
    }

    /// η is limited and the other parameters stay; nothing changes where it is frozen.
    #[test]
    fn the_asymmetry_of_rectified_units_is_limited() {
        let kinds = machines::kinds_of("3,prelu:3");
        let mut machine = machines::chain(&kinds, 3.0, false, RandomKey::new(735));
        let drifted = [-1.7_f32, 0.4, 2.5];
        for (name, parameter) in machine.layers[1].parameters_mut() {
            if name == "eta" {
                let options = (&parameter.device(), parameter.dtype());
                *parameter = Tensor::from_data(drifted.as_slice(), options);
            }
        }
        let constraint: &dyn Constraint<AnyLayer> = &ParameterRanges;
        let mut frozen = machine.clone();
        let (layer, name) = (1, "eta");
        frozen
            .freeze(ParameterId::Layer { layer, name })
            .expect("a parameter");
        constraint.project(&mut frozen);
        assert_eq!(eta(&frozen), drifted);

        let before = machine.clone();
        constraint.project(&mut machine);
        for (found, expected) in eta(&machine).into_iter().zip([-0.999_f32, 0.4, 0.999]) {
            assert!((found - expected).abs() < 1e-6, "{found}");
        }
        let pairs = before.layers.iter().zip(&machine.layers);
        for (before, after) in pairs {
            let parameters = before.parameters().into_iter().zip(after.parameters());
            for ((name, before), (_, after)) in parameters.filter(|((name, _), _)| *name != "eta") {
                assert_eq!(before.to_data(), after.to_data(), "{name}");
            }
        }
    }
}
