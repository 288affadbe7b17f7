//! Quantities of chains, recorded while they run.

use burn::tensor::Tensor;
use paysage_layers::Trainable;
use paysage_models::{BoltzmannMachine, State};

use super::{
    ConvergenceDiagnostics, DiagnosticsError,
    series::LEAST_DRAWS,
    unit_moments::{HalfSums, UnitMoments},
};

/// Records the energy and the visible units of chains while they run.
///
/// Chains may run in batches, one batch after the other: each has the same number of draws. Energies are
/// kept; of the visible units only sums are, on the device.
///
/// ```
/// use paysage_kernels::{RandomKey, default_device};
/// use paysage_layers::Bernoulli;
/// use paysage_models::BoltzmannMachine;
/// use paysage_samplers::{Chain, ChainTrace, Conditions, Gibbs};
///
/// let device = default_device()?;
/// let layers = vec![Bernoulli::new(6, &device), Bernoulli::new(4, &device)];
/// let mut machine = BoltzmannMachine::chain(layers)?;
/// machine.layers[0].loc = machine.layers[0].loc.clone() + 0.5;
/// let mut trace = ChainTrace::new(200)?;
/// let mut state = machine.random_state(10, RandomKey::new(1));
/// for step in 0..200 {
///     let key = RandomKey::new(2).split(step);
///     (state, _) = Gibbs.step(&machine, state, &Conditions::default(), key);
///     trace.record(&machine, &state);
/// }
/// assert!(trace.energy()?.r_hat < 1.1);
/// assert_eq!(trace.unit_r_hats().len(), 6);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct ChainTrace {
    draws: usize,
    /// Of the chains of finished batches, draw by draw.
    energies: Vec<Vec<f64>>,
    units: UnitMoments,
    /// The energies of the batch that runs, `[chains]` for each draw.
    running: Vec<Tensor<1>>,
    half: Option<HalfSums>,
}

impl ChainTrace {
    /// A trace of chains with so many draws each.
    ///
    /// # Errors
    ///
    /// When there are fewer than 8 draws.
    pub fn new(draws: usize) -> Result<Self, DiagnosticsError> {
        match draws < LEAST_DRAWS {
            true => Err(DiagnosticsError::TooShort {
                draws,
                needed: LEAST_DRAWS,
            }),
            false => Ok(Self {
                draws,
                energies: Vec::new(),
                units: UnitMoments::default(),
                running: Vec::new(),
                half: None,
            }),
        }
    }

    /// Records a draw of each chain of a batch. After the last draw another batch of chains begins.
    pub fn record<L: Trainable>(&mut self, machine: &BoltzmannMachine<L>, samples: &State) {
        let (draw, half) = (self.running.len(), self.draws / 2);
        self.running.push(machine.energy(samples));
        // The draw in the middle of an odd number belongs to no half.
        if draw < half || draw >= self.draws - half {
            let units = machine.visible_of(samples);
            match &mut self.half {
                Some(sums) => sums.add(units),
                none => *none = Some(HalfSums::new(units)),
            }
        }
        let ends = draw + 1 == half || draw + 1 == self.draws;
        if let Some(sums) = self.half.take_if(|_| ends) {
            self.units.add(sums);
        }
        if draw + 1 == self.draws {
            let energies: Tensor<2> = Tensor::stack(std::mem::take(&mut self.running), 1);
            let energies: Vec<f64> = energies.into_data().iter().collect();
            let chains = energies.chunks(self.draws).map(<[f64]>::to_vec);
            self.energies.extend(chains);
        }
    }

    /// The energies of all chains of finished batches in nats: `[chains, draws]`.
    #[must_use]
    pub fn energies(&self) -> &[Vec<f64>] {
        &self.energies
    }

    /// The diagnostics of the energy.
    ///
    /// # Errors
    ///
    /// When no batch is finished, or all energies are equal or not finite.
    pub fn energy(&self) -> Result<ConvergenceDiagnostics, DiagnosticsError> {
        ConvergenceDiagnostics::of(&self.energies)
    }

    /// [`split_r_hat`](super::split_r_hat) of each visible unit; `None` for units that are constant in
    /// all chains.
    #[must_use]
    pub fn unit_r_hats(&self) -> Vec<Option<f64>> {
        self.units.r_hats()
    }
}

#[cfg(test)]
mod tests {
    use paysage_kernels::RandomKey;
    use paysage_layers::LayerKind;
    use paysage_testkit::machines;

    use super::*;
    use crate::{Chain, Conditions, Gibbs, split_r_hat};

    /// Two batches of chains against the same draws on the host, with a number of draws that is odd.
    #[test]
    fn sums_on_the_device_give_the_r_hat_of_the_draws() {
        let (draws, chains) = (41, 3);
        let kinds = [LayerKind::gaussian(2), LayerKind::bernoulli(2)];
        let machine = machines::chain(&kinds, 0.5, false, RandomKey::new(120));
        let mut trace = ChainTrace::new(draws).expect("enough draws");
        let mut units = vec![Vec::<Vec<f64>>::new(); 2];
        for batch in 0..2 {
            let key = RandomKey::new(121).split(batch);
            let mut state = machine.random_state(chains, key.split(0));
            let mut of_batch = vec![vec![Vec::new(); chains]; 2];
            for draw in 0..draws {
                let key = key.split(1 + draw as u64);
                (state, _) = Gibbs.step(&machine, state, &Conditions::default(), key);
                trace.record(&machine, &state);
                let values: Vec<f64> = state.layers[0].to_data().iter().collect();
                for (place, value) in values.into_iter().enumerate() {
                    of_batch[place % 2][place / 2].push(value);
                }
            }
            for (all, of_batch) in units.iter_mut().zip(of_batch) {
                all.extend(of_batch);
            }
        }
        assert_eq!(trace.energies().len(), 2 * chains);
        for (found, chains) in trace.unit_r_hats().into_iter().zip(&units) {
            let expected = split_r_hat(chains).expect("a series");
            let found = found.expect("no constant");
            assert!((found - expected).abs() < 1e-4, "{found}, {expected}");
        }
    }

    #[test]
    fn a_constant_unit_has_no_r_hat() {
        let machine = machines::chain(
            &[LayerKind::bernoulli(2), LayerKind::bernoulli(1)],
            0.5,
            false,
            RandomKey::new(122),
        );
        let mut trace = ChainTrace::new(8).expect("enough draws");
        for draw in 0..8 {
            let mut state = machine.zeros(2);
            if draw % 2 == 1 {
                let first = state.layers[0].clone().narrow(1, 0, 1).ones_like();
                let last = first.zeros_like();
                state.layers[0] = Tensor::cat(vec![first, last], 1);
            }
            trace.record(&machine, &state);
        }
        let r_hats = trace.unit_r_hats();
        assert!(r_hats[0].is_some_and(f64::is_finite) && r_hats[1].is_none());
    }
}
