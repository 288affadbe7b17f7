//! The machine itself: what it is made of and how it is put together.

use std::{collections::BTreeSet, ops::Range};

use burn::tensor::{DType, Device, FloatDType, Tensor};
use paysage_layers::{AnyLayer, Layer, Trainable};

use crate::{Connection, MachineError, Mapper, ParameterId, Visitor};

/// Layers joined by connections.
///
/// ```
/// use paysage_kernels::default_device;
/// use paysage_layers::{AnyLayer, Bernoulli, Gaussian};
/// use paysage_models::BoltzmannMachine;
///
/// let device = default_device()?;
/// let layers: Vec<AnyLayer> = vec![
///     Bernoulli::new(784, &device).into(),
///     Gaussian::new(10, &device).into(),
/// ];
/// let machine = BoltzmannMachine::chain(layers)?;
/// assert_eq!(machine.parameter_count(), 784 + 2 * 10 + 784 * 10);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct BoltzmannMachine<L: Layer = AnyLayer> {
    /// The layers.
    pub layers: Vec<L>,
    /// What joins them; every pair of layers at most once.
    pub connections: Vec<Connection>,
    /// The layers that data are shown to: a row holds their units side by side, in this order.
    pub visible: Vec<usize>,
    /// The parameters that are excluded from training.
    pub(crate) frozen: BTreeSet<ParameterId>,
}

impl<L: Layer> BoltzmannMachine<L> {
    /// Whether all layers are [computed on their device alone](Layer::is_on_device).
    #[must_use]
    pub fn is_on_device(&self) -> bool {
        self.layers.iter().all(Layer::is_on_device)
    }

    /// A machine of any graph.
    ///
    /// # Errors
    ///
    /// When a layer is empty, when a connection or the list of visible layers names a layer that
    /// is not there, names one twice or joins one with itself, or when weights do not fit.
    pub fn new(
        layers: Vec<L>,
        connections: Vec<Connection>,
        visible: Vec<usize>,
    ) -> Result<Self, MachineError> {
        let units: Vec<usize> = layers.iter().map(Layer::units).collect();
        validate_layers(&units, &visible)?;
        for (index, connection) in connections.iter().enumerate() {
            validate_connection(&units, &connections, index, connection)?;
            validate_growth(&layers, connection)?;
        }
        Ok(Self {
            layers,
            connections,
            visible,
            frozen: BTreeSet::new(),
        })
    }

    /// A machine of other layers in the place of these, without connections.
    ///
    /// # Panics
    ///
    /// When there is another number of layers, or one is empty.
    #[must_use]
    pub fn unconnected(&self, layers: Vec<L>) -> Self {
        let (found, expected) = (layers.len(), self.layers.len());
        assert_eq!(found, expected, "{found} layers in the place of {expected}");
        Self::new(layers, Vec::new(), self.visible.clone()).expect("layers with units")
    }

    /// How many units the visible layers have together: the columns of a row.
    #[must_use]
    pub fn visible_units(&self) -> usize {
        self.visible.iter().map(|&i| self.layers[i].units()).sum()
    }

    /// The visible layers, and the columns of each in a row.
    pub fn visible_spans(&self) -> impl Iterator<Item = (usize, Range<usize>)> + '_ {
        self.visible.iter().scan(0, |start, &layer| {
            let span = *start..*start + self.layers[layer].units();
            *start = span.end;
            Some((layer, span))
        })
    }

    /// The layers that are not visible.
    #[must_use]
    pub fn hidden(&self) -> Vec<usize> {
        (0..self.layers.len())
            .filter(|layer| !self.visible.contains(layer))
            .collect()
    }
}

impl<L: Trainable> BoltzmannMachine<L> {
    /// Layers stacked on one another, neighbours connected by zero weights, the first one visible:
    /// two make a restricted Boltzmann machine, more a deep one.
    ///
    /// # Errors
    ///
    /// When there is no layer, or one is empty.
    pub fn chain(mut layers: Vec<L>) -> Result<Self, MachineError> {
        let hidden = layers.split_off(layers.len().min(1));
        Self::stacked(layers, hidden)
    }

    /// Visible layers side by side, of the same kind or not, all connected by zero weights to the first
    /// of the hidden layers, which are stacked on one another.
    ///
    /// ```
    /// use paysage_kernels::default_device;
    /// use paysage_layers::{AnyLayer, Bernoulli, Gaussian};
    /// use paysage_models::BoltzmannMachine;
    ///
    /// let device = default_device()?;
    /// let visible: Vec<AnyLayer> = vec![
    ///     Bernoulli::new(3, &device).into(),
    ///     Gaussian::new(2, &device).into(),
    /// ];
    /// let hidden = vec![Bernoulli::new(4, &device).into()];
    /// let machine = BoltzmannMachine::stacked(visible, hidden)?;
    /// assert_eq!((machine.visible_units(), machine.connections.len()), (5, 2));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// When there is no visible layer, or one is empty.
    pub fn stacked(visible: Vec<L>, hidden: Vec<L>) -> Result<Self, MachineError> {
        let first = visible.len();
        let layers: Vec<L> = visible.into_iter().chain(hidden).collect();
        let sides = (0..first).map(|layer| (layer, first));
        let above = (first..layers.len()).map(|layer| (layer, layer + 1));
        let pairs = sides.chain(above).filter(|pair| pair.1 < layers.len());
        let connections = pairs.map(|(target, domain)| {
            let (device, dtype) = layers[target].storage();
            Connection::zeros(
                (target, layers[target].units()),
                (domain, layers[domain].units()),
                (&device, dtype),
            )
        });
        let connections = connections.collect();
        Self::new(layers, connections, (0..first).collect())
    }

    /// The device that holds the parameters.
    #[must_use]
    pub fn device(&self) -> Device {
        self.layers[0].storage().0
    }

    /// The float type of the parameters.
    #[must_use]
    pub fn dtype(&self) -> DType {
        self.layers[0].storage().1
    }

    /// The same machine with parameters of another float type.
    #[must_use]
    pub fn cast(mut self, dtype: impl Into<FloatDType>) -> Self {
        struct Cast(FloatDType);
        impl Mapper for Cast {
            fn vector(&mut self, _: ParameterId, tensor: Tensor<1>) -> Tensor<1> {
                tensor.cast(self.0)
            }
            fn matrix(&mut self, _: ParameterId, tensor: Tensor<2>) -> Tensor<2> {
                tensor.cast(self.0)
            }
        }
        self.map(&mut Cast(dtype.into()));
        self
    }

    /// The same machine on another device.
    #[must_use]
    pub fn to_device(mut self, device: &Device) -> Self {
        struct Move<'a>(&'a Device);
        impl Mapper for Move<'_> {
            fn vector(&mut self, _: ParameterId, tensor: Tensor<1>) -> Tensor<1> {
                tensor.to_device(self.0)
            }
            fn matrix(&mut self, _: ParameterId, tensor: Tensor<2>) -> Tensor<2> {
                tensor.to_device(self.0)
            }
        }
        self.map(&mut Move(device));
        self
    }

    /// How many numbers all parameters hold together.
    #[must_use]
    pub fn parameter_count(&self) -> usize {
        struct Count(usize);
        impl Visitor for Count {
            fn vector(&mut self, _: ParameterId, tensor: &Tensor<1>) {
                self.0 += tensor.shape().num_elements();
            }
            fn matrix(&mut self, _: ParameterId, tensor: &Tensor<2>) {
                self.0 += tensor.shape().num_elements();
            }
        }
        let mut count = Count(0);
        self.visit(&mut count);
        count.0
    }
}

fn validate_layers(units: &[usize], visible: &[usize]) -> Result<(), MachineError> {
    if units.is_empty() {
        return Err(MachineError::NoLayers);
    }
    if let Some(layer) = units.iter().position(|&units| units == 0) {
        return Err(MachineError::NoUnits { layer });
    }
    if visible.is_empty() {
        return Err(MachineError::NoVisible);
    }
    for (position, &layer) in visible.iter().enumerate() {
        if layer >= units.len() {
            return Err(MachineError::NoSuchLayer {
                place: "the list of visible layers".into(),
                layer,
                layers: units.len(),
            });
        }
        if visible[..position].contains(&layer) {
            return Err(MachineError::VisibleTwice { layer });
        }
    }
    Ok(())
}

/// Of two unbounded layers that are connected both must have energies of quadratic growth.
fn validate_growth<L: Layer>(layers: &[L], connection: &Connection) -> Result<(), MachineError> {
    let (target, domain) = (connection.target, connection.domain);
    let ends = [&layers[target], &layers[domain]];
    if ends.iter().any(|layer| layer.domain().bounds().is_some()) {
        return Ok(());
    }
    match ends.iter().find(|layer| layer.quadratic_growth().is_none()) {
        Some(layer) => Err(MachineError::Unbounded {
            target,
            domain,
            found: layer.domain().expectation(),
        }),
        None => Ok(()),
    }
}

fn validate_connection(
    units: &[usize],
    connections: &[Connection],
    index: usize,
    connection: &Connection,
) -> Result<(), MachineError> {
    let ends = [connection.target, connection.domain];
    for layer in ends {
        if layer >= units.len() {
            return Err(MachineError::NoSuchLayer {
                place: format!("connection {index}"),
                layer,
                layers: units.len(),
            });
        }
    }
    if ends[0] == ends[1] {
        return Err(MachineError::SelfConnection {
            connection: index,
            layer: ends[0],
        });
    }
    let twin = |other: &Connection| other.touches(ends[0]) && other.touches(ends[1]);
    if let Some(first) = connections[..index].iter().position(twin) {
        return Err(MachineError::DuplicateConnection {
            first,
            second: index,
        });
    }
    let (found, expected) = (connection.weight.dims(), ends.map(|layer| units[layer]));
    if found != expected {
        return Err(MachineError::WeightShape {
            connection: index,
            found,
            expected,
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use paysage_kernels::default_device;
    use paysage_layers::{Bernoulli, OneHot};

    use super::*;

    fn layers(sizes: &[usize]) -> Vec<AnyLayer> {
        let device = default_device().expect("a backend");
        let layer = |&units| Bernoulli::new(units, &device).into();
        sizes.iter().map(layer).collect()
    }

    fn connect(target: (usize, usize), domain: (usize, usize)) -> Connection {
        Connection::zeros(target, domain, &default_device().expect("a backend"))
    }

    #[test]
    fn faults_are_named() {
        let make = |sizes: &[usize], connections, visible| {
            BoltzmannMachine::new(layers(sizes), connections, visible).expect_err("a fault")
        };
        assert_eq!(make(&[], vec![], vec![0]), MachineError::NoLayers);
        assert_eq!(make(&[2, 3], vec![], vec![]), MachineError::NoVisible);
        assert_eq!(
            make(&[2, 3], vec![], vec![1, 1]),
            MachineError::VisibleTwice { layer: 1 }
        );
        assert_eq!(
            make(&[2, 3], vec![connect((0, 2), (2, 3))], vec![0]).to_string(),
            "connection 0 names layer 2, but there are 2 layers, counted from 0"
        );
        assert_eq!(
            make(&[2], vec![connect((0, 2), (0, 2))], vec![0]),
            MachineError::SelfConnection {
                connection: 0,
                layer: 0
            }
        );
        assert_eq!(
            make(
                &[2, 3],
                vec![connect((0, 2), (1, 3)), connect((1, 3), (0, 2))],
                vec![0]
            ),
            MachineError::DuplicateConnection {
                first: 0,
                second: 1
            }
        );
        assert_eq!(
            make(&[2, 3], vec![connect((0, 3), (1, 2))], vec![0]),
            MachineError::WeightShape {
                connection: 0,
                found: [3, 2],
                expected: [2, 3]
            }
        );
        let device = default_device().expect("a backend");
        let empty: AnyLayer = OneHot::new(0, 3, &device).into();
        assert_eq!(
            BoltzmannMachine::chain(vec![empty]).expect_err("a fault"),
            MachineError::NoUnits { layer: 0 }
        );
    }
}
