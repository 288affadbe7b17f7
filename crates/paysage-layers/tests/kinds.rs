//! Names, sizes and starting points of the kinds.

use paysage_layers::{
    AnyLayer, Bernoulli, Gaussian, Layer, LayerKind, LayerKindError, Moments, Spin, Stored,
    Trainable,
};
use paysage_testkit::machines;

#[test]
fn every_kind_is_spelled_and_read_again() {
    let (device, dtype) = (machines::device(), machines::dtype());
    for kind in machines::kinds() {
        assert_eq!(kind.to_string().parse(), Ok(kind));
        let layer = AnyLayer::from_kind(&kind, (&device, dtype));
        assert_eq!((layer.kind(), layer.units()), (kind, kind.units()));
        assert_eq!(layer.storage().1, dtype);
    }
    assert_eq!(
        LayerKind::NAMES,
        ["bernoulli", "gaussian", "onehot", "spin"]
    );
    assert_eq!("7".parse(), Ok(LayerKind::bernoulli(7)));
    assert_eq!(" spin:200".parse(), Ok(LayerKind::spin(200)));
    assert_eq!("onehot:3".parse(), Ok(LayerKind::onehot(1, 3)));
}

#[test]
fn faults_are_named() {
    let message = |word: &str| {
        let error = word.parse::<LayerKind>().expect_err("a fault");
        error.to_string()
    };
    let spellings = "use UNITS, bernoulli:UNITS, gaussian:UNITS, onehot:SITESxSTATES or spin:UNITS";
    assert_eq!(
        message("potts:3"),
        format!("\"potts:3\" is not a layer: {spellings}")
    );
    assert_eq!(
        message("potts"),
        format!("\"potts\" is not a layer: {spellings}")
    );
    let no_size = "\"0\" is not a number of units: a layer has at least 1";
    assert_eq!(message("spin:0"), no_size);
    assert_eq!(message("0"), no_size);
    assert!(message("onehot:99999999999x99999999999").contains("not a number of units"));
}

#[test]
fn columns_make_a_kind() {
    let of = |word| LayerKind::of_columns(word, 12);
    assert_eq!(of("bernoulli"), Ok(LayerKind::bernoulli(12)));
    assert_eq!(of("spin"), Ok(LayerKind::spin(12)));
    assert_eq!(of("onehot:4"), Ok(LayerKind::onehot(3, 4)));
    assert_eq!(of("onehot:0"), Err(LayerKindError::NoStates));
    let (columns, states) = (12, 5);
    assert_eq!(
        of("onehot:5"),
        Err(LayerKindError::Columns { columns, states })
    );
    assert_eq!(of("spin:12"), Err(LayerKindError::UnexpectedArgument));
    let missing = of("onehot").expect_err("a fault").to_string();
    assert_eq!(
        missing,
        "the number of states of a site is missing: add it after a colon"
    );
    let unknown = of("relu").expect_err("a fault").to_string();
    assert_eq!(
        unknown,
        "not a kind of visible units: use bernoulli, gaussian, onehot:STATES or spin"
    );
}

fn moments(mean: [f64; 3], variance: [f64; 3], count: [f64; 3]) -> Moments {
    Moments {
        count: count.to_vec(),
        mean: mean.to_vec(),
        variance: variance.to_vec(),
    }
}

/// The smoothing of a column depends on its own number of observed values.
#[test]
fn biases_start_from_the_observed_values_of_each_column() {
    let device = machines::device();
    let options = (&device, machines::dtype());
    let moments = moments([1.0, 1.0, 0.0], [0.0; 3], [3.0, 99.0, 0.0]);
    let read =
        |layer: &AnyLayer| -> Vec<f64> { layer.parameters()[0].1.to_data().iter().collect() };
    let close = |found: Vec<f64>, expected: [f64; 3]| {
        for (found, expected) in found.into_iter().zip(expected) {
            assert!((found - expected).abs() < 1e-5, "{found} is not {expected}");
        }
    };
    let mut bits = AnyLayer::from(Bernoulli::new(3, options));
    bits.start_from(&moments);
    close(read(&bits), [7.0_f64.ln(), 199.0_f64.ln(), 0.0]);
    let mut spins = AnyLayer::from(Spin::new(3, options));
    spins.start_from(&moments);
    close(read(&spins), [0.75_f64.atanh(), 0.99_f64.atanh(), 0.0]);
}

/// Columns of very different scales start at their own variances, a constant one at its own scale.
#[test]
fn gaussian_units_start_at_their_own_scale() {
    let device = machines::device();
    let start = |moments: &Moments| -> Vec<f64> {
        let mut layer = Gaussian::new(3, (&device, machines::dtype()));
        layer.start_from(moments);
        layer.gaussian().expect("normal units").variance
    };
    let check = |found: Vec<f64>, expected: [f64; 3]| {
        for (found, expected) in found.into_iter().zip(expected) {
            assert!(
                (found / expected - 1.0).abs() < 1e-5,
                "{found} is not {expected}"
            );
        }
    };
    let scales = moments([0.0, 5.0, -3e4], [1e-6, 1.0, 1e8], [100.0; 3]);
    check(start(&scales), [1e-6, 1.0, 1e8]);
    let constant = moments([0.0, 3.0, 1e3], [0.0, 0.0, 1e-12], [100.0; 3]);
    check(start(&constant), [1.0, 9.0, 1e6]);
}
