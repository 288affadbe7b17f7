//! Exponential, logarithm, sine and cosine without branches, so that loops are vectorized. The GPU
//! kernels use the same polynomials.

/// ln 2 in two parts; multiples of the first by small whole numbers are exact.
const LN_2_HIGH: f32 = 355.0 / 512.0;
const LN_2_LOW: f32 = -2.121_944_4e-4;

/// exp(x) for x ≤ 0, to about one unit in the last place; 0 below −87.
///
/// The polynomial of Cephes' `expf` on [−½ ln 2, ½ ln 2].
#[inline(always)]
pub(crate) fn exp_of_negative(x: f32) -> f32 {
    // Adding 1.5·2²³ rounds to a whole number and leaves it in the lower bits.
    const ROUND: f32 = 12_582_912.0;
    // Not `max`, which ignores NaN.
    let bounded = if x < -87.0 { -87.0 } else { x };
    let shifted = bounded.mul_add(std::f32::consts::LOG2_E, ROUND);
    let whole = shifted - ROUND;
    let r = whole.mul_add(-LN_2_HIGH, bounded);
    let r = whole.mul_add(-LN_2_LOW, r);
    let p = 1.987_569_1e-4_f32;
    let p = p.mul_add(r, 1.398_199_9e-3);
    let p = p.mul_add(r, 8.333_452e-3);
    let p = p.mul_add(r, 4.166_579_6e-2);
    let p = p.mul_add(r, 1.666_666_6e-1);
    let p = p.mul_add(r, 0.5);
    let mantissa = (p * r).mul_add(r, r) + 1.0;
    let power = f32::from_bits((shifted.to_bits() << 23).wrapping_add(127 << 23));
    if x < -87.0 { 0.0 } else { mantissa * power }
}

/// The same in `f64`; 0 below −708.
#[inline(always)]
pub(crate) fn exp_of_negative_f64(x: f64) -> f64 {
    // Adding 1.5·2⁵² rounds to a whole number and leaves it in the lower bits.
    const ROUND: f64 = 6_755_399_441_055_744.0;
    // ln 2 in two parts, of which the first times a whole number below 2²⁰ is exact.
    const HIGH: f64 = f64::from_bits(0x3fe6_2e42_fee0_0000);
    const LOW: f64 = 1.908_214_929_270_587_7e-10;
    // 1/12!, 1/11!, …, 1/2!: the next term is below 2·10⁻¹⁶ on [−½ ln 2, ½ ln 2].
    const SERIES: [f64; 11] = [
        1.0 / 479_001_600.0,
        1.0 / 39_916_800.0,
        1.0 / 3_628_800.0,
        1.0 / 362_880.0,
        1.0 / 40_320.0,
        1.0 / 5_040.0,
        1.0 / 720.0,
        1.0 / 120.0,
        1.0 / 24.0,
        1.0 / 6.0,
        1.0 / 2.0,
    ];
    // Not `max`, which ignores NaN.
    let bounded = if x < -708.0 { -708.0 } else { x };
    let shifted = bounded.mul_add(std::f64::consts::LOG2_E, ROUND);
    let whole = shifted - ROUND;
    let r = whole.mul_add(-HIGH, bounded);
    let r = whole.mul_add(-LOW, r);
    let mut p = SERIES[0];
    for term in &SERIES[1..] {
        p = p.mul_add(r, *term);
    }
    let mantissa = (p * r).mul_add(r, r) + 1.0;
    let power = f64::from_bits((shifted.to_bits() << 52).wrapping_add(1023 << 52));
    if x < -708.0 { 0.0 } else { mantissa * power }
}

/// σ(x) = 1/(1 + exp(−x)), exactly 0 at −∞ and 1 at ∞.
#[inline(always)]
pub(crate) fn sigmoid(x: f32) -> f32 {
    let e = exp_of_negative(-x.abs());
    (if x >= 0.0 { 1.0 } else { e }) / (1.0 + e)
}

/// Whether u < σ(x), without a division: u (1 + exp(−|x|)) against the numerator.
#[inline(always)]
pub(crate) fn below_sigmoid(u: f32, x: f32) -> bool {
    let e = exp_of_negative(-x.abs());
    u.mul_add(e, u) < if x >= 0.0 { 1.0 } else { e }
}

/// ln(x) for a positive normal x, to about one unit in the last place.
///
/// The polynomial of Cephes' `logf` on [√½, √2].
#[inline(always)]
pub(crate) fn ln(x: f32) -> f32 {
    // Subtracting the bits of √½ puts the mantissa between √½ and √2.
    const SQRT_HALF: u32 = 0x3f35_04f3;
    let offset = x.to_bits().wrapping_sub(SQRT_HALF);
    let exponent = (offset as i32 >> 23) as f32;
    let f = f32::from_bits((offset & 0x007f_ffff).wrapping_add(SQRT_HALF)) - 1.0;
    let p = 7.037_683_6e-2_f32;
    let p = p.mul_add(f, -1.151_461e-1);
    let p = p.mul_add(f, 1.167_699_9e-1);
    let p = p.mul_add(f, -1.242_014_1e-1);
    let p = p.mul_add(f, 1.424_932_3e-1);
    let p = p.mul_add(f, -1.666_805_7e-1);
    let p = p.mul_add(f, 2.000_071_5e-1);
    let p = p.mul_add(f, -2.499_999_4e-1);
    let p = p.mul_add(f, 3.333_333e-1);
    let square = f * f;
    let tail = (p * f) * square;
    let tail = exponent.mul_add(LN_2_LOW, tail);
    let tail = square.mul_add(-0.5, tail);
    exponent.mul_add(LN_2_HIGH, f + tail)
}

/// Sine and cosine of a full turn times `word`/2³².
///
/// Cephes' polynomials on [−π/4, π/4]; the number of quarter turns is a whole number, so large angles
/// have no error.
#[inline(always)]
pub(crate) fn sine_and_cosine(word: u32) -> (f32, f32) {
    const TURN: f32 = (std::f64::consts::TAU / 4_294_967_296.0) as f32;
    let quarter = word.wrapping_add(1 << 29) >> 30;
    let rest = word.wrapping_sub(quarter << 30) as i32;
    let x = rest as f32 * TURN;
    let square = x * x;
    let s = -1.951_529_6e-4_f32;
    let s = s.mul_add(square, 8.332_161e-3);
    let s = s.mul_add(square, -1.666_665_5e-1);
    let sine = (s * square).mul_add(x, x);
    let c = 2.443_315_7e-5_f32;
    let c = c.mul_add(square, -1.388_731_6e-3);
    let c = c.mul_add(square, 4.166_664_6e-2);
    let cosine = (c * square).mul_add(square, square.mul_add(-0.5, 1.0));
    let odd = quarter & 1 == 1;
    let (s, c) = if odd { (cosine, sine) } else { (sine, cosine) };
    let sine = if quarter & 2 == 2 { -s } else { s };
    let cosine = if quarter.wrapping_add(1) & 2 == 2 {
        -c
    } else {
        c
    };
    (sine, cosine)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every so many-th float between two, of either sign as given.
    fn floats(from: f32, to: f32) -> impl Iterator<Item = f32> {
        (from.to_bits()..to.to_bits())
            .step_by(997)
            .map(f32::from_bits)
    }

    #[test]
    fn the_exponential_is_right_to_two_units_in_the_last_place() {
        for x in floats(-1e-8, -87.0) {
            let exact = f64::from(x).exp();
            let error = (f64::from(exp_of_negative(x)) - exact).abs();
            assert!(error <= 2.4e-7 * exact, "exp({x})");
        }
        assert_eq!(exp_of_negative(-0.0), 1.0);
        assert_eq!(exp_of_negative(-1e4), 0.0);
        assert_eq!(exp_of_negative(f32::NEG_INFINITY), 0.0);
    }

    #[test]
    fn the_sigmoid_keeps_its_limits() {
        let limits = [f32::NEG_INFINITY, -1e4, 0.0, 1e4, f32::INFINITY].map(sigmoid);
        assert_eq!(limits, [0.0, 0.0, 0.5, 1.0, 1.0]);
        assert!(sigmoid(f32::NAN).is_nan());
        for x in floats(-1e-8, -80.0).chain(floats(1e-8, 80.0)) {
            let exact = 1.0 / (1.0 + (-f64::from(x)).exp());
            let error = (f64::from(sigmoid(x)) - exact).abs();
            assert!(error <= 4e-7 * exact, "sigmoid({x})");
        }
    }

    #[test]
    fn the_exponential_in_double_precision_is_right_to_three_units_in_the_last_place() {
        for x in floats(-1e-8, -708.0).map(f64::from) {
            let error = (exp_of_negative_f64(x) - x.exp()).abs();
            assert!(error <= 6.7e-16 * x.exp(), "exp({x})");
        }
        assert_eq!(exp_of_negative_f64(-0.0), 1.0);
        assert_eq!(exp_of_negative_f64(-1e4), 0.0);
        assert_eq!(exp_of_negative_f64(f64::NEG_INFINITY), 0.0);
        assert!(exp_of_negative_f64(f64::NAN).is_nan());
    }

    #[test]
    fn the_logarithm_is_right_to_two_units_in_the_last_place() {
        for x in floats(1e-12, 1e12) {
            let exact = f64::from(x).ln();
            let error = (f64::from(ln(x)) - exact).abs();
            assert!(error <= 2.4e-7 * exact.abs() + 1e-9, "ln({x})");
        }
        assert_eq!(ln(1.0), 0.0);
    }

    #[test]
    fn sine_and_cosine_are_right_all_around() {
        for word in (0..=u32::MAX).step_by(100_003) {
            let angle = std::f64::consts::TAU * f64::from(word) / 4_294_967_296.0;
            let (sine, cosine) = sine_and_cosine(word);
            assert!((f64::from(sine) - angle.sin()).abs() < 1.5e-7, "{word}");
            assert!((f64::from(cosine) - angle.cos()).abs() < 1.5e-7, "{word}");
        }
        assert_eq!(
            [0, 1 << 30, 1 << 31, 3 << 30].map(sine_and_cosine),
            [(0.0, 1.0), (1.0, 0.0), (-0.0, -1.0), (-1.0, 0.0)]
        );
    }
}
