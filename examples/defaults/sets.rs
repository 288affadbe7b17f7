//! The data sets: each a file, as a user would have it, and the options that its kind asks for.

use std::path::Path;

use paysage::training::Settings;
use rand::{Rng, RngExt, SeedableRng, rngs::ChaCha12Rng};
use rand_distr::{Distribution, StandardNormal};

/// A data set.
pub struct Set {
    pub name: &'static str,
    /// The training rows: a file in the folder, or a built-in data set.
    pub training: String,
    /// The test rows.
    pub test: String,
    /// The options that the kind of data asks for, and the hidden layers; defaults otherwise.
    pub settings: Settings,
}

/// Rows in each test set that is generated.
const TEST_ROWS: usize = 5000;

/// All data sets, written to a folder; MNIST where its folder is given.
pub fn all(folder: &Path, mnist: Option<&Path>) -> std::io::Result<Vec<Set>> {
    let binary = |hidden: &str| Settings {
        hidden: hidden.into(),
        ..Settings::default()
    };
    let of_kind = |visible: &str, hidden: &str| Settings {
        visible: Some(visible.into()),
        ..binary(hidden)
    };
    let table = |hidden: &str| Settings {
        schema: Some("infer".into()),
        ..binary(hidden)
    };
    let builtin = |name, training: &str, test: &str, settings| Set {
        name,
        training: format!("builtin:{training}"),
        test: format!("builtin:{test}"),
        settings,
    };
    // Training and test rows of one distribution.
    let generated =
        |name: &'static str, rows, settings: Settings, row: Row| -> std::io::Result<Set> {
            let path = |part: &str| folder.join(format!("{name}-{part}.csv"));
            for (part, rows, seed) in [("training", rows, 1), ("test", TEST_ROWS, 2)] {
                let mut chance = ChaCha12Rng::seed_from_u64(seed);
                let gaps = name == "mixed-gaps" && part == "training";
                let lines = (0..rows).map(|_| line(row(&mut chance), gaps, &mut chance));
                let header = match settings.schema.is_some() {
                    true => "group,answer,size,weight,old\n",
                    false => "",
                };
                let lines: String = lines.collect();
                std::fs::write(path(part), format!("{header}{lines}"))?;
            }
            let file = |part| path(part).display().to_string();
            let (training, test) = (file("training"), file("test"));
            Ok(Set {
                name,
                training,
                test,
                settings,
            })
        };
    let bars = |size| format!("bars-and-stripes?size={size}");
    let spins = "ising?size=5&spins=true";
    let mut sets = vec![
        builtin("bars-3x3", &bars(3), &bars(3), binary("9")),
        builtin("bars-4x4", &bars(4), &bars(4), binary("16")),
        generated("bits-500", 500, binary("8"), bits)?,
        generated("bits-20000", 20_000, binary("8"), bits)?,
        generated("bits-deep", 2000, binary("8,4"), bits)?,
        generated("few-rows", 30, binary("8"), |chance| {
            bits(chance).split_off(2)
        })?,
        builtin("ising", "ising?size=5", "ising?size=5&seed=1", binary("12")),
        builtin(
            "spins",
            spins,
            &format!("{spins}&seed=1"),
            of_kind("spin", "spin:12"),
        ),
        generated("answers", 1000, of_kind("onehot:4", "6"), answers)?,
        generated("clusters", 2000, of_kind("gaussian", "6"), clusters)?,
        generated(
            "factors",
            2000,
            of_kind("gaussian", "gaussian:3"),
            correlated,
        )?,
        generated("correlated", 2000, of_kind("gaussian", "12"), correlated)?,
        generated("scales", 2000, of_kind("gaussian", "6"), scales)?,
        generated("mixed", 2000, table("8"), mixed)?,
        generated("mixed-gaps", 2000, table("8"), mixed)?,
        builtin(
            "digits",
            "digits?rows=5000",
            "digits?rows=1000&seed=1",
            binary("100"),
        ),
    ];
    if let Some(mnist) = mnist {
        let file = |part: &str| {
            let path = mnist.join(format!("{part}-images-idx3-ubyte.gz"));
            path.display().to_string()
        };
        sets.push(Set {
            name: "mnist",
            training: file("train"),
            test: file("t10k"),
            settings: Settings {
                threshold: Some(0.5),
                ..binary("100")
            },
        });
    }
    Ok(sets)
}

/// A row of cells.
type Row = fn(&mut ChaCha12Rng) -> Vec<String>;

/// A line of a file; with gaps, a fifth of the cells are empty, and every fortieth row has no others.
fn line(cells: Vec<String>, gaps: bool, chance: &mut ChaCha12Rng) -> String {
    let share = match gaps {
        false => 0.0,
        true if chance.random_bool(0.025) => 1.0,
        true => 0.2,
    };
    let cells = cells
        .into_iter()
        .map(|cell| match chance.random_bool(share) {
            true => String::new(),
            false => cell,
        });
    cells.collect::<Vec<_>>().join(",") + "\n"
}

fn cells(values: impl IntoIterator<Item = f64>) -> Vec<String> {
    values.into_iter().map(|x| format!("{x:.9}")).collect()
}

fn normal(chance: &mut impl Rng) -> f64 {
    StandardNormal.sample(chance)
}

/// Ten bits: one of three patterns, each bit of which is flipped with probability 0.1.
fn bits(chance: &mut ChaCha12Rng) -> Vec<String> {
    const PATTERNS: [u16; 3] = [0b11_1110_0000, 0b00_0001_1111, 0b10_1010_1010];
    let pattern = PATTERNS[chance.random_range(0..3)];
    let mut bit = |i: u16| (pattern >> i & 1 == 1) ^ chance.random_bool(0.1);
    (0..10).map(|i| u8::from(bit(i)).to_string()).collect()
}

/// Three questions with four answers; each answer follows the group of the person with probability 0.8.
fn answers(chance: &mut ChaCha12Rng) -> Vec<String> {
    let group = chance.random_range(0..4);
    let mut cells = Vec::new();
    for _ in 0..3 {
        let answer = match chance.random_bool(0.8) {
            true => group,
            false => chance.random_range(0..4),
        };
        cells.extend((0..4).map(|state| u8::from(state == answer).to_string()));
    }
    cells
}

/// Two clusters in the plane, four standard deviations apart.
fn clusters(chance: &mut ChaCha12Rng) -> Vec<String> {
    let center = if chance.random_bool(0.5) { 2.0 } else { -2.0 };
    cells([center + normal(chance), 0.5 * center + normal(chance)])
}

/// Ten columns that depend on three factors.
fn correlated(chance: &mut ChaCha12Rng) -> Vec<String> {
    let factors = [normal(chance), normal(chance), normal(chance)];
    let column = |i: usize| {
        let loading = |k: usize| ((3 * i + 5 * k) as f64).sin();
        let common: f64 = (0..3).map(|k| loading(k) * factors[k]).sum();
        common + 0.6 * normal(chance)
    };
    cells((0..10).map(column).collect::<Vec<_>>())
}

/// Three correlated columns of standard deviations 0.001, 1 and 10,000.
fn scales(chance: &mut ChaCha12Rng) -> Vec<String> {
    let group = if chance.random_bool(0.5) { 1.0 } else { -1.0 };
    cells([1e-3, 1.0, 1e4].map(|scale| scale * (group + 0.5 * normal(chance))))
}

/// Two categorical columns, two numeric ones and a binary one, which depend on a latent group.
fn mixed(chance: &mut ChaCha12Rng) -> Vec<String> {
    let group = chance.random_range(0..3);
    let seen = match chance.random_bool(0.8) {
        true => group,
        false => chance.random_range(0..3),
    };
    let answer = match chance.random_bool(0.7) {
        true => group,
        false => chance.random_range(0..3),
    };
    let size = 160.0 + 10.0 * f64::from(group) + 5.0 * normal(chance);
    let weight = 0.5 * size + 4.0 * normal(chance);
    vec![
        ["north", "south", "west"][seen as usize].into(),
        ["no", "maybe", "yes"][answer as usize].into(),
        format!("{size:.3}"),
        format!("{weight:.3}"),
        u8::from(chance.random_bool([0.1, 0.5, 0.9][group as usize])).to_string(),
    ]
}
