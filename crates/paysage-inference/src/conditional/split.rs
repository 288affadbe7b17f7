//! Visible layers divided into clamped and free units.

use burn::tensor::{Int, Tensor};
use paysage_layers::{Layer, Trainable};
use paysage_models::{BoltzmannMachine, Connection};

use crate::InferenceError;

/// A machine in which clamped and free visible units are layers of their own: the same units with the
/// same energy.
pub(crate) struct Split<L: Layer> {
    /// Its visible layers are the clamped ones, or those of the original machine where none is clamped.
    pub machine: BoltzmannMachine<L>,
    /// The layers of clamped units.
    pub clamped: Vec<usize>,
    /// The columns of a row that the clamped layers hold, in order.
    pub columns: Vec<usize>,
    /// The layers of free visible units, in the order of their columns.
    pub free: Vec<usize>,
}

/// Some units of a layer that are a layer of the divided machine.
struct Part {
    layer: usize,
    units: Vec<usize>,
}

impl<L: Trainable> Split<L> {
    /// Divides the visible layers: a unit is clamped where `clamped` is true. A site of several units
    /// must be clamped as a whole or not at all.
    ///
    /// # Errors
    ///
    /// [`InferenceError::Indivisible`] when a layer with clamped and free units has a size that is not
    /// that of its parameters.
    pub fn new(machine: &BoltzmannMachine<L>, clamped: &[bool]) -> Result<Self, InferenceError> {
        let is_clamped = clamped;
        let mut layers = machine.layers.clone();
        let whole = |(layer, of): (usize, &L)| {
            let units = (0..of.units()).collect();
            vec![Part { layer, units }]
        };
        let mut parts: Vec<Vec<Part>> = layers.iter().enumerate().map(whole).collect();
        let (mut clamped, mut free) = (Vec::new(), Vec::new());
        for (layer, span) in machine.visible_spans() {
            let (yes, no): (Vec<usize>, Vec<usize>) =
                (0..span.len()).partition(|unit| is_clamped[span.start + unit]);
            match (yes.is_empty(), no.is_empty()) {
                (true, _) => free.push(layer),
                (_, true) => clamped.push(layer),
                _ => {
                    let other = layers.len();
                    let part = |units: &[usize]| {
                        let part = some_units(&machine.layers[layer], units);
                        part.ok_or(InferenceError::Indivisible { layer })
                    };
                    layers.push(part(&no)?);
                    layers[layer] = part(&yes)?;
                    parts[layer] = vec![
                        Part { layer, units: yes },
                        Part {
                            layer: other,
                            units: no,
                        },
                    ];
                    clamped.push(layer);
                    free.push(other);
                }
            }
        }
        let mut connections = Vec::new();
        for connection in &machine.connections {
            for target in &parts[connection.target] {
                let rows = selected(&connection.weight, 0, &target.units);
                connections.extend(parts[connection.domain].iter().map(|domain| Connection {
                    target: target.layer,
                    domain: domain.layer,
                    weight: selected(&rows, 1, &domain.units),
                }));
            }
        }
        let visible = if clamped.is_empty() {
            &machine.visible
        } else {
            &clamped
        };
        let divided = BoltzmannMachine::new(layers, connections, visible.clone());
        Ok(Self {
            machine: divided.expect("the parts of a machine make a machine"),
            columns: (0..is_clamped.len())
                .filter(|&column| is_clamped[column])
                .collect(),
            clamped,
            free,
        })
    }

    /// The clamped columns of rows `[batch, visible units]`; where none is clamped, rows of zeros.
    pub fn clamped_columns(&self, rows: &Tensor<2>) -> Tensor<2> {
        if self.clamped.is_empty() {
            rows.zeros_like()
        } else {
            selected(rows, 1, &self.columns)
        }
    }
}

/// A layer of some units of another; nothing where the parameters are not one value per unit, or the
/// size of the layer does not follow from them.
fn some_units<L: Trainable>(layer: &L, units: &[usize]) -> Option<L> {
    let mut part = layer.clone();
    for (_, parameter) in part.parameters_mut() {
        if parameter.dims() != [layer.units()] {
            return None;
        }
        parameter.inplace(|all| all.clone().select(0, indices(&all, units)));
    }
    (part.units() == units.len()).then_some(part)
}

/// Some rows (0) or columns (1) of a matrix.
pub(crate) fn selected(matrix: &Tensor<2>, dimension: usize, which: &[usize]) -> Tensor<2> {
    if which.iter().copied().eq(0..matrix.dims()[dimension]) {
        return matrix.clone();
    }
    matrix.clone().select(dimension, indices(matrix, which))
}

fn indices<const D: usize>(like: &Tensor<D>, which: &[usize]) -> Tensor<1, Int> {
    let which: Vec<i32> = which.iter().map(|&index| index as i32).collect();
    Tensor::from_data(which.as_slice(), &like.device())
}

#[cfg(test)]
mod tests {
    use paysage_kernels::default_device;

    use super::*;

    #[test]
    fn rows_and_columns_come_in_the_order_asked_for() {
        let device = default_device().expect("a backend");
        let matrix = Tensor::<2>::from_floats([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], &device);
        let found = |dimension, which: &[usize]| -> Vec<f64> {
            selected(&matrix, dimension, which)
                .into_data()
                .iter()
                .collect()
        };
        assert_eq!(found(0, &[0, 0, 1]), [1.0, 2.0, 1.0, 2.0, 3.0, 4.0]);
        assert_eq!(found(0, &[0, 1, 2]), [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
        assert_eq!(found(1, &[1, 0]), [2.0, 1.0, 4.0, 3.0, 6.0, 5.0]);
        assert_eq!(found(1, &[1]), [2.0, 4.0, 6.0]);
    }
}
