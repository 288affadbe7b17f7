//! Schemas that are inferred: numbers stay numbers, and columns without information are left out.

#![allow(clippy::unwrap_used)]

mod program;

use program::Desk;

fn schema_of(desk: &Desk, run: &str) -> String {
    desk.must(&format!("inspect {run}/model.safetensors --json"))
}

#[test]
fn spellings_of_missing_values_do_not_make_a_category() {
    for missing in ["N/A", "NULL", "None", "#N/A", "na", "-", "."] {
        let desk = Desk::new();
        let rows = (0..30).map(|row| match row % 7 {
            3 => format!("{missing},{}\n", row % 2),
            _ => format!("{}.5,{}\n", (row * 11) % 17, row % 2),
        });
        desk.write("t.csv", format!("x,y\n{}", rows.collect::<String>()));
        desk.must("train t.csv --schema infer --hidden 2 --epochs 1 --out run");
        let schema = schema_of(&desk, "run");
        assert!(schema.contains("\"kind\":\"real\""), "{missing}: {schema}");
    }
}

#[test]
fn notations_of_numbers_are_numbers_or_refused() {
    for (number, separator) in [
        ("3,25", ';'),
        ("$1,200.50", '\t'),
        ("12.5%", ','),
        ("€ 7.5", ','),
    ] {
        let desk = Desk::new();
        let rows = (0..30).map(|row| {
            let cell = number.replacen(|c: char| c.is_ascii_digit(), &(row % 9 + 1).to_string(), 1);
            format!("{cell}{separator}{}\n", row % 2)
        });
        desk.write(
            "t.csv",
            format!("x{separator}y\n{}", rows.collect::<String>()),
        );
        let outcome = desk.run("train t.csv --schema infer --hidden 2 --epochs 1 --out run");
        if outcome.status == Some(0) {
            let schema = schema_of(&desk, "run");
            assert!(schema.contains("\"kind\":\"real\""), "{number}: {schema}");
        } else {
            assert_eq!(outcome.status, Some(2), "{number}: {outcome:?}");
            assert!(outcome.stderr.contains("line 2"), "{number}: {outcome:?}");
        }
    }
    let desk = Desk::new();
    let rows = (0..30).map(|row| {
        format!(
            "{},{}\n",
            if row == 4 {
                "inf".into()
            } else {
                format!("{row}.5")
            },
            row % 2
        )
    });
    desk.write("t.csv", format!("x,y\n{}", rows.collect::<String>()));
    desk.refuses(
        "train t.csv --schema infer --hidden 2 --epochs 1 --out run",
        &["t.csv", "line 6", "\"x\"", "inf"],
    );
}

#[test]
fn columns_without_information_are_left_out_with_one_warning() {
    let desk = Desk::new();
    let rows =
        (0..30).map(|row| format!("{row},same,,{},{}.5\n", ["no", "yes"][row % 2], row % 13));
    desk.write(
        "t.csv",
        format!("id,constant,empty,smoker,age\n{}", rows.collect::<String>()),
    );
    let outcome = desk.run("train t.csv --schema infer --hidden 2 --epochs 1 --out run");
    assert_eq!(outcome.status, Some(0), "{outcome:?}");
    let warnings: Vec<&str> = outcome
        .stderr
        .lines()
        .filter(|line| line.contains("warning"))
        .collect();
    let all = warnings.join("\n");
    for name in ["id", "constant", "empty"] {
        assert!(all.contains(name), "{name}: {all}");
    }
    assert!(warnings.len() <= 3, "{all}");
    // The identifiers come back beside what was computed.
    desk.must("score run/model.safetensors t.csv --out scores.csv");
    let text = desk.text("scores.csv");
    assert!(
        text.lines()
            .next()
            .unwrap()
            .split(',')
            .any(|name| name == "id"),
        "{text}"
    );
    assert_eq!(text.lines().count(), 31);
}

#[test]
fn columns_are_chosen_and_dropped_by_name() {
    let desk = Desk::new();
    let rows = (0..30).map(|row| format!("{},{},{}\n", row % 2, (row / 2) % 2, (row / 3) % 2));
    desk.write("t.csv", format!("a,b,c\n{}", rows.collect::<String>()));
    desk.must("train t.csv --drop b --hidden 2 --epochs 1 --out dropped");
    desk.must("train t.csv --columns c,a --hidden 2 --epochs 1 --out chosen");
    for run in ["dropped", "chosen"] {
        let out = format!("sample {run}/model.safetensors --count 2 --sweeps 1 --out {run}.csv");
        desk.must(&out);
    }
    assert_eq!(desk.text("dropped.csv").lines().next(), Some("a,c"));
    // In the order of the file.
    assert_eq!(desk.text("chosen.csv").lines().next(), Some("a,c"));
    desk.refuses(
        "train t.csv --drop d --out run",
        &["no column \"d\"", "\"a\", \"b\", \"c\""],
    );
    desk.refuses(
        "train t.csv --columns a,d --out run",
        &["no column \"d\"", "\"a\", \"b\", \"c\""],
    );
}

#[test]
fn columns_are_matched_by_name() {
    let desk = Desk::new();
    let rows: Vec<[usize; 3]> = (0..30)
        .map(|row| [row % 2, (row / 2) % 2, 1 - row % 2])
        .collect();
    let text = |names: &str, order: &[usize]| {
        let line = |row: &[usize; 3]| {
            let cells: Vec<String> = order
                .iter()
                .map(|&column| row[column].to_string())
                .collect();
            cells.join(",") + "\n"
        };
        format!("{names}\n{}", rows.iter().map(line).collect::<String>())
    };
    desk.write("t.csv", text("a,b,c", &[0, 1, 2]));
    desk.write("other.csv", text("c,a,b", &[2, 0, 1]));
    desk.write("less.csv", text("a,b", &[0, 1]));
    desk.write("more.csv", text("a,b,c,d", &[0, 1, 2, 0]));
    desk.must("train t.csv --hidden 2 --epochs 3 --out run");
    let evaluate = |file: &str| desk.must(&format!("evaluate run/model.safetensors {file} --json"));
    assert_eq!(evaluate("t.csv"), evaluate("other.csv"));
    desk.refuses(
        "evaluate run/model.safetensors less.csv",
        &["less.csv", "\"c\""],
    );
    desk.refuses(
        "evaluate run/model.safetensors more.csv",
        &["more.csv", "\"d\""],
    );
}
