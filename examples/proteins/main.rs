//! Contacts of a family of sequences: trains an RBM, computes its effective couplings, and prints the pairs
//! of sites with the strongest ones.
//!
//! Without `--data` the family is made by code, and its contacts are known.
//!
//! ```text
//! cargo run --release --example proteins
//! cargo run --release --example proteins -- --data family.fasta --separation 4
//! ```
//!
//! The same on the command line:
//!
//! ```text
//! paysage train family.fasta --hidden 60 --gauge zero-sum --out runs/proteins
//! paysage couplings runs/proteins/model.safetensors --separation 4 --out pairs.csv
//! paysage mutations runs/proteins/model.safetensors SEQUENCE --out mutations.csv
//! ```

mod family;
mod training;

use std::{error::Error, path::PathBuf};

use clap::Parser;
use paysage::{
    data::{Layout, ReadOptions},
    inference::{EffectiveCouplings, SingleMutations},
    prelude::*,
    report::contact_map,
    training::Settings,
};

/// Finds contacts of a family of sequences.
#[derive(Parser)]
struct Options {
    /// Alignment: FASTA, A2M or A3M [default: a family with known contacts]
    #[arg(long, value_name = "FILE")]
    data: Option<String>,
    /// Number of epochs
    #[arg(long, value_name = "N", default_value_t = 100)]
    epochs: usize,
    /// Smallest distance of the sites of a pair
    #[arg(long, value_name = "N", default_value_t = 1)]
    separation: usize,
    /// Folder for the model and the contact map
    #[arg(long, value_name = "DIR", default_value = "runs/proteins")]
    out: PathBuf,
}

/// The result of a fallible function.
type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> Outcome<()> {
    let options = Options::parse();
    let (table, layout, kinds) = sequences(options.data.as_deref())?;
    let machine = training::train(&table, &kinds, options.epochs)?;
    let sites = machine.visible_sites(Some(&layout));

    let couplings = EffectiveCouplings::default().run(&machine, RandomKey::new(2), &mut Silent)?;
    let gap = |site: usize, state: usize| sites[site].states[state] == "-";
    let scores = couplings.frobenius_norms(gap).average_product_correction();
    let is_known = options.data.is_none();
    let count = if is_known {
        family::CONTACTS.len()
    } else {
        sites.len()
    };
    let mut hits = 0;
    for pair in scores.ranked(options.separation).iter().take(count) {
        let (first, second) = (&sites[pair.first].name, &sites[pair.second].name);
        let hit = is_known && family::CONTACTS.contains(&(pair.first, pair.second));
        hits += usize::from(hit);
        let note = if hit { "  contact" } else { "" };
        println!("{first:>4} {second:>4} {:8.4}{note}", pair.score);
    }
    if is_known {
        println!("{hits} of the {count} strongest pairs are contacts");
    }

    let effects =
        SingleMutations::default().run(&machine, table.row(0), RandomKey::new(3), &mut Silent)?;
    let changes = effects.sites.iter().flat_map(|site| &site.changes);
    let largest = changes.map(|change| change.value).fold(0.0, f64::max);
    println!("largest free-energy change of a mutation of the first sequence: {largest:.2} nats");

    std::fs::create_dir_all(&options.out)?;
    let matrix: Vec<f32> = scores.matrix().iter().map(|&score| score as f32).collect();
    contact_map(sites.len(), &matrix, &options.out.join("contacts.png"))?;
    Ok(Model::new(machine, layout)?.save(&options.out.join("model.safetensors"))?)
}

/// The sequences, their layout, and the kinds of the visible layers.
fn sequences(data: Option<&str>) -> Outcome<(Table, Layout, Vec<LayerKind>)> {
    let Some(path) = data else {
        let table = family::sequences(3000, 1)?;
        let layout = Layout::units(table.columns());
        return Ok((
            table,
            layout,
            vec![LayerKind::onehot(family::SITES, family::STATES)],
        ));
    };
    let data = ReadOptions::new(path).read()?;
    let kinds = Settings::default().visible_layers(&data.layout)?;
    Ok((data.table, data.layout, kinds))
}
