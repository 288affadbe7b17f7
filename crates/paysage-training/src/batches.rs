//! The batches of an epoch.

use burn::tensor::{DType, Device};
use paysage_data::{Chunks, DataError, Order, Rows, read_ahead};
use paysage_kernels::data_limit;
use paysage_layers::Trainable;
use paysage_models::{Batch, BoltzmannMachine, ResidentRows};

/// The rows of a training, and where their batches are made.
pub(crate) struct Batches<'a, R: ?Sized> {
    pub(crate) rows: &'a R,
    place: Place,
    device: Device,
    dtype: DType,
}

/// Where batches are made.
enum Place {
    /// On the host, each when it is needed: for a CPU, which has nothing else to do meanwhile.
    Host,
    /// On the host, and the next chunk of rows is read while the device computes.
    Ahead,
    /// On the device, which keeps all rows.
    Device(ResidentRows),
}

/// Batches of an epoch, in order. An item is an error where rows cannot be read.
pub(crate) type Epoch<'a> = dyn Iterator<Item = Result<Batch, DataError>> + 'a;

impl<'a, R: Rows + ?Sized> Batches<'a, R> {
    /// Batches for a machine on its device. A GPU keeps rows that are in memory, where they fit and none has
    /// gaps; rows on disk stay there, because their memory is limited.
    pub(crate) fn new<L: Trainable>(
        rows: &'a R,
        machine: &BoltzmannMachine<L>,
    ) -> Result<Self, DataError> {
        let on_host = Self::on_host(rows, machine);
        let Some(limit) = data_limit(&machine.device()) else {
            return Ok(on_host);
        };
        let place = match rows.in_memory() {
            true => resident(rows, limit, machine)?.map_or(Place::Ahead, Place::Device),
            false => Place::Ahead,
        };
        Ok(Self { place, ..on_host })
    }

    fn on_host<L: Trainable>(rows: &'a R, machine: &BoltzmannMachine<L>) -> Self {
        Self {
            rows,
            place: Place::Host,
            device: machine.device(),
            dtype: machine.dtype(),
        }
    }

    /// Does work with the batches of an epoch, without the first `skip` ones.
    pub(crate) fn epoch<T>(
        &self,
        order: Order,
        size: usize,
        skip: usize,
        work: impl FnOnce(&mut Epoch<'_>) -> T,
    ) -> T {
        let chunks = || self.rows.chunks(order, size);
        match &self.place {
            Place::Host => work(&mut self.batches(chunks(), skip)),
            Place::Ahead => read_ahead(chunks(), |chunks| work(&mut self.batches(chunks, skip))),
            Place::Device(rows) => {
                let groups = order.groups(self.rows.count(), size).skip(skip);
                work(&mut groups.map(|positions| Ok(rows.batch(positions))))
            }
        }
    }

    fn batches(
        &self,
        chunks: Chunks<'a>,
        skip: usize,
    ) -> impl Iterator<Item = Result<Batch, DataError>> {
        let options = (&self.device, self.dtype);
        let count = self.rows.count();
        let chunks = chunks.skip(skip);
        chunks.map(move |chunk| Ok(Batch::of_chunk(chunk?, count, options)))
    }
}

fn resident<L: Trainable>(
    rows: &(impl Rows + ?Sized),
    limit: u64,
    machine: &BoltzmannMachine<L>,
) -> Result<Option<ResidentRows>, DataError> {
    ResidentRows::upload(rows, limit, (&machine.device(), machine.dtype()))
}

#[cfg(test)]
mod tests {
    use paysage_data::{BarsAndStripes, Table};
    use paysage_kernels::{RandomKey, default_device};
    use paysage_layers::{AnyLayer, Bernoulli, Gaussian};
    use paysage_models::Initialization;
    use paysage_samplers::PersistentContrastiveDivergence;

    use super::*;
    use crate::{Callback, Control, FinishedBatch, Trainer};

    const EPOCHS: usize = 2;
    const SIZE: usize = 5;

    /// Stops within the first epoch.
    struct StopAt(usize);

    impl<L: Trainable> Callback<L> for StopAt {
        fn after_batch(&mut self, batch: &FinishedBatch) -> Control {
            match batch.epoch == 1 && batch.batch == self.0 {
                true => Control::Stop,
                false => Control::Continue,
            }
        }
    }

    /// The parameters after training on batches from a place, which was stopped after two batches and resumed.
    fn trained(rows: &Table, machine: &BoltzmannMachine, place: Place) -> Vec<Vec<u8>> {
        let trainer = Trainer {
            epochs: EPOCHS,
            batch_size: SIZE,
            ..Trainer::new(PersistentContrastiveDivergence::default())
        };
        let on_host = Batches::on_host(rows, machine);
        let batches = Batches { place, ..on_host };
        let mut state = trainer.start(machine.clone()).expect("valid settings");
        for (stop, batches_done) in [(Some(StopAt(2)), 2), (None, 0)] {
            let mut callbacks: Vec<Box<dyn Callback<AnyLayer>>> = Vec::new();
            callbacks.extend(stop.map(|stop| Box::new(stop) as _));
            let outcome = trainer.fit_made(state, &batches, &mut callbacks, |batch, _| batch);
            state = outcome.expect("trained").state;
            assert_eq!(state.batches, batches_done);
        }
        let machine = state.machine;
        let weight = machine.connections[0].weight.to_data();
        let layers = machine.layers.iter().flat_map(Trainable::parameters);
        let parameters = layers.map(|(_, parameter)| parameter.to_data());
        let all = std::iter::once(weight).chain(parameters);
        all.map(|data| data.as_bytes().to_vec()).collect()
    }

    fn machine(visible: AnyLayer, rows: &Table) -> BoltzmannMachine {
        let device = default_device().expect("a backend");
        let layers = vec![visible, Bernoulli::new(4, &device).into()];
        let mut machine = BoltzmannMachine::chain(layers).expect("two layers");
        let initialized = machine.initialize(Initialization::default(), rows, RandomKey::new(1));
        initialized.expect("rows that fit");
        machine
    }

    /// Binary rows, rows of real numbers, and rows with weights.
    #[test]
    fn a_machine_is_the_same_wherever_its_batches_are_made() {
        let device = default_device().expect("a backend");
        let binary = BarsAndStripes { size: 4 }.generate();
        let units = binary.columns();
        let real = binary.values().iter().enumerate();
        let real = real.map(|(index, bit)| bit + (index % 13) as f32 / 7.0);
        let real = Table::new("real", units, real.collect()).expect("finite");
        let weights = (1..=binary.rows()).map(|row| row as f32).collect();
        let weighted = binary.clone().with_weights(weights).expect("positive");
        let bernoulli = || Bernoulli::new(units, &device).into();
        for (rows, visible) in [
            (binary, bernoulli()),
            (real, Gaussian::new(units, &device).into()),
            (weighted, bernoulli()),
        ] {
            let machine = machine(visible, &rows);
            let resident = resident(&rows, 1 << 20, &machine).expect("in memory");
            let resident = resident.expect("room on the device");
            let expected = trained(&rows, &machine, Place::Host);
            assert_eq!(trained(&rows, &machine, Place::Ahead), expected);
            assert_eq!(trained(&rows, &machine, Place::Device(resident)), expected);
        }
    }

    #[test]
    fn a_cpu_reads_batches_when_it_needs_them() {
        let device = default_device().expect("a backend");
        let rows = BarsAndStripes { size: 2 }.generate();
        let machine = machine(Bernoulli::new(4, &device).into(), &rows);
        let batches = Batches::new(&rows, &machine).expect("in memory");
        let is_cpu = data_limit(&device).is_none();
        assert_eq!(matches!(batches.place, Place::Host), is_cpu);
        assert_eq!(matches!(batches.place, Place::Device(_)), !is_cpu);
    }
}
