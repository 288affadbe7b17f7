//! `paysage evaluate`, `sample`, `inspect`, `devices` and `--help`.

#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests, outside #[test] functions"
)]

mod program;

use paysage::data::{Table, read};
use program::{BARS, Desk};
use serde_json::{Map, Value};

const MODEL: &str = "run/model.safetensors";

fn json(text: &str) -> Map<String, Value> {
    assert_eq!(text.lines().count(), 1, "{text}");
    serde_json::from_str(text).unwrap()
}

/// The scores of a machine trained with these words on the data that it was trained on.
fn scores(data: &str, options: &str) -> Map<String, Value> {
    let desk = Desk::new();
    desk.write("numbers.csv", "a,b\n1.5,20\n2.5,10\n-0.5,15\n");
    desk.write("sites.csv", "1,0,0\n0,1,0\n0,0,1\n");
    desk.must(&format!("train {data} {options} --epochs 1 --out run"));
    json(&desk.must(&format!("evaluate {MODEL} {data} --json")))
}

fn keys(scores: &Map<String, Value>) -> Vec<&str> {
    scores.keys().map(String::as_str).collect()
}

fn sorted(mut keys: Vec<&str>) -> Vec<&str> {
    keys.sort_unstable();
    keys
}

/// The samples that `words` draw, after `--sweeps`.
fn samples(desk: &Desk, words: &str) -> Table {
    let printed = desk.must(&format!("sample {MODEL} {words} --out a.npy"));
    assert_eq!(printed, "a.npy\n");
    read(desk.path("a.npy").to_str().unwrap()).unwrap()
}

#[test]
fn scores_have_the_documented_keys() {
    let all = [
        "free_energy",
        "log_likelihood_exact",
        "log_partition_exact",
        "pseudo_log_likelihood",
        "reconstruction_error",
        "rows",
    ];
    let of_bars = scores(BARS, "--hidden 6");
    assert_eq!(keys(&of_bars), all);
    assert_eq!(of_bars["rows"], 16);
    assert_eq!(keys(&scores("sites.csv", "--visible onehot:3")), all);
    // Either side may be the small one.
    assert_eq!(keys(&scores(BARS, "--hidden 30")), all);
    // The density of standardized columns is not that of the original units.
    let mut real = all.to_vec();
    real.push("log_volume");
    let words = "--visible gaussian --hidden 4";
    assert_eq!(keys(&scores("numbers.csv", words)), sorted(real));
    let as_they_are = format!("{words} --no-standardize --learning-rate 1e-4");
    assert_eq!(keys(&scores("numbers.csv", &as_they_are)), all);
    // Deep machines have no free energy.
    assert!(!scores(BARS, "--hidden 5,4").contains_key("free_energy"));
}

#[test]
fn the_likelihood_is_what_energy_and_partition_make_it() {
    for (data, options) in [
        (BARS, "--hidden 6"),
        ("sites.csv", "--visible onehot:3 --hidden 4"),
        ("numbers.csv", "--visible gaussian --hidden 4"),
        ("numbers.csv", "--visible gaussian --hidden gaussian:2"),
    ] {
        let scores = scores(data, options);
        let value = |name: &str| scores[name].as_f64().unwrap();
        let likelihood = -value("free_energy") - value("log_partition_exact");
        let exact = value("log_likelihood_exact");
        // The free energy is computed in single precision.
        assert!(
            (likelihood - exact).abs() < 1e-5 * (1.0 + value("free_energy").abs()),
            "{data} {options}: {likelihood} is not {exact}"
        );
    }
}

#[test]
fn scores_are_printed_with_their_units() {
    let desk = Desk::with_model();
    let printed = desk.must(&format!("evaluate {MODEL} {BARS}"));
    let lines: Vec<&str> = printed.lines().collect();
    assert_eq!(lines.len(), 6);
    for (line, (name, unit)) in lines.iter().zip([
        ("rows ", " 16"),
        ("reconstruction error ", " (mean squared error per unit)"),
        ("pseudo log likelihood ", " nats per row"),
        ("free energy ", " nats per row"),
        ("log partition ", " nats"),
        ("log likelihood ", " nats per row (exact)"),
    ]) {
        assert!(line.starts_with(name) && line.ends_with(unit), "{line}");
    }
}

#[test]
fn likelihoods_of_large_machines_are_annealed() {
    let desk = Desk::new();
    let data = "builtin:bars-and-stripes?size=6";
    desk.must(&format!("train {data} --hidden 30 --epochs 1 --out run"));
    let words = format!("evaluate {MODEL} {data} --chains 50 --temperatures 40 --gap 5");
    let scores = json(&desk.must(&format!("{words} --json")));
    assert_eq!(
        keys(&scores),
        [
            "ais_chains",
            "ais_consistent",
            "ais_effective_chains",
            "ais_effective_samples",
            "ais_gap_reached",
            "ais_replica_arrivals",
            "ais_replica_sweeps",
            "ais_replicas",
            "ais_standard_error",
            "ais_starts_exactly",
            "ais_temperatures",
            "free_energy",
            "log_likelihood_ais",
            "log_likelihood_ais_high",
            "log_likelihood_ais_low",
            "log_partition_ais",
            "log_partition_ais_forward",
            "log_partition_ais_high",
            "log_partition_ais_low",
            "log_partition_ais_reverse",
            "log_partition_ais_uniform_forward",
            "log_partition_ais_uniform_reverse",
            "pseudo_log_likelihood",
            "reconstruction_error",
            "rows",
            "unreliable",
            "unreliable_because",
        ]
    );
    let value = |name: &str| scores[name].as_f64().unwrap();
    for quantity in ["log_partition_ais", "log_likelihood_ais"] {
        let [low, high] = ["low", "high"].map(|end| value(&format!("{quantity}_{end}")));
        assert!(
            low <= value(quantity) && value(quantity) <= high,
            "{quantity}"
        );
    }
    assert!(value("log_likelihood_ais_high") - value("log_likelihood_ais_low") <= 5.0);
    assert_eq!(scores["ais_gap_reached"], true);
    assert_eq!(scores["ais_chains"], 50);

    let printed = desk.must(&words);
    let [.., z, rows] = printed.lines().collect::<Vec<_>>()[..] else {
        panic!("{printed}")
    };
    let begins = |line: &str, name: &str| line.starts_with(&format!("{name:<24}between "));
    assert!(begins(z, "log partition") && z.ends_with(" nats"), "{z}");
    assert!(begins(rows, "log likelihood"), "{rows}");
    let how = " nats per row (AIS, 50 chains × 40 temperatures, 95 %)";
    assert!(rows.ends_with(how), "{rows}");
    // Two temperatures and ten chains are no evidence.
    let hurried = "--chains 10 --temperatures 2 --budget 0";
    let hurried = format!("evaluate {MODEL} {data} {hurried}");
    let printed = desk.must(&hurried);
    let how = " nats per row (AIS, 10 chains × 2 temperatures, unreliable)\n";
    assert!(printed.contains(how), "{printed}");
    assert!(printed.contains("of the annealed chains\n"), "{printed}");
    let scores = json(&desk.must(&format!("{hurried} --json")));
    assert_eq!(scores["unreliable"], true);
    assert!(!scores["unreliable_because"].as_array().unwrap().is_empty());
    let without = desk.must(&format!("evaluate {MODEL} {data} --likelihood none"));
    assert!(!without.contains("log partition"), "{without}");
}

#[test]
fn machines_are_trained_and_scored_without_sampling() {
    let desk = Desk::new();
    let words = "--hidden 6 --method tap --learning-rate 0.01 --epochs 5";
    desk.must(&format!("train {BARS} {words} --tap-order 3 --out run"));
    let scores = json(&desk.must(&format!("evaluate {MODEL} {BARS} --tap-order 3 --json")));
    let value = |name: &str| scores[name].as_f64().unwrap();
    for quantity in ["log_partition", "log_likelihood"] {
        let [tap, exact] = ["tap", "exact"].map(|how| value(&format!("{quantity}_{how}")));
        assert!(
            (tap - exact).abs() < 0.05,
            "{quantity}: {tap} is not {exact}"
        );
    }
    assert_eq!(scores["tap_converged"], scores["tap_starts"]);
    assert_eq!(scores["tap_fixed_points"], 1);
    assert!(value("tap_residual") < 1e-3 && value("tap_beyond_mean_field") < 0.5);
    let printed = desk.must(&format!("evaluate {MODEL} {BARS} --tap-order 2"));
    assert!(
        printed.contains("nats per row (estimate, not a bound)\n"),
        "{printed}"
    );
    // Real and one-hot units, and a deep machine.
    desk.write("numbers.csv", "a,b\n1.5,20\n2.5,10\n-0.5,15\n");
    desk.write("sites.csv", "1,0,0\n0,1,0\n0,0,1\n");
    for (count, words) in [
        "numbers.csv --visible gaussian --hidden 4",
        "sites.csv --visible onehot:3 --hidden gaussian:2",
        "sites.csv --visible onehot:3 --hidden 4,3",
    ]
    .into_iter()
    .enumerate()
    {
        desk.must(&format!(
            "train {words} --method tap --epochs 2 --out {count}"
        ));
    }
    let text = desk.must("evaluate 2/model.safetensors sites.csv --json --tap-order 2");
    let deep = json(&text);
    let value = |name: &str| deep[name].as_f64().unwrap();
    assert!(
        value("elbo") <= value("log_likelihood_exact") + 1e-6,
        "{text}"
    );
    assert_eq!(
        (&deep["tap_rows_converged"], &deep["rows"]),
        (&3.into(), &3.into())
    );
}

#[test]
fn annealed_and_exact_likelihoods_agree() {
    let desk = Desk::with_model();
    let score = |how: &str| json(&desk.must(&format!("evaluate {MODEL} {BARS} --json {how}")));
    let exact = &score("--likelihood exact")["log_likelihood_exact"];
    let annealed = score("--likelihood ais --temperatures 100 --seed 3");
    let value = |name: &str| annealed[name].as_f64().unwrap();
    let exact = exact.as_f64().unwrap();
    assert!(value("log_likelihood_ais_low") < exact && exact < value("log_likelihood_ais_high"));
    assert!((value("log_likelihood_ais") - exact).abs() < 0.05);
    assert_eq!(annealed["ais_starts_exactly"], true);
}

#[test]
fn data_are_prepared_as_for_training() {
    let desk = Desk::new();
    desk.write("bytes.csv", "x,y,z\n0,255,255\n255,0,255\n0,0,255\n");
    desk.must("train bytes.csv --scale 255 --hidden 3 --epochs 2 --out run");
    let score = |options: &str| desk.must(&format!("evaluate {MODEL} bytes.csv {options} --json"));
    // The model knows how.
    assert_eq!(score("--scale 255"), score(""));
    desk.refuses(
        &format!("evaluate {MODEL} bytes.csv --threshold 100"),
        &["--threshold", "100"],
    );
    desk.must("report run");
}

#[test]
fn samples_are_what_the_layer_can_take() {
    let desk = Desk::with_model();
    let table = samples(&desk, "--count 5 --sweeps 20 --seed 3");
    assert_eq!((table.rows(), table.columns()), (5, 9));
    assert!(table.values().iter().all(|&x| x == 0.0 || x == 1.0));
    // They are data again.
    desk.must(&format!("evaluate {MODEL} a.npy"));

    desk.write("sites.csv", "1,0,0,0,1,0\n0,1,0,1,0,0\n");
    desk.must("train sites.csv --visible onehot:3 --epochs 1 --out sites");
    desk.must("sample sites/model.safetensors --count 7 --sweeps 2 --out b.npy");
    let table = read(desk.path("b.npy").to_str().unwrap()).unwrap();
    assert_eq!((table.rows(), table.columns()), (7, 6));
    for site in table.values().chunks(3) {
        assert_eq!(site.iter().sum::<f32>(), 1.0);
        assert!(site.iter().all(|&x| x == 0.0 || x == 1.0));
    }

    desk.write("numbers.csv", "1.5,20\n2.5,10\n-0.5,15\n");
    desk.must("train numbers.csv --visible gaussian --epochs 1 --out numbers");
    desk.must("sample numbers/model.safetensors --count 4 --sweeps 2 --out c.npy");
    let table = read(desk.path("c.npy").to_str().unwrap()).unwrap();
    assert_eq!((table.rows(), table.columns()), (4, 2));
    assert!(table.values().iter().any(|&x| x.fract() != 0.0));
}

/// The diagnosis describes the chains and changes no sample.
#[test]
fn chains_are_diagnosed() {
    let desk = Desk::with_model();
    let words = "--count 30 --sweeps 200";
    let plain = samples(&desk, words);
    let sample = |words: &str, out: &str| desk.run(&format!("sample {MODEL} {words} --out {out}"));
    let outcome = sample(&format!("{words} --diagnose"), "b.npy");
    assert_eq!(outcome.status, Some(0), "{outcome:?}");
    assert_eq!(desk.read("b.npy"), desk.read("a.npy"));
    let lines: Vec<&str> = outcome.stdout.lines().collect();
    assert_eq!(lines[0], "30 chains over the last 100 of 200 sweeps");
    for part in [
        "energy: ",
        " nats, autocorrelation time ",
        "effective sample size ",
        "R-hat ",
    ] {
        assert!(lines[1].contains(part), "{}", lines[1]);
    }
    assert!(
        lines[2].starts_with("largest R-hat of a column: 1.0"),
        "{}",
        lines[2]
    );
    assert_eq!(lines[3..], ["b.npy"]);

    let outcome = sample(&format!("{words} --tempering 4 --diagnose"), "c.npy");
    assert_eq!(outcome.status, Some(0), "{outcome:?}");
    let lines: Vec<&str> = outcome.stdout.lines().collect();
    let numbers = |line: &str, name: &str| -> Vec<f64> {
        let list = line.strip_prefix(name).unwrap_or_else(|| panic!("{line}"));
        list.split_whitespace()
            .map(|x| x.parse().unwrap())
            .collect()
    };
    let betas = numbers(lines[3], "inverse temperatures:");
    assert!(betas.len() == 4 && betas[0] == 1.0, "{betas:?}");
    let rates = numbers(lines[4], "swap rates:");
    assert!(
        rates.len() == 3 && rates.iter().all(|&rate| rate > 0.2),
        "{rates:?}"
    );
    let tempered = read(desk.path("c.npy").to_str().unwrap()).unwrap();
    assert_eq!(tempered.rows(), plain.rows());
    assert_ne!(tempered.values(), plain.values());

    let words = format!("sample {MODEL} --count 3 --out d.npy");
    desk.refuses(
        &format!("{words} --sweeps 14 --diagnose"),
        &["--sweeps", "at least 15", "got 14"],
    );
    desk.misreads(
        &format!("{words} --sweeps 5 --tempering 1"),
        &["--tempering", "2 to 10000"],
    );
}

#[test]
fn samples_depend_on_the_seed_alone() {
    let desk = Desk::with_model();
    let first = samples(&desk, "--count 8 --sweeps 5");
    assert_eq!(
        samples(&desk, "--count 8 --sweeps 5 --seed 0").values(),
        first.values()
    );
    assert_ne!(
        samples(&desk, "--count 8 --sweeps 5 --seed 1").values(),
        first.values()
    );
    // A chain is the same, however many run beside it.
    let fewer = samples(&desk, "--count 3 --sweeps 5");
    assert_eq!(fewer.values(), &first.values()[..3 * 9]);
}

#[test]
fn a_model_is_described() {
    let desk = Desk::with_model();
    let printed = desk.must(&format!("inspect {MODEL}"));
    for part in [
        "layer 0: bernoulli:9 (visible, centered)",
        "layer 1: bernoulli:6 (hidden, centered)",
        "connection 0: layers 0 and 1",
        "84 parameters",
        ", products in f32",
        "connections.0.weight",
        "9 × 6",
        "data: 9 columns",
        "image: 3 × 3 pixels",
        "missing values: not allowed",
    ] {
        assert!(printed.contains(part), "{part} is not in {printed}");
    }
    let described = json(&desk.must(&format!("inspect {MODEL} --json")));
    assert_eq!(described["version"], 2);
    assert_eq!(described["visible"], Value::from(vec![0]));
    assert_eq!(described["layers"][1]["kind"], "bernoulli");
    assert_eq!(described["layers"][1]["units"], 6);
    assert_eq!(described["layers"][0]["role"], "visible");
    assert_eq!(described["layers"][1]["role"], "hidden");
    assert_eq!(described["layout"]["image"]["height"], 3);
    assert_eq!(described["parameter_count"], 84);
    assert!(described["device"].is_string() && described["products"].is_string());
    let parameters = described["parameters"].as_array().unwrap();
    assert_eq!(parameters.len(), 5);
    assert_eq!(parameters[0]["name"], "connections.0.weight");
    assert_eq!(parameters[0]["shape"], Value::from(vec![9, 6]));
    for key in ["mean", "deviation", "smallest", "largest"] {
        assert!(parameters[0][key].is_number(), "{key}");
    }
}

#[test]
fn the_data_of_a_model_are_described() {
    let desk = Desk::new();
    let rows = (0..30).map(|row| {
        let (age, region) = (20 + row % 7, ["north", "south", "west"][row % 3]);
        format!("u{row},{age}.5,{region},5\n")
    });
    desk.write(
        "t.csv",
        format!("id,age,region,five\n{}", rows.collect::<String>()),
    );
    desk.must("train t.csv --schema infer --hidden 2 --epochs 1 --out run");
    let printed = desk.must(&format!("inspect {MODEL}"));
    for part in [
        "data: 2 columns",
        "age     real         mean 23.33, standard deviation ",
        "region  categorical  \"north\", \"south\", \"west\"",
        "\"id\" (identifies the rows), \"five\" (one value only)",
    ] {
        assert!(printed.contains(part), "{part} is not in {printed}");
    }
    desk.write("numbers.csv", "a,b\n1,10\n3,30\n");
    desk.write("labels.csv", "0\n1\n");
    desk.must(
        "train numbers.csv --labels labels.csv --visible gaussian --hidden 2 --epochs 1 --out real",
    );
    let printed = desk.must("inspect real/model.safetensors");
    for part in [
        "a  mean 2.0, standard deviation 1.0\n",
        "b  mean 20.0, standard deviation 10.0\n",
        "labels: 2 classes, column \"label\": 0, 1\n",
    ] {
        assert!(printed.contains(part), "{part} is not in {printed}");
    }
    desk.must("train numbers.csv --scale 30 --threshold 0.5 --hidden 2 --epochs 1 --out bits");
    let printed = desk.must("inspect bits/model.safetensors");
    for part in [
        "scale: values are divided by 30\n",
        "threshold: values above 0.5 become 1, others 0\n",
    ] {
        assert!(printed.contains(part), "{part} is not in {printed}");
    }
}

#[test]
fn options_of_annealing_are_refused_beside_an_exact_sum() {
    let desk = Desk::with_model();
    for command in [
        format!("evaluate {MODEL} {BARS}"),
        format!("score {MODEL} {BARS} --likelihood auto --out s.csv"),
    ] {
        desk.must(&format!("{command} --gap 1 --budget 1"));
        for option in ["--chains", "--temperatures"] {
            desk.refuses(
                &format!("{command} {option} 50"),
                &[option, "no effect", "--likelihood ais"],
            );
        }
    }
    let command = format!("score {MODEL} {BARS} --chains 50 --out s.csv");
    desk.refuses(&command, &["--chains", "no effect", "--likelihood ais"]);
}

#[test]
fn densities_of_standardized_columns_convert_to_the_original_units() {
    let desk = Desk::new();
    desk.write("small.csv", "a,b\n1.5,20\n2.5,10\n-0.5,15\n");
    desk.must("train small.csv --visible gaussian --hidden 2 --epochs 3 --out run");
    let found = json(&desk.must(&format!("evaluate {MODEL} small.csv --json")));
    let deviation = |numbers: [f64; 3]| {
        let mean = numbers.iter().sum::<f64>() / 3.0;
        (numbers.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / 3.0).sqrt()
    };
    let expected = deviation([1.5, 2.5, -0.5]).ln() + deviation([20.0, 10.0, 15.0]).ln();
    let volume = found["log_volume"].as_f64().unwrap();
    assert!((volume - expected).abs() < 1e-5, "{volume} {expected}");
    let printed = desk.must(&format!("evaluate {MODEL} small.csv"));
    let note = format!("in standardized units: subtract {volume:.4} nats per row");
    assert!(printed.contains(&note), "{printed}");
}

#[test]
fn help_names_every_option_and_what_it_is_otherwise() {
    let desk = Desk::new();
    let preparation = [("--scale <X>", ""), ("--threshold <T>", "")];
    let train = [
        ("--visible <KIND>", "bernoulli"),
        ("--hidden <SPEC>", "100"),
        ("--method <METHOD>", "pcd"),
        ("--gibbs-steps <K>", "1"),
        ("--chains <N>", "the batch size"),
        ("--tempering <N>", "no tempering"),
        ("--tap-order <N>", "2"),
        ("--epochs <N>", "as many as 10000 steps"),
        ("--batch-size <N>", "100"),
        ("--optimizer <KIND>", "sgd"),
        ("--learning-rate <X>", "0.1 for sgd"),
        ("--schedule <SCHEDULE>", "cosine:0.01"),
        ("--clip-norm <X>", "none"),
        ("--penalty <NAME=STRENGTH>", "for fewer than 1000 rows"),
        ("--constraint <NAME>", "none"),
        ("--freeze <NAMES>", "none"),
        ("--init <KIND>", "glorot"),
        ("--validation <FRACTION>", "0"),
        ("--likelihood-every <N>", "never"),
        ("--seed <N>", "0"),
        ("--device <KIND>", "auto"),
        ("--precision <KIND>", "standard"),
        ("--config <FILE.toml>", ""),
        ("--resume", ""),
        ("--out <DIR>", ""),
    ];
    let train = [&preparation[..], &train].concat();
    let evaluate = [
        &preparation[..],
        &[
            ("--likelihood <METHOD>", "auto"),
            ("--gap <NATS>", "0.5"),
            ("--budget <SECONDS>", "60"),
            ("--chains <N>", "1000"),
            ("--temperatures <N>", "1000"),
            ("--seed <N>", "0"),
            ("--tap-order <N>", "no such estimate"),
            ("--json", ""),
            ("--device <KIND>", "auto"),
            ("--precision <KIND>", "standard"),
        ],
    ]
    .concat();
    let sample = [
        ("--count <N>", ""),
        ("--sweeps <S>", ""),
        ("--tempering <N>", "no tempering"),
        ("--diagnose", ""),
        ("--seed <N>", "0"),
        ("--out <FILE>", ""),
        ("--device <KIND>", "auto"),
        ("--precision <KIND>", "standard"),
    ];
    let impute = [
        ("--fill <WITH>", "mode"),
        ("--count <N>", "1"),
        ("--chains <N>", "10"),
        ("--burn-in <N>", "100"),
        ("--sweeps <N>", "100"),
        ("--spread <FILE.npy>", ""),
        ("--seed <N>", "0"),
        ("--out <FILE>", ""),
        ("--device <KIND>", "auto"),
        ("--precision <KIND>", "standard"),
    ];
    let predict = [
        ("--columns <NAMES>", "the labels"),
        ("--labels <FILE>", ""),
        ("--chains <N>", "10"),
        ("--burn-in <N>", "100"),
        ("--sweeps <N>", "100"),
        ("--out <FILE>", ""),
        ("--json", ""),
    ];
    let counterfactual = [
        ("--set <NAME=VALUE>", ""),
        ("--sweeps <N>", "10"),
        ("--repeats <N>", "100"),
        ("--out <FILE>", ""),
    ];
    let score = [
        ("--likelihood <METHOD>", "exact where a side"),
        ("--gap <NATS>", "0.5"),
        ("--budget <SECONDS>", "60"),
        ("--chains <N>", "1000"),
        ("--temperatures <N>", "1000"),
        ("--seed <N>", "0"),
        ("--out <FILE>", ""),
        ("--device <KIND>", "auto"),
        ("--precision <KIND>", "standard"),
    ];
    let commands: [(&str, &[(&str, &str)]); 9] = [
        ("train", &train),
        ("evaluate", &evaluate),
        ("score", &score),
        ("sample", &sample),
        ("impute", &impute),
        ("predict", &predict),
        ("counterfactual", &counterfactual),
        ("inspect", &[("--json", "")]),
        ("report", &[]),
    ];
    let overview = desk.must("--help");
    for (command, options) in commands {
        assert!(overview.contains(&format!("\n  {command} ")), "{command}");
        let help = desk.must(&format!("{command} --help"));
        assert!(help.contains(&format!("Usage: paysage {command}")));
        assert!(help.contains("Example"), "{command}: an example is missing");
        let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
        for (option, otherwise) in options {
            let at = help
                .find(&format!(" {option} "))
                .unwrap_or_else(|| panic!("{command}: {option} is not in {help}"));
            if !otherwise.is_empty() {
                // The next default after the option is its own.
                let (_, rest) = help[at..].split_once("[default: ").unwrap();
                assert!(rest.starts_with(otherwise), "{command} {option}: {rest}");
            }
        }
        let short = desk.must(&format!("{command} -h"));
        assert!(short.contains("Usage: paysage"));
    }
}

/// The list of devices, and training, state how exact products are.
#[test]
fn devices_are_named_with_their_precision() {
    let desk = Desk::new();
    let devices = desk.must("devices");
    let cpu = devices.lines().find(|line| line.starts_with("cpu "));
    let cpu = cpu.unwrap_or_else(|| panic!("{devices}"));
    assert!(cpu.contains("· products in f32"), "{cpu}");
    let outcome = desk.run(&format!("train {BARS} --device cpu --epochs 1 --out run"));
    assert_eq!(outcome.status, Some(0), "{outcome:?}");
    let line = outcome
        .stderr
        .lines()
        .find(|line| line.starts_with("training "));
    let name = cpu.split_whitespace().nth(1).unwrap();
    let end = format!("on {name}, products in f32");
    assert!(line.is_some_and(|line| line.ends_with(&end)), "{outcome:?}");
}

#[test]
fn the_version_is_that_of_the_package() {
    let desk = Desk::new();
    let expected = format!("paysage {}\n", env!("CARGO_PKG_VERSION"));
    assert_eq!(desk.must("--version"), expected);
}
