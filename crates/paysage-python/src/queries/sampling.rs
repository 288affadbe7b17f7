//! Samples of a model, and how its chains converge.

use paysage::{
    data::{Order, Rows},
    inference::ConditionalSampling,
    kernels::{Child, RandomKey},
    layers::AnyLayer,
    models::{Progress, Stage},
    samplers::{
        Chain, ChainTrace, Clamp, Conditions, ConvergenceDiagnostics, Gibbs, LadderSelection,
        ParallelTempering, Sampler, TrajectoryTempering,
    },
};
use pyo3::{prelude::*, types::PyDict};

use super::{CHUNK, Machine, values};
use crate::{fault::Fault, watch::Watch};

/// Number of sweeps that infer connected hidden layers before rows are sampled.
const ABDUCTION: usize = 100;

/// Samples of the visible units.
#[derive(Default)]
pub(crate) struct Sampling {
    /// Number of samples.
    pub(crate) samples: usize,
    /// Number of Gibbs sweeps.
    pub(crate) sweeps: usize,
    /// Rows of clamped values, NaN for free units; all are free where it is absent.
    pub(crate) given: Option<Vec<f32>>,
    /// Number of replicas at different temperatures.
    pub(crate) tempering: Option<usize>,
    /// Past machines, with whose chains states are exchanged.
    pub(crate) past: Option<Vec<Machine>>,
    /// Whether the last half of the sweeps is recorded.
    pub(crate) diagnose: bool,
}

/// Samples, row after row, and the convergence of their chains.
pub(crate) struct Sampled {
    pub(crate) units: Vec<f32>,
    pub(crate) convergence: Option<Convergence>,
}

/// The convergence of chains over the last half of their sweeps.
pub(crate) struct Convergence {
    energy: ConvergenceDiagnostics,
    /// R̂ of each visible unit; nothing for a constant one.
    r_hats: Vec<Option<f64>>,
    /// Rates of exchange between neighbours.
    swap_rates: Vec<f64>,
}

impl Convergence {
    pub(crate) fn into_dict(self, py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
        let (energy, found) = (self.energy, PyDict::new(py));
        found.set_item("energy", energy.mean)?;
        found.set_item("energy_standard_error", energy.standard_error)?;
        found.set_item("autocorrelation_time", energy.autocorrelation_time)?;
        found.set_item("effective_sample_size", energy.effective_sample_size)?;
        found.set_item("r_hat", energy.r_hat)?;
        found.set_item("unit_r_hats", self.r_hats)?;
        found.set_item("swap_rates", self.swap_rates)?;
        Ok(found)
    }
}

impl Sampling {
    pub(crate) fn run(
        &self,
        machine: &Machine,
        key: RandomKey,
        mut watch: Watch,
    ) -> Result<Sampled, Fault> {
        match (self.tempering, &self.past) {
            (Some(_), Some(_)) => Err(Fault::value(
                "tempering: expected one of tempering and trajectory, got both",
            )),
            (None, None) => self.of_chain(machine, Gibbs, key, watch, |_| Vec::new()),
            (Some(replicas), None) => {
                let chain = ParallelTempering {
                    replicas,
                    adaptation: self.sweeps / 2,
                    ..ParallelTempering::default()
                };
                self.of_chain(machine, chain, key, watch, |state| state.swap_rates())
            }
            (None, Some(past)) => {
                let ladder = LadderSelection::default().run(machine, past, key, &mut watch);
                let ladder =
                    ladder.map_err(|error| Fault::value(format_args!("trajectory: {error}")))?;
                let chain = TrajectoryTempering { ladder };
                self.of_chain(machine, chain, key, watch, |state| state.swap_rates())
            }
        }
    }

    fn of_chain<C: Chain<AnyLayer>>(
        &self,
        machine: &Machine,
        chain: C,
        key: RandomKey,
        mut watch: Watch,
        rates: impl Fn(&C::State) -> Vec<f64> + Send + Sync,
    ) -> Result<Sampled, Fault> {
        let (samples, sweeps) = (self.samples, self.sweeps);
        let free = vec![f32::NAN; machine.visible_units()];
        let given = self.given.as_deref().unwrap_or(&free);
        let mut trace = match self.diagnose {
            true => Some(
                ChainTrace::new(sweeps.div_ceil(2))
                    .map_err(|error| Fault::value(format_args!("sweeps: {error}")))?,
            ),
            false => None,
        };
        let (mut reports, mut swap_rates) = (watch.clone(), Vec::new());
        let mut observe = |sweep: usize, state: &C::State| {
            if let Some(trace) = trace.as_mut().filter(|_| sweep >= sweeps / 2) {
                trace.record(machine, C::samples(state));
                if sweep + 1 == sweeps {
                    swap_rates = rates(state);
                }
            }
            reports.report(Stage::GibbsSampling, sweep + 1, sweeps);
        };
        let sampling = ConditionalSampling { samples, sweeps };
        let mut units = Vec::new();
        for part in sampling.run_chain(machine, chain, given, key, &mut watch, &mut observe)? {
            units.extend(values(part?));
        }
        let convergence = match &trace {
            None => None,
            Some(trace) => Some(Convergence {
                energy: trace.energy()?,
                r_hats: trace.unit_r_hats(),
                swap_rates,
            }),
        };
        Ok(Sampled { units, convergence })
    }
}

/// Hidden units are drawn given the rows, where they are connected by sweeps of their own, and then all units.
pub(crate) fn gibbs(
    machine: &Machine,
    rows: &dyn Rows,
    sweeps: usize,
    key: RandomKey,
    mut watch: Watch,
) -> Result<Vec<f32>, Fault> {
    machine.check_normalizable()?;
    machine.check(rows)?;
    let observed = Conditions::clamped(Clamp::none().layers(&machine.visible));
    let before = match machine.check_restricted() {
        Ok(()) => 1,
        Err(_) => ABDUCTION,
    };
    let mut units = Vec::with_capacity(rows.count() * rows.columns());
    for chunk in rows.chunks(Order::Stored, CHUNK) {
        let chunk = chunk?;
        let key = key.starting_at(chunk.positions[0] as u32);
        let random = machine.random_state(chunk.positions.len(), key.child(Child::Start));
        let given = machine.state_from_visible(machine.tensor_of(&chunk));
        let mut state = random;
        for &layer in &machine.visible {
            state.layers[layer] = given.layers[layer].clone();
        }
        state = Gibbs.run(machine, state, &observed, before, key.child(Child::BurnIn));
        for sweep in 0..sweeps {
            let key = key.child(Child::Sweep(sweep));
            state = Gibbs.sweep(machine, state, &Conditions::default(), key);
            watch.report(Stage::GibbsSampling, sweep + 1, sweeps);
        }
        units.extend(values(machine.visible_of(&state)));
    }
    Ok(units)
}
