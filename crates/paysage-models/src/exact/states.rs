//! The states of discrete layers, counted.

use paysage_layers::{Domain, Layer};

/// All joint states of some layers with finitely many, numbered from 0 with the last site fastest.
///
/// ```
/// use paysage_layers::Domain;
/// use paysage_models::States;
///
/// let bit = Domain::finite("a bit", &[0.0, 1.0]);
/// let states = States::new([(2, bit.clone()), (1, bit)]);
/// assert_eq!(states.count(), 8);
/// assert_eq!(states.units(&[0, 3]), [vec![0.0, 0.0, 0.0, 1.0], vec![0.0, 1.0]]);
/// ```
#[derive(Clone, Debug)]
pub struct States {
    layers: Vec<Sites>,
}

/// The sites of a layer.
#[derive(Clone, Debug)]
struct Sites {
    count: usize,
    domain: Domain,
    /// Number of states of a site.
    states: usize,
}

impl States {
    /// The states of layers with these numbers of units and these domains.
    ///
    /// # Panics
    ///
    /// When a domain is not finite.
    pub fn new(layers: impl IntoIterator<Item = (usize, Domain)>) -> Self {
        let sites = |(units, domain): (usize, Domain)| Sites {
            count: units / domain.width(),
            states: domain
                .states()
                .expect("layers of finitely many states are enumerated"),
            domain,
        };
        Self {
            layers: layers.into_iter().map(sites).collect(),
        }
    }

    /// The states of these layers.
    ///
    /// # Panics
    ///
    /// When a domain is not finite.
    pub fn of_layers<'a, L: Layer + 'a>(layers: impl IntoIterator<Item = &'a L>) -> Self {
        let layers = layers.into_iter();
        Self::new(layers.map(|layer| (layer.units(), layer.domain())))
    }

    /// Number of states.
    #[must_use]
    pub fn count(&self) -> usize {
        let layers = self.layers.iter();
        layers
            .map(|sites| sites.states.pow(sites.count as u32))
            .product()
    }

    /// The number of states as a power of 2, also where it is larger than any integer.
    #[must_use]
    pub fn log2_count(&self) -> f64 {
        let layers = self.layers.iter();
        let logs = layers.map(|sites| sites.count as f64 * (sites.states as f64).log2());
        logs.sum()
    }

    /// The units of each layer for these states, row by row.
    #[must_use]
    pub fn units(&self, states: &[usize]) -> Vec<Vec<f32>> {
        let row = |sites: &Sites| sites.count * sites.domain.width();
        let table = |sites: &Sites| Vec::with_capacity(states.len() * row(sites));
        let mut tables: Vec<Vec<f32>> = self.layers.iter().map(table).collect();
        for &state in states {
            // Digits come out last site first, layers likewise: fill each row from its end.
            let mut rest = state;
            for (sites, table) in self.layers.iter().zip(&mut tables).rev() {
                let width = sites.domain.width();
                let start = table.len();
                table.resize(start + sites.count * width, 0.0);
                for site in table[start..].chunks_mut(width).rev() {
                    sites.domain.write_state(rest % sites.states, site);
                    rest /= sites.states;
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
        let bit = Domain::finite("a bit", &[0.0, 1.0]);
        let onehot = Domain::OneHot { states: 3 };
        let states = States::new([(2, bit), (6, onehot)]);
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
