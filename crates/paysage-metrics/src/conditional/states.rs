//! The joint states of some sites, counted.

use std::iter::repeat_n;

use paysage_layers::{Layer, Support};

/// Sites and the options of each: the states are numbered from 0, with the last site fastest.
#[derive(Clone, Debug, Default)]
pub(super) struct States {
    sites: Vec<Vec<Vec<f32>>>,
}

impl States {
    /// Adds the sites of a layer; not those of a layer that takes real values, and then says so.
    pub fn add<L: Layer>(&mut self, layer: &L) -> bool {
        let Support::Discrete { options, .. } = layer.support() else {
            return false;
        };
        let sites = layer.units() / options[0].len();
        self.sites.extend(repeat_n(options, sites));
        true
    }

    /// The number of states, as a power of 2.
    pub fn log2_count(&self) -> f64 {
        let logs = self
            .sites
            .iter()
            .map(|options| (options.len() as f64).log2());
        logs.sum()
    }

    /// The number of states.
    pub fn count(&self) -> usize {
        self.sites.iter().map(Vec::len).product()
    }

    /// The units of one of them, site by site.
    pub fn units(&self, state: usize) -> Vec<f32> {
        let mut rest = state;
        let chosen = self.sites.iter().rev().map(|options| {
            let option = &options[rest % options.len()];
            rest /= options.len();
            option
        });
        let chosen: Vec<&Vec<f32>> = chosen.collect();
        chosen.into_iter().rev().flatten().copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use paysage_kernels::default_device;
    use paysage_layers::{AnyLayer, Bernoulli, Gaussian, OneHot};

    use super::*;

    #[test]
    fn the_last_site_is_the_fastest() {
        let device = default_device().expect("a backend");
        let layers: [AnyLayer; 3] = [
            Bernoulli::new(1, &device).into(),
            OneHot::new(1, 3, &device).into(),
            Gaussian::new(1, &device).into(),
        ];
        let mut states = States::default();
        assert_eq!(layers.map(|layer| states.add(&layer)), [true, true, false]);
        assert_eq!((states.count(), states.log2_count()), (6, 6.0_f64.log2()));
        let all: Vec<Vec<f32>> = (0..6).map(|state| states.units(state)).collect();
        assert_eq!(all[1], [0.0, 0.0, 1.0, 0.0]);
        assert_eq!(all[5], [1.0, 0.0, 0.0, 1.0]);
        assert_eq!(States::default().units(0), [0.0; 0]);
    }
}
