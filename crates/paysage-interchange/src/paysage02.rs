//! HDF5 of Paysage 0.2 for Python, as `pandas.HDFStore` writes data frames.
//!
//! The attribute `config` of the group `model` describes layers and connections as a pickle. The values of a data
//! frame are in `block0_values`: `[units, 1]` for a parameter of a layer, `[target, domain]` for weights. Layers
//! with centers have them in the moments, in a block of the columns mean, variance and square.
//!
//! The machines are those of this library: r(x) = x − center, divided by σ² for Gaussian units, and log_var = ln σ².
//! A one-hot layer is one site. (`energy` of a Gaussian layer averages over the units in Paysage 0.2 where its
//! sampling sums over them; here, and in its `log_partition_function`, it is the sum.)

use paysage_data::NamedArray;
use paysage_layers::LayerKind;
use paysage_models::Ends;

use crate::{
    ImportError,
    arrays::{Arrays, check, wrong_shape},
    parts::{ConnectionParts, LayerParts, Parts},
    pickle::{Pickle, Value},
};

/// The machine of a file.
pub(crate) fn read(arrays: &Arrays<'_>) -> Result<Parts, ImportError> {
    let text = arrays.file.attribute("/model", "config")?;
    let text = text.ok_or_else(|| arrays.missing("attribute config of the group model"))?;
    let description = Description::parse(&text).map_err(|reason| ImportError::Description {
        file: arrays.name(),
        reason,
    })?;
    let layers = description.layers.iter().enumerate();
    let layers: Vec<LayerParts> = layers
        .map(|(number, described)| layer(arrays, number, described))
        .collect::<Result<_, _>>()?;
    let ends = description.connections.unwrap_or_else(|| {
        let chain = |target| Ends {
            target,
            domain: target + 1,
        };
        (0..layers.len().saturating_sub(1)).map(chain).collect()
    });
    let connection = |(number, ends)| connection(arrays, number, ends, &layers);
    let connections = ends.into_iter().enumerate().map(connection);
    Ok(Parts {
        connections: connections.collect::<Result<_, _>>()?,
        layers,
        energy: 0.0,
    })
}

fn layer(
    arrays: &Arrays<'_>,
    number: usize,
    described: &DescribedLayer,
) -> Result<LayerParts, ImportError> {
    let group = format!("/layers/layers_{number}/parameters");
    let loc = column(values(arrays, &format!("{group}/params0"))?)?;
    let units = loc.len();
    let mut parameters = vec![("loc", loc)];
    let kind = match &*described.kind {
        "BernoulliLayer" => LayerKind::bernoulli(units),
        "OneHotLayer" => LayerKind::onehot(1, units),
        "GaussianLayer" => {
            let log_var = values(arrays, &format!("{group}/params1"))?;
            if log_var.values.len() != units {
                return Err(wrong_shape(log_var, format!("[{units}, 1]")));
            }
            parameters.push(("log_var", column(log_var)?));
            LayerKind::gaussian(units)
        }
        other => {
            let what = format!("layer {number} of the type {other}");
            let known = "the types that are read are BernoulliLayer, GaussianLayer and OneHotLayer";
            return Err(arrays.unsupported(what, known));
        }
    };
    if described.has_center {
        parameters.push((
            "center",
            means(arrays, &format!("{group}/moments0"), units)?,
        ));
    }
    Ok(LayerParts { kind, parameters })
}

fn connection(
    arrays: &Arrays<'_>,
    number: usize,
    ends: Ends,
    layers: &[LayerParts],
) -> Result<ConnectionParts, ImportError> {
    let weight = values(
        arrays,
        &format!("/connections/weights_{number}/parameters/key0"),
    )?;
    // A layer that is not there is found out by the machine.
    let units = |layer: usize| layers.get(layer).map_or(0, |layer| layer.kind.units());
    let expected = [units(ends.target), units(ends.domain)];
    match weight.shape == expected {
        true => Ok(ConnectionParts {
            ends,
            weight: weight.values,
        }),
        false => Err(wrong_shape(weight, format!("{expected:?}"))),
    }
}

/// The values of a data frame of one type.
fn values(arrays: &Arrays<'_>, frame: &str) -> Result<NamedArray, ImportError> {
    arrays.array(&format!("{frame}/block0_values"))
}

/// The values of a data frame of one column.
fn column(frame: NamedArray) -> Result<Vec<f32>, ImportError> {
    match frame.shape[..] {
        [_] | [_, 1] => Ok(frame.values),
        _ => Err(wrong_shape(frame, "[units, 1]")),
    }
}

/// The means of the units: the first column of the block of three in the moments, whose other block has the numbers
/// of rows.
fn means(arrays: &Arrays<'_>, frame: &str, units: usize) -> Result<Vec<f32>, ImportError> {
    let members = arrays.file.members(frame)?;
    let blocks = members.iter().filter(|name| name.ends_with("_values"));
    for block in blocks {
        let array = arrays.file.array(&format!("{frame}/{block}"))?;
        if array.shape == [units, 3] {
            let mut array = array;
            array.values = array.values.into_iter().step_by(3).collect();
            check(&array, "a finite number, the mean of a unit", |mean| {
                mean.is_finite()
            })?;
            return Ok(array.values);
        }
    }
    let place = format!("block of the columns mean, var and square of {units} units in {frame}");
    Err(arrays.missing(&place))
}

struct DescribedLayer {
    kind: String,
    has_center: bool,
}

/// What the configuration says.
struct Description {
    layers: Vec<DescribedLayer>,
    connections: Option<Vec<Ends>>,
}

impl Description {
    fn parse(text: &str) -> Result<Self, String> {
        let pickle =
            Pickle::parse(text).ok_or("expected a dictionary in Python's pickle protocol 0")?;
        let list = |key: &str| {
            let value = pickle.get(pickle.root(), key)?;
            pickle.items(value)
        };
        let layers = list("layers").ok_or("expected a list of layers")?;
        let layer = |value: &Value| {
            let Some(Value::Text(kind)) = pickle.get(value, "layer_type") else {
                return Err("expected the layer_type of each layer".to_owned());
            };
            Ok(DescribedLayer {
                kind: kind.clone(),
                has_center: pickle.get(value, "center") == Some(&Value::Whole(1)),
            })
        };
        let index = |connection: &Value, key: &str| match pickle.get(connection, key) {
            Some(Value::Whole(index)) => usize::try_from(*index).ok(),
            _ => None,
        };
        let ends = |connection: &Value| {
            let (target, domain) = (
                index(connection, "target_index"),
                index(connection, "domain_index"),
            );
            target
                .zip(domain)
                .map(|(target, domain)| Ends { target, domain })
        };
        let connections = list("connections").map(|connections| {
            let ends: Option<Vec<Ends>> = connections.iter().map(ends).collect();
            ends.ok_or("expected the target_index and the domain_index of each connection")
        });
        Ok(Self {
            layers: layers.iter().map(layer).collect::<Result<_, _>>()?,
            connections: connections.transpose()?,
        })
    }
}
