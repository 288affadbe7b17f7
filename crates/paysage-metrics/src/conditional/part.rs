//! Visible layers, parted.

use burn::tensor::{Int, Tensor};
use paysage_layers::{Layer, Trainable};
use paysage_models::{BoltzmannMachine, Connection};

/// A machine in which the visible units that are held, and those that are not, are layers of their
/// own: the same units with the same energy.
pub(super) struct Parted<L: Layer> {
    /// Its visible layers are those that are held; where none is, all that were visible before.
    pub machine: BoltzmannMachine<L>,
    /// The layers of units that are held.
    pub held: Vec<usize>,
    /// The columns of a row that these show, in order.
    pub columns: Vec<usize>,
    /// The layers of visible units that are not held, in the order of their columns.
    pub free: Vec<usize>,
}

/// Some units of a layer that are a layer of the parted machine.
struct Part {
    layer: usize,
    units: Vec<usize>,
}

impl<L: Trainable> Parted<L> {
    /// Parts the visible layers, of which a unit is held where `known` says so. A site of several
    /// units must be known as a whole or not at all.
    pub fn new(machine: &BoltzmannMachine<L>, known: &[bool]) -> Self {
        let mut layers = machine.layers.clone();
        let whole = |(layer, of): (usize, &L)| {
            let units = (0..of.units()).collect();
            vec![Part { layer, units }]
        };
        let mut parts: Vec<Vec<Part>> = layers.iter().enumerate().map(whole).collect();
        let (mut held, mut free) = (Vec::new(), Vec::new());
        for (layer, span) in machine.visible_spans() {
            let (yes, no): (Vec<usize>, Vec<usize>) =
                (0..span.len()).partition(|unit| known[span.start + unit]);
            match (yes.is_empty(), no.is_empty()) {
                (true, _) => free.push(layer),
                (_, true) => held.push(layer),
                _ => {
                    let other = layers.len();
                    layers.push(some_units(&machine.layers[layer], &no));
                    layers[layer] = some_units(&machine.layers[layer], &yes);
                    parts[layer] = vec![
                        Part { layer, units: yes },
                        Part {
                            layer: other,
                            units: no,
                        },
                    ];
                    held.push(layer);
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
        let visible = if held.is_empty() {
            &machine.visible
        } else {
            &held
        };
        let parted = BoltzmannMachine::new(layers, connections, visible.clone());
        Self {
            machine: parted.expect("the parts of a machine make a machine"),
            columns: (0..known.len()).filter(|&column| known[column]).collect(),
            held,
            free,
        }
    }

    /// What the held layers show of rows `[batch, visible units]`; where none is held, rows of zeros.
    pub fn shown(&self, rows: &Tensor<2>) -> Tensor<2> {
        if self.held.is_empty() {
            rows.zeros_like()
        } else {
            selected(rows, 1, &self.columns)
        }
    }
}

/// The layer of some units of another: each of its parameters has one number for each unit.
fn some_units<L: Trainable>(layer: &L, units: &[usize]) -> L {
    let mut part = layer.clone();
    for (_, parameter) in part.parameters_mut() {
        parameter.inplace(|all| all.clone().select(0, indices(&all, units)));
    }
    assert_eq!(
        part.units(),
        units.len(),
        "a layer whose size is not that of its parameters cannot be parted"
    );
    part
}

/// Some rows (0) or columns (1) of a matrix.
pub(super) fn selected(matrix: &Tensor<2>, dimension: usize, which: &[usize]) -> Tensor<2> {
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
