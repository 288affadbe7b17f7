//! Train, sample, score: the shortest way through Paysage.
//!
//! ```text
//! cargo run --release --example first_steps
//! ```

use paysage::prelude::*;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let device = default_device()?;
    let digits = read("builtin:digits?rows=5000")?;
    let visible = Bernoulli::new(digits.columns(), &device).into();
    let hidden = Bernoulli::new(100, &device).into();
    let mut machine = BoltzmannMachine::<AnyLayer>::chain(vec![visible, hidden])?;
    machine.initialize(Initialization::Glorot, &digits, RandomKey::new(1));
    let mut trainer = Trainer::new(PersistentContrastiveDivergence::default());
    trainer
        .callbacks
        .push(Box::new(ProgressBar::new(digits.rows())));
    trainer.fit(&mut machine, &digits)?;

    let chains = machine.random_state(1, RandomKey::new(2));
    let chains = Gibbs.run(
        &machine,
        chains,
        &Conditions::default(),
        1000,
        RandomKey::new(3),
    );
    let pixels: Vec<f32> = machine.visible_of(&chains).into_data().iter().collect();
    for row in pixels.chunks(28) {
        println!(
            "{}",
            row.iter()
                .map(|&x| if x == 1.0 { '#' } else { '.' })
                .collect::<String>()
        );
    }

    let sites = Sites::Random {
        count: 5,
        key: RandomKey::new(4),
    };
    let score = pseudo_log_likelihood(&machine, &digits, sites)?;
    println!("pseudo-log-likelihood: {score:.1} nats a row");
    Ok(())
}
