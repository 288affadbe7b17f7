//! Many classes and absurd label codes.

#![allow(clippy::unwrap_used)]

mod program;

use program::Desk;

#[test]
fn ten_thousand_classes_train_in_ordinary_memory() {
    let desk = Desk::new();
    let rows: String = (0..10_000)
        .map(|row| format!("{},{}\n", row % 2, (row / 2) % 2))
        .collect();
    let labels: String = (0..10_000).map(|row| format!("{row}\n")).collect();
    desk.write("x.csv", rows);
    desk.write("y.csv", labels);
    desk.must("train x.csv --labels y.csv --hidden 2 --epochs 1 --no-figures --out run");
}

#[test]
fn an_absurd_label_code_is_refused_with_its_row() {
    let desk = Desk::new();
    desk.write("x.csv", "0,1\n1,0\n1,1\n");
    for code in ["4000000000", "1000000000000", "99999999999999999999"] {
        desk.write("y.csv", format!("0\n1\n{code}\n"));
        desk.refuses(
            "train x.csv --labels y.csv --hidden 2 --epochs 1 --out run",
            &["y.csv", "line 3"],
        );
    }
}

#[test]
fn a_width_that_labels_explain_says_so() {
    let desk = Desk::new();
    desk.write("x.csv", "0,1\n1,0\n1,1\n".repeat(10));
    desk.write("y.csv", "0\n1\n2\n".repeat(10));
    desk.must("train x.csv --labels y.csv --hidden 2 --epochs 1 --out run");
    desk.must("evaluate run/model.safetensors x.csv --labels y.csv");
    desk.refuses("evaluate run/model.safetensors x.csv", &["--labels"]);
    desk.must("predict run/model.safetensors x.csv");
    desk.must("counterfactual run/model.safetensors x.csv --labels y.csv --set 1=1");
}

#[test]
fn images_with_labels_have_the_figures_of_images() {
    let desk = Desk::new();
    let digits = "builtin:digits?rows=60";
    desk.must(&format!(
        "train {digits} --labels {digits} --hidden 4 --epochs 1 --out run"
    ));
    for (figure, is_there) in [
        ("samples", true),
        ("reconstructions", true),
        ("marginals", false),
    ] {
        let path = desk.path(&format!("run/figures/{figure}.png"));
        assert_eq!(path.is_file(), is_there, "{figure}");
    }
}
