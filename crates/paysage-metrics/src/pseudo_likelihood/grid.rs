//! Sums over long grids with few relevant points.

use super::real::Grid;

/// Length of an interval that is not halved further, in grid steps.
const SHORTEST: u64 = 8;

/// Points this far below the highest one, in nats, are left out: their share is below 10⁻¹⁷.
const DEPTH: f64 = 40.0;

/// An interval of a grid, and g at its ends.
struct Interval {
    question: usize,
    first: u64,
    steps: u64,
    ends: [f64; 2],
}

impl Interval {
    /// Upper bound of g between the ends: g(t) + c t²/2 is convex, and so below its chord.
    fn bound(&self, length: f64, curvature: f64) -> f64 {
        let [left, right] = self.ends;
        // With s from the left end, g ≤ left + rise s/length + c s (length − s)/2.
        let slope = (right - left) / length + 0.5 * curvature * length;
        let s = (slope / curvature).clamp(0.0, length);
        left + s * (slope - 0.5 * curvature * s)
    }
}

/// ln Σ exp(g) over the grid of each question, where g(t) + c t²/2 is convex in t. `g` takes pairs
/// of a question and a t.
///
/// Bisects long intervals, and drops those in which g is low everywhere.
pub(super) fn log_sums(
    grids: &[Grid],
    curvatures: &[f64],
    g: impl Fn(&[(usize, f64)]) -> Vec<f64>,
) -> Vec<f64> {
    let at = |points: Vec<(usize, u64)>| {
        let place = |(q, step): (usize, u64)| (q, grids[q].at(step));
        let places: Vec<(usize, f64)> = points.into_iter().map(place).collect();
        g(&places)
    };
    let ends = grids.iter().enumerate();
    let ends = at(ends
        .flat_map(|(q, grid)| [(q, 0), (q, grid.steps)])
        .collect());
    let whole = grids.iter().zip(ends.chunks(2)).enumerate();
    let mut intervals: Vec<Interval> = whole
        .map(|(question, (grid, ends))| Interval {
            question,
            first: 0,
            steps: grid.steps,
            ends: [ends[0], ends[1]],
        })
        .collect();
    let mut highest = vec![f64::NEG_INFINITY; grids.len()];
    let mut short = Vec::new();
    while !intervals.is_empty() {
        for interval in &intervals {
            let highest = &mut highest[interval.question];
            *highest = interval.ends.iter().copied().fold(*highest, f64::max);
        }
        intervals.retain(|interval| {
            let q = interval.question;
            let length = interval.steps as f64 * grids[q].spacing;
            let bound = interval.bound(length, curvatures[q]);
            // NaN is kept, so that the result is NaN.
            bound.is_nan() || bound >= highest[q] - DEPTH
        });
        let (done, long): (Vec<_>, Vec<_>) = intervals
            .into_iter()
            .partition(|interval| interval.steps <= SHORTEST);
        short.extend(done);
        let middle = |s: &Interval| (s.question, s.first + s.steps / 2);
        let middles = at(long.iter().map(middle).collect());
        intervals = long
            .iter()
            .zip(middles)
            .flat_map(|(whole, middle)| {
                let half = |first, ends| Interval {
                    question: whole.question,
                    first,
                    steps: whole.steps / 2,
                    ends,
                };
                let [left, right] = whole.ends;
                let between = whole.first + whole.steps / 2;
                [
                    half(whole.first, [left, middle]),
                    half(between, [middle, right]),
                ]
            })
            .collect();
    }
    // Each point once: an interval has all but its last.
    let points = short
        .iter()
        .flat_map(|s| (s.first..s.first + s.steps).map(|step| (s.question, step)));
    let points: Vec<(usize, u64)> = points.collect();
    let values = at(points.clone());
    let mut sums = vec![0.0; grids.len()];
    for (&(q, _), value) in points.iter().zip(values) {
        sums[q] += (value - highest[q]).exp();
    }
    let sums = sums.into_iter().zip(highest);
    sums.map(|(sum, highest): (f64, f64)| highest + sum.ln())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A mixture of two normals far apart, one of them much lower.
    #[test]
    fn a_mixture_of_normals_is_summed_where_it_is() {
        let grid = Grid {
            first: -1e9,
            spacing: 0.8,
            steps: 1 << 32,
        };
        let asked = std::cell::Cell::new(0);
        let g = |points: &[(usize, f64)]| -> Vec<f64> {
            asked.set(asked.get() + points.len());
            let normal = |t: f64, mean: f64| -0.5 * (t - mean).powi(2);
            let log_add = |a: f64, b: f64| a.max(b) + (-(a - b).abs()).exp().ln_1p();
            let both = |&(_, t): &(usize, f64)| log_add(normal(t, 12.3), normal(t, 1e6) - 2.0);
            points.iter().map(both).collect()
        };
        let found = log_sums(&[grid], &[1.0], g)[0] + 0.8_f64.ln();
        let exact = 0.5 * std::f64::consts::TAU.ln() + (-2.0_f64).exp().ln_1p();
        assert!((found - exact).abs() < 1e-6, "{found} is not {exact}");
        assert!(asked.get() < 1000, "{} points", asked.get());
    }
}
