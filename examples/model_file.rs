//! A machine in a model file: saved, described, loaded again.
//!
//! ```text
//! cargo run --release --example model_file
//! ```

use paysage::{models::read_outline, prelude::*};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let device = default_device()?;
    let layers: Vec<AnyLayer> = vec![
        OneHot::new(16, 4, &device).into(),
        Gaussian::new(5, &device).into(),
        Spin::new(3, &device).into(),
    ];
    let mut machine = BoltzmannMachine::chain(layers)?;
    machine.freeze(machine.parameter("layers.1.log_var")?)?;

    let folder = tempfile::tempdir()?;
    let path = folder.path().join("model.safetensors");
    machine.save(&path)?;

    // The outline has the kinds and sizes without the parameters.
    let outline = read_outline(&path)?;
    for (layer, kind) in outline.layers.iter().enumerate() {
        println!("layer {layer}: {kind}");
    }
    println!("not trained: {}", outline.frozen.join(", "));

    let loaded = BoltzmannMachine::<AnyLayer>::load(&path, &device)?;
    let sample = |machine: &BoltzmannMachine| -> Vec<f32> {
        let state = machine.random_state(10, RandomKey::new(1));
        machine.visible_of(&state).into_data().iter().collect()
    };
    assert_eq!(sample(&loaded), sample(&machine));
    println!("{} parameters are the same", loaded.parameter_count());
    Ok(())
}
