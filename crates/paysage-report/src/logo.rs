//! Weight logos: letters stacked by weight, one column for each site.

use std::path::Path;

use plotters::style::RGBColor;

use crate::ReportError;
use crate::canvas::{DOTS_PER_METRE, EDGE, WIDTH, px};
use crate::font;
use crate::ink;
use crate::palette::Rgb;
use crate::picture::Picture;

/// Sizes in points of the page.
const TITLE_LINE: f64 = 24.0;
const BODY: f64 = 120.0;
const FOOT: f64 = 26.0;
/// Widest and narrowest column of a site.
const COLUMN: (f64, f64) = (28.0, 4.0);
/// Letters lower than this are not drawn.
const LOWEST: f64 = 1.0;

/// The weights of a hidden unit to the states of sites.
pub(crate) struct Logo {
    pub(crate) title: String,
    /// The names of the states and the weights of each site.
    pub(crate) sites: Vec<Vec<(String, f32)>>,
}

/// Draws logos below one another: letters of positive weights above the line, of negative ones below it,
/// the largest outside, all logos with their own scale.
pub(crate) fn logos(logos: &[Logo], path: &Path) -> Result<(), ReportError> {
    let most = logos.iter().map(|logo| logo.sites.len()).max().unwrap_or(0);
    let column = ((WIDTH - 2.0 * EDGE) / most.max(1) as f64).clamp(COLUMN.1, COLUMN.0);
    let width = (2.0 * EDGE + column * most as f64).max(WIDTH / 2.0);
    let height = logos.len() as f64 * (TITLE_LINE + BODY + FOOT) + 2.0 * EDGE;
    let picture = Picture::new(px(width) as usize, px(height).max(1) as usize, path)?;
    let mut picture = picture.with_density(DOTS_PER_METRE);
    for (place, logo) in logos.iter().enumerate() {
        let top = EDGE + place as f64 * (TITLE_LINE + BODY + FOOT);
        logo.draw(&mut picture, top, column);
    }
    picture.write(path)
}

impl Logo {
    /// The largest heights of a stack above and below the line, in weights.
    fn reach(&self) -> [f64; 2] {
        let sum = |site: &Vec<(String, f32)>, sign: f32| -> f64 {
            let weights = site
                .iter()
                .map(|(_, weight)| f64::from((weight * sign).max(0.0)));
            weights.sum()
        };
        [1.0, -1.0].map(|sign| {
            let sums = self.sites.iter().map(|site| sum(site, sign));
            sums.filter(|sum| sum.is_finite()).fold(0.0, f64::max)
        })
    }

    fn draw(&self, picture: &mut Picture, top: f64, column: f64) {
        write(
            picture,
            &self.title,
            ink::TITLE,
            ink::STRONG,
            (EDGE, top + 14.0),
        );
        let [above, below] = self.reach();
        let per_weight = match above + below > 0.0 {
            true => BODY / (above + below),
            false => 0.0,
        };
        let line = top + TITLE_LINE + above * per_weight;
        for (site, weights) in self.sites.iter().enumerate() {
            let left = EDGE + column * site as f64;
            for (sign, outward) in [(1.0, -1.0), (-1.0, 1.0)] {
                let mut base = line;
                for (index, name, weight) in stack(weights, sign) {
                    let height = weight * per_weight;
                    let end = base + outward * height;
                    if height >= LOWEST {
                        // A gap between columns where they are wide enough.
                        let size = (column * 0.94, height * 0.97);
                        let corner = (left + column * 0.03, base.min(end));
                        letter(picture, name, colour(name, index), corner, size);
                    }
                    base = end;
                }
            }
        }
        let width = px(column * self.sites.len() as f64) as usize;
        let corner = (px(EDGE) as usize, px(line) as usize);
        picture.fill(corner, (width, 1), rgb(ink::AXIS));
        self.numbers(picture, top + TITLE_LINE + BODY, column);
    }

    /// The numbers of sites below the letters, as many as fit.
    fn numbers(&self, picture: &mut Picture, top: f64, column: f64) {
        let widest = font::width(&self.sites.len().to_string(), ink::LABEL) + 8.0;
        let steps = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000];
        let fits = |step: &&usize| **step as f64 * column >= widest;
        let step = steps.iter().find(fits).copied().unwrap_or(1000);
        for number in (1..=self.sites.len()).filter(|number| number.is_multiple_of(step)) {
            let text = number.to_string();
            let middle = EDGE + column * (number as f64 - 0.5);
            let left = middle - font::width(&text, ink::LABEL) / 2.0;
            write(picture, &text, ink::LABEL, ink::QUIET, (left, top + 15.0));
        }
    }
}

/// The states of a site whose weight has a sign, from the smallest magnitude to the largest: number, name
/// and magnitude.
fn stack(weights: &[(String, f32)], sign: f32) -> Vec<(usize, &str, f64)> {
    let states = weights.iter().enumerate();
    let chosen = states.map(|(index, (name, weight))| (index, &**name, f64::from(weight * sign)));
    let mut chosen: Vec<_> = chosen
        .filter(|(_, _, w)| *w > 0.0 && w.is_finite())
        .collect();
    chosen.sort_by(|a, b| a.2.total_cmp(&b.2));
    chosen
}

/// The colour of a state: amino acids by their chemistry, others by their number.
fn colour(name: &str, index: usize) -> RGBColor {
    let [blue, orange, green, purple, yellow, _] = ink::SERIES;
    match name {
        "A" | "V" | "L" | "I" | "M" | "F" | "W" | "C" => blue,
        "K" | "R" | "H" => orange,
        "S" | "T" | "N" | "Q" | "Y" => green,
        "D" | "E" => purple,
        "G" | "P" => yellow,
        "-" => ink::QUIET,
        _ => ink::SERIES[index % ink::SERIES.len()],
    }
}

fn rgb(colour: RGBColor) -> Rgb {
    [colour.0, colour.1, colour.2]
}

/// A text with its base line at a point of the page.
fn write(picture: &mut Picture, text: &str, size: f64, colour: RGBColor, (x, y): (f64, f64)) {
    let base = (f64::from(px(x)), f64::from(px(y)));
    font::draw(text, f64::from(px(size)), base, |x, y, cover| {
        picture.blend(x, y, rgb(colour), cover);
    });
}

/// A text that fills a box of the page.
fn letter(
    picture: &mut Picture,
    text: &str,
    colour: RGBColor,
    corner: (f64, f64),
    size: (f64, f64),
) {
    let pixels = |(x, y): (f64, f64)| (x * f64::from(px(1.0)), y * f64::from(px(1.0)));
    font::stretch(text, pixels(corner), pixels(size), |x, y, cover| {
        picture.blend(x, y, rgb(colour), cover);
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site(weights: &[(&str, f32)]) -> Vec<(String, f32)> {
        let named = weights
            .iter()
            .map(|(name, weight)| ((*name).to_owned(), *weight));
        named.collect()
    }

    #[test]
    fn letters_are_stacked_by_weight_on_either_side() {
        let weights = site(&[
            ("A", 0.5),
            ("C", -1.0),
            ("D", 2.0),
            ("E", 0.0),
            ("F", f32::NAN),
        ]);
        let names = |sign| -> Vec<&str> {
            let stack = stack(&weights, sign).into_iter();
            stack.map(|(_, name, _)| name).collect()
        };
        assert_eq!(names(1.0), ["A", "D"]);
        assert_eq!(names(-1.0), ["C"]);
        let logo = Logo {
            title: "unit 1".into(),
            sites: vec![weights.clone(), site(&[("A", -3.0), ("C", -0.5)])],
        };
        assert_eq!(logo.reach(), [2.5, 3.5]);
    }

    #[test]
    fn degenerate_logos_can_be_drawn() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("logo.png");
        for sites in [vec![site(&[("A", 0.0), ("C", 0.0)])], vec![Vec::new(); 300]] {
            let logo = Logo {
                title: String::new(),
                sites,
            };
            logos(&[logo], &path).unwrap();
        }
        logos(&[], &path).unwrap();
    }
}
