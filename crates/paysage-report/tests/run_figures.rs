//! The figures of training runs: all that can be drawn, and notes on the rest.

#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests, outside #[test] functions"
)]

use std::{path::Path, time::Duration};

use paysage_data::{BarsAndStripes, ImageShape, Layout, Table};
use paysage_kernels::{RandomKey, default_device};
use paysage_layers::{AnyLayer, LayerKind, Stored};
use paysage_models::{BoltzmannMachine, Silent, Stage};
use paysage_report::{EpochRecord, Page, Run, RunFigures, RunReport};

fn machine(kinds: [LayerKind; 2]) -> BoltzmannMachine {
    let device = default_device().unwrap();
    let layers = kinds.iter().map(|kind| AnyLayer::from_kind(kind, &device));
    BoltzmannMachine::chain(layers.collect()).unwrap()
}

fn epoch(values: &[(&str, f64)]) -> EpochRecord {
    EpochRecord::new(1, 0.1, values)
}

/// The headings of the figures, whose files must be there.
fn headings(report: &RunReport) -> Vec<&str> {
    let figures = report.figures.iter();
    let heading = |figure: &paysage_report::Figure| figure.path.is_file();
    assert!(figures.clone().all(heading));
    figures.map(|figure| figure.heading.as_str()).collect()
}

fn draw(run: &Run<'_, AnyLayer>, folder: &Path) -> RunReport {
    let settings = RunFigures {
        sweeps: Some(20),
        ..RunFigures::default()
    };
    let key = RandomKey::new(1);
    settings.run(run, folder, key, &mut Silent).unwrap()
}

#[test]
fn images_have_samples_reconstructions_and_receptive_fields() {
    let folder = tempfile::tempdir().unwrap();
    let table = BarsAndStripes { size: 3 }.generate();
    let machine = machine([LayerKind::bernoulli(9), LayerKind::bernoulli(4)]);
    let records = [epoch(&[("reconstruction_error", 0.25)])];
    let chains = machine.random_state(7, RandomKey::new(2));
    let run = Run {
        image: Some(ImageShape {
            height: 3,
            width: 3,
        }),
        records: &records,
        chains: Some(&chains),
        ..Run::new(&machine, &table)
    };
    let mut sweeps = Vec::new();
    let mut progress = |stage: Stage, done: usize, total: usize| {
        if stage == Stage::GibbsSampling {
            sweeps.push((done, total));
        }
    };
    let report = RunFigures::default().run(&run, folder.path(), RandomKey::new(1), &mut progress);
    let report = report.unwrap();
    let expected = [
        "Learning curves",
        "Samples and data",
        "Reconstructions",
        "Receptive fields of hidden units",
        "Weights",
    ];
    assert_eq!(headings(&report), expected);
    assert!(report.notes.is_empty() && report.columns.is_empty());
    // One epoch of few rows: the smallest number of sweeps, reported on the way.
    assert_eq!(
        (sweeps.len(), sweeps[0], sweeps[9]),
        (10, (10, 100), (100, 100))
    );
    let caption = &report.figures[1].caption;
    assert!(
        caption.contains("100 Gibbs sweeps from the persistent chains"),
        "{caption}"
    );
}

#[test]
fn tables_have_moments_and_columns_in_their_units() {
    let folder = tempfile::tempdir().unwrap();
    let values: Vec<f32> = (0..60).map(|x| (x % 7) as f32 / 7.0).collect();
    let table = Table::new("rows", 2, values).unwrap();
    let machine = machine([LayerKind::gaussian(2), LayerKind::bernoulli(3)]);
    let mut layout = Layout::units(2);
    layout.preparation.scale = Some(10.0);
    let run = Run {
        layout: Some(&layout),
        ..Run::new(&machine, &table)
    };
    let report = draw(&run, folder.path());
    assert_eq!(
        headings(&report),
        ["Samples and data", "Weight matrix", "Weights"]
    );
    assert_eq!(
        report.notes,
        ["No learning curves: no metric was measured during training."]
    );
    assert_eq!(report.columns.len(), 2);
    let (mean, deviation) = report.columns[0].data;
    assert!(
        (mean - 4.2).abs() < 0.5 && deviation > 2.0,
        "{mean} ± {deviation}"
    );
    // A page of it all can be written.
    let page = Page {
        title: "run".into(),
        figures: report.figures,
        columns: report.columns,
        notes: report.notes,
        ..Page::default()
    };
    page.write(&folder.path().join("report.html")).unwrap();
}

#[test]
fn chains_that_diverge_are_a_note() {
    let folder = tempfile::tempdir().unwrap();
    let mut machine = machine([LayerKind::gaussian(2); 2]);
    let weight = &mut machine.connections[0].weight;
    *weight = weight.ones_like() * 1e9;
    let table = Table::new("rows", 2, vec![0.0, 1.0, 2.0, 3.0]).unwrap();
    let run = Run::new(&machine, &table);
    let report = draw(&run, folder.path());
    assert_eq!(headings(&report), ["Weight matrix", "Weights"]);
    assert!(report.notes[1].contains("diverge"), "{:?}", report.notes);
}

#[test]
fn sampling_ends_at_its_time_limit() {
    let folder = tempfile::tempdir().unwrap();
    let table = BarsAndStripes { size: 3 }.generate();
    let machine = machine([LayerKind::bernoulli(9), LayerKind::bernoulli(4)]);
    let run = Run::new(&machine, &table);
    let settings = RunFigures {
        sweeps: Some(usize::MAX),
        time_limit: Duration::ZERO,
    };
    let key = RandomKey::new(1);
    let report = settings.run(&run, folder.path(), key, &mut Silent).unwrap();
    let caption = &report.figures[0].caption;
    assert!(
        caption.contains("10 Gibbs sweeps from random states"),
        "{caption}"
    );
}
