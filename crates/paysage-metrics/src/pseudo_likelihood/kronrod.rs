//! Gauss–Kronrod quadrature.

/// The nodes x ≥ 0 of the rule of 15 nodes on [−1, 1], with their weights in it and in the Gauss–Legendre
/// rule of 7 nodes, a part of them. (Piessens et al., "QUADPACK", 1983.)
const RULE: [(f64, f64, f64); 8] = [
    (0.991_455_371_120_812_6, 0.022_935_322_010_529_224, 0.0),
    (
        0.949_107_912_342_758_5,
        0.063_092_092_629_978_56,
        0.129_484_966_168_869_7,
    ),
    (0.864_864_423_359_769_1, 0.104_790_010_322_250_19, 0.0),
    (
        0.741_531_185_599_394_4,
        0.140_653_259_715_525_92,
        0.279_705_391_489_276_64,
    ),
    (0.586_087_235_467_691_1, 0.169_004_726_639_267_9, 0.0),
    (
        0.405_845_151_377_397_2,
        0.190_350_578_064_785_4,
        0.381_830_050_505_118_9,
    ),
    (0.207_784_955_007_898_47, 0.204_432_940_075_298_9, 0.0),
    (0.0, 0.209_482_141_084_727_82, 0.417_959_183_673_469_4),
];

/// A point of an interval, with its weights in the rule of 15 nodes and in that of 7.
pub(super) type Node = (f64, [f64; 2]);

/// The nodes of an interval, in no order.
pub(super) fn nodes([low, high]: [f64; 2]) -> impl Iterator<Item = Node> {
    let (center, half) = (0.5 * (low + high), 0.5 * (high - low));
    RULE.into_iter().flat_map(move |(x, many, few)| {
        let at = move |x: f64| (center + half * x, [half * many, half * few]);
        let mirrored = (x > 0.0).then(|| at(-x));
        std::iter::once(at(x)).chain(mirrored)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_rules_are_exact_for_polynomials_of_their_degree() {
        for (rule, degree) in [(0, 22), (1, 13)] {
            for power in 0..=degree {
                let terms = nodes([0.0, 2.0]).map(|(x, weights)| weights[rule] * x.powi(power));
                let exact = 2.0_f64.powi(power + 1) / f64::from(power + 1);
                let found: f64 = terms.sum();
                assert!((found / exact - 1.0).abs() < 1e-13, "x^{power}: {found}");
            }
        }
    }
}
