//! Numerical integration.

/// Number of panels of an interval, and of nodes in a panel.
const PANELS: usize = 3;
const NODES: usize = 20;

/// Nodes and weights of Gauss–Legendre quadrature on an interval, panel by panel: exact for polynomials of
/// degree 39 in each.
pub(crate) fn interval(low: f64, high: f64) -> Vec<(f64, f64)> {
    let half = 0.5 * (high - low) / PANELS as f64;
    let panel = |panel: usize| {
        let center = low + half * (2 * panel + 1) as f64;
        let nodes = (0..NODES).map(node);
        nodes.map(move |(x, weight)| (center + half * x, half * weight))
    };
    (0..PANELS).flat_map(panel).collect()
}

/// A zero of the Legendre polynomial, by Newton's method, and its weight.
fn node(index: usize) -> (f64, f64) {
    let n = NODES as f64;
    let mut x = (std::f64::consts::PI * (index as f64 + 0.75) / (n + 0.5)).cos();
    let mut slope = 1.0;
    for _ in 0..20 {
        let (mut last, mut value) = (1.0, x);
        for k in 2..=NODES {
            let k = k as f64;
            (last, value) = (value, ((2.0 * k - 1.0) * x * value - (k - 1.0) * last) / k);
        }
        slope = n * (x * value - last) / (x * x - 1.0);
        x -= value / slope;
    }
    (x, 2.0 / ((1.0 - x * x) * slope * slope))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn polynomials_and_bells_are_integrated() {
        let integral = |f: &dyn Fn(f64) -> f64, low, high| -> f64 {
            let nodes = interval(low, high);
            nodes.into_iter().map(|(x, weight)| weight * f(x)).sum()
        };
        assert!((integral(&|x| x.powi(12), 0.0, 1.0) - 1.0 / 13.0).abs() < 1e-14);
        let bell = integral(&|x| (-0.5 * x * x).exp(), 0.0, 12.0);
        assert!((bell - std::f64::consts::FRAC_PI_2.sqrt()).abs() < 1e-12);
    }
}
