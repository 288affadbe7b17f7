//! The state of parallel tempering.

use burn::tensor::{Int, Tensor, TensorData};
use paysage_kernels::{Replayable, TemperatureLadder, TensorMut};
use paysage_layers::Trainable;
use paysage_models::{BoltzmannMachine, Record, RecordError, Recorded, Scalar, State};

/// The state of [`ParallelTempering`](crate::ParallelTempering): the replicas of all chains, and their
/// inverse temperatures.
///
/// A swap exchanges the temperatures of two replicas and moves no states.
#[derive(Clone, Debug)]
pub struct Replicas {
    /// The replicas of a chain in neighbouring rows: `[chains · replicas, units]` for each layer.
    pub(crate) states: State,
    /// The replica of a chain at each temperature: `[chains, replicas]`.
    pub(crate) order: Tensor<2, Int>,
    /// The row of the first replica of each chain: `[chains, 1]`.
    pub(crate) first: Tensor<2, Int>,
    /// The inverse temperatures.
    pub(crate) ladder: TemperatureLadder,
    /// The replicas at β = 1: `[chains, units]` for each layer.
    pub(crate) samples: State,
}

impl Replicas {
    /// Replicas in the order of their temperatures; those of a chain in neighbouring rows.
    pub(crate) fn new(states: State, ladder: TemperatureLadder) -> Self {
        let replicas = ladder.log_gaps.dims()[1] + 1;
        let chains = states.batch() / replicas;
        let device = states.layers[0].device();
        let order = Tensor::<1, Int>::arange(0..replicas as i64, &device);
        let order = order.unsqueeze::<2>().repeat_dim(0, chains);
        Self::ordered(states, order, ladder)
    }

    fn ordered(states: State, order: Tensor<2, Int>, ladder: TemperatureLadder) -> Self {
        let [chains, replicas] = order.dims();
        let first = Tensor::<1, Int>::arange(0..chains as i64, &order.device()) * replicas as i64;
        Self::placed(states, order, first.unsqueeze_dim(1), ladder)
    }

    /// Replicas in an order, given the row of the first one of each chain.
    pub(crate) fn placed(
        states: State,
        order: Tensor<2, Int>,
        first: Tensor<2, Int>,
        ladder: TemperatureLadder,
    ) -> Self {
        let rows = order.clone().narrow(1, 0, 1) + first.clone();
        Self {
            samples: states.gathered(&rows.squeeze_dim(1)),
            states,
            order,
            first,
            ladder,
        }
    }

    /// The inverse temperatures in descending order, from 1.
    #[must_use]
    pub fn betas(&self) -> Vec<f64> {
        self.ladder.betas.to_data().iter().collect()
    }

    /// The mean probability of a swap of each pair of neighbouring temperatures: over all steps since
    /// the adaptation of the temperatures ended, or over about the last 20 while they adapt.
    #[must_use]
    pub fn swap_rates(&self) -> Vec<f64> {
        self.ladder.rates.to_data().iter().collect()
    }

    /// The number of replicas of each chain.
    #[must_use]
    pub fn replicas(&self) -> usize {
        self.order.dims()[1]
    }
}

const STATES: &str = "states";
const ORDER: &str = "order";
const LOG_GAPS: &str = "log_gaps";
const RATES: &str = "rates";
const BETAS: &str = "betas";
const STEPS: &str = "steps";

impl Replayable for Replicas {
    fn tensors(&mut self, visit: &mut dyn FnMut(TensorMut<'_>)) -> bool {
        let ladder = &mut self.ladder;
        let floats = [&mut ladder.log_gaps, &mut ladder.rates, &mut ladder.betas];
        floats
            .map(TensorMut::Matrix)
            .into_iter()
            .for_each(&mut *visit);
        let integers = [&mut self.order, &mut self.first, &mut ladder.steps];
        integers
            .map(TensorMut::Integers)
            .into_iter()
            .for_each(&mut *visit);
        self.states.tensors(visit) && self.samples.tensors(visit)
    }
}

impl<L: Trainable> Recorded<L> for Replicas {
    fn record(&self) -> Record {
        let mut record = Record::default();
        record.nest(STATES, Recorded::<L>::record(&self.states));
        let order: Vec<f32> = self.order.to_data().iter().collect();
        let order = TensorData::new(order, self.order.dims());
        record.tensors.insert(ORDER.into(), order);
        record.put(LOG_GAPS, &self.ladder.log_gaps);
        record.put(RATES, &self.ladder.rates);
        record.put(BETAS, &self.ladder.betas);
        let steps = Scalar::UInt(self.ladder.steps.clone().into_scalar());
        record.scalars.insert(STEPS.into(), steps);
        record
    }

    fn restore(mut record: Record, machine: &BoltzmannMachine<L>) -> Result<Self, RecordError> {
        let states: State = Recorded::<L>::restore(record.take_nested(STATES), machine)?;
        let options = (&machine.device(), machine.dtype());
        let log_gaps = record.take::<2>(LOG_GAPS, options)?;
        let rates = record.take::<2>(RATES, options)?;
        // Records of earlier versions have none.
        let betas = match record.tensors.contains_key(BETAS) {
            true => Some(record.take::<2>(BETAS, options)?),
            false => None,
        };
        let order = record.tensors.remove(ORDER);
        let order = order.ok_or_else(|| RecordError::Missing { name: ORDER.into() })?;
        let steps = record.take_uint(STEPS)?;
        record.finish()?;
        let pairs = log_gaps.dims()[1].max(1);
        check_shape(LOG_GAPS, &log_gaps.dims(), &[1, pairs])?;
        check_shape(RATES, &rates.dims(), &[1, pairs])?;
        let expected = [(states.batch() / (pairs + 1)).max(1), pairs + 1];
        check_shape(ORDER, order.shape().as_slice(), &expected)?;
        check_shape(STATES, &[states.batch()], &[expected[0] * expected[1]])?;
        let order: Vec<i64> = order.iter::<i64>().collect();
        if !order.chunks(pairs + 1).all(is_permutation) {
            return Err(RecordError::Missing { name: ORDER.into() });
        }
        let order = TensorData::new(order, expected);
        let order = Tensor::<2, Int>::from_data(order, &machine.device());
        let steps = TemperatureLadder::count(steps, &machine.device());
        let mut ladder = TemperatureLadder::new(log_gaps, rates, steps);
        if let Some(betas) = betas {
            check_shape(BETAS, &betas.dims(), &[1, pairs + 1])?;
            // Their last bit depends on who computed them.
            ladder.betas = betas;
        }
        Ok(Self::ordered(states, order, ladder))
    }
}

fn check_shape(name: &str, found: &[usize], expected: &[usize]) -> Result<(), RecordError> {
    match found == expected {
        true => Ok(()),
        false => Err(RecordError::Shape {
            name: name.into(),
            found: found.to_vec(),
            expected: expected.to_vec(),
        }),
    }
}

fn is_permutation(order: &[i64]) -> bool {
    let mut sorted = order.to_vec();
    sorted.sort_unstable();
    sorted.into_iter().eq(0..order.len() as i64)
}
