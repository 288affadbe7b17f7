//! Trains an RBM, samples from it, and computes its pseudo-log-likelihood.
//!
//! ```text
//! cargo run --release --example first_steps
//! ```

use paysage::prelude::*;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (device, key) = (default_device()?, RandomKey::new(1));
    let data = read("builtin:digits?rows=5000")?;
    let layers = [784, 100].map(|units| Bernoulli::new(units, &device).into());
    let mut machine = BoltzmannMachine::<AnyLayer>::chain(layers.into())?;
    machine.initialize(Initialization::Glorot, &data, key.split(0))?;
    let trainer = Trainer::new(PersistentContrastiveDivergence::default());
    let machine = trainer.train(machine, &data)?;
    let start = machine.random_state(10, key.split(1));
    let chains = Gibbs.run(&machine, start, &Conditions::default(), 1000, key.split(2));
    println!("samples: {}", machine.visible_of(&chains));
    let score = PseudoLogLikelihood::default().run(&machine, &data, key, &mut Silent)?;
    println!("pseudo-log-likelihood: {:.1} nats per row", score.value);
    Ok(())
}
