//! Small machines with random parameters.

use burn::tensor::{DType, Device, FloatDType, Tensor};
use paysage_kernels::{RandomKey, default_device, most_precise, normal};
use paysage_layers::{AnyLayer, Centered, LayerKind, Stored};
use paysage_models::{BoltzmannMachine, Connection, Mapper, ParameterId};

/// The device that tests run on: that of the backend they were built with.
///
/// # Panics
///
/// When no backend was compiled in.
#[must_use]
pub fn device() -> Device {
    default_device().expect("tests need a backend: enable flex, ndarray, wgpu, ...")
}

/// The most precise float type of the device.
#[must_use]
pub fn dtype() -> DType {
    most_precise(&device())
}

/// One small layer of every kind.
#[must_use]
pub fn kinds() -> [LayerKind; 4] {
    [
        LayerKind::bernoulli(3),
        LayerKind::gaussian(2),
        LayerKind::onehot(2, 3),
        LayerKind::spin(3),
    ]
}

/// One small layer of every further kind: those of counts, of an interval, and of rectified units.
///
/// Where the device has no f64, as GPUs, only one of each of these sorts: every operation on a small
/// tensor takes long there.
#[must_use]
pub fn further_kinds() -> Vec<LayerKind> {
    kinds_of(match dtype() {
        DType::F64 => "binomial:3x4,poisson:2,truncexp:2,relu:2,drelu:2,prelu:2,xrelu:2,nsrelu:2",
        _ => "poisson:2,truncexp:2,relu:2",
    })
}

/// Kinds of layers by their names, separated by commas: `"4,gaussian:2,onehot:2x3"`.
///
/// # Panics
///
/// When a name is unknown.
#[must_use]
pub fn kinds_of(names: &str) -> Vec<LayerKind> {
    let kind = |name: &str| name.parse().expect("the name of a kind");
    names.split(',').map(kind).collect()
}

/// All pairs of [`kinds`], visible first; those with the last kind come last, so that the others keep
/// their place, from which tests make keys.
#[must_use]
pub fn pairs() -> Vec<[LayerKind; 2]> {
    let all = kinds();
    let last = all[all.len() - 1];
    let mut pairs: Vec<[LayerKind; 2]> = all.iter().flat_map(|&v| all.map(|h| [v, h])).collect();
    pairs.sort_by_key(|pair| pair.contains(&last));
    pairs
}

/// A layer of Bernoulli units above, and below, one of each of the [`further_kinds`].
#[must_use]
pub fn further_pairs() -> Vec<[LayerKind; 2]> {
    let bits = LayerKind::bernoulli(2);
    let kinds = further_kinds().into_iter();
    kinds
        .flat_map(|kind| [[kind, bits], [bits, kind]])
        .collect()
}

/// The [`pairs`], and after them a layer of each kind of its own among the [`further_kinds`] below Bernoulli
/// units: of the double rectified units one parametrisation.
#[must_use]
pub fn representative_pairs() -> Vec<[LayerKind; 2]> {
    let mut some = pairs();
    some.extend(further_pairs().into_iter().step_by(2).take(5));
    some
}

/// The [`pairs`], and after them the [`further_pairs`].
#[must_use]
pub fn all_pairs() -> Vec<[LayerKind; 2]> {
    let mut all = pairs();
    all.extend(further_pairs());
    all
}

/// A chain of layers with parameters and weights from N(0, scale²), centered or not, in the most
/// precise float type of the device.
///
/// # Panics
///
/// When a layer is empty.
#[must_use]
pub fn chain(kinds: &[LayerKind], scale: f64, centered: bool, key: RandomKey) -> BoltzmannMachine {
    let edges: Vec<(usize, usize)> = (1..kinds.len()).map(|i| (i - 1, i)).collect();
    graph(kinds, &edges, vec![0], scale, centered, key)
}

/// A machine of any graph with random parameters, as [`chain`].
///
/// # Panics
///
/// When the layers and edges make no machine.
#[must_use]
pub fn graph(
    kinds: &[LayerKind],
    edges: &[(usize, usize)],
    visible: Vec<usize>,
    scale: f64,
    centered: bool,
    key: RandomKey,
) -> BoltzmannMachine {
    let options = (&device(), dtype());
    let layers = kinds.iter().map(|kind| {
        let mut layer = AnyLayer::from_kind(kind, options);
        if centered {
            layer.set_center(Some(Tensor::zeros([kind.units()], options)));
        }
        layer
    });
    let size = |layer: usize| (layer, kinds[layer].units());
    let connections = edges
        .iter()
        .map(|&(target, domain)| Connection::zeros(size(target), size(domain), options))
        .collect();
    let mut machine =
        BoltzmannMachine::new(layers.collect(), connections, visible).expect("a valid machine");
    machine.map(&mut Randomize {
        scale,
        key,
        count: 0,
    });
    machine
}

/// A layer with random parameters, as [`chain`].
#[must_use]
pub fn layer(kind: LayerKind, scale: f64, centered: bool, key: RandomKey) -> AnyLayer {
    let mut machine = chain(&[kind], scale, centered, key);
    machine.layers.remove(0)
}

/// Draws every parameter anew.
struct Randomize {
    scale: f64,
    key: RandomKey,
    count: u64,
}

impl Mapper for Randomize {
    fn vector(&mut self, id: ParameterId, tensor: Tensor<1>) -> Tensor<1> {
        let drawn = self.matrix(id, tensor.unsqueeze()).squeeze_dim(0);
        match id {
            // An asymmetry between −1 and 1.
            ParameterId::Layer { name: "eta", .. } => drawn.tanh(),
            _ => drawn,
        }
    }

    fn matrix(&mut self, _: ParameterId, tensor: Tensor<2>) -> Tensor<2> {
        self.count += 1;
        let dtype: FloatDType = tensor.dtype().into();
        let noise = normal(tensor.dims(), self.key.split(self.count), &tensor.device());
        noise.cast(dtype) * self.scale
    }
}
