//! The HTML page: content, escaping, and no dependence on other files.

#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests, outside #[test] functions"
)]

use std::fs;
use std::path::Path;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use paysage_report::{
    ColumnReconstruction, ColumnSummary, EpochRecord, Figure, Page, Reconstructions, ReportError,
    histogram,
};

fn page(folder: &Path) -> Page {
    let figures = ["one", "two"].map(|name| {
        let path = folder.join(name).with_extension("png");
        histogram(name, &[0.0, 1.0], &path).unwrap();
        Figure {
            heading: format!("Figure <{name}>"),
            caption: "a & b".into(),
            path,
        }
    });
    let record = |epoch: usize| EpochRecord {
        epoch,
        seconds: 2.5,
        values: [
            (
                "free_energy_validation".to_string(),
                -182.345 * epoch as f64,
            ),
            ("<b>odd</b>".to_string(), f64::NAN),
        ]
        .into(),
    };
    Page {
        title: "<script>alert(\"1\")</script>".into(),
        subtitle: "weights & 'biases'".into(),
        facts: vec![("a<b".into(), "\"quoted\"".into())],
        records: (1..=3).map(record).collect(),
        figures: figures.into(),
        ..Page::default()
    }
}

fn written(page: &Page, folder: &Path) -> String {
    let path = folder.join("report.html");
    page.write(&path).unwrap();
    fs::read_to_string(path).unwrap()
}

#[test]
fn embeds_every_figure_and_needs_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let page = page(folder.path());
    let html = written(&page, folder.path());
    for figure in &page.figures {
        let data = BASE64_STANDARD.encode(fs::read(&figure.path).unwrap());
        assert!(html.contains(&format!("src=\"data:image/png;base64,{data}\"")));
    }
    for outside in [
        "http://", "https://", "<script", "@import", "url(", "src=\"/", ".png",
    ] {
        assert!(!html.contains(outside), "{outside}");
    }
    let policy = "content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'\"";
    assert!(html.contains(policy));
    assert!(html.contains("prefers-color-scheme: dark") && html.contains("@media print"));
    assert!(html.contains("name=\"viewport\""));
    // 600 points wide, stored at twice the density.
    assert!(html.contains("width=\"600\""));
}

#[test]
fn all_text_is_escaped() {
    let folder = tempfile::tempdir().unwrap();
    let html = written(&page(folder.path()), folder.path());
    for text in [
        "<title>&#60;script&#62;alert(&#34;1&#34;)&#60;/script&#62;</title>",
        "<p>weights &#38; &#39;biases&#39;</p>",
        "<dt>a&#60;b</dt><dd>&#34;quoted&#34;</dd>",
        "<h2>Figure &#60;one&#62;</h2>",
        "alt=\"Figure &#60;two&#62;\"",
        "<figcaption>a &#38; b</figcaption>",
        "&#60;b&#62;odd&#60;/b&#62;",
    ] {
        assert!(html.contains(text), "{text}");
    }
    assert!(!html.contains("<b>"));
}

#[test]
fn shows_the_last_epoch_large_and_all_epochs_in_a_table() {
    let folder = tempfile::tempdir().unwrap();
    let html = written(&page(folder.path()), folder.path());
    assert!(html.contains("After epoch 3"));
    assert!(html.contains(
        "<dt>free energy, validation</dt><dd class=\"value\">−547.0</dd>\
         <dd class=\"then\">−182.3 at epoch 1</dd>"
    ));
    assert!(html.contains("All metrics of 3 epochs"));
    assert_eq!(html.matches("<tr><td>").count(), 3);
    assert!(html.contains("<tr><td>1</td><td>2.5</td>"));
}

#[test]
fn many_epochs_are_thinned() {
    let folder = tempfile::tempdir().unwrap();
    let mut page = page(folder.path());
    let record = |epoch| EpochRecord::new(epoch, 0.1, &[("a", 1.0 / epoch as f64)]);
    page.records = (1..=10_000).map(record).collect();
    page.best_epoch = Some(7_777);
    let html = written(&page, folder.path());
    let rows = html.matches("<tr><td>").count();
    assert!((500..=503).contains(&rows), "{rows}");
    for epoch in [1, 7_777, 10_000] {
        assert!(html.contains(&format!("<tr><td>{epoch}</td>")), "{epoch}");
    }
    assert!(html.contains(&format!("All metrics of {rows} of 10,000 epochs")));
    assert!(html.contains("One epoch of each of 500 equal ranges"));
    assert!(html.len() < 200_000, "{}", html.len());
}

#[test]
fn reconstructions_are_a_table() {
    let folder = tempfile::tempdir().unwrap();
    let column = ColumnReconstruction {
        name: "a<b".into(),
        error: "0.5".into(),
        rows: vec![("1".into(), "2".into()), ("x".into(), "y (0.75)".into())],
    };
    let page = Page {
        title: "rows".into(),
        reconstructions: Some(Reconstructions {
            columns: vec![column],
            total: 7,
            rows: 1000,
        }),
        ..Page::default()
    };
    let html = written(&page, folder.path());
    let row = "<tr><td>a&#60;b</td><td>0.5</td><td>1 → 2</td><td>x → y (0.75)</td></tr>";
    assert!(html.contains(row), "{html}");
    assert!(html.contains("error over 1,000 rows") && html.contains("The 1 of 7 columns"));
}

#[test]
fn parts_without_content_are_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let bare = Page {
        title: "bare".into(),
        ..Page::default()
    };
    let html = written(&bare, folder.path());
    for part in ["<section>", "<figure>", "<details>", "<p>"] {
        assert!(!html.contains(part), "{part}");
    }
}

#[test]
fn a_missing_or_broken_figure_is_an_error_and_writes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("report.html");
    let mut page = page(folder.path());
    page.figures[1].path = folder.path().join("missing.png");
    let error = page.write(&out).unwrap_err();
    assert!(matches!(error, ReportError::Read { .. }));
    assert!(error.to_string().contains("missing.png"));

    fs::write(folder.path().join("missing.png"), "no picture").unwrap();
    let error = page.write(&out).unwrap_err();
    assert!(matches!(error, ReportError::NotPng { .. }), "{error}");
    assert!(!out.exists());
}

#[test]
fn a_folder_that_cannot_be_written_is_an_error() {
    let error = Page::default()
        .write(Path::new("/nowhere/report.html"))
        .unwrap_err();
    assert!(matches!(error, ReportError::Write { .. }));
    assert!(error.to_string().contains("/nowhere/report.html"));
}

#[test]
fn a_run_without_metrics_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let record = |epoch| EpochRecord {
        epoch,
        seconds: 1.0,
        values: [("metrics_rows".to_string(), 3.0)].into(),
    };
    let page = Page {
        title: "bare".into(),
        records: vec![record(1), record(2)],
        notes: vec!["No learning curves & no samples.".into()],
        ..Page::default()
    };
    let html = written(&page, folder.path());
    assert!(html.contains("No metric was measured during training."));
    assert!(html.contains("<li>No learning curves &#38; no samples.</li>"));
    assert!(!html.contains("<figure>"));
}

#[test]
fn the_last_measurement_has_its_error_and_its_rows() {
    let folder = tempfile::tempdir().unwrap();
    let values = [
        ("a", 5.0),
        ("a_standard_error", 0.25),
        ("metrics_rows", 1000.0),
    ];
    let measured = EpochRecord {
        epoch: 1,
        seconds: 1.0,
        values: values.map(|(name, value)| (name.to_string(), value)).into(),
    };
    let unmeasured = EpochRecord {
        epoch: 2,
        seconds: 1.0,
        values: [].into(),
    };
    let column = ColumnSummary {
        name: "height".into(),
        data: (170.0, 20.0),
        samples: (171.5, 19.0),
    };
    let unobserved = ColumnSummary {
        name: "weight".into(),
        data: (f64::NAN, f64::NAN),
        samples: (70.0, 5.0),
    };
    let page = Page {
        title: "sample".into(),
        records: vec![measured, unmeasured],
        columns: vec![column, unobserved],
        ..Page::default()
    };
    let html = written(&page, folder.path());
    assert!(html.contains("After epoch 1"));
    assert!(html.contains("± 0.25 (standard error)"));
    assert!(html.contains("Measured on 1,000 training rows"));
    let row = "<tr><td>height</td><td>170</td><td>171.5</td><td>20</td><td>19</td></tr>";
    assert!(html.contains(row));
    let row = "<tr><td>weight</td><td>–</td><td>70</td><td>–</td><td>5</td></tr>";
    assert!(html.contains(row));
}
