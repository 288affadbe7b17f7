//! The states of discrete layers, counted.

use paysage_layers::Support;

/// All joint states of some discrete layers, numbered from 0 with the last site fastest.
///
/// ```
/// use paysage_layers::Support;
/// use paysage_models::States;
///
/// let bit = Support::discrete(vec![vec![0.0], vec![1.0]]);
/// let states = States::new([(2, &bit), (1, &bit)]);
/// assert_eq!(states.count(), 8);
/// assert_eq!(states.units(&[0, 3]), [vec![0.0, 0.0, 0.0, 1.0], vec![0.0, 1.0]]);
/// ```
#[derive(Clone, Debug)]
pub struct States {
    /// For each layer, its number of sites and the options of a site.
    layers: Vec<(usize, Vec<Vec<f32>>)>,
}

impl States {
    /// The states of layers with these numbers of units and discrete supports.
    ///
    /// # Panics
    ///
    /// When a support is not discrete.
    pub fn new<'a>(layers: impl IntoIterator<Item = (usize, &'a Support)>) -> Self {
        let layers = layers
            .into_iter()
            .map(|(units, support)| match support {
                Support::Discrete { options, .. } => (units / options[0].len(), options.clone()),
                _ => unreachable!("only discrete layers are enumerated"),
            })
            .collect();
        Self { layers }
    }

    /// How many states there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.layers
            .iter()
            .map(|(sites, options)| options.len().pow(*sites as u32))
            .product()
    }

    /// The logarithm of their number, base 2: a number also where that is none.
    #[must_use]
    pub fn log2_count(&self) -> f64 {
        let logs = self.layers.iter();
        let logs = logs.map(|(sites, options)| *sites as f64 * (options.len() as f64).log2());
        logs.sum()
    }

    /// The units of each layer for these states, row by row.
    #[must_use]
    pub fn units(&self, states: &[usize]) -> Vec<Vec<f32>> {
        let mut tables: Vec<Vec<f32>> = self
            .layers
            .iter()
            .map(|(sites, options)| Vec::with_capacity(states.len() * sites * options[0].len()))
            .collect();
        for &state in states {
            // Digits come out last site first, layers likewise: fill each row from its end.
            let mut rest = state;
            for ((sites, options), table) in self.layers.iter().zip(&mut tables).rev() {
                let width = options[0].len();
                let start = table.len();
                table.resize(start + sites * width, 0.0);
                for site in (0..*sites).rev() {
                    let option = &options[rest % options.len()];
                    rest /= options.len();
                    let at = start + site * width;
                    table[at..at + width].copy_from_slice(option);
                }
            }
        }
        tables
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_comes_once() {
        let bit = Support::discrete(vec![vec![0.0], vec![1.0]]);
        let onehot = Support::discrete(vec![
            vec![1.0, 0.0, 0.0],
            vec![0.0, 1.0, 0.0],
            vec![0.0, 0.0, 1.0],
        ]);
        let states = States::new([(2, &bit), (6, &onehot)]);
        assert_eq!(states.count(), 4 * 9);
        assert_eq!(states.log2_count(), 2.0 + 2.0 * 3.0_f64.log2());
        assert_eq!(
            states.units(&[35]),
            [vec![1.0, 1.0], vec![0.0, 0.0, 1.0, 0.0, 0.0, 1.0]]
        );
        assert_eq!(States::new([]).units(&[0]), Vec::<Vec<f32>>::new());
        let all: Vec<usize> = (0..36).collect();
        let tables = states.units(&all);
        let rows: std::collections::BTreeSet<Vec<u8>> = (0..36)
            .map(|s| {
                let bits = &tables[0][2 * s..2 * s + 2];
                let sites = &tables[1][6 * s..6 * s + 6];
                bits.iter().chain(sites).map(|&x| x as u8).collect()
            })
            .collect();
        assert_eq!(rows.len(), 36);
        assert_eq!(
            states.units(&[1]),
            [vec![0.0, 0.0], vec![1.0, 0.0, 0.0, 0.0, 1.0, 0.0]]
        );
    }
}
