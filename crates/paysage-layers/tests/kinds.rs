//! Names, sizes and starting points of the kinds.

use burn::tensor::{DType, FloatDType, Tensor};
use paysage_kernels::{RandomKey, normal};
use paysage_layers::{
    AnyLayer, Bernoulli, Centered, Conditional, DRelu, Domain, Gaussian, InverseTemperature, Layer,
    LayerKind, LayerKindError, Moments, NsRelu, PRelu, Relu, RowAverage, Spin, Stored, Trainable,
    XRelu,
};
use paysage_testkit::machines;

#[test]
fn every_kind_is_spelled_and_read_again() {
    let (device, dtype) = (machines::device(), machines::dtype());
    let kinds = machines::kinds().into_iter();
    for kind in kinds.chain(machines::further_kinds()) {
        assert_eq!(kind.to_string().parse(), Ok(kind));
        let layer = AnyLayer::from_kind(&kind, (&device, dtype));
        assert_eq!((layer.kind(), layer.units()), (kind, kind.units()));
        assert_eq!(layer.storage().1, dtype);
    }
    assert_eq!(
        LayerKind::NAMES,
        [
            "bernoulli",
            "gaussian",
            "onehot",
            "spin",
            "binomial",
            "poisson",
            "truncexp",
            "relu",
            "drelu",
            "prelu",
            "xrelu",
            "nsrelu"
        ]
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
    let spellings = "use UNITS, bernoulli:UNITS, gaussian:UNITS, onehot:SITESxSTATES, \
                     spin:UNITS, binomial:UNITSxTRIALS, poisson:UNITS, truncexp:UNITS, relu:UNITS, \
                     drelu:UNITS, prelu:UNITS, xrelu:UNITS or nsrelu:UNITS";
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
    assert_eq!(of("binomial:255"), "binomial:12x255".parse());
    let missing = of("binomial").expect_err("a fault").to_string();
    assert_eq!(
        missing,
        "the number of trials of a unit is missing: add it after a colon"
    );
    let missing = "binomial:3".parse::<LayerKind>().expect_err("a fault");
    assert_eq!(
        missing.to_string(),
        "the number of trials is missing: use UNITSxTRIALS, 3x10 for example"
    );
    let unknown = of("potts").expect_err("a fault").to_string();
    assert_eq!(
        unknown,
        "not a kind of visible units: use bernoulli, gaussian, onehot:STATES, spin, \
         binomial:TRIALS, poisson, truncexp, relu, drelu, prelu, xrelu or nsrelu"
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

/// The other parametrisations of double rectified units describe the same energies.
#[test]
fn rectified_units_have_the_same_energies_in_all_parametrisations() {
    let (device, dtype) = (machines::device(), machines::dtype());
    let vector = |values: [f64; 3]| Tensor::<1>::from_data(values, (&device, dtype));
    let mut layer = DRelu::new(3, (&device, dtype));
    layer.parameters = [
        [0.7, -1.2, 0.1],
        [-0.4, 0.9, 1.5],
        [0.2, -0.6, 0.0],
        [-0.3, 0.5, 0.0],
    ]
    .map(vector)
    .to_vec();
    let sides = layer.sides();
    let states = [[-1.5, 0.3, 2.0], [0.0, -0.2, -3.0]];
    let states = Tensor::<2>::from_data(states, (&device, dtype));
    let values = |x: Tensor<1>| x.into_data().iter().collect::<Vec<f64>>();
    let expected = values(layer.energy(states.clone()));
    let others = [
        AnyLayer::from(PRelu::of_sides(&sides)),
        AnyLayer::from(XRelu::of_sides(&sides)),
        AnyLayer::from(NsRelu::of_sides(&sides)),
    ];
    for other in others {
        for (found, expected) in values(other.energy(states.clone())).iter().zip(&expected) {
            assert!((found - expected).abs() < 1e-5, "{:?}", other.kind());
        }
    }
}

/// Tiny and huge fields are no trouble, in f32: means lie in the domain, and log-partitions are finite.
#[test]
fn fields_of_any_size_are_handled() {
    let device = machines::device();
    let fields = [-1e4, -1e3, -30.0, 0.0, 30.0, 1e3, 1e4_f32];
    let field = Tensor::<2>::from_floats([fields], &device);
    for kind in ["relu:7", "drelu:7", "truncexp:7", "binomial:7x5"] {
        let kind: LayerKind = kind.parse().expect("a kind");
        let layer = AnyLayer::from_kind(&kind, &device);
        let beta = InverseTemperature::ONE;
        let log_partition = layer.log_partition(field.clone(), &beta);
        assert!(log_partition.into_scalar::<f32>().is_finite(), "{kind}");
        for drawn in [false, true] {
            let states = match drawn {
                true => layer.sample(field.clone(), &beta, RandomKey::new(3)),
                false => layer.mean(field.clone(), &beta),
            };
            let states: Vec<f32> = states.into_data().iter().collect();
            let increases = states.windows(2).all(|pair| pair[0] <= pair[1]);
            let is_within = match layer.domain() {
                Domain::Counts { .. } if !drawn => states.iter().all(|x| (0.0..=5.0).contains(x)),
                domain => domain.first_invalid(&states).is_none(),
            };
            assert!(is_within && (drawn || increases), "{kind}: {states:?}");
        }
        let variance = layer.variance(field.clone(), &beta);
        let variance: Vec<f32> = variance.into_data().iter().collect();
        assert!(
            variance.iter().all(|v| *v >= 0.0 && v.is_finite()),
            "{kind}: {variance:?}"
        );
    }
}

/// A rectified unit starts with the mean and the variance of the data, where there are such.
#[test]
fn rectified_units_start_at_the_moments_of_the_data() {
    let device = machines::device();
    let mut layer = Relu::new(3, (&device, machines::dtype()));
    layer.start_from(&moments([2.0, 0.5, 0.0], [1.0, 4.0, 0.0], [50.0; 3]));
    let none = Tensor::<2>::zeros([1, 3], (&device, machines::dtype()));
    let beta = InverseTemperature::ONE;
    let values = |x: Tensor<2>| x.into_data().iter().collect::<Vec<f64>>();
    let mean = values(layer.mean(none.clone(), &beta));
    let variance = values(layer.variance(none, &beta));
    let expected = [(2.0, 1.0), (0.5, 0.9 * 0.25)];
    for (unit, (m, v)) in expected.into_iter().enumerate() {
        assert!((mean[unit] - m).abs() < 1e-4 && (variance[unit] - v).abs() < 1e-4);
    }
    assert!((mean[2] - 1.0 / 51.0).abs() < 1e-4);
}

/// Kernels for f32 compute what ordinary tensor operations do for f64.
#[test]
fn rectified_units_have_the_same_distribution_in_both_float_types() {
    if machines::dtype() != DType::F64 {
        return;
    }
    let device = machines::device();
    let (rows, units) = (7, 21);
    let kinds = ["relu", "drelu", "prelu", "xrelu", "nsrelu"].into_iter();
    for (number, name) in kinds.enumerate() {
        let kind = format!("{name}:{units}").parse().expect("a kind");
        let key = RandomKey::new(655).split(number as u64);
        let precise = machines::layer(kind, 0.8, true, key);
        let mut single = AnyLayer::from_kind(&kind, (&device, DType::F32));
        single.set_center(Some(Tensor::zeros([units], (&device, DType::F32))));
        let named = precise.parameters().into_iter().map(|(_, x)| x.clone());
        for ((_, parameter), value) in single.parameters_mut().into_iter().zip(named) {
            *parameter = value.cast(FloatDType::F32);
        }
        let field = normal([rows, units], key.split(1), &device) * 6.0;
        let betas = normal([1, rows], key.split(2), &device).squeeze_dim::<1>(0);
        let betas = betas.exp();
        let both = |value: f64| [value.into(), value.into()];
        let temperatures = [both(1.0), both(0.3), {
            let precise = InverseTemperature::PerChain(betas.clone().cast(FloatDType::F64));
            [precise, InverseTemperature::PerChain(betas)]
        }];
        for [precise_beta, beta] in &temperatures {
            let wide = field.clone().cast(FloatDType::F64);
            let compare = |what: &str, expected: Vec<f64>, found: Vec<f64>| {
                assert_eq!(expected.len(), found.len(), "{name}, {what}");
                for (expected, found) in expected.into_iter().zip(found) {
                    let slack = 2e-5 * (1.0 + expected.abs());
                    assert!(
                        (found - expected).abs() < slack,
                        "{name}, {what}: {found}, not {expected}"
                    );
                }
            };
            let read = |x: Tensor<2>| -> Vec<f64> { x.into_data().iter().collect() };
            let read_rows = |x: Tensor<1>| -> Vec<f64> { x.into_data().iter().collect() };
            compare(
                "log-partition",
                read_rows(precise.log_partition(wide.clone(), precise_beta)),
                read_rows(single.log_partition(field.clone(), beta)),
            );
            let mean = precise.mean(wide.clone(), precise_beta);
            let single_mean = single.mean(field.clone(), beta);
            compare("mean", read(mean.clone()), read(single_mean.clone()));
            compare(
                "variance",
                read(precise.variance(wide.clone(), precise_beta)),
                read(single.variance(field.clone(), beta)),
            );
            let average = RowAverage::Uniform;
            let expected =
                precise.expected_energy_gradient(mean, &|| wide.clone(), precise_beta, &average);
            let found =
                single.expected_energy_gradient(single_mean, &|| field.clone(), beta, &average);
            for ((parameter, expected), (_, found)) in expected.into_iter().zip(found) {
                compare(
                    parameter,
                    read_rows(expected.compute()),
                    read_rows(found.compute()),
                );
            }
            compare(
                "samples",
                read(precise.sample(wide, precise_beta, key.split(3))),
                read(single.sample(field.clone(), beta, key.split(3))),
            );
        }
    }
}
