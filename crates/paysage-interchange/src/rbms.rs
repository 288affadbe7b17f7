//! HDF5 of the Python package rbms: `BBRBM` and `PBRBM`.
//!
//! A file has a group `update_N` for every saved state of the training, whose `params` are `vbias`, `hbias` and
//! `weight_matrix`. Both kinds have the energies of this library. `BBRBM` has Bernoulli units and weights
//! `[visible, hidden]`; `PBRBM` has Potts sites and weights `[site, state, hidden]`, in any gauge, which are those
//! of one-hot units, site after site.

use std::io;

use hdf5_pure::FileBuilder;
use paysage_layers::{LayerKind, Stored};
use paysage_models::Model;

use crate::{
    ExportError, ImportError,
    arrays::{Arrays, wrong_shape},
    export::Restricted,
    parts::{LayerParts, Parts},
};

/// What precedes the number of an epoch in the name of its group.
const EPOCH: &str = "update_";

/// The machine of an epoch, the last by default, with its number.
pub(crate) fn read(arrays: &Arrays<'_>, asked: Option<u64>) -> Result<(Parts, u64), ImportError> {
    let kind = arrays.text("model_type")?;
    let epoch = epoch(arrays, asked)?;
    // Versions before 0.2 have no group of parameters.
    let group = format!("/{EPOCH}{epoch}");
    let members = arrays.file.members(&group)?;
    let folder = match members.iter().any(|name| name == "params") {
        true => format!("{group}/params"),
        false => group,
    };
    let weight = arrays.array(&format!("{folder}/weight_matrix"))?;
    let (visible, shape, hidden) = match (&*kind, &weight.shape[..]) {
        ("BBRBM", &[visible, hidden]) => (LayerKind::bernoulli(visible), vec![visible], hidden),
        ("PBRBM", &[sites, states, hidden]) => (
            LayerKind::onehot(sites, states),
            vec![sites, states],
            hidden,
        ),
        ("BBRBM", _) => return Err(wrong_shape(weight, "[visible, hidden]")),
        ("PBRBM", _) => return Err(wrong_shape(weight, "[sites, states, hidden]")),
        _ => {
            let what = format!("a model of the type {kind}");
            return Err(arrays.unsupported(what, "the types that are read are BBRBM and PBRBM"));
        }
    };
    let vbias = arrays.of_shape(&format!("{folder}/vbias"), &shape)?;
    let hbias = arrays.of_shape(&format!("{folder}/hbias"), &[hidden])?;
    let visible = LayerParts::field(visible, vbias);
    let hidden = LayerParts::field(LayerKind::bernoulli(hidden), hbias);
    Ok((Parts::restricted(visible, hidden, weight.values), epoch))
}

/// The number of the epoch that is asked for, or of the last.
fn epoch(arrays: &Arrays<'_>, asked: Option<u64>) -> Result<u64, ImportError> {
    let members = arrays.file.members("/")?;
    let number = |name: &String| name.strip_prefix(EPOCH)?.parse().ok();
    let mut found: Vec<u64> = members.iter().filter_map(number).collect();
    found.sort_unstable();
    let chosen = match asked {
        None => found.last().copied(),
        Some(asked) => found.iter().copied().find(|&epoch| epoch == asked),
    };
    chosen.ok_or_else(|| ImportError::NoSuchEpoch {
        file: arrays.name(),
        asked,
        found,
    })
}

/// The bytes of a file that rbms loads as the epoch 1, with one chain of zeros.
pub(crate) fn write(model: &Model) -> Result<io::Result<Vec<u8>>, ExportError> {
    let refused = || {
        let kinds = model
            .machine
            .layers
            .iter()
            .map(|layer| layer.kind().to_string());
        ExportError::NotOfRbms {
            machine: kinds.collect::<Vec<_>>().join(" and "),
        }
    };
    let parts = Restricted::of(model).ok_or_else(refused)?.without_spins();
    let hidden = parts.hidden.len() as u64;
    let (kind, visible) = match parts.kinds {
        (LayerKind::Bernoulli { units }, LayerKind::Bernoulli { .. }) => {
            ("BBRBM", vec![units as u64])
        }
        (LayerKind::OneHot { sites, states, .. }, LayerKind::Bernoulli { .. }) => {
            ("PBRBM", vec![sites as u64, states as u64])
        }
        _ => return Err(refused()),
    };
    let mut file = FileBuilder::new();
    file.create_dataset("model_type")
        .with_strings(&[kind])
        .expect("a short text")
        .with_shape(&[]);
    let chain = vec![0.0; visible[0] as usize];
    file.create_dataset("parallel_chains")
        .with_f32_data(&chain)
        .with_shape(&[1, visible[0]]);
    // The settings that rbms reads when it loads a model: they are those of further training.
    let mut settings = file.create_group("hyperparameters");
    for (name, value) in [
        ("num_hiddens", hidden as i64),
        ("num_visibles", visible[0] as i64),
        ("num_chains", 1),
        ("batch_size", 100),
        ("gibbs_steps", 1),
    ] {
        settings
            .create_dataset(name)
            .with_i64_data(&[value])
            .with_shape(&[]);
    }
    settings
        .create_dataset("learning_rate")
        .with_f64_data(&[0.01])
        .with_shape(&[]);
    file.add_group(settings.finish());
    let mut epoch = file.create_group(&format!("{EPOCH}1"));
    let mut parameters = epoch.create_group("params");
    let shape = [&visible[..], &[hidden]].concat();
    for (name, values, shape) in [
        ("vbias", &parts.visible, &visible),
        ("hbias", &parts.hidden, &vec![hidden]),
        ("weight_matrix", &parts.weight, &shape),
    ] {
        parameters
            .create_dataset(name)
            .with_f32_data(values)
            .with_shape(shape);
    }
    epoch.add_group(parameters.finish());
    epoch
        .create_dataset("time")
        .with_f64_data(&[0.0])
        .with_shape(&[]);
    file.add_group(epoch.finish());
    Ok(file
        .finish()
        .map_err(|error| io::Error::other(error.to_string())))
}
