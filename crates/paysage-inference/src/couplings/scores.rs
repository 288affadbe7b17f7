//! Scores of pairs of sites.

/// A score of every pair of sites.
#[derive(Clone, Debug, PartialEq)]
pub struct PairScores {
    sites: usize,
    /// `[sites, sites]`, symmetric with zeros on the diagonal.
    values: Vec<f64>,
}

/// The score of a pair of sites, counted from 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PairScore {
    /// The first site.
    pub first: usize,
    /// The second site, after the first one.
    pub second: usize,
    /// The score.
    pub score: f64,
}

impl PairScores {
    /// The scores of pairs i < j of so many sites.
    #[must_use]
    pub fn of(sites: usize, score: impl Fn(usize, usize) -> f64) -> Self {
        let mut values = vec![0.0; sites * sites];
        for i in 0..sites {
            for j in i + 1..sites {
                let score = score(i, j);
                values[i * sites + j] = score;
                values[j * sites + i] = score;
            }
        }
        Self { sites, values }
    }

    /// The score of two sites; 0 for a site with itself.
    ///
    /// # Panics
    ///
    /// When there is no such site.
    #[must_use]
    pub fn get(&self, first: usize, second: usize) -> f64 {
        assert!(
            first < self.sites && second < self.sites,
            "sites {first} and {second} of {}",
            self.sites
        );
        self.values[first * self.sites + second]
    }

    /// All scores, `[sites, sites]`, row-major: symmetric with zeros on the diagonal.
    #[must_use]
    pub fn matrix(&self) -> &[f64] {
        &self.values
    }

    /// The average product correction, which removes what scores owe to the variability of either site:
    ///
    /// ```text
    /// S_ij → S_ij − ⟨S_i⟩ ⟨S_j⟩ / ⟨S⟩
    /// ```
    ///
    /// ⟨S_i⟩ is the mean over the other sites, ⟨S⟩ that over all pairs. Scores whose mean is 0 stay.
    ///
    /// Dunn, Wahl & Gloor, "Mutual information without the influence of phylogeny or entropy dramatically
    /// improves residue contact prediction", Bioinformatics 24, 2008.
    ///
    /// ```
    /// use paysage_inference::PairScores;
    ///
    /// // Products of strengths of sites leave nothing but what the missing diagonal contributes.
    /// let equal = PairScores::of(4, |_, _| 2.0);
    /// assert!(equal.average_product_correction().matrix().iter().all(|x| x.abs() < 1e-12));
    /// ```
    #[must_use]
    pub fn average_product_correction(&self) -> Self {
        let others = (self.sites.max(2) - 1) as f64;
        let rows = self.values.chunks(self.sites.max(1));
        let means: Vec<f64> = rows.map(|row| row.iter().sum::<f64>() / others).collect();
        let mean = means.iter().sum::<f64>() / means.len().max(1) as f64;
        Self::of(self.sites, |i, j| {
            let score = self.get(i, j);
            match mean == 0.0 {
                true => score,
                false => score - means[i] * means[j] / mean,
            }
        })
    }

    /// The pairs of sites at least `separation` apart, in descending order of their scores.
    #[must_use]
    pub fn ranked(&self, separation: usize) -> Vec<PairScore> {
        let pair = |first: usize, second: usize| PairScore {
            first,
            second,
            score: self.get(first, second),
        };
        let firsts = 0..self.sites;
        let pairs = firsts.flat_map(|i| (i + separation.max(1)..self.sites).map(move |j| (i, j)));
        let mut pairs: Vec<PairScore> = pairs.map(|(i, j)| pair(i, j)).collect();
        pairs.sort_by(|a, b| b.score.total_cmp(&a.score));
        pairs
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_correction_is_that_of_the_definition() {
        let score = |i: usize, j: usize| (i * 3 + j) as f64;
        let scores = PairScores::of(4, score);
        let mean_of = |i: usize| (0..4).map(|j| scores.get(i, j)).sum::<f64>() / 3.0;
        let all: f64 = (0..4)
            .flat_map(|i| (i + 1..4).map(move |j| score(i, j)))
            .sum();
        let corrected = scores.average_product_correction();
        for (i, j) in [(0, 1), (1, 3), (3, 2)] {
            let expected = scores.get(i, j) - mean_of(i) * mean_of(j) / (all / 6.0);
            assert!((corrected.get(i, j) - expected).abs() < 1e-12);
        }
        assert_eq!(corrected.get(2, 2), 0.0);
    }

    #[test]
    fn zeros_and_single_sites_have_no_correction() {
        for sites in [1, 2, 3] {
            let zeros = PairScores::of(sites, |_, _| 0.0);
            assert_eq!(zeros.average_product_correction(), zeros);
        }
        assert!(PairScores::of(1, |_, _| 1.0).ranked(1).is_empty());
    }

    #[test]
    fn pairs_are_ranked_by_score() {
        let scores = PairScores::of(3, |i, j| [5.0, 1.0, 9.0][i + j - 1]);
        let order = |separation| -> Vec<(usize, usize)> {
            let ranked = scores.ranked(separation);
            ranked
                .iter()
                .map(|pair| (pair.first, pair.second))
                .collect()
        };
        assert_eq!(order(0), [(1, 2), (0, 1), (0, 2)]);
        assert_eq!(order(2), [(0, 2)]);
    }
}
