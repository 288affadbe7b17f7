//! Kinds of units from the command line.

#![allow(clippy::unwrap_used)]

mod program;

use paysage::data::read;
use program::Desk;

/// A table of 60 rows of three numbers.
fn table(number: impl Fn(usize) -> f64) -> String {
    let row = |i: usize| {
        let cells = (0..3).map(|j| number(7 * i + 3 * j + i * j).to_string());
        cells.collect::<Vec<String>>().join(",")
    };
    let rows: Vec<String> = (0..60).map(row).collect();
    format!("a,b,c\n{}\n", rows.join("\n"))
}

#[test]
fn every_kind_of_visible_units_is_trained_evaluated_sampled_and_imputed() {
    let desk = Desk::new();
    desk.write("counts.csv", table(|i| (i % 7) as f64));
    desk.write("unit.csv", table(|i| (i % 11) as f64 / 10.0));
    desk.write("real.csv", table(|i| (i % 13) as f64 - 6.0));
    let kinds = [
        ("poisson", "counts.csv"),
        ("binomial:6", "counts.csv"),
        ("relu", "counts.csv"),
        ("truncexp", "unit.csv"),
        ("drelu", "real.csv"),
        ("prelu", "real.csv"),
        ("xrelu", "real.csv"),
        ("nsrelu", "real.csv"),
    ];
    for (kind, data) in kinds {
        let name = kind.split(':').next().unwrap();
        desk.must(&format!(
            "train {data} --visible {kind} --hidden 4 --epochs 3 --metrics pseudo_log_likelihood --out {name}"
        ));
        let model = format!("{name}/model.safetensors");
        let text = desk.must(&format!("evaluate {model} {data} --json"));
        assert!(text.contains("log_likelihood_exact"), "{kind}: {text}");
        assert!(text.contains("pseudo_log_likelihood"), "{kind}: {text}");
        desk.must(&format!("sample {model} --count 30 --sweeps 5 --out s.csv"));
        // Samples are values that the units can take.
        desk.must(&format!("evaluate {model} s.csv"));
        desk.write("gaps.csv", "a,b,c\nNA,1,0\n0,NA,1\n");
        desk.must(&format!("impute {model} gaps.csv --out full.csv"));
        let full = read(desk.path("full.csv").to_str().unwrap()).unwrap();
        assert!(full.values().iter().all(|x| x.is_finite()), "{kind}");
    }
}

#[test]
fn every_kind_of_hidden_units_is_trained() {
    let desk = Desk::new();
    let kinds = [
        "poisson:3",
        "binomial:3x4",
        "truncexp:3",
        "relu:3",
        "drelu:3",
        "prelu:3",
        "xrelu:3",
        "nsrelu:3",
    ];
    for kind in kinds {
        let run = kind.replace(':', "");
        desk.must(&format!(
            "train builtin:bars-and-stripes?size=2 --hidden {kind} --epochs 3 --out {run}"
        ));
        let text = desk.must(&format!("inspect {run}/model.safetensors"));
        assert!(text.contains(&format!("{kind} (hidden")), "{kind}: {text}");
    }
    desk.must(
        "train builtin:bars-and-stripes?size=2 --hidden relu:3 --method tap --epochs 1 --out tap",
    );
    desk.must("train builtin:bars-and-stripes?size=2 --hidden 4,drelu:2 --epochs 2 --pretrain-epochs 1 --out deep");
}

#[test]
fn values_and_layers_that_do_not_fit_are_refused() {
    let desk = Desk::new();
    desk.write("real.csv", "0.5,1\n2,-1\n");
    desk.refuses(
        "train real.csv --visible poisson --out no",
        &["real.csv", "line 1, column 1", "0.5", "whole number"],
    );
    desk.refuses(
        "train real.csv --visible truncexp --out no",
        &["real.csv", "line 2, column 1", "a number from 0 to 1"],
    );
    desk.refuses(
        "train real.csv --visible relu --out no",
        &["line 2, column 2", "-1", "any finite number from 0 on"],
    );
    desk.refuses(
        "train real.csv --visible binomial --out no",
        &["--visible", "number of trials"],
    );
    desk.write("counts.csv", "3,1\n2,0\n");
    desk.refuses(
        "train counts.csv --visible poisson --hidden relu:3 --out no",
        &["--hidden", "poisson:2 and relu:3", "cannot be normalized"],
    );
    desk.refuses(
        "train counts.csv --visible relu --hidden 4,relu:2,poisson:3 --out no",
        &["--hidden", "relu:2 and poisson:3", "cannot be normalized"],
    );
}
