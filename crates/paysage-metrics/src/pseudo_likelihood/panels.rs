//! Sums and integrals over the values of a unit, where few of them matter.

use paysage_layers::UnitEnergy;

use super::kronrod;

/// Values this far below the highest one, in nats, are left out: their share is below 10⁻¹².
const DEPTH: f64 = 30.0;

/// Number of counts that are added up one by one; longer panels are integrated, where the counts between
/// two nodes differ by little.
const FEW: f64 = 16.0;
const MANY: f64 = 64.0;

/// From this ratio of their ends on, panels of counts are divided at the geometric mean.
const WIDE: f64 = 16.0;

/// The largest γL² of a panel of length L that is integrated at first.
const SMOOTH: f64 = 50.0;

/// Panels are halved until both rules agree to this share of the sum. The error of the rule of more nodes
/// is far less than their difference.
const TOLERANCE: f64 = 1e-5;

/// How often a panel may be halved: until its length is that of the rounding errors.
const HALVINGS: u32 = 50;

/// A density exp(u + c) of the values of a unit: u = ln h − H, in which `energy` has the fields of other
/// visible units, and a convex c.
#[derive(Clone, Debug)]
pub(super) struct Curve {
    pub energy: UnitEnergy,
    /// The ranges that are integrated, none with 0 inside; their ends are finite.
    pub ranges: Vec<[f64; 2]>,
}

/// A part of the range of a question.
struct Panel {
    question: usize,
    ends: [f64; 2],
    halvings: u32,
}

impl Panel {
    /// The end of the first half: the arithmetic mean, or where counts span orders of magnitude the
    /// geometric one, which finds few counts below a large limit.
    fn middle(&self, is_count: bool) -> f64 {
        let [low, high] = self.ends;
        match is_count {
            true if high > WIDE * (low + 1.0) => ((low + 1.0) * (high + 1.0)).sqrt().floor(),
            true => (0.5 * (low + high)).floor(),
            false => 0.5 * (low + high),
        }
    }

    fn halves(self, is_count: bool) -> [Self; 2] {
        let middle = self.middle(is_count);
        let ([low, high], question) = (self.ends, self.question);
        let half = |ends| Self {
            question,
            ends,
            halvings: self.halvings + 1,
        };
        [half([low, middle]), half([middle, high])]
    }
}

impl Curve {
    const fn is_count(&self) -> bool {
        matches!(self.energy, UnitEnergy::Counts { .. })
    }

    /// Whether u varies so little over a panel that its nodes find every maximum.
    fn is_smooth(&self, [low, high]: [f64; 2]) -> bool {
        let length = high - low;
        match self.energy {
            UnitEnergy::Interval { .. } => true,
            UnitEnergy::Counts { .. } => {
                length <= FEW || (length >= MANY && length * length <= SMOOTH * (low + 1.0))
            }
            UnitEnergy::Sides { plus, minus } => {
                let side = minus.filter(|_| low < 0.0).unwrap_or(plus);
                length * length * side.gamma <= SMOOTH
            }
        }
    }

    /// The points of a panel, with their weights in two rules. The panel of counts has all but its last.
    fn nodes(&self, [low, high]: [f64; 2]) -> Vec<kronrod::Node> {
        match self.is_count() {
            true if high - low < MANY => {
                let counts = 0..(high - low) as u32;
                counts.map(|k| (low + f64::from(k), [1.0; 2])).collect()
            }
            // The midpoint rule of the counts.
            true => kronrod::nodes([low - 0.5, high - 0.5]).collect(),
            false => kronrod::nodes([low, high]).collect(),
        }
    }
}

/// ln of the sum or integral of exp(u + c) over the ranges of each question. `convex` gives c at pairs of
/// a question and a value.
pub(super) fn log_sums(curves: &[Curve], convex: impl Fn(&[(usize, f64)]) -> Vec<f64>) -> Vec<f64> {
    let (mut panels, highest) = relevant(curves, &convex);
    let mut sums = vec![0.0; curves.len()];
    while !panels.is_empty() {
        let nodes: Vec<Vec<kronrod::Node>> = panels
            .iter()
            .map(|panel| curves[panel.question].nodes(panel.ends))
            .collect();
        let of_panels = panels.iter().zip(&nodes);
        let points = of_panels.flat_map(|(p, nodes)| nodes.iter().map(|node| (p.question, node.0)));
        let points: Vec<(usize, f64)> = points.collect();
        let mut values = points
            .iter()
            .zip(convex(&points))
            .map(|(&(q, x), c)| (curves[q].energy.log_weight(x) + c - highest[q]).exp());
        let of_panel = |nodes: &Vec<kronrod::Node>| {
            let mut both = [0.0; 2];
            for ((_, weights), value) in nodes.iter().zip(&mut values) {
                both[0] += weights[0] * value;
                both[1] += weights[1] * value;
            }
            both
        };
        let results: Vec<[f64; 2]> = nodes.iter().map(of_panel).collect();
        let mut totals = sums.clone();
        for (panel, [found, _]) in panels.iter().zip(&results) {
            totals[panel.question] += found;
        }
        let mut open = Vec::new();
        for (panel, [found, coarse]) in panels.into_iter().zip(results) {
            let q = panel.question;
            let differ = (found - coarse).abs() > TOLERANCE * totals[q];
            if differ && panel.halvings < HALVINGS {
                open.extend(panel.halves(curves[q].is_count()));
            } else {
                sums[q] += found;
            }
        }
        panels = open;
    }
    let sums = sums.into_iter().zip(highest);
    sums.map(|(sum, highest): (f64, f64)| highest + sum.ln())
        .collect()
}

/// Smooth panels that have all values within [`DEPTH`] of the highest one, and the highest value found at
/// the ends of panels.
///
/// Halves long panels, and drops those in which all values are low: c lies below its chord.
fn relevant(
    curves: &[Curve],
    convex: &impl Fn(&[(usize, f64)]) -> Vec<f64>,
) -> (Vec<Panel>, Vec<f64>) {
    let whole = curves.iter().enumerate().flat_map(|(question, curve)| {
        let panel = move |&ends: &[f64; 2]| Panel {
            question,
            ends,
            halvings: 0,
        };
        curve.ranges.iter().map(panel)
    });
    let whole: Vec<Panel> = whole.collect();
    let ends = whole.iter().flat_map(|p| p.ends.map(|x| (p.question, x)));
    let ends = convex(&ends.collect::<Vec<_>>());
    let mut panels: Vec<(Panel, [f64; 2])> = whole
        .into_iter()
        .zip(ends.chunks(2))
        .map(|(panel, c)| (panel, [c[0], c[1]]))
        .collect();
    let mut highest = vec![f64::NEG_INFINITY; curves.len()];
    let mut smooth = Vec::new();
    while !panels.is_empty() {
        for (panel, c) in &panels {
            let curve = &curves[panel.question];
            let highest = &mut highest[panel.question];
            for (x, c) in panel.ends.iter().zip(c) {
                *highest = match c.is_finite() && !highest.is_nan() {
                    true => highest.max(curve.energy.log_weight(*x) + c),
                    // Beyond the range of the float type: the sum is NaN.
                    false => f64::NAN,
                };
            }
        }
        panels.retain(|(panel, [left, right])| {
            let [low, high] = panel.ends;
            let slope = (right - left) / (high - low);
            let most = curves[panel.question].energy.most(slope, panel.ends);
            let bound = left - slope * low + most;
            high > low && bound >= highest[panel.question] - DEPTH
        });
        let mut long = Vec::new();
        for (panel, c) in panels {
            match curves[panel.question].is_smooth(panel.ends) || panel.halvings >= HALVINGS {
                true => smooth.push(panel),
                false => long.push((panel, c)),
            }
        }
        let middle =
            |(p, _): &(Panel, [f64; 2])| (p.question, p.middle(curves[p.question].is_count()));
        let middles = convex(&long.iter().map(middle).collect::<Vec<_>>());
        panels = Vec::with_capacity(2 * long.len());
        for ((panel, [left, right]), middle) in long.into_iter().zip(middles) {
            let is_count = curves[panel.question].is_count();
            let [below, above] = panel.halves(is_count);
            panels.extend([(below, [left, middle]), (above, [middle, right])]);
        }
    }
    for panel in &mut smooth {
        panel.halvings = 0;
    }
    (smooth, highest)
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use paysage_layers::Potential;

    use super::*;

    /// The result for one question, and the number of evaluations.
    fn sum(curve: Curve, convex: impl Fn(f64) -> f64) -> (f64, usize) {
        let count = Cell::new(0);
        let at = |points: &[(usize, f64)]| -> Vec<f64> {
            count.set(count.get() + points.len());
            points.iter().map(|&(_, x)| convex(x)).collect()
        };
        (log_sums(&[curve], at)[0], count.get())
    }

    fn close(found: f64, exact: f64, what: &str) {
        assert!((found - exact).abs() < 1e-6, "{what}: {found}, not {exact}");
    }

    fn log_add(a: f64, b: f64) -> f64 {
        a.max(b) + (-(a - b).abs()).exp().ln_1p()
    }

    /// Mixtures of two exponential densities on an interval, with one corner or none.
    #[test]
    fn exponentials_on_an_interval_are_integrated() {
        for (first, second) in [(0.0, 0.0), (3.0, -2.0), (900.0, -700.0)] {
            let energy = UnitEnergy::Interval {
                loc: second,
                low: 0.0,
                high: 1.0,
            };
            let curve = Curve {
                energy,
                ranges: vec![[0.0, 1.0]],
            };
            let rise = first - second;
            let (found, count) = sum(curve, |x| log_add(0.0, rise * x - 400.0));
            // ln((exp s − 1)/s).
            let log_integral = |s: f64| match s {
                0.0 => 0.0,
                s if s > 0.0 => s - s.ln() + (-(-s).exp()).ln_1p(),
                s => (s.exp_m1() / s).ln(),
            };
            let exact = log_add(log_integral(second), log_integral(first) - 400.0);
            close(found, exact, "an interval");
            assert!(count < 700, "{count} points");
        }
    }

    /// A Poisson distribution and one far away, as sums of few counts and as integrals.
    #[test]
    fn mixtures_of_poisson_distributions_are_summed_where_they_are() {
        for (low, high, share) in [(0.3, 2.0, 1.0), (5.0, 4e3, 1e-3), (1e5, 3e9, 0.2)] {
            let (low, high, share): (f64, f64, f64) = (low, high, share);
            let curve = Curve {
                energy: UnitEnergy::Counts { loc: low.ln() },
                ranges: vec![[0.0, (high + 10.0 * high.sqrt() + 50.0).ceil()]],
            };
            let rise = (high / low).ln();
            let shift = low - high + share.ln();
            let (found, count) = sum(curve, |x| log_add(0.0, rise * x + shift));
            let exact = low + share.ln_1p();
            assert!((found / exact - 1.0).abs() < 1e-6, "{found}, not {exact}");
            assert!(count < 600, "{count} points for {high}");
        }
    }

    /// Values beyond the range of the float type end the search.
    #[test]
    fn a_density_that_overflows_has_no_sum() {
        let side = Potential {
            loc: 0.0,
            gamma: 1.0,
        };
        let energy = UnitEnergy::Sides {
            plus: side,
            minus: None,
        };
        let curve = Curve {
            energy,
            ranges: vec![[0.0, 1e12]],
        };
        let overflow = |x: f64| if x > 1e6 { f64::INFINITY } else { 0.0 };
        let (found, count) = sum(curve, overflow);
        assert!(found.is_nan() && count < 100, "{found} from {count} points");
    }

    /// Two normal densities far apart, and the half of one that is truncated at 0.
    #[test]
    fn normal_densities_on_both_sides_are_integrated_where_they_are() {
        let side = Potential {
            loc: 0.0,
            gamma: 1.0,
        };
        let energy = UnitEnergy::Sides {
            plus: side,
            minus: Some(side),
        };
        let curve = Curve {
            energy,
            ranges: vec![[-1e6, 0.0], [0.0, 1e6]],
        };
        let normal = 0.5 * std::f64::consts::TAU.ln();
        // exp(−x²/2) and exp(−(x − 1000)²/2)/2.
        let far = |x: f64| 1000.0 * x - 0.5e6 - 2.0_f64.ln();
        let (found, count) = sum(curve, |x| log_add(0.0, far(x)));
        close(found, normal + 1.5_f64.ln(), "two normal densities");
        assert!(count < 600, "{count} points");

        let energy = UnitEnergy::Sides {
            plus: side,
            minus: None,
        };
        let curve = Curve {
            energy,
            ranges: vec![[0.0, 20.0]],
        };
        let (found, count) = sum(curve, |_| 0.0);
        close(found, normal - 2.0_f64.ln(), "half a normal density");
        assert!(count < 100, "{count} points");
    }
}
