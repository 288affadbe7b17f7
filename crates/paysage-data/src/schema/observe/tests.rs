use super::*;

fn cells(column: &[&str]) -> Cells {
    let rows = column.iter().map(|cell| format!("\"{cell}\",0\n"));
    Cells::parse("a.csv", format!("x,y\n{}", rows.collect::<String>()).into()).unwrap()
}

fn found(column: &[&str]) -> Observed {
    observe(&cells(column), 0).unwrap()
}

fn refusal(column: &[&str]) -> String {
    observe(&cells(column), 0).unwrap_err().to_string()
}

/// Numbers as text, each three times.
fn numbers(count: usize, step: f64) -> Vec<String> {
    let number = |index: usize| (index as f64 * step).to_string();
    (0..3 * count).map(|index| number(index % count)).collect()
}

fn texts(cells: &[String]) -> Vec<&str> {
    cells.iter().map(String::as_str).collect()
}

#[test]
fn kinds_follow_from_the_cells() {
    let eleven = numbers(11, 1.0);
    let eleven = texts(&eleven);
    let ten = numbers(10, 1.0);
    let ten = texts(&ten);
    let words: Vec<String> = (0..200).map(|x| format!("w{}", x % 100)).collect();
    let words = texts(&words);
    for (column, expected) in [
        (&["no", "yes", "", "no"][..], Kind::Binary),
        (&["2", "1", "1"], Kind::Binary),
        (&["1", "1.0", "-0", "0", "?"], Kind::Binary),
        (&["1", "x"], Kind::Binary),
        (&["1.5", "2.5", "1.5"], Kind::Real),
        (&eleven, Kind::Real),
        (&ten, Kind::Categorical),
        (&["1", "2", "3+"], Kind::Categorical),
        (&["None", "low", "high"], Kind::Categorical),
        (&words, Kind::Categorical),
    ] {
        assert_eq!(found(column), Observed::Kind(expected), "{column:?}");
    }
    let more = [&words[..], &["w"]].concat();
    let message = refusal(&more);
    for part in [
        "column \"x\" has more than 100 different values",
        "--drop x",
        "10000",
    ] {
        assert!(message.contains(part), "{message}");
    }
}

#[test]
fn spellings_of_missing_do_not_make_numbers_categories() {
    for missing in [
        "", "N/A", "NULL", "None", "#N/A", "na", "-", ".", "?", "nan", "NaN",
    ] {
        let column = cells(&["1.5", missing, "2.5", "1.5"]);
        assert_eq!(observe(&column, 0).unwrap(), Observed::Kind(Kind::Real));
        let real = real(&column, 0, None).unwrap();
        assert!((real.mean - 5.5 / 3.0).abs() < 1e-12, "{missing}: {real:?}");
        let categories = cells(&["1", missing, "2", "3"]);
        assert_eq!(distinct(&categories, 0, 100), ["1", "2", "3"], "{missing}");
    }
}

#[test]
fn other_notations_are_numbers() {
    for (column, mean) in [
        (["1,5", "2,5", "5,0"], 3.0),
        (["$1,200.5", "$800.5", "$999"], 1000.0),
        (["1.5%", "2.5%", "5%"], 3.0),
        (["1,50 €", "2,50 €", "5,00 €"], 3.0),
    ] {
        assert_eq!(found(&column), Observed::Kind(Kind::Real), "{column:?}");
        let real = real(&cells(&column), 0, None).unwrap();
        assert_eq!(real.mean, mean, "{column:?}");
    }
}

#[test]
fn numbers_never_become_categories_because_of_a_few_cells() {
    let eleven = numbers(11, 1.0);
    let with = |cell| [&texts(&eleven)[..], &[cell]].concat();
    for (column, part) in [
        (
            &["1.5", "2.5", "inf"][..],
            "line 4, column 1 (\"x\") holds inf",
        ),
        (
            &["1", "2", "-Infinity"],
            "line 4, column 1 (\"x\") holds -inf",
        ),
        (&["1", "2", "1e39"], "line 4, column 1 (\"x\") holds 1e39"),
        (
            &["0.5", "1.5", "low"],
            "line 4, column 1 (\"x\") holds \"low\" in a column of numbers",
        ),
        (
            &with("unknown"),
            "line 35, column 1 (\"x\") holds \"unknown\"",
        ),
        (&with("12kg"), "holds \"12kg\""),
        (&with("$5"), "holds \"$5\""),
        (
            &["1,234", "2,500"],
            "line 2, column 1 (\"x\") holds \"1,234\", whose separator",
        ),
        (&["5%", "7,5 €", "1.5"], "holds \"5%\""),
    ] {
        let message = refusal(column);
        assert!(message.contains(part), "{message}");
    }
}

#[test]
fn nothing_to_model_is_left_out() {
    let index: Vec<String> = (0..12).map(|x| (x * 7 % 12 + 5).to_string()).collect();
    let users: Vec<String> = (0..12).map(|x| format!("u{x}")).collect();
    for (column, reason) in [
        (&["", "NA", "-"][..], Reason::Empty),
        (&["0.5", "0.50"], Reason::Constant),
        (&["x", "x", ""], Reason::Constant),
        (&texts(&index), Reason::Index),
        (&texts(&users), Reason::Identifier),
    ] {
        assert_eq!(found(column), Observed::LeftOut(reason), "{column:?}");
    }
    // Gaps, steps of two and repetitions are data.
    let twice: Vec<String> = (0..12).map(|x| (2 * x).to_string()).collect();
    assert_eq!(found(&texts(&twice)), Observed::Kind(Kind::Real));
    let gap = [&texts(&index)[..], &[""]].concat();
    assert_eq!(found(&gap), Observed::Kind(Kind::Real));
    // Listed in a schema, they are modelled or refused.
    assert_eq!(kind(&cells(&texts(&index)), 0).unwrap(), Kind::Real);
    let message = kind(&cells(&["1", "1"]), 0).unwrap_err().to_string();
    assert!(message.starts_with("a.csv: column \"x\" has one value only; leave it out"));
    let message = kind(&cells(&["", "NA"]), 0).unwrap_err().to_string();
    assert!(message.starts_with("a.csv: column \"x\" has no value; leave it out"));
}

/// Values are counted without their texts.
#[test]
fn distinct_values_are_as_many_as_are_listed() {
    for column in [
        &["10", "9", "1e1", "-1", "9.0", "-0", "0"][..],
        &["b", "10", "a", "9", "a", "NA", "None"],
        &["1", "None", "2", "1.0"],
        &["", "-"],
    ] {
        let cells = cells(column);
        for most in [0, 1, 2, 100] {
            let listed = distinct(&cells, 0, most).len();
            assert_eq!(count_distinct(&cells, 0, most), listed, "{column:?} {most}");
        }
    }
}

#[test]
fn values_are_sorted_as_what_they_are() {
    let numbers = cells(&["10", "9", "1e1", "-1", "9.0"]);
    assert_eq!(distinct(&numbers, 0, 100), ["-1", "9", "10"]);
    let words = cells(&["b", "10", "a", "9"]);
    assert_eq!(distinct(&words, 0, 100), ["10", "9", "a", "b"]);
}

#[test]
fn moments_are_those_of_the_observed_numbers() {
    let column = cells(&["2", "4", "", "4.0", "4", "5", "5.25", "6.75", "9"]);
    let found = real(&column, 0, None).unwrap();
    assert_eq!((found.mean, found.decimals), (5.0, 2));
    let squares = 9.0 + 3.0 + 0.0 + 0.0625 + 3.0625 + 16.0f64;
    assert!((found.deviation - (squares / 8.0).sqrt()).abs() < 1e-12);
    for constant in [&["0.1", "0.1", "0.1"][..], &["0", "1e-200"]] {
        assert_eq!(real(&cells(constant), 0, None).unwrap().deviation, 1.0);
    }
    let message = real(&cells(&["1", "low"]), 0, None)
        .unwrap_err()
        .to_string();
    assert!(
        message.starts_with("a.csv: line 3, column 1 (\"x\") holds \"low\""),
        "{message}"
    );
    assert!(real(&cells(&["NA"]), 0, None).is_err());
    assert!(real(&cells(&["1e39"]), 0, None).is_err());
}

#[test]
fn decimals_are_digits_after_the_point() {
    for (number, expected) in [
        ("12", 0),
        ("12.", 0),
        ("12.50", 2),
        ("1.25e1", 1),
        ("1e-3", 3),
        ("1.5e-300", 6),
        ("1.5E+7", 0),
        ("0.123456789", 6),
    ] {
        let column = cells(&[number, "1"]);
        assert_eq!(
            real(&column, 0, None).unwrap().decimals,
            expected,
            "{number}"
        );
    }
}
