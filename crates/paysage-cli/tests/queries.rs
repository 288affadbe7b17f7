//! Hidden representations, scores of rows, conditional samples and predictions.

#![allow(clippy::unwrap_used)]

mod program;

use paysage::data::read;
use program::{BARS, Desk};

const MODEL: &str = "run/model.safetensors";

fn table(desk: &Desk, name: &str) -> paysage::data::Table {
    read(desk.path(name).to_str().unwrap()).unwrap()
}

fn cells(text: &str) -> Vec<Vec<String>> {
    let row = |line: &str| line.split(',').map(String::from).collect();
    text.lines().map(row).collect()
}

#[test]
fn hidden_representations_are_means_or_samples_of_a_layer() {
    let desk = Desk::with_model();
    desk.must(&format!("transform {MODEL} {BARS} --out means.npy"));
    let means = table(&desk, "means.npy");
    assert_eq!((means.rows(), means.columns()), (16, 6));
    assert!(means.values().iter().all(|&x| x > 0.0 && x < 1.0));
    desk.must(&format!(
        "transform {MODEL} {BARS} --sample --seed 3 --out states.npy"
    ));
    let states = table(&desk, "states.npy");
    assert!(states.values().iter().all(|&x| x == 0.0 || x == 1.0));
    desk.must(&format!("transform {MODEL} {BARS} --out means.csv"));
    assert_eq!(desk.text("means.csv").lines().count(), 17);

    desk.must(&format!("train {BARS} --hidden 5,3 --epochs 1 --out deep"));
    for (options, columns) in [("", 3), ("--layer 1", 5), ("--layer 2", 3)] {
        desk.must(&format!(
            "transform deep/model.safetensors {BARS} {options} --out h.npy"
        ));
        assert_eq!(table(&desk, "h.npy").columns(), columns, "{options}");
    }
    desk.refuses(
        &format!("transform {MODEL} {BARS} --layer 2 --out h.npy"),
        &["--layer", "1 hidden layer"],
    );
    let command = format!("transform {MODEL} {BARS} --sample --chains 3 --out h.npy");
    desk.refuses(&command, &["--chains", "--sample"]);
}

#[test]
fn scores_are_those_of_evaluate_row_by_row() {
    let desk = Desk::with_model();
    desk.must(&format!("score {MODEL} {BARS} --out scores.csv"));
    let scores = cells(&desk.text("scores.csv"));
    assert_eq!(scores.len(), 17);
    let column = |name: &str| {
        let place = scores[0].iter().position(|cell| cell == name);
        let place = place.unwrap_or_else(|| panic!("{name}: {:?}", scores[0]));
        let values = scores[1..]
            .iter()
            .map(move |row| row[place].parse::<f64>().unwrap());
        values.sum::<f64>() / 16.0
    };
    let text = desk.must(&format!("evaluate {MODEL} {BARS} --json"));
    let found: serde_json::Value = serde_json::from_str(&text).unwrap();
    for (name, key) in [
        ("free_energy", "free_energy"),
        ("log_likelihood", "log_likelihood_exact"),
    ] {
        let expected = found[key].as_f64().unwrap();
        assert!((column(name) - expected).abs() < 1e-4, "{name}");
    }
    desk.must(&format!(
        "score {MODEL} {BARS} --likelihood none --out none.csv"
    ));
    assert!(!desk.text("none.csv").contains("log_likelihood"));
    let annealed = "--likelihood ais --chains 200 --temperatures 200";
    desk.must(&format!("score {MODEL} {BARS} {annealed} --out ais.csv"));
    let rows = cells(&desk.text("ais.csv"));
    let place = |name: &str| rows[0].iter().position(|cell| cell == name).unwrap();
    let (low, high) = (place("log_likelihood_low"), place("log_likelihood_high"));
    for row in &rows[1..] {
        assert!(row[low].parse::<f64>().unwrap() <= row[high].parse::<f64>().unwrap());
    }
}

#[test]
fn samples_are_conditional_on_given_values() {
    let desk = Desk::new();
    let rows = (0..60).map(|row| {
        format!(
            "{0},{0},{1}\n",
            ["no", "yes"][row % 2],
            ["a", "b", "c"][row % 3]
        )
    });
    desk.write("t.csv", format!("x,y,z\n{}", rows.collect::<String>()));
    desk.must("train t.csv --schema infer --hidden 6 --out run");
    desk.must(&format!(
        "sample {MODEL} --count 200 --sweeps 100 --given x=yes --given z=b --out s.csv"
    ));
    let sampled = cells(&desk.text("s.csv"));
    assert!(
        sampled[1..]
            .iter()
            .all(|row| row[0] == "yes" && row[2] == "b")
    );
    let agree = sampled[1..].iter().filter(|row| row[1] == "yes").count();
    assert!(agree > 160, "{agree} of 200 rows have y = x");
    desk.refuses(
        &format!("sample {MODEL} --count 2 --sweeps 1 --given x=maybe --out s.npy"),
        &["--given", "maybe", "no"],
    );
    let command = format!("sample {MODEL} --count 2 --sweeps 1 --labels 1 --out s.npy");
    desk.refuses(&command, &["--labels", "without labels"]);
}

#[test]
fn samples_of_classes() {
    let desk = Desk::new();
    desk.must("train builtin:digits?rows=200 --labels builtin:digits?rows=200 --hidden 20 --epochs 2 --out run");
    desk.must(&format!(
        "sample {MODEL} --count 6 --sweeps 5 --labels 3,7 --out s.csv"
    ));
    let text = desk.text("s.csv");
    let labels: Vec<&str> = text
        .lines()
        .map(|line| line.rsplit(',').next().unwrap())
        .collect();
    assert_eq!(labels, ["3", "7", "3", "7", "3", "7"]);
    desk.refuses(
        &format!("sample {MODEL} --count 6 --sweeps 5 --labels 11 --out t.csv"),
        &["--labels", "11"],
    );
    desk.refuses(
        &format!("sample {MODEL} --count 6 --sweeps 5 --labels 3 --given label=4 --out t.csv"),
        &["--given", "label", "two values"],
    );
    let digits = "builtin:digits?rows=200";
    let text = desk.must(&format!(
        "counterfactual {MODEL} {digits} --labels {digits} --set label=3 --repeats 2"
    ));
    assert!(text.contains("label=3") && text.contains('±'), "{text}");
    // Labels are imputed as other columns are.
    let words = format!("impute {MODEL} {digits} --burn-in 5 --sweeps 5 --out filled.csv");
    let outcome = desk.run(&words);
    assert_eq!(outcome.status, Some(0), "{outcome:?}");
    assert!(
        outcome
            .stderr
            .contains(&format!("200 of {} values", 200 * 785)),
        "{outcome:?}"
    );
    let filled = desk.text("filled.csv");
    assert!(filled.lines().all(|line| !line.ends_with(',')));
}

#[test]
fn predictions_need_no_target_column_and_know_real_ones() {
    let desk = Desk::new();
    let rows: Vec<String> = (0..200)
        .map(|row| {
            format!(
                "{},{:.2}\n",
                ["no", "yes"][row % 2],
                (row % 2) as f64 * 10.0 + (row % 7) as f64 * 0.1
            )
        })
        .collect();
    desk.write("t.csv", format!("smoker,dose\n{}", rows.concat()));
    let without: Vec<String> = rows
        .iter()
        .map(|row| row.split(',').next().unwrap().to_owned() + "\n")
        .collect();
    desk.write("without.csv", format!("smoker\n{}", without.concat()));
    desk.must("train t.csv --schema infer --hidden 8 --out run");
    desk.must(&format!(
        "predict {MODEL} without.csv --columns dose --out p.csv"
    ));
    let predicted = cells(&desk.text("p.csv"));
    assert_eq!(predicted.len(), 201);
    let place = |part: &str| {
        predicted[0]
            .iter()
            .position(|name| name.contains(part))
            .unwrap_or_else(|| panic!("{part}: {:?}", predicted[0]))
    };
    let (mean, low, high) = (place("mean"), place("low"), place("high"));
    for (row, cells) in predicted[1..].iter().enumerate() {
        let number = |place: usize| cells[place].parse::<f64>().unwrap();
        assert!(number(low) < number(mean) && number(mean) < number(high));
        let expected = (row % 2) as f64 * 10.0 + 0.3;
        assert!(
            (number(mean) - expected).abs() < 2.0,
            "row {row}: {cells:?}"
        );
    }
    let text = desk.must(&format!("predict {MODEL} t.csv --columns smoker --json"));
    let found: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert!(found["accuracy"].as_f64().unwrap() > 0.95, "{text}");
    let classes = found["classes"].as_array().unwrap();
    assert_eq!(classes.len(), 2);
    for class in classes {
        for key in ["count", "precision", "recall"] {
            assert!(class[key].is_number(), "{key}: {text}");
        }
    }
    let text = desk.must(&format!("predict {MODEL} t.csv --columns dose"));
    assert!(text.contains("root mean squared error"), "{text}");
    let scores = |columns: &str| -> serde_json::Value {
        let words = format!("predict {MODEL} t.csv --columns {columns} --json");
        serde_json::from_str(&desk.must(&words)).unwrap()
    };
    let error = |scores: &serde_json::Value| {
        assert_eq!(scores["real"][0]["column"], "dose");
        scores["real"][0]["root_mean_squared_error"]
            .as_f64()
            .unwrap()
    };
    // In the units of the column: the noise has a standard deviation of 0.2, all values one of 5.
    let found = scores("dose");
    assert!((0.19..1.0).contains(&error(&found)), "{found}");
    assert!(found["real"][0]["coverage"].as_f64().unwrap() > 0.8);
    assert!(found.get("accuracy").is_none(), "{found}");
    let found = scores("dose,smoker");
    assert!((4.5..7.0).contains(&error(&found)), "{found}");
    assert_eq!(found["classes"].as_array().unwrap().len(), 2);
    let command = format!("predict {MODEL} t.csv --columns dose --out p.npy");
    desk.refuses(&command, &["--out", "p.npy", ".csv"]);
}

/// Columns that are not modelled are carried to the outputs of every query.
#[test]
fn identifiers_are_carried_through() {
    let desk = Desk::new();
    let rows = (0..30).map(|row| {
        let gap = if row == 4 { "" } else { ["no", "yes"][row % 2] };
        format!("u{row},{gap},{}.5\n", (row * 7) % 13)
    });
    desk.write(
        "t.csv",
        format!("user,smoker,age\n{}", rows.collect::<String>()),
    );
    desk.must("train t.csv --schema infer --hidden 3 --epochs 2 --no-figures --out run");
    let chains = "--burn-in 3 --sweeps 3";
    desk.must(&format!("impute {MODEL} t.csv {chains} --out whole.csv"));
    desk.must(&format!(
        "impute {MODEL} t.csv --fill draw --count 2 {chains} --out two.csv"
    ));
    desk.must(&format!(
        "predict {MODEL} whole.csv --columns smoker --out p.csv"
    ));
    desk.must(&format!(
        "counterfactual {MODEL} whole.csv --set smoker=no --repeats 2 --out c.csv"
    ));
    // The model was trained with a gap: no option is needed.
    desk.must(&format!("transform {MODEL} t.csv {chains} --out h.csv"));
    for (file, tables) in [("whole", 1), ("two", 2), ("p", 1), ("c", 1), ("h", 1)] {
        let found = cells(&desk.text(&format!("{file}.csv")));
        assert_eq!(found[0][0], "user", "{file}");
        assert_eq!(found.len(), 1 + 30 * tables, "{file}");
        for (row, cells) in found[1..].iter().enumerate() {
            assert_eq!(cells[0], format!("u{}", row % 30), "{file}");
        }
    }
    assert_eq!(
        cells(&desk.text("h.csv"))[0][1..],
        ["hidden1_1", "hidden1_2", "hidden1_3"]
    );
    let command = format!("impute {MODEL} t.csv --fill draw --chains 5 --out x.csv");
    desk.refuses(&command, &["--chains", "--fill draw"]);
}

#[test]
fn one_repeat_has_no_standard_error() {
    let desk = Desk::with_model();
    let text = desk.must(&format!(
        "counterfactual {MODEL} {BARS} --set 1=1 --repeats 1"
    ));
    assert!(!text.contains("NaN"), "{text}");
    desk.refuses(
        &format!("counterfactual {MODEL} {BARS} --set 1=1 --repeats 0"),
        &["--repeats"],
    );
    desk.refuses(
        &format!("counterfactual {MODEL} {BARS} --set 1=1 --sweeps 0"),
        &["--sweeps"],
    );
    let command = format!("counterfactual {MODEL} {BARS} --set 1=0.5");
    desk.refuses(&command, &["--set", "0.5", "0 or 1"]);
}

#[test]
fn machines_that_cannot_be_normalized_are_refused_by_every_query() {
    use paysage::prelude::*;
    let desk = Desk::new();
    let device = default_device().unwrap();
    let layers = vec![
        Gaussian::new(2, &device).into(),
        Gaussian::new(2, &device).into(),
    ];
    let mut machine = BoltzmannMachine::<AnyLayer>::chain(layers).unwrap();
    machine.connections[0].weight = machine.connections[0].weight.clone() + 3.0;
    machine.save(&desk.path("wild.safetensors")).unwrap();
    desk.write("t.csv", "0.5,1\n0,2\n");
    for words in [
        "sample wild.safetensors --count 2 --sweeps 3 --out s.npy",
        "impute wild.safetensors t.csv --out s.npy",
        "predict wild.safetensors t.csv --columns 1",
        "counterfactual wild.safetensors t.csv --set 1=0",
        "transform wild.safetensors t.csv --out s.npy",
        "score wild.safetensors t.csv --out s.csv",
        "evaluate wild.safetensors t.csv",
    ] {
        desk.refuses(words, &["wild.safetensors", "normaliz"]);
    }
}
