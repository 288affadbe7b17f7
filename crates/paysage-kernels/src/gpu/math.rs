//! The functions of `cpu::math` on the GPU, whose built-in logarithm and sine may be inaccurate: WGSL
//! allows an error of 2⁻¹¹ for the sine.

use cubecl::prelude::*;

/// exp(x) for x ≤ 0; 0 below −87, without intermediate infinities, which shaders need not support.
#[cube]
pub(crate) fn exp_of_negative(x: f32) -> f32 {
    // Not `max`, which ignores NaN.
    let bounded = select(x < -87.0f32, -87.0f32, x);
    select(x < -87.0f32, 0.0f32, f32::exp(bounded))
}

/// σ(x) = 1/(1 + exp(−x)).
#[cube]
pub(crate) fn sigmoid(x: f32) -> f32 {
    let e = exp_of_negative(-f32::abs(x));
    select(x >= 0.0f32, 1.0f32, e) / (1.0f32 + e)
}

/// A uniform number in [0, 1) from the upper 24 bits of a word.
#[cube]
pub(crate) fn unit_interval(word: u32) -> f32 {
    f32::cast_from(word >> 8u32) * 5.960_464_5e-8f32
}

/// ln(x) for a positive normal x.
#[cube]
pub(crate) fn ln(x: f32) -> f32 {
    let offset = u32::reinterpret(x) - 0x3f35_04f3u32;
    let exponent = f32::cast_from(i32::reinterpret(offset) >> 23i32);
    let f = f32::reinterpret((offset & 0x007f_ffffu32) + 0x3f35_04f3u32) - 1.0f32;
    let p = fma(7.037_683_6e-2f32, f, -1.151_461e-1f32);
    let p = fma(p, f, 1.167_699_9e-1f32);
    let p = fma(p, f, -1.242_014_1e-1f32);
    let p = fma(p, f, 1.424_932_3e-1f32);
    let p = fma(p, f, -1.666_805_7e-1f32);
    let p = fma(p, f, 2.000_071_5e-1f32);
    let p = fma(p, f, -2.499_999_4e-1f32);
    let p = fma(p, f, 3.333_333_1e-1f32);
    let square = f * f;
    let tail = fma(exponent, -2.121_944_4e-4f32, (p * f) * square);
    let tail = fma(square, -0.5f32, tail);
    fma(exponent, 0.693_359_375f32, f + tail)
}

/// √(−2 ln u) with u = (word + ½)/2³².
#[cube]
pub(crate) fn radius(word: u32) -> f32 {
    let u = (f32::cast_from(word) + 0.5f32) * 2.328_306_4e-10f32;
    f32::sqrt(f32::max(-2.0f32 * ln(u), 0.0f32))
}

/// A point on the unit circle.
#[derive(CubeType)]
pub(crate) struct Point {
    pub cosine: f32,
    pub sine: f32,
}

/// The point on the unit circle at word/2³² of a full turn.
#[cube]
pub(crate) fn point(word: u32) -> Point {
    let quarter = (word + 0x2000_0000u32) >> 30u32;
    let rest = i32::reinterpret(word - (quarter << 30u32));
    let x = f32::cast_from(rest) * 1.462_918e-9f32;
    let square = x * x;
    let s = fma(-1.951_529_6e-4f32, square, 8.332_161e-3f32);
    let s = fma(s, square, -1.666_665_5e-1f32);
    let s = fma(s * square, x, x);
    let c = fma(2.443_315_7e-5f32, square, -1.388_731_6e-3f32);
    let c = fma(c, square, 4.166_664_6e-2f32);
    let c = fma(c * square, square, fma(square, -0.5f32, 1.0f32));
    let odd = quarter & 1u32 == 1u32;
    let sine = select(odd, c, s);
    let cosine = select(odd, s, c);
    Point {
        cosine: select((quarter + 1u32) & 2u32 == 2u32, -cosine, cosine),
        sine: select(quarter & 2u32 == 2u32, -sine, sine),
    }
}
