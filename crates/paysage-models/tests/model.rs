//! Models: the layout comes back with the machine, and files of version 1 are read.

use std::{fs, path::Path};

use burn::tensor::FloatDType;
use paysage_data::{
    Column, ColumnKind, Columns, ImageShape, Labels, Layout, Notation, Preparation, Schema,
    Standardizer, Table,
};
use paysage_kernels::RandomKey;
use paysage_layers::{AnyLayer, Bernoulli, LayerKind, OneHot};
use paysage_models::{BoltzmannMachine, LayoutWidth, Model, TensorFile, read_outline};
use paysage_testkit::machines;

fn machine(kinds: &[LayerKind]) -> BoltzmannMachine {
    machines::chain(kinds, 0.5, false, RandomKey::new(92)).cast(FloatDType::F32)
}

fn round_trip(model: &Model) -> Model {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("model.safetensors");
    model.save(&path).expect("written");
    assert_eq!(
        read_outline(&path).expect("read").layout.as_ref(),
        Some(&model.layout)
    );
    Model::load(&path, &machines::device()).expect("read")
}

#[test]
fn layouts_come_back_to_the_bit() {
    let hidden = LayerKind::bernoulli(2);
    let mut images = Layout::units(6);
    images.image = Some(ImageShape {
        height: 2,
        width: 3,
    });
    images.preparation.scale = Some(0.1);
    images.preparation.threshold = Some(1.0 / 3.0);
    let mut numbers = Layout::units(4);
    numbers.columns = Columns::Units {
        count: 2,
        names: Some(vec!["a \"b\"".into(), "ä,\n".into()]),
    };
    numbers.preparation = Preparation {
        standardize: Some(Standardizer {
            mean: vec![0.1 + 0.2, -1e-300],
            std: vec![1e300, f64::MIN_POSITIVE],
        }),
        ..Preparation::default()
    };
    numbers.labels = Some(Labels {
        classes: vec!["no".into(), "yes".into()],
    });
    let mut mixed = Layout::units(0);
    mixed.columns = Columns::Mixed(Schema {
        columns: vec![
            Column {
                name: "age".into(),
                kind: ColumnKind::Real {
                    mean: 41.2,
                    deviation: 0.1 + 0.2,
                    decimals: 1,
                    notation: Notation::default(),
                },
            },
            Column {
                name: "smoker".into(),
                kind: ColumnKind::Binary {
                    values: ["no".into(), "yes".into()],
                },
            },
        ],
    });
    mixed.missing = true;
    for (layout, visible) in [
        (images, LayerKind::bernoulli(6)),
        (numbers, LayerKind::gaussian(4)),
        (mixed, LayerKind::gaussian(2)),
    ] {
        let machine = machine(&[visible, hidden]);
        let model = Model::new(machine, layout).expect("the layout fits");
        let read = round_trip(&model);
        assert_eq!(read.layout, model.layout);
        assert_eq!(read.machine.outline(), model.machine.outline());
    }
}

#[test]
fn a_layout_fits_its_machine() {
    let kinds = [3, 2].map(|units| LayerKind::Bernoulli { units });
    let fault = Model::new(machine(&kinds), Layout::units(4)).expect_err("another width");
    assert_eq!(
        fault,
        LayoutWidth {
            layout: 4,
            machine: 3
        }
    );
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("model.safetensors");
    let model = Model::new(machine(&kinds), Layout::units(3)).expect("the layout fits");
    model.save(&path).expect("written");
    let mut file = TensorFile::read(&path).expect("read");
    file.note = file.note.replace("\"count\":3", "\"count\":4");
    file.write(&path).expect("written");
    let message = Model::<AnyLayer>::load(&path, &machines::device())
        .expect_err("another width")
        .to_string();
    assert!(
        message.ends_with(
            "the layout describes 4 units, but the visible layers have 3: the file belongs to \
             another model or is damaged"
        ),
        "{message}"
    );
}

/// Observed real units count, each with its deviation; binary ones have no volume.
#[test]
fn the_volume_of_standardized_columns_is_that_of_observed_values() {
    let real = |name: &str, deviation| Column {
        name: name.into(),
        kind: ColumnKind::Real {
            mean: 1.0,
            deviation,
            decimals: 1,
            notation: Notation::default(),
        },
    };
    let values = ["no", "yes"].map(String::from);
    let binary = Column {
        name: "smoker".into(),
        kind: ColumnKind::Binary { values },
    };
    let columns = vec![real("age", 10.0), binary, real("weight", 0.5)];
    let kinds = machines::kinds_of("1,gaussian:2,2");
    let mut machine = machines::graph(
        &kinds,
        &[(0, 2), (1, 2)],
        vec![0, 1],
        0.5,
        false,
        RandomKey::new(93),
    );
    machine = machine.cast(FloatDType::F32);
    let model = Model::new(
        machine.clone(),
        Layout::of(Columns::Mixed(Schema { columns })),
    );
    let model = model.expect("the layout fits");
    let values = vec![1.0, 0.3, -2.0, f32::NAN, 0.7, f32::NAN];
    let rows = Table::with_missing("rows", 3, values).expect("rows");
    let volume = model.log_volume(&rows).expect("a table");
    let expected = (2.0 * 10.0_f64.ln() + 0.5_f64.ln()) / 2.0;
    assert!((volume - expected).abs() < 1e-12, "{volume} {expected}");
    let units = Model::new(machine, Layout::units(3)).expect("the layout fits");
    assert_eq!(units.log_volume(&rows).expect("a table"), 0.0);
}

/// Writes a machine as version 1 did.
fn write_version_1(machine: &BoltzmannMachine, path: &Path) {
    let mut file = machine.to_file();
    file.note = file
        .note
        .replace("\"version\":2", "\"version\":1")
        .replace(",\"role\":\"visible\"", "")
        .replace(",\"role\":\"hidden\"", "");
    file.write(path).expect("written");
}

#[test]
fn files_of_version_1_are_read() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("model.safetensors");
    let load = || Model::<AnyLayer>::load(&path, &machines::device()).expect("read");

    let kinds = [3, 2].map(|units| LayerKind::Bernoulli { units });
    let plain = machine(&kinds);
    write_version_1(&plain, &path);
    assert_eq!(load().layout, Layout::units(3));
    assert_eq!(load().machine.outline(), plain.outline());

    let device = machines::device();
    let visible: Vec<AnyLayer> = vec![
        Bernoulli::new(3, &device).into(),
        OneHot::new(1, 4, &device).into(),
    ];
    let hidden = vec![Bernoulli::new(2, &device).into()];
    let labelled = BoltzmannMachine::stacked(visible, hidden).expect("valid");
    write_version_1(&labelled, &path);
    let labels = load().layout.labels.expect("labels");
    assert_eq!(labels.classes, ["0", "1", "2", "3"]);

    let schema = "[[columns]]\nname = \"smoker\"\nkind = \"binary\"\nvalues = [\"no\", \"yes\"]\n";
    fs::write(folder.path().join("schema.toml"), schema).expect("written");
    let kinds = [1, 2].map(|units| LayerKind::Bernoulli { units });
    write_version_1(&machine(&kinds), &path);
    assert!(
        matches!(load().layout.columns, Columns::Mixed(schema) if schema.names() == ["smoker"])
    );
}
