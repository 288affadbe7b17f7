//! Why layers and connections do not make a machine.

use thiserror::Error;

/// A fault in the construction or use of a machine.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum MachineError {
    /// There is no layer.
    #[error("a machine needs at least one layer")]
    NoLayers,
    /// A layer has no units.
    #[error("layer {layer} has no units: a layer has at least 1")]
    NoUnits {
        /// The layer.
        layer: usize,
    },
    /// There is no visible layer.
    #[error("a machine needs at least one visible layer")]
    NoVisible,
    /// A layer is named that is not there.
    #[error("{place} names layer {layer}, but there are {layers} layers, counted from 0")]
    NoSuchLayer {
        /// Where it is named: "connection 2", "visible".
        place: String,
        /// The layer named.
        layer: usize,
        /// How many there are.
        layers: usize,
    },
    /// A layer is listed twice as visible.
    #[error("layer {layer} is listed twice as visible")]
    VisibleTwice {
        /// The layer.
        layer: usize,
    },
    /// A connection joins a layer with itself.
    #[error("connection {connection} joins layer {layer} with itself")]
    SelfConnection {
        /// The connection.
        connection: usize,
        /// The layer.
        layer: usize,
    },
    /// Two connections join the same layers.
    #[error("connections {first} and {second} join the same two layers")]
    DuplicateConnection {
        /// The first of the two.
        first: usize,
        /// The second of the two.
        second: usize,
    },
    /// The weights of a connection do not fit its layers.
    #[error(
        "the weights of connection {connection} are {found:?}, \
         but its layers have {expected:?} units (target, domain)"
    )]
    WeightShape {
        /// The connection.
        connection: usize,
        /// The shape of its weights.
        found: [usize; 2],
        /// The units of target and domain.
        expected: [usize; 2],
    },
    /// Connected layers without bounds, of which one has an energy that grows too slowly.
    #[error(
        "layers {target} and {domain} are connected, and neither is bounded ({found}): the machine \
         cannot be normalized; use bounded units in one of them"
    )]
    Unbounded {
        /// The target of the connection.
        target: usize,
        /// The domain of the connection.
        domain: usize,
        /// The values of the layer whose energy grows too slowly: "a unit takes a whole number from 0 on".
        found: String,
    },
    /// Hidden layers are connected with each other, so they have no closed sum given the visible.
    #[error(
        "layers {first} and {second} are both hidden and connected: \
         the free energy has a closed form only where hidden layers meet visible ones alone"
    )]
    HiddenConnected {
        /// The first of the two.
        first: usize,
        /// The second of the two.
        second: usize,
    },
    /// A parameter is named that is not there.
    #[error("there is no parameter {name:?}: the machine has {known}")]
    NoSuchParameter {
        /// The name given.
        name: String,
        /// The names there are.
        known: String,
    },
}
