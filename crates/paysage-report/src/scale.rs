//! Scales of axes and their ticks.

use crate::numbers::{magnitude, minus};

/// Largest magnitude that is drawn: differences of larger values overflow.
const LARGEST: f64 = 1e100;

/// Whether a value can be drawn.
pub(crate) fn drawable(value: f64) -> bool {
    value.abs() < LARGEST
}

/// One axis: from `low` to `high` with ticks at round numbers between.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Scale {
    pub(crate) low: f64,
    pub(crate) high: f64,
    pub(crate) ticks: Vec<f64>,
    step: f64,
}

impl Scale {
    /// Covers `low` to `high` exactly, with about `target` ticks.
    pub(crate) fn exact(low: f64, high: f64, target: usize) -> Self {
        // Values whose difference is below the resolution of f64 are equal.
        let flat = high - low <= 1e-9 * low.abs().max(high.abs());
        let pad = match low.abs() {
            _ if !flat => 0.0,
            0.0 => 1.0,
            size => 0.1 * size,
        };
        let (low, high) = (low - pad, high + pad);
        let step = round_step((high - low) / target.max(1) as f64);
        Self::stepped(low, high, step)
    }

    /// Covers the drawable values with a margin; `None` where there are none.
    pub(crate) fn around(values: impl Iterator<Item = f64>, target: usize) -> Option<Self> {
        let (low, high) = bounds(values)?;
        let air = 0.06 * (high - low);
        Some(Self::exact(low - air, high + air, target))
    }

    /// Covers numbers of things with a margin and ticks at whole numbers: never below 0. `None` where no
    /// value is drawable.
    pub(crate) fn counts(values: impl Iterator<Item = f64>, target: usize) -> Option<Self> {
        let (low, high) = bounds(values)?;
        let air = 0.06 * (high - low);
        let low = if low >= 0.0 {
            (low - air).max(0.0)
        } else {
            low - air
        };
        Some(match high == 0.0 && low == 0.0 {
            true => Self::whole(0.0, 1.0, target),
            false => Self::whole(low, high + air, target),
        })
    }

    /// Covers whole numbers with ticks at whole numbers only.
    pub(crate) fn whole(low: f64, high: f64, target: usize) -> Self {
        if low == high {
            return Self::stepped(low - 1.0, high + 1.0, 1.0).keep(|tick| tick == low);
        }
        let step = round_step((high - low) / target.max(1) as f64).max(1.0);
        Self::stepped(low, high, step)
    }

    /// The label of a tick, with the digits that distinguish it from its neighbours.
    pub(crate) fn label(&self, tick: f64) -> String {
        let largest = self
            .ticks
            .iter()
            .fold(0.0, |most: f64, tick| most.max(tick.abs()));
        let power = magnitude(largest);
        let text = if (-3..6).contains(&power) {
            let decimals = (-magnitude(self.step * 1.000_001)).clamp(0, 9);
            format!("{tick:.*}", decimals as usize)
        } else if tick == 0.0 {
            "0".into()
        } else {
            let decimals = (power - magnitude(self.step * 1.000_001)).clamp(0, 9);
            format!("{:.*}e{power}", decimals as usize, tick / 10f64.powi(power))
        };
        minus(&text)
    }

    fn stepped(low: f64, high: f64, step: f64) -> Self {
        // A tolerance for the rounding of low and high.
        let first = (low / step - 5e-7).ceil();
        let last = (high / step + 5e-7).floor();
        let count = (last - first).clamp(0.0, 100.0) as usize;
        // Adding 0.0 turns −0 into 0.
        let ticks = (0..=count)
            .map(|i| (first + i as f64) * step + 0.0)
            .collect();
        Self {
            low,
            high,
            ticks,
            step,
        }
        .keep(|tick| tick <= high + 1e-6 * step)
    }

    fn keep(mut self, keep: impl Fn(f64) -> bool) -> Self {
        self.ticks.retain(|&tick| keep(tick));
        self
    }
}

/// The smallest and the largest drawable value.
pub(crate) fn bounds(values: impl Iterator<Item = f64>) -> Option<(f64, f64)> {
    values
        .filter(|&value| drawable(value))
        .fold(None, |bounds, value| {
            let (low, high) = bounds.unwrap_or((value, value));
            Some((value.min(low), value.max(high)))
        })
}

/// The number of 1, 2, 5, 10 … that is nearest to `step` in ratio.
fn round_step(step: f64) -> f64 {
    let power = 10f64.powi(magnitude(step));
    let round = match step / power {
        // The limits are the geometric means of neighbours.
        ..1.414 => 1.0,
        ..3.162 => 2.0,
        ..7.071 => 5.0,
        _ => 10.0,
    };
    round * power
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(scale: &Scale) -> Vec<String> {
        scale.ticks.iter().map(|&tick| scale.label(tick)).collect()
    }

    #[test]
    fn ticks_are_round_and_inside() {
        assert_eq!(
            labels(&Scale::exact(-0.31, 0.52, 4)),
            ["−0.2", "0.0", "0.2", "0.4"]
        );
        assert_eq!(
            labels(&Scale::exact(0.0, 1.0, 5)),
            ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]
        );
        assert_eq!(
            labels(&Scale::exact(-201.3, -88.0, 3)),
            ["−200", "−150", "−100"]
        );
        assert_eq!(
            labels(&Scale::exact(0.0, 3e-5, 3)),
            ["0", "1e−5", "2e−5", "3e−5"]
        );
        assert_eq!(labels(&Scale::exact(0.0, 2.5e7, 3)), ["0", "1e7", "2e7"]);
    }

    #[test]
    fn whole_numbers_have_whole_ticks() {
        assert_eq!(labels(&Scale::whole(1.0, 3.0, 6)), ["1", "2", "3"]);
        assert_eq!(
            labels(&Scale::whole(1.0, 60.0, 6)),
            ["10", "20", "30", "40", "50", "60"]
        );
        assert_eq!(labels(&Scale::whole(7.0, 7.0, 6)), ["7"]);
    }

    #[test]
    fn counts_are_not_negative_and_have_whole_ticks() {
        let counts = |values: &[f64]| Scale::counts(values.iter().copied(), 4).unwrap();
        for (values, low, ticks) in [
            (&[0.0, 0.0][..], 0.0, &["0", "1"][..]),
            (&[3.0], 2.0, &["3"]),
            (&[0.0, 2.0], 0.0, &["0", "1", "2"]),
            (&[0.0, 40.0], 0.0, &["0", "10", "20", "30", "40"]),
        ] {
            let scale = counts(values);
            assert_eq!(
                (scale.low, labels(&scale)),
                (low, ticks.iter().map(ToString::to_string).collect())
            );
        }
        assert!(counts(&[10.0, 20.0]).low > 9.0);
        assert_eq!(Scale::counts([f64::NAN].into_iter(), 4), None);
    }

    #[test]
    fn a_constant_has_a_range_and_no_value_has_no_scale() {
        for value in [0.0, 3.5, -2e-9, 1e30] {
            let scale = Scale::around([value; 3].into_iter(), 4).unwrap();
            assert!(scale.low < value && value < scale.high && !scale.ticks.is_empty());
        }
        assert_eq!(
            Scale::around([f64::NAN, f64::INFINITY].into_iter(), 4),
            None
        );
    }
}
