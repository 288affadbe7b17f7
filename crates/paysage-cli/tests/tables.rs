//! Words and numbers, labels, and what is missing.

#![allow(clippy::unwrap_used)]

mod program;

use program::Desk;

/// People of two kinds, which all columns tell apart; every seventh cell is missing.
fn people(rows: usize, gaps: bool) -> String {
    let mut text = String::from("age,region,smoker,stage,pressure\n");
    for row in 0..rows {
        let old = row % 2 == 1;
        let noise = ((row * 37) % 11) as f64 - 5.0;
        let age = if old { 70.0 } else { 30.0 } + noise;
        let cells = [
            format!("{age:.0}"),
            ["north", "south"][usize::from(old != (row % 10 == 9))].into(),
            ["no", "yes"][usize::from(old)].into(),
            ["early", "middle", "late"][if old {
                2 - usize::from(row % 3 == 0)
            } else {
                0
            }]
            .into(),
            format!("{:.1}", 90.0 + 0.8 * age + noise),
        ];
        let cells = cells.iter().enumerate().map(|(column, cell)| {
            match gaps && (row * 5 + column) % 7 == 3 {
                true => "",
                false => cell.as_str(),
            }
        });
        text += &(cells.collect::<Vec<_>>().join(",") + "\n");
    }
    text
}

fn trained() -> Desk {
    let desk = Desk::new();
    desk.write("gaps.csv", people(300, true));
    desk.write("whole.csv", people(300, false));
    desk.must("train gaps.csv --schema infer --hidden 12 --epochs 60 --batch-size 20 --learning-rate 0.01 --out run");
    desk
}

fn cells(text: &str) -> Vec<Vec<String>> {
    let row = |line: &str| line.split(',').map(String::from).collect();
    text.lines().map(row).collect()
}

#[test]
fn a_table_with_gaps_is_learnt_filled_in_and_made_up() {
    let desk = trained();
    for file in ["schema.toml", "model.safetensors", "report.html"] {
        assert!(desk.path("run").join(file).exists(), "{file}");
    }
    let page = desk.text("run/report.html");
    for part in [
        "Values are missing in the data.",
        "<h2>Marginals of columns</h2>",
        "<h2>Correlations of columns</h2>",
        "<summary>Rows and their reconstructions</summary>",
        "<td>missing → ",
    ] {
        assert!(page.contains(part), "{part}");
    }
    let model = "run/model.safetensors";

    desk.must(&format!("impute {model} gaps.csv --out filled.csv"));
    let [gaps, whole, filled] =
        ["gaps.csv", "whole.csv", "filled.csv"].map(|name| cells(&desk.text(name)));
    assert_eq!(filled[0], gaps[0]);
    let (mut missing, mut right) = (0, 0);
    for ((gaps, whole), filled) in gaps.iter().zip(&whole).zip(&filled).skip(1) {
        for (column, ((gap, truth), found)) in gaps.iter().zip(whole).zip(filled).enumerate() {
            if !gap.is_empty() {
                let same = gap.parse::<f64>().ok() == found.parse::<f64>().ok();
                assert!(same, "{gap} became {found}");
                assert!(
                    gap.parse::<f64>().is_ok() || gap == found,
                    "{gap} became {found}"
                );
            } else if column == 2 {
                missing += 1;
                right += usize::from(truth == found);
            }
            assert!(!found.is_empty());
        }
    }
    // The other columns say it.
    assert!(
        missing > 30 && right * 20 > missing * 19,
        "{right} of {missing}"
    );

    desk.must(&format!(
        "sample {model} --count 50 --sweeps 200 --out made.csv"
    ));
    let made = cells(&desk.text("made.csv"));
    assert_eq!((made.len(), &made[0]), (51, &gaps[0]));
    for row in &made[1..] {
        assert!(
            row[0].parse::<i64>().is_ok() && ["no", "yes"].contains(&&*row[2]),
            "{row:?}"
        );
        assert!(["early", "middle", "late"].contains(&&*row[3]), "{row:?}");
        assert_eq!(row[4].split('.').nth(1).map(str::len), Some(1), "{row:?}");
    }

    // Several tables one below the other, and the spread of what was filled in.
    let words = "gaps.csv --fill draw --count 3 --burn-in 20 --sweeps 5";
    desk.must(&format!(
        "impute {model} {words} --spread spread.npy --out three.csv"
    ));
    assert_eq!(desk.text("three.csv").lines().count(), 901);
    // A number for each of 300 rows of 7 units, behind a header.
    assert_eq!(desk.read("spread.npy").len(), 128 + 4 * 300 * 7);
}

#[test]
fn columns_are_predicted_and_changed() {
    let desk = trained();
    let model = "run/model.safetensors";
    let text = desk.must(&format!(
        "predict {model} whole.csv --columns smoker --out smoker.csv --json"
    ));
    let scores: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(
        (&scores["rows"], &scores["exact"]),
        (&300.into(), &true.into())
    );
    assert!(scores["accuracy"].as_f64().unwrap() > 0.95, "{text}");
    assert!(scores["most_frequent"].as_f64().unwrap() < 0.6, "{text}");
    assert!(
        scores["conditional_log_probability"].as_f64().unwrap() > -0.4,
        "{text}"
    );
    let rows = cells(&desk.text("smoker.csv"));
    assert_eq!(rows[0], ["predicted", "smoker=no", "smoker=yes"]);
    for row in &rows[1..] {
        let [no, yes] = [&row[1], &row[2]].map(|cell| cell.parse::<f64>().unwrap());
        assert!((no + yes - 1.0).abs() < 1e-5, "{row:?}");
    }
    let joint = desk.must(&format!("predict {model} whole.csv --columns smoker,stage"));
    assert!(joint.contains("accuracy"), "{joint}");
    // In years, of which the two kinds of people are 40 apart.
    let text = desk.must(&format!("predict {model} whole.csv --columns age --json"));
    let scores: serde_json::Value = serde_json::from_str(&text).unwrap();
    let error = scores["real"][0]["root_mean_squared_error"].as_f64();
    assert!((1.0..10.0).contains(&error.unwrap()), "{text}");

    let text = desk.must(&format!(
        "counterfactual {model} whole.csv --set smoker=yes --repeats 5 --out would-be.csv"
    ));
    assert!(text.contains("smoker=yes") && text.contains('±'), "{text}");
    let rows = cells(&desk.text("would-be.csv"));
    assert!(rows[1..].iter().all(|row| row[2] == "yes"));
}

#[test]
fn labels_stand_beside_images() {
    let desk = Desk::new();
    let digits = "builtin:digits?rows=500";
    desk.must(&format!(
        "train {digits} --labels {digits} --hidden 60 --epochs 30 --out run"
    ));
    let test = "builtin:digits?rows=100&seed=5";
    let model = "run/model.safetensors";
    let text = desk.must(&format!("predict {model} {test} --labels {test} --json"));
    let scores: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert!(scores["accuracy"].as_f64().unwrap() > 0.6, "{text}");
    // Without labels there are predictions, and nothing to compare them with.
    let text = desk.must(&format!("predict {model} {test} --out digits.csv"));
    assert!(!text.contains("accuracy"), "{text}");
    assert_eq!(cells(&desk.text("digits.csv"))[0].len(), 11);
    let text = desk.must(&format!(
        "evaluate {model} {test} --labels {test} --likelihood none"
    ));
    assert!(text.contains("reconstruction error"), "{text}");
}

#[test]
fn numbers_may_be_missing_where_that_is_said() {
    let desk = Desk::new();
    desk.write("gaps.csv", "a,b,c\n1,0,1\n1,,1\n0,1,0\nNA,1,0\n");
    let refused = desk.run("train gaps.csv --hidden 4 --out run");
    assert_eq!(refused.status, Some(2), "{refused:?}");
    desk.must("train gaps.csv --missing --hidden 4 --epochs 3 --out run");
    let model = "run/model.safetensors";
    desk.must(&format!("impute {model} gaps.csv --out filled.npy"));
    let tap = desk.run("train gaps.csv --missing --method tap --hidden 4 --out tap");
    assert_eq!(tap.status, Some(2), "{tap:?}");
    assert!(tap.stderr.contains("--method tap"), "{tap:?}");
    // What is missing is drawn by chains that a checkpoint keeps, and goes on from them.
    desk.must("train --resume --epochs 6 --out run");
    assert_eq!(desk.text("run/metrics.jsonl").lines().count(), 6);
}

#[test]
fn what_cannot_be_asked_is_said_in_one_line() {
    let desk = trained();
    let model = "run/model.safetensors";
    for (words, parts) in [
        (
            "train gaps.csv --schema infer --visible gaussian --out x",
            vec!["--visible", "schema"],
        ),
        (
            "train gaps.csv --schema none.toml --out x",
            vec!["none.toml", "no such file"],
        ),
        (
            "train gaps.csv --schema infer --threshold 0.5 --out x",
            vec!["--threshold"],
        ),
        (
            &format!("predict {model} whole.csv --columns height"),
            vec!["--columns", "height", "\"age\", \"region\""],
        ),
        (
            &format!("predict {model} whole.csv"),
            vec!["--columns is missing"],
        ),
        (
            &format!("predict {model} gaps.csv --columns smoker"),
            vec!["missing", "impute"],
        ),
        (
            &format!("counterfactual {model} gaps.csv --set smoker=yes"),
            vec!["impute"],
        ),
        (
            &format!("counterfactual {model} whole.csv --set smoker=perhaps"),
            vec!["--set", "perhaps", "\"no\", \"yes\""],
        ),
        (
            &format!("counterfactual {model} whole.csv --set smoker"),
            vec!["COLUMN=VALUE"],
        ),
        (
            "train gaps.csv --schema infer --labels l.csv --out x",
            vec!["--labels"],
        ),
        (
            "train gaps.csv --schema infer --hidden 4,3 --pretrain-epochs 1 --out x",
            vec!["--pretrain"],
        ),
        (
            &format!("evaluate {model} whole.csv --labels whole.csv"),
            vec!["--labels"],
        ),
        (
            &format!("impute {model} whole.csv --fill draw --count 0 --out x.csv"),
            vec!["--count", "at least 1"],
        ),
        (
            &format!("impute {model} gaps.csv --fill mean --out x.csv"),
            vec!["--fill mean"],
        ),
        (
            &format!("impute {model} gaps.csv --count 2 --out x.csv"),
            vec!["--count", "--fill draw"],
        ),
        (
            &format!("impute {model} gaps.csv --out no/such/x.csv"),
            vec!["there is no folder"],
        ),
        (
            &format!("impute {model} gaps.csv --sweeps 0 --out x.csv"),
            vec!["--sweeps"],
        ),
    ] {
        let outcome = desk.run(words);
        assert_eq!(outcome.status, Some(2), "{words}: {outcome:?}");
        assert_eq!(outcome.stderr.lines().count(), 1, "{words}: {outcome:?}");
        for part in parts {
            assert!(
                outcome.stderr.contains(part),
                "{words}: {outcome:?} without {part:?}"
            );
        }
    }
    assert!(!desk.path("x").exists() && !desk.path("x.csv").exists());
    desk.write("other.csv", people(4, false).replace("north", "east"));
    let outcome = desk.run(&format!("impute {model} other.csv --out x.csv"));
    assert!(outcome.stderr.contains("\"east\""), "{outcome:?}");
}

#[test]
fn a_schema_beside_a_model_with_a_layout_is_ignored() {
    let desk = Desk::with_model();
    let words = "sample run/model.safetensors --count 2 --sweeps 1 --out x.csv";
    desk.must(words);
    let text = desk.text("x.csv");
    assert_eq!((text.lines().count(), cells(&text)[0].len()), (2, 9));
    let schema = "[[columns]]\nname = \"a\"\nkind = \"binary\"\nvalues = [\"no\", \"yes\"]\n";
    desk.write("run/schema.toml", schema);
    desk.must(words);
    assert_eq!(desk.text("x.csv"), text);
}

#[test]
fn tempered_samples_of_a_table_keep_given_categories() {
    let desk = trained();
    let words = "sample run/model.safetensors --count 20 --sweeps 20 --tempering 3";
    desk.must(&format!("{words} --out free.csv"));
    desk.must(&format!("{words} --given stage=late --out given.csv"));
    let [free, given] = ["free.csv", "given.csv"].map(|name| cells(&desk.text(name)));
    assert_eq!((free.len(), given.len()), (21, 21));
    assert!(given[1..].iter().all(|row| row[3] == "late"), "{given:?}");
    assert!(free[1..].iter().any(|row| row[3] != "late"), "{free:?}");
}
