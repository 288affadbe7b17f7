//! The lines of the rows of a text.

use super::Origin;

/// The lines of rows: only the first one is kept while they are consecutive.
#[derive(Default)]
pub(crate) struct Lines {
    first: usize,
    count: usize,
    listed: Vec<u32>,
}

impl Lines {
    /// Adds the line of the next row.
    pub(crate) fn push(&mut self, line: usize) {
        if self.count == 0 {
            self.first = line;
        }
        let number = |line| u32::try_from(line).unwrap_or(u32::MAX);
        if self.listed.is_empty() && line != self.first + self.count {
            let before = self.first..self.first + self.count;
            self.listed = before.map(number).collect();
        }
        if !self.listed.is_empty() {
            self.listed.push(number(line));
        }
        self.count += 1;
    }

    /// The positions of the rows; counted as rows where there are no lines.
    pub(crate) fn origin(self) -> Origin {
        match self.listed.is_empty() {
            _ if self.count == 0 => Origin::default(),
            true => Origin::lines_after(self.first.saturating_sub(1)),
            false => Origin::lines(self.listed),
        }
    }
}
