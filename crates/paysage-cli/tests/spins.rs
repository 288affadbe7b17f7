//! Spin layers from the command line.

#![allow(clippy::unwrap_used)]

mod program;

use paysage::data::read;
use program::Desk;

#[test]
fn spins_are_trained_sampled_and_scored() {
    let desk = Desk::new();
    desk.must(
        "train builtin:ising?size=4&spins=true --visible spin --hidden spin:8 --epochs 2 --out run",
    );
    let model = "run/model.safetensors";
    let described = desk.must(&format!("inspect {model}"));
    assert!(
        described.contains("spin:16 (visible") && described.contains("spin:8 (hidden"),
        "{described}"
    );
    let text = desk.must(&format!(
        "evaluate {model} builtin:ising?size=4&spins=true --json"
    ));
    for key in [
        "pseudo_log_likelihood",
        "log_likelihood_exact",
        "free_energy",
    ] {
        assert!(text.contains(key), "{key}: {text}");
    }
    desk.must(&format!("sample {model} --count 20 --sweeps 5 --out s.npy"));
    let samples = read(desk.path("s.npy").to_str().unwrap()).unwrap();
    assert!(samples.values().iter().all(|&x| x == 1.0 || x == -1.0));
    desk.must(
        "train builtin:ising?size=4&spins=true --visible spin --hidden 6 --method tap --epochs 1 --out tap",
    );
    desk.write("bits.csv", "0,1\n1,0\n");
    desk.refuses(
        "train bits.csv --visible spin --out no",
        &["bits.csv", "line 1", "-1 or 1"],
    );
}
