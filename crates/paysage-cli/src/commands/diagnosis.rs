//! Convergence diagnostics of chains, printed.

use std::path::Path;

use paysage::{
    layers::AnyLayer,
    models::{BoltzmannMachine, Model, State},
    samplers::{ChainTrace, ConvergenceDiagnostics, Replicas},
};

use crate::{failure::Failure, output};

/// The R̂ above which Vehtari et al. (2021) advise against the use of chains.
const LARGEST_R_HAT: f64 = 1.01;

/// The fewest draws of a chain that have diagnostics.
const LEAST_DRAWS: usize = 8;

/// What is recorded of the last half of the sweeps of chains.
pub(crate) struct Diagnosis {
    sweeps: usize,
    trace: ChainTrace,
    /// How neighbours exchange states, where they do.
    pub(crate) exchange: Option<Exchange>,
}

/// How often neighbours exchange states in the last batch of chains.
pub(crate) struct Exchange {
    /// What the neighbours are, as lines of text.
    pub(crate) neighbours: String,
    /// The rate of each pair of neighbours.
    pub(crate) rates: Vec<f64>,
}

impl Exchange {
    /// Of replicas at different temperatures.
    pub(crate) fn of(replicas: &Replicas) -> Self {
        Self {
            neighbours: format!("inverse temperatures: {}", list(&replicas.betas())),
            rates: replicas.swap_rates(),
        }
    }
}

fn list(numbers: &[f64]) -> String {
    let numbers = numbers.iter().map(|x| format!("{x:.3}"));
    numbers.collect::<Vec<_>>().join(" ")
}

impl Diagnosis {
    /// Of chains of so many sweeps.
    pub(crate) fn new(sweeps: usize) -> Result<Self, Failure> {
        let trace = ChainTrace::new(sweeps.div_ceil(2)).map_err(|_| {
            Failure::input(format_args!(
                "--sweeps: expected at least {} with --diagnose, which uses the last half of them, \
                 got {sweeps}",
                2 * LEAST_DRAWS - 1
            ))
        })?;
        Ok(Self {
            sweeps,
            trace,
            exchange: None,
        })
    }

    /// Records the chains after a sweep, counted from 0.
    pub(crate) fn record(
        &mut self,
        sweep: usize,
        machine: &BoltzmannMachine<AnyLayer>,
        samples: &State,
    ) {
        if sweep >= self.sweeps / 2 {
            self.trace.record(machine, samples);
        }
    }

    /// Prints the diagnostics; on stderr where the samples go to a device or a FIFO, which may be stdout.
    pub(crate) fn print(&self, model: &Model, out: &Path) -> Result<(), Failure> {
        let energy = self.trace.energy();
        let energy = energy.map_err(|error| Failure::work(format_args!("--diagnose: {error}")))?;
        let worst = self.worst_unit();
        let text = self.text(model, &energy, worst);
        match output::is_plain_file(out) {
            true => output::print(text)?,
            false => output::say(text.trim_end()),
        }
        let largest = worst.map_or(energy.r_hat, |(_, r_hat)| r_hat.max(energy.r_hat));
        if largest > LARGEST_R_HAT {
            output::say(format_args!(
                "warning: R-hat is above {LARGEST_R_HAT}: the chains have not reached equilibrium; use \
                 more --sweeps, --tempering or --trajectory"
            ));
        }
        Ok(())
    }

    /// The visible unit with the largest R̂, and its R̂; nothing where all units are constant.
    fn worst_unit(&self) -> Option<(usize, f64)> {
        let r_hats = self.trace.unit_r_hats().into_iter().enumerate();
        let varying = r_hats.filter_map(|(unit, r_hat)| r_hat.map(|r_hat| (unit, r_hat)));
        varying.max_by(|(_, a), (_, b)| a.total_cmp(b))
    }

    fn text(
        &self,
        model: &Model,
        energy: &ConvergenceDiagnostics,
        worst: Option<(usize, f64)>,
    ) -> String {
        let chains = self.trace.energies().len();
        let error = energy.standard_error;
        let digits = output::decimals(error).saturating_sub(3);
        let mut text = format!(
            "{chains} {} over the last {} of {} sweeps\n\
             energy: {} ± {error:.digits$} nats, autocorrelation time {:.1} sweeps, effective sample \
             size {:.0}, R-hat {:.3}\n",
            match chains {
                1 => "chain",
                _ => "chains",
            },
            self.sweeps.div_ceil(2),
            self.sweeps,
            output::number(energy.mean, digits),
            energy.autocorrelation_time,
            energy.effective_sample_size,
            energy.r_hat,
        );
        text += &match worst {
            Some((unit, r_hat)) => format!(
                "largest R-hat of a column: {r_hat:.3} ({})\n",
                model.layout.unit_names()[unit]
            ),
            None => "all columns are constant\n".to_owned(),
        };
        if let Some(Exchange { neighbours, rates }) = &self.exchange {
            text += &format!("{neighbours}\nswap rates: {}\n", list(rates));
        }
        text
    }
}
