//! The number of threads does not change a bit.

use paysage_data::Digits;
use paysage_kernels::RandomKey;
use paysage_layers::{AnyLayer, Bernoulli};
use paysage_models::{BoltzmannMachine, Initialization};
use paysage_samplers::PersistentContrastiveDivergence;
use paysage_testkit::machines;
use paysage_training::Trainer;

/// Two epochs on batches large enough for the matrix products to be divided among threads.
fn train() -> Vec<Vec<u32>> {
    let table = Digits {
        rows: 600,
        ..Digits::default()
    }
    .generate();
    let device = machines::device();
    let layers = [784, 100].map(|units| AnyLayer::from(Bernoulli::new(units, &device)));
    let mut machine = BoltzmannMachine::chain(layers.into()).expect("valid");
    let read = machine.initialize(Initialization::Glorot, &table, RandomKey::new(1));
    read.expect("a table in memory");
    let trainer = Trainer {
        epochs: 2,
        batch_size: 200,
        ..Trainer::new(PersistentContrastiveDivergence {
            chains: 200,
            ..Default::default()
        })
    };
    let machine = trainer.train(machine, &table).expect("trained");
    let tensors = machine.to_file().tensors.into_values();
    tensors
        .map(|data| data.iter::<f32>().map(f32::to_bits).collect())
        .collect()
}

#[test]
fn any_number_of_threads_makes_the_same_machine() {
    let with = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        pool.expect("threads").install(train)
    };
    let one = with(1);
    assert_eq!(one, with(2));
    assert_eq!(one, with(5));
}
