//! Figures of training runs, and the notes on those that are missing.

#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests, outside #[test] functions"
)]

use std::{path::Path, time::Duration};

use paysage_data::{BarsAndStripes, ImageShape, Layout, Table};
use paysage_kernels::{RandomKey, default_device};
use paysage_layers::{AnyLayer, LayerKind, Stored};
use paysage_models::{BoltzmannMachine, Initialization, Silent, Stage};
use paysage_report::{EpochRecord, Page, Run, RunFigures, RunReport};

fn machine(kinds: [LayerKind; 2]) -> BoltzmannMachine {
    let device = default_device().unwrap();
    let layers = kinds.iter().map(|kind| AnyLayer::from_kind(kind, &device));
    BoltzmannMachine::chain(layers.collect()).unwrap()
}

fn initialize(machine: &mut BoltzmannMachine, table: &Table) {
    let key = RandomKey::new(3);
    machine
        .initialize(Initialization::Glorot, table, key)
        .unwrap();
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
    let mut machine = machine([LayerKind::bernoulli(9), LayerKind::bernoulli(4)]);
    initialize(&mut machine, &table);
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
        "Norms of the weights",
        "Cosines of the weights",
        "Weights",
        "Hidden activity",
    ];
    assert_eq!(headings(&report), expected);
    assert!(report.notes.is_empty() && report.columns.is_empty());
    assert_eq!(report.reconstructions, None);
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
fn label_units_follow_the_pixels_of_images() {
    let folder = tempfile::tempdir().unwrap();
    let images = BarsAndStripes { size: 3 }.generate();
    let shape = images.image();
    let labels: Vec<f32> = (0..images.rows())
        .flat_map(|row| [(row % 2) as f32, 1.0 - (row % 2) as f32])
        .collect();
    let table = images
        .beside(&Table::new("labels", 2, labels).unwrap())
        .unwrap();
    let mut machine = machine([LayerKind::bernoulli(11), LayerKind::bernoulli(4)]);
    initialize(&mut machine, &table);
    let run = Run {
        image: shape,
        ..Run::new(&machine, &table)
    };
    let report = draw(&run, folder.path());
    let expected = [
        "Samples and data",
        "Reconstructions",
        "Receptive fields of hidden units",
    ];
    assert!(headings(&report).starts_with(&expected));
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
    let expected = [
        "Samples and data",
        "Marginals of columns",
        "Correlations of columns",
        "Weight matrix",
        "Norms of the weights",
        "Weights",
        "Hidden activity",
    ];
    assert_eq!(headings(&report), expected);
    // All weights are 0.
    let notes = ["No learning curves: ", "No cosines of weights: "];
    for (note, start) in report.notes.iter().zip(notes) {
        assert!(note.starts_with(start), "{note}");
    }
    assert_eq!(report.notes.len(), 2);
    // Few rows are compared with many samples.
    let captions: Vec<&str> = report.figures[..3]
        .iter()
        .map(|f| f.caption.as_str())
        .collect();
    for caption in captions {
        for part in ["30 rows of the data", "2,000 samples", "1/√30 = 0.18"] {
            assert!(caption.contains(part), "{part}: {caption}");
        }
        assert!(!caption.contains("Yellow"), "{caption}");
    }
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
        reconstructions: report.reconstructions,
        notes: report.notes,
        ..Page::default()
    };
    let path = folder.path().join("report.html");
    page.write(&path).unwrap();
    let html = std::fs::read_to_string(path).unwrap();
    for heading in expected.iter().chain(&["Rows and their reconstructions"]) {
        assert!(html.contains(heading), "{heading}");
    }
}

#[test]
fn samples_are_compared_with_observed_values() {
    let folder = tempfile::tempdir().unwrap();
    // The first column is observed where it is 1, and filled in as 0 elsewhere.
    let rows = |gap: f32| (0..40).flat_map(move |row| [if row % 2 == 0 { 1.0 } else { gap }, 0.5]);
    let complete = Table::new("rows", 2, rows(0.0).collect()).unwrap();
    let observed = Table::with_missing("rows", 2, rows(f32::NAN).collect()).unwrap();
    let machine = machine([LayerKind::gaussian(2), LayerKind::bernoulli(3)]);
    let layout = Layout::units(2);
    let run = Run {
        layout: Some(&layout),
        observed: Some(&observed),
        ..Run::new(&machine, &complete)
    };
    let report = draw(&run, folder.path());
    assert_eq!(report.columns[0].data, (1.0, 0.0));
    let reconstructions = report.reconstructions.unwrap();
    assert_eq!((reconstructions.total, reconstructions.rows), (2, 40));
    let cells = &reconstructions.columns[0].rows;
    assert!(cells.iter().any(|(data, _)| data == "missing"), "{cells:?}");
    // Both columns are constant where they are observed.
    let note = "No correlations of columns: fewer than two columns vary in the data.";
    assert!(
        report.notes.iter().any(|found| found == note),
        "{:?}",
        report.notes
    );
}

#[test]
fn yellow_cells_of_pairs_that_are_never_observed_together_are_explained() {
    let folder = tempfile::tempdir().unwrap();
    let rows = |gap: f32| {
        (0..60).flat_map(move |row: usize| {
            let (x, y, z) = ((row % 5) as f32, (row % 7) as f32, (row % 3) as f32);
            if row.is_multiple_of(2) {
                [x, gap, z]
            } else {
                [gap, y, z]
            }
        })
    };
    let complete = Table::new("rows", 3, rows(0.0).collect()).unwrap();
    let observed = Table::with_missing("rows", 3, rows(f32::NAN).collect()).unwrap();
    let machine = machine([LayerKind::gaussian(3), LayerKind::bernoulli(2)]);
    let run = Run {
        observed: Some(&observed),
        ..Run::new(&machine, &complete)
    };
    let report = draw(&run, folder.path());
    let mut figures = report.figures.iter();
    let correlations = figures.find(|figure| figure.heading == "Correlations of columns");
    let caption = &correlations.unwrap().caption;
    let yellow = "Yellow: never observed together in the data, or constant where they are.";
    assert!(caption.ends_with(yellow), "{caption}");
}

#[test]
fn figures_of_wide_data_are_bounded() {
    let folder = tempfile::tempdir().unwrap();
    let values = (0..100 * 3000).map(|index: usize| ((index * index) % 13 % 2) as f32);
    let table = Table::new("wide", 3000, values.collect()).unwrap();
    let mut machine = machine([LayerKind::bernoulli(3000), LayerKind::bernoulli(100)]);
    initialize(&mut machine, &table);
    let layout = Layout::units(3000);
    let run = Run {
        layout: Some(&layout),
        ..Run::new(&machine, &table)
    };
    let report = draw(&run, folder.path());
    let caption = |heading: &str| {
        let mut figures = report.figures.iter();
        &figures
            .find(|figure| figure.heading == heading)
            .unwrap()
            .caption
    };
    let marginals = caption("Marginals of columns");
    assert!(marginals.contains("The 24 of 3,000 columns"), "{marginals}");
    let correlations = caption("Correlations of columns");
    assert!(
        correlations.contains(" 64 of 3,000 columns"),
        "{correlations}"
    );
    assert_eq!(report.reconstructions.unwrap().columns.len(), 20);
    for figure in &report.figures {
        let bytes = std::fs::metadata(&figure.path).unwrap().len();
        assert!(bytes < 1_000_000, "{}: {bytes}", figure.heading);
    }
}

#[test]
fn deep_machines_have_figures_of_every_layer() {
    let folder = tempfile::tempdir().unwrap();
    let table = BarsAndStripes { size: 3 }.generate();
    let device = default_device().unwrap();
    let kinds = [9, 6, 5, 4, 3, 2].map(LayerKind::bernoulli);
    let layers = kinds.iter().map(|kind| AnyLayer::from_kind(kind, &device));
    let mut machine = BoltzmannMachine::chain(layers.collect()).unwrap();
    initialize(&mut machine, &table);
    let report = draw(&Run::new(&machine, &table), folder.path());
    assert!(headings(&report).ends_with(&[
        "Norms of the weights",
        "Cosines of the weights",
        "Weights",
        "Hidden activity"
    ]));
    let note = "Figures of hidden units show the first 4 of 5 hidden layers.";
    assert!(
        report.notes.iter().any(|found| found == note),
        "{:?}",
        report.notes
    );
}

#[test]
fn a_machine_without_hidden_units_has_notes() {
    let folder = tempfile::tempdir().unwrap();
    let table = BarsAndStripes { size: 3 }.generate();
    let device = default_device().unwrap();
    let visible = AnyLayer::from_kind(&LayerKind::bernoulli(9), &device);
    let machine = BoltzmannMachine::chain(vec![visible]).unwrap();
    let report = draw(&Run::new(&machine, &table), folder.path());
    for part in ["reconstructions", "weights", "activity of hidden units"] {
        let start = format!("No {part}: ");
        let note = report.notes.iter().find(|note| note.starts_with(&start));
        assert!(note.is_some(), "{part}: {:?}", report.notes);
    }
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
    let headings = headings(&report);
    assert!(headings.starts_with(&["Weight matrix", "Norms of the weights"]));
    assert!(!headings.contains(&"Samples and data"), "{headings:?}");
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

#[test]
fn sequences_have_site_statistics_distances_and_logos() {
    let folder = tempfile::tempdir().unwrap();
    let rows = (0..60).flat_map(|row: usize| {
        let states = [row % 4, row / 4 % 4, (row + row / 4) % 4];
        (0..12).map(move |unit| f32::from(u8::from(states[unit / 4] == unit % 4)))
    });
    let table = Table::new("sequences", 12, rows.collect()).unwrap();
    let mut machine = machine([LayerKind::onehot(3, 4), LayerKind::bernoulli(5)]);
    initialize(&mut machine, &table);
    let layout = Layout::units(12);
    let run = Run {
        layout: Some(&layout),
        ..Run::new(&machine, &table)
    };
    let mut last = (0, 0);
    let mut progress = |stage: Stage, done: usize, total: usize| {
        if stage == Stage::Figures {
            last = (done, total);
        }
    };
    let settings = RunFigures {
        sweeps: Some(20),
        ..RunFigures::default()
    };
    let key = RandomKey::new(1);
    let report = settings
        .run(&run, folder.path(), key, &mut progress)
        .unwrap();
    let found = headings(&report);
    for heading in [
        "Frequencies and correlations of sites",
        "Distances to the nearest sequence",
        "Weight logos of hidden units",
    ] {
        assert!(found.contains(&heading), "{heading}: {found:?}");
    }
    // All but the learning curves.
    assert_eq!(last, (11, 12));
    let caption = |name: &str| {
        let mut figures = report.figures.iter();
        &figures
            .find(|figure| figure.path.ends_with(name))
            .unwrap()
            .caption
    };
    assert!(caption("site_statistics.png").contains("Pearson r is"));
    // Every row of four by four has equal ones.
    assert!(caption("sequence_distances.png").contains("mean 0)"));
    assert!(caption("weight_logos.png").starts_with("Weights of the 5 of 5 hidden units"));
}
