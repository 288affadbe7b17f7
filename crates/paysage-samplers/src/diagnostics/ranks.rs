//! Rank normalization.

use super::series::Series;

/// The draws of all chains replaced by normal scores: Φ⁻¹((r − 3/8)/(S + 1/4)) for rank r among S draws;
/// equal draws have the mean of their ranks.
///
/// Blom, "Statistical estimates and transformed beta-variables", 1958.
pub(super) fn normal_scores(series: &Series<'_>) -> Vec<Vec<f64>> {
    let draws = series.draws();
    let values: Vec<f64> = series.chains.iter().copied().flatten().copied().collect();
    let mut places: Vec<usize> = (0..values.len()).collect();
    places.sort_by(|&i, &j| values[i].total_cmp(&values[j]));
    let mut scores = vec![0.0; values.len()];
    let mut start = 0;
    for ties in places.chunk_by(|&i, &j| values[i] == values[j]) {
        let rank = start as f64 + (ties.len() + 1) as f64 / 2.0;
        let score = normal_quantile((rank - 0.375) / (values.len() as f64 + 0.25));
        for &place in ties {
            scores[place] = score;
        }
        start += ties.len();
    }
    scores.chunks(draws).map(<[f64]>::to_vec).collect()
}

/// The distances of all draws from their median.
pub(super) fn folded(series: &Series<'_>) -> Vec<Vec<f64>> {
    let mut values: Vec<f64> = series.chains.iter().copied().flatten().copied().collect();
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    let median = match values.len() % 2 {
        0 => 0.5 * (values[middle - 1] + values[middle]),
        _ => values[middle],
    };
    let distances = |chain: &&[f64]| chain.iter().map(|x| (x - median).abs()).collect();
    series.chains.iter().map(distances).collect()
}

/// Φ⁻¹(p), with a relative error below 1.2e-9.
///
/// Acklam, "An algorithm for computing the inverse normal cumulative distribution function", 2003.
fn normal_quantile(p: f64) -> f64 {
    const A: [f64; 6] = [
        -3.969_683_028_665_376e1,
        2.209_460_984_245_205e2,
        -2.759_285_104_469_687e2,
        1.383_577_518_672_69e2,
        -3.066_479_806_614_716e1,
        2.506_628_277_459_239,
    ];
    const B: [f64; 6] = [
        -5.447_609_879_822_406e1,
        1.615_858_368_580_409e2,
        -1.556_989_798_598_866e2,
        6.680_131_188_771_972e1,
        -1.328_068_155_288_572e1,
        1.0,
    ];
    const C: [f64; 6] = [
        -7.784_894_002_430_293e-3,
        -3.223_964_580_411_365e-1,
        -2.400_758_277_161_838,
        -2.549_732_539_343_734,
        4.374_664_141_464_968,
        2.938_163_982_698_783,
    ];
    const D: [f64; 5] = [
        7.784_695_709_041_462e-3,
        3.224_671_290_700_398e-1,
        2.445_134_137_142_996,
        3.754_408_661_907_416,
        1.0,
    ];
    /// Below it, and above 1 less it, the quantile is that of a tail.
    const TAIL: f64 = 0.024_25;
    let polynomial = |coefficients: &[f64], x: f64| {
        let sum = |sum: f64, coefficient: &f64| sum * x + coefficient;
        coefficients.iter().fold(0.0, sum)
    };
    let of_tail = |p: f64| {
        let q = (-2.0 * p.ln()).sqrt();
        polynomial(&C, q) / polynomial(&D, q)
    };
    if p < TAIL {
        of_tail(p)
    } else if p > 1.0 - TAIL {
        -of_tail(1.0 - p)
    } else {
        let q = p - 0.5;
        q * polynomial(&A, q * q) / polynomial(&B, q * q)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_the_normal_distribution() {
        let known = [
            (0.5, 0.0),
            (0.841_344_746_068_542_9, 1.0),
            (0.977_249_868_051_820_8, 2.0),
            (0.998_650_101_968_369_9, 3.0),
            (0.975, 1.959_963_984_540_054),
            (1e-9, -5.997_807_015_007_687),
        ];
        for (p, expected) in known {
            for (found, expected) in [
                (normal_quantile(p), expected),
                (normal_quantile(1.0 - p), -expected),
            ] {
                let tolerance = 1e-7 * (1.0 + f64::abs(expected));
                assert!((found - expected).abs() < tolerance, "{p}: {found}");
            }
        }
    }

    #[test]
    fn equal_draws_have_equal_scores() {
        let chains = [[1.0, 5.0, 1.0, 9.0, 2.0, 2.0, 2.0, 7.0]];
        let scores = normal_scores(&Series::new(&chains).expect("a series"));
        assert_eq!(scores[0][0], scores[0][2]);
        assert_eq!(scores[0][4], scores[0][6]);
        // Ranks 1.5, 4 and 8 of 8 draws.
        for (place, rank) in [(0, 1.5), (4, 4.0), (3, 8.0)] {
            assert_eq!(scores[0][place], normal_quantile((rank - 0.375) / 8.25));
        }
    }
}
