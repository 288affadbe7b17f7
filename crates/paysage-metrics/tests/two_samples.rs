//! Comparisons of two samples against closed forms and slow computations.

use faer::{Mat, Side as Triangle};
use paysage_kernels::{RandomKey, normal, uniform};
use paysage_metrics::{
    AdversarialAccuracy, Divergence, EnergyDistance, FrechetDistance, MaximumMeanDiscrepancy,
    Measurement, MetricError, NeighbourDivergence, Points, SamplesError, Side, TwoSample,
};
use paysage_models::{SettingError, Silent};
use paysage_testkit::machines;

fn points(name: &str, columns: usize, values: Vec<f32>) -> Points {
    Points::new(name, columns, values, &machines::device()).expect("finite")
}

/// Independent normal numbers of these means and standard deviations.
fn gaussian(rows: usize, means: &[f32], deviations: &[f32], seed: u64) -> Points {
    let columns = means.len();
    let noise = normal([rows, columns], RandomKey::new(seed), &machines::device());
    let noise: Vec<f32> = noise.into_data().iter().collect();
    let place = |(index, x): (usize, f32)| means[index % columns] + deviations[index % columns] * x;
    let values = noise.into_iter().enumerate().map(place).collect();
    points(&format!("gaussian {seed}"), columns, values)
}

fn bits(rows: usize, columns: usize, seed: u64) -> Points {
    let draws = uniform([rows, columns], RandomKey::new(seed), &machines::device());
    Points::of_tensor(format!("bits {seed}"), draws.round()).expect("finite")
}

fn compare(metric: &dyn TwoSample, data: &Points, samples: &Points) -> Measurement {
    let found = metric.compare(data, samples, &mut Silent);
    found.expect("defined")
}

fn error(metric: &dyn TwoSample, data: &Points, samples: &Points) -> MetricError {
    let found = metric.compare(data, samples, &mut Silent);
    found.expect_err("not defined")
}

fn close(found: f64, expected: f64, tolerance: f64, what: &str) {
    let difference = (found - expected).abs();
    assert!(difference <= tolerance, "{what}: {found}, not {expected}");
}

fn distance(x: &[f32], y: &[f32]) -> f64 {
    let pairs = x.iter().zip(y);
    let squares = pairs.map(|(&x, &y)| (f64::from(x) - f64::from(y)).powi(2));
    squares.sum::<f64>().sqrt()
}

/// The mean of a function of the distance over pairs of rows, different ones where `same`.
fn mean_over_pairs(x: &Points, y: &Points, same: bool, of: impl Fn(f64) -> f64) -> f64 {
    let (mut sum, mut count) = (0.0, 0.0);
    for i in 0..x.count() {
        for j in (0..y.count()).filter(|&j| !same || i != j) {
            sum += of(distance(x.row(i), y.row(j)));
            count += 1.0;
        }
    }
    sum / count
}

#[test]
fn the_energy_distance_is_that_of_all_pairs() {
    let sets = [
        (bits(30, 7, 1), bits(20, 7, 2)),
        (
            gaussian(30, &[1e3, 0.0], &[1.0, 2.0], 3),
            gaussian(21, &[1e3, 1.0], &[1.0, 1.0], 4),
        ),
    ];
    for (data, samples) in sets {
        let mean = |x, y, same| mean_over_pairs(x, y, same, |d| d);
        let between = 2.0 * mean(&data, &samples, false);
        let within = mean(&data, &data, true) + mean(&samples, &samples, true);
        let found = compare(&EnergyDistance, &data, &samples);
        close(
            found.value,
            (between - within) / between,
            1e-6,
            "energy distance",
        );
        assert!(!found.exact);
    }
}

/// E|z| for z from N(δ, 2) is 2/√π exp(−δ²/4) + δ erf(δ/2); erf(1/2) = 0.5204998778.
#[test]
fn the_energy_distance_of_normal_samples_is_known() {
    let (data, samples) = (
        gaussian(3000, &[0.0], &[1.0], 5),
        gaussian(2000, &[1.0], &[1.0], 6),
    );
    let within = 2.0 / std::f64::consts::PI.sqrt();
    let between = within * (-0.25_f64).exp() + 0.520_499_877_8;
    let found = compare(&EnergyDistance, &data, &samples);
    let error = found.standard_error.expect("many samples");
    // The rows of the data cause about as large an error as the samples.
    close(
        found.value,
        1.0 - within / between,
        6.0 * error,
        "energy distance",
    );
    assert!(error > 0.001 && error < 0.02, "{error}");
}

/// The standard error is the standard deviation over samples, given the data.
#[test]
fn standard_errors_are_those_of_repeated_samples() {
    let data = bits(60, 8, 7);
    let metrics: [&dyn TwoSample; 2] = [
        &EnergyDistance,
        &MaximumMeanDiscrepancy {
            bandwidth: Some(2.0),
        },
    ];
    for metric in metrics {
        const REPEATS: u64 = 400;
        let found: Vec<Measurement> = (0..REPEATS)
            .map(|seed| {
                let all = gaussian(40, &[0.4; 8], &[0.6; 8], 1000 + seed);
                compare(metric, &data, &all)
            })
            .collect();
        let mean = found.iter().map(|f| f.value).sum::<f64>() / REPEATS as f64;
        let variance = found.iter().map(|f| (f.value - mean).powi(2)).sum::<f64>();
        let variance = variance / (REPEATS - 1) as f64;
        let squares = found
            .iter()
            .map(|f| f.standard_error.expect("many samples").powi(2));
        let ratio = squares.sum::<f64>() / REPEATS as f64 / variance;
        // The variance of 400 values has a relative error of √(2/400); the jackknife is conservative.
        assert!((0.75..1.5).contains(&ratio), "{}: {ratio}", metric.name());
    }
}

#[test]
fn the_discrepancy_is_that_of_all_pairs_and_of_the_median() {
    let (data, samples) = (bits(30, 9, 8), gaussian(25, &[0.3; 9], &[0.5; 9], 9));
    let together = points("both", 9, [data.values(), samples.values()].concat());
    let mut distances = Vec::new();
    for i in 0..together.count() {
        distances.extend((0..i).map(|j| distance(together.row(i), together.row(j))));
    }
    distances.sort_by(f64::total_cmp);
    let median = distances[distances.len() / 2];
    for (bandwidth, width) in [(None, median), (Some(0.7), 0.7)] {
        let kernel = |d: f64| (-0.5 * (d / width).powi(2)).exp();
        let mean = |x, y, same| mean_over_pairs(x, y, same, kernel);
        let expected = mean(&data, &data, true) + mean(&samples, &samples, true)
            - 2.0 * mean(&data, &samples, false);
        let found = compare(&MaximumMeanDiscrepancy { bandwidth }, &data, &samples);
        close(found.value, expected, 1e-6, "discrepancy");
    }
}

/// E k(x, y) = σ/√(σ² + 2) exp(−δ²/2(σ² + 2)) for x − y from N(δ, 2).
#[test]
fn the_discrepancy_of_normal_samples_is_known() {
    let (data, samples) = (
        gaussian(3000, &[0.0], &[1.0], 10),
        gaussian(2000, &[1.0], &[1.0], 11),
    );
    let bandwidth = Some(1.5);
    let scale = 1.5_f64.powi(2) + 2.0;
    let expected = 2.0 * 1.5 / scale.sqrt() * (1.0 - (-0.5 / scale).exp());
    let found = compare(&MaximumMeanDiscrepancy { bandwidth }, &data, &samples);
    let error = found.standard_error.expect("many samples");
    close(found.value, expected, 6.0 * error, "discrepancy");
}

fn divergence(divergence: Divergence) -> NeighbourDivergence {
    NeighbourDivergence {
        divergence,
        ..NeighbourDivergence::default()
    }
}

/// KL of normal distributions, with samples of different sizes.
#[test]
fn divergences_of_normal_samples_are_known() {
    let data = gaussian(2000, &[0.0, 0.0], &[1.0, 1.0], 12);
    let samples = gaussian(3000, &[1.0, 0.0], &[1.0, 2.0], 13);
    // ½ (tr Σ₂⁻¹Σ₁ + μ² − d + ln det Σ₂/Σ₁). The distribution of the data is the narrower one: in tails that
    // the second sample does not reach, the estimate converges slowly.
    let kl = 0.5 * (1.0 + 0.25 + 1.0 - 2.0 + 4.0_f64.ln());
    let found = compare(&divergence(Divergence::Kl), &data, &samples);
    close(found.value, kl, 0.15, "KL");
    let reverse = compare(&divergence(Divergence::ReverseKl), &samples, &data);
    close(
        reverse.value,
        found.value,
        1e-12,
        "KL with exchanged samples",
    );
    // ½ Σ ∫ p ln(p/m) over a fine grid.
    let density = |x: f64, y: f64, center: f64, deviation: f64| {
        let square = (x - center).powi(2) + (y / deviation).powi(2);
        (-0.5 * square).exp() / (2.0 * std::f64::consts::PI * deviation)
    };
    let mut expected = 0.0;
    for i in -80..=80 {
        for j in -80..=80 {
            let (x, y) = (0.1 * f64::from(i), 0.1 * f64::from(j));
            let (p, q) = (density(x, y, 0.0, 1.0), density(x, y, 1.0, 2.0));
            let m = 0.5 * (p + q);
            let term = |p: f64| if p > 0.0 { p * (p / m).ln() } else { 0.0 };
            expected += 0.5 * 0.01 * (term(p) + term(q));
        }
    }
    let found = compare(&divergence(Divergence::JensenShannon), &data, &samples);
    close(found.value, expected, 0.06, "Jensen–Shannon");
}

#[test]
fn divergences_of_equal_distributions_vanish() {
    let (data, samples) = (
        gaussian(1500, &[0.0; 3], &[1.0; 3], 14),
        gaussian(2500, &[0.0; 3], &[1.0; 3], 15),
    );
    for of in [
        Divergence::Kl,
        Divergence::ReverseKl,
        Divergence::JensenShannon,
    ] {
        let found = compare(&divergence(of), &data, &samples);
        // d/√(kn) is about 0.035.
        close(found.value, 0.0, 0.12, "equal distributions");
    }
    // Far apart, the mixture is one of the two: the largest value.
    let far = gaussian(1500, &[100.0; 3], &[1.0; 3], 16);
    let found = compare(&divergence(Divergence::JensenShannon), &data, &far);
    close(
        found.value,
        2.0_f64.ln(),
        1e-3,
        "the largest Jensen–Shannon divergence",
    );
}

/// The definition of Wang, Kulkarni & Verdú with distances from loops.
#[test]
fn the_divergence_is_that_of_its_formula() {
    let (data, samples) = (
        gaussian(12, &[0.0; 2], &[1.0; 2], 17),
        gaussian(9, &[0.5; 2], &[1.0; 2], 18),
    );
    let kth = |row: &[f32], among: &Points, own: Option<usize>| {
        let others = (0..among.count()).filter(|&j| Some(j) != own);
        let mut all: Vec<f64> = others.map(|j| distance(row, among.row(j))).collect();
        all.sort_by(f64::total_cmp);
        all[1]
    };
    let term = |i: usize| {
        let row = data.row(i);
        (kth(row, &samples, None) / kth(row, &data, Some(i))).ln()
    };
    let sum: f64 = (0..12).map(term).sum();
    let metric = NeighbourDivergence {
        neighbours: 2,
        ..NeighbourDivergence::default()
    };
    let expected = 2.0 / 12.0 * sum + (9.0_f64 / 11.0).ln();
    close(
        compare(&metric, &data, &samples).value,
        expected,
        1e-10,
        "KL",
    );
}

/// Samples that are a scaled copy of the data: C₂ = a²C₁, so that the distance is
/// ‖μ₁ − μ₂‖² + (a − 1)² tr C₁. With more rows than columns, and with fewer.
#[test]
fn the_frechet_distance_of_a_scaled_copy_is_known() {
    for (rows, columns) in [(200, 6), (5, 40)] {
        let draws = uniform([rows, columns], RandomKey::new(19), &machines::device());
        let data = Points::of_tensor("data", draws.clone()).expect("finite");
        let copy = Points::of_tensor("copy", draws * 3.0 + 0.5).expect("finite");
        let values: Vec<f64> = data.values().iter().map(|&x| f64::from(x)).collect();
        let (mut means, mut variances) = (0.0, 0.0);
        for column in 0..columns {
            let column: Vec<f64> = values
                .iter()
                .copied()
                .skip(column)
                .step_by(columns)
                .collect();
            let mean = column.iter().sum::<f64>() / rows as f64;
            let squares: f64 = column.iter().map(|x| (x - mean).powi(2)).sum();
            variances += squares / (rows - 1) as f64;
            means += (2.0 * mean + 0.5).powi(2);
        }
        let found = compare(&FrechetDistance, &data, &copy);
        close(found.value, means + 4.0 * variances, 1e-4, "a scaled copy");
        close(
            compare(&FrechetDistance, &data, &data).value,
            0.0,
            1e-9,
            "the data",
        );
    }
}

/// Σ √λ over the eigenvalues of the symmetric C₁^½ C₂ C₁^½.
#[test]
fn the_frechet_distance_is_that_of_the_covariances() {
    let (data, samples) = (
        bits(40, 5, 20),
        gaussian(30, &[0.1; 5], &[0.5, 1.0, 2.0, 0.1, 1.0], 21),
    );
    let moments = |points: &Points| {
        let n = points.count();
        let mean: Vec<f64> = (0..5)
            .map(|j| (0..n).map(|i| f64::from(points.row(i)[j])).sum::<f64>() / n as f64)
            .collect();
        let centered = Mat::from_fn(n, 5, |i, j| f64::from(points.row(i)[j]) - mean[j]);
        let covariance = centered.transpose() * &centered;
        let covariance = Mat::from_fn(5, 5, |i, j| covariance[(i, j)] / (n - 1) as f64);
        (mean, covariance)
    };
    let ((first, c1), (second, c2)) = (moments(&data), moments(&samples));
    let eigen = c1.self_adjoint_eigen(Triangle::Lower).expect("finite");
    let root = Mat::from_fn(5, 5, |i, j| {
        (0..5)
            .map(|k| {
                let value: f64 = eigen.S().column_vector()[k];
                eigen.U()[(i, k)] * value.max(0.0).sqrt() * eigen.U()[(j, k)]
            })
            .sum::<f64>()
    });
    let inner = &root * &c2 * &root;
    let roots = inner
        .self_adjoint_eigenvalues(Triangle::Lower)
        .expect("finite");
    let roots: f64 = roots.iter().map(|x| x.max(0.0).sqrt()).sum();
    let trace = |c: &Mat<f64>| (0..5).map(|i| c[(i, i)]).sum::<f64>();
    let means: f64 = first
        .iter()
        .zip(&second)
        .map(|(x, y)| (x - y).powi(2))
        .sum();
    let expected = means + trace(&c1) + trace(&c2) - 2.0 * roots;
    close(
        compare(&FrechetDistance, &data, &samples).value,
        expected,
        1e-9,
        "Fréchet distance",
    );
}

fn accuracy(side: Side, data: &Points, samples: &Points) -> f64 {
    compare(&AdversarialAccuracy { side }, data, samples).value
}

#[test]
fn adversarial_accuracy_of_copies_and_of_distant_samples_is_known() {
    let data = gaussian(50, &[0.0; 4], &[1.0; 4], 22);
    let far = gaussian(50, &[9.0; 4], &[1.0; 4], 23);
    for side in [Side::Both, Side::Truth, Side::Synthetic] {
        assert_eq!(accuracy(side, &data, &data), 0.0);
        assert_eq!(accuracy(side, &data, &far), 1.0);
    }
    // All samples are one row of the data: they are close to each other, and rows are close to rows.
    let collapsed = points("one", 4, data.row(0).repeat(50));
    assert_eq!(accuracy(Side::Synthetic, &data, &collapsed), 0.5);
    assert!(accuracy(Side::Truth, &data, &collapsed) > 0.5);
}

/// (n − 1)/(2n − 1) for equal distributions, also where ties are frequent and sizes differ.
#[test]
fn adversarial_accuracy_of_equal_distributions_is_a_half() {
    let sets = [
        (
            gaussian(800, &[0.0; 3], &[1.0; 3], 24),
            gaussian(1500, &[0.0; 3], &[1.0; 3], 25),
        ),
        (bits(1000, 12, 26), bits(800, 12, 27)),
    ];
    for (data, samples) in sets {
        for side in [Side::Both, Side::Truth, Side::Synthetic] {
            // The standard error of 800 rows is below ½/√800 = 0.018.
            let found = accuracy(side, &data, &samples);
            close(found, 0.5, 0.075, "equal distributions");
        }
    }
}

#[test]
fn samples_that_cannot_be_compared_are_refused_with_the_reason() {
    let five = bits(5, 3, 28);
    let one = points("one row", 3, vec![0.0, 1.0, 0.0]);
    let wide = bits(5, 4, 29);
    let zeros = points("zeros", 3, vec![0.0; 30]);
    let metrics: [&dyn TwoSample; 5] = [
        &EnergyDistance,
        &MaximumMeanDiscrepancy::default(),
        &FrechetDistance,
        &AdversarialAccuracy::default(),
        &NeighbourDivergence::default(),
    ];
    for metric in metrics {
        let few = error(metric, &five, &one);
        assert!(
            matches!(few, MetricError::Samples(SamplesError::TooFew { .. })),
            "{few}"
        );
        let columns = error(metric, &five, &wide);
        let expected = "bits 29: expected rows of 3 columns, got 4";
        assert_eq!(columns.to_string(), expected, "{}", metric.name());
    }
    let equal = error(&EnergyDistance, &zeros, &zeros);
    assert!(matches!(
        equal,
        MetricError::Samples(SamplesError::AllEqual { .. })
    ));
    let median = error(&MaximumMeanDiscrepancy::default(), &zeros, &zeros);
    assert!(matches!(
        median,
        MetricError::Samples(SamplesError::NoMedian { .. })
    ));
    for of in [
        Divergence::Kl,
        Divergence::ReverseKl,
        Divergence::JensenShannon,
    ] {
        let found = error(&divergence(of), &zeros, &zeros);
        assert_eq!(
            found.to_string(),
            "zeros: row 1 equals at least 5 rows of zeros: densities by 5 nearest neighbours are not \
             defined"
        );
    }
    let none = NeighbourDivergence {
        neighbours: 0,
        ..NeighbourDivergence::default()
    };
    let found = error(&none, &five, &five);
    assert!(
        matches!(found, MetricError::Setting(SettingError::Zero { .. })),
        "{found}"
    );
    let found = error(
        &MaximumMeanDiscrepancy {
            bandwidth: Some(0.0),
        },
        &five,
        &five,
    );
    assert!(
        matches!(found, MetricError::Setting(SettingError::OutOfRange { .. })),
        "{found}"
    );
}
