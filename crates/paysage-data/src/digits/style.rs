//! Writing styles: random variations of glyphs.

use super::SIDE;
use super::glyphs::{Glyph, Point};
use super::pen::{EDGE, Spot};
use crate::random::Stream;

/// The longer side of a digit, in pixels, pen included. MNIST's is 20.
const HEIGHT: f32 = 20.0;

/// Straight segments between two points of a glyph.
const PIECES: usize = 6;

/// The strokes of one image: points in pixels, joined by straight lines.
pub(super) fn write(glyph: Glyph, stream: &mut Stream) -> Vec<Vec<Spot>> {
    let points = shaken(glyph, stream);
    let mut strokes: Vec<Vec<Point>> = points.iter().map(|stroke| smooth(stroke)).collect();
    bend(&mut strokes, stream);
    slant(&mut strokes, stream);
    place(strokes, stream)
}

/// Moves every point by a small random amount; a repeated point moves as one.
fn shaken(glyph: Glyph, stream: &mut Stream) -> Vec<Vec<Point>> {
    let unsteadiness = stream.between(0.010, 0.036);
    let mut moved: Vec<(Point, Point)> = Vec::new();
    let mut shake = |point: Point| {
        if let Some(&(_, to)) = moved.iter().find(|(from, _)| *from == point) {
            return to;
        }
        let to = (
            point.0 + unsteadiness * stream.bell(),
            point.1 + unsteadiness * stream.bell(),
        );
        moved.push((point, to));
        to
    };
    glyph
        .iter()
        .map(|stroke| stroke.iter().map(|&point| shake(point)).collect())
        .collect()
}

/// A curve through the points (Catmull-Rom), with a corner where a point is repeated.
fn smooth(points: &[Point]) -> Vec<Point> {
    let mut curve = Vec::with_capacity(points.len() * PIECES + 1);
    let corners = points
        .windows(2)
        .enumerate()
        .filter(|(_, pair)| pair[0] == pair[1]);
    let mut start = 0;
    for end in corners.map(|(index, _)| index + 1).chain([points.len()]) {
        let run = &points[start..end];
        for k in 0..run.len() - 1 {
            let before = run[k.saturating_sub(1)];
            let after = run[(k + 2).min(run.len() - 1)];
            for piece in 0..PIECES {
                let t = piece as f32 / PIECES as f32;
                curve.push((
                    through(before.0, run[k].0, run[k + 1].0, after.0, t),
                    through(before.1, run[k].1, run[k + 1].1, after.1, t),
                ));
            }
        }
        curve.push(run[run.len() - 1]);
        start = end;
    }
    curve
}

fn through(a: f32, b: f32, c: f32, d: f32, t: f32) -> f32 {
    let cubic = 3.0 * (b - c) + d - a;
    let square = 2.0 * a - 5.0 * b + 4.0 * c - d;
    b + 0.5 * t * (c - a + t * (square + t * cubic))
}

/// A smooth deformation of the image, which keeps neighbouring strokes together.
fn bend(strokes: &mut [Vec<Point>], stream: &mut Stream) {
    let waves: [[f32; 4]; 4] = std::array::from_fn(|_| {
        let phase = stream.between(0.0, std::f32::consts::TAU);
        [
            2.0 * stream.bell(),
            2.0 * stream.bell(),
            phase,
            0.03 * stream.bell(),
        ]
    });
    for point in strokes.iter_mut().flatten() {
        let (x, y) = *point;
        let [dx, dy] = [&waves[..2], &waves[2..]].map(|waves| {
            let wave =
                |&[kx, ky, phase, height]: &[f32; 4]| height * (kx * x + ky * y + phase).sin();
            waves.iter().map(wave).sum::<f32>()
        });
        *point = (x + dx, y + dy);
    }
}

/// Proportions, slant and rotation.
fn slant(strokes: &mut [Vec<Point>], stream: &mut Stream) {
    let wide = 1.0 + 0.15 * stream.bell();
    // Most people are right-handed: they lean to the right.
    let lean = 0.12 + 0.18 * stream.bell();
    let (sin, cos) = (0.09 * stream.bell()).sin_cos();
    for point in strokes.iter_mut().flatten() {
        let x = wide * point.0 - lean * (point.1 - 0.5);
        let y = point.1;
        *point = (cos * x - sin * y, sin * x + cos * y);
    }
}

/// Scales to the image, with the centre of mass in the middle, and sets the stroke width.
fn place(strokes: Vec<Vec<Point>>, stream: &mut Stream) -> Vec<Vec<Spot>> {
    let radius = 1.25 + 0.22 * stream.bell();
    let pressure = 0.14 * stream.unit();
    let phase = stream.between(0.0, std::f32::consts::TAU);
    let size = HEIGHT - 0.6 * stream.unit() - 2.0 * radius;

    let bounds = |along: fn(&Point) -> f32| {
        let ends = strokes.iter().flatten().map(along);
        ends.fold((f32::MAX, f32::MIN), |(low, high), x| {
            (low.min(x), high.max(x))
        })
    };
    let (left, right) = bounds(|point| point.0);
    let (top, bottom) = bounds(|point| point.1);
    let scale = size / (right - left).max(bottom - top);

    let (mut weight, mut x, mut y) = (0.0, 0.0, 0.0);
    for pair in strokes.iter().flat_map(|stroke| stroke.windows(2)) {
        let length = (pair[1].0 - pair[0].0).hypot(pair[1].1 - pair[0].1);
        weight += length;
        x += length * (pair[0].0 + pair[1].0) / 2.0;
        y += length * (pair[0].1 + pair[1].1) / 2.0;
    }
    // The mean moves to the middle, unless a long tail would leave the image.
    let margin = radius * (1.0 + pressure) + EDGE / 2.0;
    let side = SIDE as f32 - 1.0;
    let origin = |mean: f32, low: f32, high: f32| {
        (side / 2.0 - scale * mean)
            .min(side - margin - scale * high)
            .max(margin - scale * low)
    };
    let (x, y) = (
        origin(x / weight, left, right),
        origin(y / weight, top, bottom),
    );
    let spot = |(at, point): (usize, &Point)| Spot {
        x: x + scale * point.0,
        y: y + scale * point.1,
        radius: radius * (1.0 + pressure * (0.16 * at as f32 + phase).sin()),
    };
    strokes
        .iter()
        .map(|stroke| stroke.iter().enumerate().map(spot).collect())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_curve_passes_through_its_points_and_turns_at_corners() {
        let points = [(0.0, 0.0), (1.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 2.0)];
        let curve = smooth(&points);
        for point in points {
            assert!(curve.contains(&point), "{point:?}");
        }
        // Before a corner, the curve does not depend on the points after it.
        let corner = curve.iter().position(|&point| point == (1.0, 0.0)).unwrap();
        assert!(curve[..=corner].iter().all(|point| point.1 == 0.0));
    }

    #[test]
    fn a_smooth_curve_bends_a_little_at_a_time() {
        let circle: Vec<Point> = (0..=8).map(|k| (k as f32 * 0.785).sin_cos()).collect();
        let curve = smooth(&circle);
        assert!(curve.iter().all(|(x, y)| (x.hypot(*y) - 1.0).abs() < 0.05));
    }
}
