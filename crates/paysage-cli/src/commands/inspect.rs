//! `paysage inspect`.

mod layout;

use std::fmt::{self, Write};

use paysage::{
    kernels::{default_device, describe as device_name, product_precision},
    models::{Outline, Role, TensorFile, read_outline},
};
use serde::Serialize;

use crate::{arguments::Inspect, failure::Failure, output};

/// Summary of a parameter.
#[derive(Serialize)]
struct Parameter {
    name: String,
    shape: Vec<usize>,
    mean: f64,
    deviation: f64,
    smallest: f64,
    largest: f64,
}

/// What computes with the model where no `--device` is chosen.
#[derive(Serialize)]
struct Computing {
    device: String,
    /// The precision of products.
    products: &'static str,
}

/// Summary of a model.
#[derive(Serialize)]
struct Inspection {
    #[serde(flatten)]
    outline: Outline,
    parameter_count: usize,
    #[serde(flatten)]
    computing: Option<Computing>,
    /// The layers that have a center.
    centered: Vec<usize>,
    parameters: Vec<Parameter>,
}

pub(crate) fn run(options: &Inspect) -> Result<(), Failure> {
    let outline = read_outline(&options.model)?;
    let file = TensorFile::read(&options.model).map_err(Failure::input)?;
    let parameters: Vec<Parameter> = file
        .tensors
        .into_iter()
        .map(|(name, data)| {
            let shape = data.shape().as_slice().to_vec();
            summarize(name, shape, &data.iter::<f64>().collect::<Vec<_>>())
        })
        .collect();
    let size = |parameter: &Parameter| parameter.shape.iter().product::<usize>();
    let inspection = Inspection {
        parameter_count: parameters.iter().map(size).sum(),
        computing: default_device().ok().map(|device| Computing {
            device: device_name(&device),
            products: product_precision(&device),
        }),
        centered: (0..outline.layers.len())
            .filter(|layer| {
                let center = format!("layers.{layer}.center");
                parameters.iter().any(|parameter| parameter.name == center)
            })
            .collect(),
        outline,
        parameters,
    };
    let mut text = String::new();
    if options.json {
        text = serde_json::to_string(&inspection).map_err(Failure::work)?;
        text.push('\n');
    } else {
        describe(&mut text, &inspection).expect("a string takes all");
    }
    output::print(text)
}

fn summarize(name: String, shape: Vec<usize>, values: &[f64]) -> Parameter {
    let count = values.len().max(1) as f64;
    let mean = values.iter().sum::<f64>() / count;
    let variance = values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / count;
    Parameter {
        name,
        shape,
        mean,
        deviation: variance.sqrt(),
        smallest: values.iter().copied().fold(f64::INFINITY, f64::min),
        largest: values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
    }
}

fn describe(out: &mut String, inspection: &Inspection) -> fmt::Result {
    let outline = &inspection.outline;
    for (i, layer) in outline.layers.iter().enumerate() {
        let role = match outline.role(i) {
            Role::Visible => "visible",
            Role::Hidden => "hidden",
            Role::Input => "input",
        };
        let centered = match inspection.centered.contains(&i) {
            true => ", centered",
            false => "",
        };
        writeln!(out, "layer {i}: {layer} ({role}{centered})")?;
    }
    for (c, ends) in outline.connections.iter().enumerate() {
        let (target, domain) = (ends.target, ends.domain);
        writeln!(out, "connection {c}: layers {target} and {domain}")?;
    }
    writeln!(out, "{} parameters", inspection.parameter_count)?;
    if let Some(Computing { device, products }) = &inspection.computing {
        writeln!(out, "device: {device}, products in {products}")?;
    }
    writeln!(
        out,
        "{:<22}{:>12}{:>10}{:>10}{:>10}{:>10}",
        "name", "shape", "mean", "deviation", "smallest", "largest"
    )?;
    for p in &inspection.parameters {
        let shape: Vec<String> = p.shape.iter().map(usize::to_string).collect();
        let frozen = match outline.frozen.contains(&p.name) {
            true => "  frozen",
            false => "",
        };
        writeln!(
            out,
            "{:<22}{:>12}{:>10.4}{:>10.4}{:>10.4}{:>10.4}{frozen}",
            p.name,
            shape.join(" × "),
            p.mean,
            p.deviation,
            p.smallest,
            p.largest
        )?;
    }
    match &outline.layout {
        Some(layout) => layout::describe(out, layout),
        None => writeln!(
            out,
            "data: not in this file of version {}, which has no layout of the data",
            outline.version
        ),
    }
}
