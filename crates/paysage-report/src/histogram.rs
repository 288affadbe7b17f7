//! Histograms.

use std::path::Path;

use plotters::element::Rectangle;
use plotters::style::Color;

use crate::ReportError;
use crate::axes::{self, Rules};
use crate::canvas::{Area, Drawn, EDGE, chart, px};
use crate::ink;
use crate::numbers::{grouped, of, short};
use crate::scale::{Scale, bounds};

/// Largest number of bars.
const MOST_BINS: f64 = 80.0;

/// Sizes in points of the page.
const SIZE: (f64, f64) = (600.0, 330.0);
const HEADER: f64 = 52.0;

/// Draws a histogram of the finite values, with the number of the others. The width of the bins is that of
/// Freedman and Diaconis: twice the interquartile range over the cube root of the number of values.
///
/// # Errors
///
/// [`ReportError::Nothing`] where no value is finite, or the file cannot be written.
///
/// ```
/// use paysage_report::histogram;
///
/// # let folder = tempfile::tempdir()?;
/// histogram("weights", &[0.1, -0.2, 0.0, 0.05], &folder.path().join("weights.png"))?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn histogram(title: &str, values: &[f32], path: &Path) -> Result<(), ReportError> {
    let Some(bins) = Bins::new(values) else {
        return Err(ReportError::Nothing {
            path: path.into(),
            needed: "finite value",
        });
    };
    chart(path, SIZE, |area| bins.draw(title, area))
}

struct Bins {
    low: f64,
    width: f64,
    counts: Vec<usize>,
    note: String,
}

impl Bins {
    fn new(values: &[f32]) -> Option<Self> {
        let finite = values
            .iter()
            .map(|&value| f64::from(value))
            .filter(|value| value.is_finite());
        let mut sorted: Vec<f64> = finite.collect();
        sorted.sort_by(f64::total_cmp);
        let (low, high) = bounds(sorted.iter().copied())?;
        let number = sorted.len() as f64;
        let quartile = |share: f64| sorted[(share * (number - 1.0)).round() as usize];
        let ideal = 2.0 * (quartile(0.75) - quartile(0.25)) / number.cbrt();
        let bins = match (high - low) / ideal {
            _ if high == low => 1.0,
            bins if bins.is_finite() => bins.ceil().clamp(1.0, MOST_BINS),
            _ => MOST_BINS,
        };
        // Equal values have one bar.
        let spread = if high > low {
            high - low
        } else {
            low.abs().max(1.0) * 0.1
        };
        let low = if high > low { low } else { low - spread / 2.0 };
        let mut counts = vec![0; bins as usize];
        for value in &sorted {
            let bin = ((value - low) / spread * bins) as usize;
            counts[bin.min(bins as usize - 1)] += 1;
        }
        let mean = sorted.iter().sum::<f64>() / number;
        let variance = sorted
            .iter()
            .map(|value| (value - mean).powi(2))
            .sum::<f64>()
            / number;
        let mut note = format!(
            "{}, mean {}, standard deviation {}",
            of(sorted.len(), "value"),
            short(mean),
            short(variance.sqrt())
        );
        if sorted.len() < values.len() {
            note += &format!(", {} more not finite", grouped(values.len() - sorted.len()));
        }
        Some(Self {
            low,
            width: spread / bins,
            counts,
            note,
        })
    }

    fn draw(&self, title: &str, area: &Area<'_>) -> Drawn {
        let (width, height) = area.dim_in_pixel();
        let edge = px(EDGE);
        let (width, height) = (width as i32 - 2 * edge, height as i32 - 2 * edge);
        let area = area.clone().shrink((edge, edge), (width, height));
        area.draw_text(title, &ink::text(ink::TITLE, ink::STRONG), (0, px(4.0)))?;
        area.draw_text(
            &self.note,
            &ink::text(ink::LABEL, ink::QUIET),
            (0, px(26.0)),
        )?;
        let body = area.shrink((0, px(HEADER)), (width, height - px(HEADER)));
        let most = self.counts.iter().copied().max().unwrap_or(1) as f64;
        let high = self.low + self.width * self.counts.len() as f64;
        // A single bar does not fill the figure.
        let share = if self.counts.len() == 1 { 2.0 } else { 0.02 };
        let air = share * (high - self.low);
        let x = Scale::exact(self.low - air, high + air, 7);
        let y = Scale::whole(0.0, most * 1.05, 4);
        let side = axes::label_width(&y);
        let mut plot = axes::frame(&body, (&x, &y), side, ("value", "count"), Rules::Across)?;
        let bars = self
            .counts
            .iter()
            .enumerate()
            .filter(|(_, count)| **count > 0);
        let bars = bars.map(|(bin, &count)| {
            let left = self.low + self.width * bin as f64;
            let corners = [(left, count as f64), (left + self.width, 0.0)];
            let mut bar = Rectangle::new(corners, ink::SERIES[0].filled());
            // A thin gap between bars.
            bar.set_margin(0, 0, 0, 1);
            bar
        });
        plot.draw_series(bars)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_finite_value_is_counted_once() {
        let values: Vec<f32> = (0..1000).map(|i| (i as f32 * 0.37).sin()).collect();
        let bins = Bins::new(&values).unwrap();
        assert_eq!(bins.counts.iter().sum::<usize>(), 1000);
        assert!(bins.counts.len() > 5 && bins.counts.len() <= 80);
    }

    #[test]
    fn one_value_is_one_bar_around_it() {
        let bins = Bins::new(&[2.0, 2.0, f32::NAN]).unwrap();
        assert_eq!(bins.counts, [2]);
        assert!(bins.low < 2.0 && bins.low + bins.width > 2.0);
        assert!(bins.note.ends_with("1 more not finite"), "{}", bins.note);
        assert!(Bins::new(&[f32::NAN]).is_none());
    }
}
