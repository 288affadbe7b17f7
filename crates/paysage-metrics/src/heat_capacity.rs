//! Heat capacity.

use paysage_layers::{Layer, Trainable};

use crate::{
    Evaluation, GibbsChains, Measurement, Metric, MetricError, Pending, SamplesError,
    measurement::deviation,
};

/// Heat capacity of a machine per unit at β = 1: the variance of the energy of its states over the number
/// of units of all layers, in nats² per unit.
///
/// ```text
/// C = −β² ∂⟨E⟩/∂β / units = (⟨E²⟩ − ⟨E⟩²) / units
/// ```
///
/// It has a maximum near a phase transition. It is estimated from the states of chains; the standard error
/// is that of independent chains.
///
/// Tkačik, Mora, Marre, Amodei, Palmer, Berry & Bialek, "Thermodynamics and signatures of criticality in
/// a network of neurons", 2015.
///
/// ```
/// use paysage_data::BarsAndStripes;
/// use paysage_kernels::{RandomKey, default_device};
/// use paysage_layers::Gaussian;
/// use paysage_metrics::{HeatCapacity, Metric};
/// use paysage_models::{BoltzmannMachine, Silent};
///
/// let device = default_device()?;
/// let machine = BoltzmannMachine::chain(vec![Gaussian::new(9, &device), Gaussian::new(4, &device)])?;
/// let data = BarsAndStripes { size: 3 }.generate();
/// let found = HeatCapacity::default().run(&machine, &data, RandomKey::new(1), &mut Silent)?;
/// // The equipartition theorem: ½ for each normal unit.
/// assert!((found.value - 0.5).abs() < 4.0 * found.standard_error.expect("an estimate"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct HeatCapacity {
    /// The chains, where the evaluation has none ([`Evaluation::chains`]).
    pub chains: GibbsChains,
}

impl<L: Trainable> Metric<L> for HeatCapacity {
    fn name(&self) -> &str {
        "heat_capacity"
    }

    fn uses_chains(&self) -> bool {
        true
    }

    fn uses_rows(&self) -> bool {
        false
    }

    /// # Errors
    ///
    /// When there are fewer than two chains, or the machine cannot be normalized.
    fn start(&self, on: Evaluation<'_, L>) -> Result<Pending, MetricError> {
        let machine = on.machine;
        let state = match on.chains {
            Some(state) => state.clone(),
            None => self.chains.run(machine, on.key, on.progress)?,
        };
        if state.batch() < 2 {
            return Err(MetricError::Samples(SamplesError::TooFew {
                name: "chains of the machine".to_owned(),
                found: state.batch(),
                least: 2,
            }));
        }
        let units: usize = machine.layers.iter().map(Layer::units).sum();
        let energies = vec![machine.energy(&state)];
        Ok(Pending::new(energies, move |energies| {
            of_energies(energies, units as f64)
        }))
    }
}

/// The variance of energies per unit. The standard error follows from the fourth moment (Mood, Graybill &
/// Boes, "Introduction to the theory of statistics", 1974, VI.2).
fn of_energies(energies: &[f64], units: f64) -> Measurement {
    let count = energies.len() as f64;
    let mean = energies.iter().sum::<f64>() / count;
    let variance = deviation(energies, mean).map_or(f64::NAN, |deviation| deviation.powi(2));
    let fourth = energies.iter().map(|e| (e - mean).powi(4)).sum::<f64>() / count;
    let error = (fourth - variance.powi(2) * (count - 3.0) / (count - 1.0)) / count;
    Measurement {
        standard_error: Some(error.max(0.0).sqrt() / units),
        ..Measurement::estimate(variance / units)
    }
}
