//! Rasterisation of strokes to grey values.

use super::SIDE;

/// A point of a stroke, in pixels; pixel (0, 0) has its centre at (0, 0).
#[derive(Clone, Copy)]
pub(super) struct Spot {
    pub(super) x: f32,
    pub(super) y: f32,
    pub(super) radius: f32,
}

/// Width of the edge of a stroke, in pixels: about that of the images of MNIST.
pub(super) const EDGE: f32 = 1.5;

/// Draws the strokes on white paper.
///
/// The ink of a pixel is a smooth step of its distance to the nearest stroke, in steps of 1/255:
/// image files have these steps, and they hide the last bits in which sines differ between
/// platforms.
pub(super) fn draw(strokes: &[Vec<Spot>], image: &mut [f32]) {
    // The depth of the centre of each pixel inside the nearest stroke.
    let mut depth = [f32::MIN; SIDE * SIDE];
    for pair in strokes.iter().flat_map(|stroke| stroke.windows(2)) {
        deepen(pair[0], pair[1], &mut depth);
    }
    for (pixel, depth) in image.iter_mut().zip(depth) {
        let t = (depth / EDGE + 0.5).clamp(0.0, 1.0);
        *pixel = (255.0 * t * t * (3.0 - 2.0 * t)).round() / 255.0;
    }
}

/// Draws one straight segment.
fn deepen(from: Spot, to: Spot, depth: &mut [f32; SIDE * SIDE]) {
    let reach = from.radius.max(to.radius) + EDGE;
    let (dx, dy) = (to.x - from.x, to.y - from.y);
    let length2 = (dx * dx + dy * dy).max(f32::MIN_POSITIVE);
    let pixels = |a: f32, b: f32| {
        let first = (a.min(b) - reach).ceil().max(0.0) as usize;
        let last = (a.max(b) + reach).floor().min(SIDE as f32 - 1.0);
        first..=(last.max(0.0) as usize)
    };
    for y in pixels(from.y, to.y) {
        for x in pixels(from.x, to.x) {
            let (px, py) = (x as f32 - from.x, y as f32 - from.y);
            let along = ((px * dx + py * dy) / length2).clamp(0.0, 1.0);
            let distance = (px - along * dx).hypot(py - along * dy);
            let radius = from.radius + along * (to.radius - from.radius);
            let deepest = &mut depth[y * SIDE + x];
            *deepest = deepest.max(radius - distance);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(spots: &[(f32, f32)]) -> Vec<f32> {
        let stroke = spots
            .iter()
            .map(|&(x, y)| Spot { x, y, radius: 1.25 })
            .collect();
        let mut image = vec![0.0; SIDE * SIDE];
        draw(&[stroke], &mut image);
        image
    }

    #[test]
    fn a_line_is_as_wide_as_its_pen() {
        let image = drawn(&[(5.0, 10.0), (20.0, 10.0)]);
        let ink: f32 = (0..SIDE).map(|y| image[y * SIDE + 12]).sum();
        assert!((ink - 2.5).abs() < 0.3, "{ink}");
        assert_eq!(image[10 * SIDE + 12], 1.0);
        assert_eq!(image[13 * SIDE + 12], 0.0);
        assert_eq!(image[10 * SIDE + 23], 0.0);
    }

    #[test]
    fn a_dot_and_what_lies_outside_do_no_harm() {
        let image = drawn(&[(3.0, 3.0), (3.0, 3.0)]);
        assert_eq!(image[3 * SIDE + 3], 1.0);
        assert_eq!(
            drawn(&[(-90.0, -90.0), (-80.0, 200.0)]),
            vec![0.0; SIDE * SIDE]
        );
    }
}
