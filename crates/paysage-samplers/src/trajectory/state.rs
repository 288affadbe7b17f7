//! The state of trajectory parallel tempering.

use burn::tensor::{DType, Device, Tensor};
use paysage_kernels::Replayable;
use paysage_layers::{AnyLayer, Layer, Trainable};
use paysage_models::{BoltzmannMachine, Info, Record, RecordError, Recorded, Scalar, State};

use super::{machine_record, pair::Pair};

/// The state of [`TrajectoryTempering`](super::TrajectoryTempering) and
/// [`GrowingTrajectory`](super::GrowingTrajectory): the machines of the ladder, and a population of
/// chains for each of them and for the sampled machine.
#[derive(Clone, Debug)]
pub struct Trajectory<L: Layer = AnyLayer> {
    /// The machines below the sampled one, from the bottom.
    pub(super) ladder: Vec<BoltzmannMachine<L>>,
    /// The states of each machine, of the sampled one last: `[chains, units]` for each layer.
    pub(super) populations: Vec<State>,
    /// Each pair of neighbours, from the bottom.
    pub(super) pairs: Vec<Pair>,
    /// The number of steps so far.
    pub(super) steps: usize,
    /// The step from which on the ladder may grow, and the number of steps until the next one.
    pub(super) check: (usize, usize),
    /// Of the last step.
    pub(super) works: Vec<Works>,
}

/// Log weights of two neighbouring machines in one step, in nats: those of Bennett's acceptance ratio.
#[derive(Clone, Debug)]
pub struct Works {
    /// The pair: that of machine `pair` and the one above it, counted from the bottom.
    pub pair: usize,
    /// F(x) − F'(x) of states x of the lower machine, where F' is the free energy of the upper one: the
    /// mean of its exponential is Z'/Z. `[chains]`.
    pub forward: Tensor<1>,
    /// F'(x) − F(x) of states x of the upper machine; the mean of its exponential is Z/Z'. `[chains]`.
    pub reverse: Tensor<1>,
}

impl Works {
    /// The swap probabilities min(1, exp(forward + reverse)): `[chains]`.
    #[must_use]
    pub fn swap_probabilities(&self) -> Tensor<1> {
        let log_ratio = self.forward.clone() + self.reverse.clone();
        log_ratio.clamp_max(0.0).exp()
    }
}

impl<L: Trainable> Trajectory<L> {
    /// A population for each machine of a ladder and for the sampled one, all at the same states.
    pub(super) fn new(ladder: Vec<BoltzmannMachine<L>>, states: State) -> Self {
        let populations = vec![states; ladder.len() + 1];
        Self::at(ladder, populations)
    }

    pub(super) fn at(ladder: Vec<BoltzmannMachine<L>>, populations: Vec<State>) -> Self {
        let unknown = || Pair::unknown(Self::options_of(&populations[0]));
        Self {
            pairs: ladder.iter().map(|_| unknown()).collect(),
            ladder,
            populations,
            steps: 0,
            check: (0, LEAST_INTERVAL),
            works: Vec::new(),
        }
    }

    /// The machines below the sampled one, from the bottom.
    #[must_use]
    pub fn ladder(&self) -> &[BoltzmannMachine<L>] {
        &self.ladder
    }

    /// The states of each machine of the ladder, and those of the sampled machine last.
    #[must_use]
    pub fn populations(&self) -> &[State] {
        &self.populations
    }

    /// The mean probability of a swap of each pair of neighbours, from the bottom.
    #[must_use]
    pub fn swap_rates(&self) -> Vec<f64> {
        let rates = self.rates();
        rates.map_or_else(Vec::new, |rates| rates.into_data().iter().collect())
    }

    /// The mean swap probabilities, `[pairs]`; nothing without pairs.
    fn rates(&self) -> Option<Tensor<1>> {
        let rates = self.pairs.iter().map(|pair| pair.rate.clone());
        (!self.pairs.is_empty()).then(|| Tensor::cat(rates.collect(), 0))
    }

    /// The device and the float type of states.
    pub(super) fn options_of(states: &State) -> (Device, DType) {
        let units = &states.layers[0];
        (units.device(), units.dtype())
    }

    /// The log weights of the last step: those of the even or of the odd pairs.
    #[must_use]
    pub fn works(&self) -> &[Works] {
        &self.works
    }

    pub(super) fn samples(&self) -> &State {
        self.populations
            .last()
            .expect("that of the sampled machine")
    }

    pub(super) fn info(&self) -> Info {
        let (device, dtype) = Self::options_of(self.samples());
        let count = Tensor::full([1], self.ladder.len() as f64, (&device, dtype));
        let mut info = Info::from([("ladder_machines", count)]);
        if let Some(rates) = self.rates() {
            info.insert("swap_rate", rates.clone().mean());
            info.insert("lowest_swap_rate", rates.min());
        }
        info
    }
}

/// The least number of steps between two looks at the swap rate of the sampled machine.
pub(super) const LEAST_INTERVAL: usize = 2;

const MACHINES: &str = "machines";
const STEPS: &str = "steps";
const NEXT: &str = "next_check";
const INTERVAL: &str = "check_interval";

impl<L: Trainable> Replayable for Trajectory<L> {}

impl<L: Trainable> Recorded<L> for Trajectory<L> {
    fn record(&self) -> Record {
        let mut record = Record::default();
        for (rung, machine) in self.ladder.iter().enumerate() {
            let machine = machine_record::record(machine);
            record.nest(&format!("ladder.{rung}"), machine);
        }
        for (rung, states) in self.populations.iter().enumerate() {
            let states = Recorded::<L>::record(states);
            record.nest(&format!("populations.{rung}"), states);
        }
        for (place, pair) in self.pairs.iter().enumerate() {
            pair.record(&mut record, place);
        }
        let counts = [
            (MACHINES, self.ladder.len()),
            (STEPS, self.steps),
            (NEXT, self.check.0),
            (INTERVAL, self.check.1),
        ];
        for (name, count) in counts {
            let count = Scalar::UInt(count as u64);
            record.scalars.insert(name.into(), count);
        }
        record
    }

    fn restore(mut record: Record, machine: &BoltzmannMachine<L>) -> Result<Self, RecordError> {
        let machines = record.take_uint(MACHINES)? as usize;
        let mut ladder = Vec::new();
        let mut pairs = Vec::new();
        let options = (&machine.device(), machine.dtype());
        for rung in 0..machines {
            let of_rung = record.take_nested(&format!("ladder.{rung}"));
            ladder.push(machine_record::restore(of_rung, machine)?);
            pairs.push(Pair::restore(&mut record, rung, options)?);
        }
        let mut populations: Vec<State> = Vec::new();
        for rung in 0..=machines {
            let name = format!("populations.{rung}");
            let states: State = Recorded::<L>::restore(record.take_nested(&name), machine)?;
            let expected = populations.first().map_or(states.batch(), State::batch);
            if states.batch() != expected {
                return Err(RecordError::Shape {
                    name,
                    found: vec![states.batch()],
                    expected: vec![expected],
                });
            }
            populations.push(states);
        }
        let steps = record.take_uint(STEPS)? as usize;
        let check = (
            record.take_uint(NEXT)? as usize,
            record.take_uint(INTERVAL)? as usize,
        );
        record.finish()?;
        Ok(Self {
            ladder,
            populations,
            pairs,
            steps,
            check,
            works: Vec::new(),
        })
    }
}
