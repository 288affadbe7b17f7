//! Writes the valid files of every format, for the fuzz targets:
//! `cargo run -p paysage-fuzzing --example seeds -- fuzz/corpus`.

use std::path::Path;
use std::{env, fs, io};

use paysage_fuzzing::FORMATS;

fn main() -> io::Result<()> {
    let folder = env::args().nth(1).unwrap_or_else(|| "fuzz/corpus".into());
    for format in FORMATS {
        let folder = Path::new(&folder).join(format.name);
        fs::create_dir_all(&folder)?;
        for (index, seed) in (format.seeds)().iter().enumerate() {
            fs::write(folder.join(format!("seed-{index}")), seed)?;
        }
    }
    Ok(())
}
