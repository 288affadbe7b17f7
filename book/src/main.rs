//! Builds the book of docs/SUMMARY.md: cargo run --locked --manifest-path book/Cargo.toml -- FOLDER

use std::{env, path::Path, process::ExitCode};

use mdbook_driver::MDBook;

fn main() -> ExitCode {
    let Some(folder) = env::args_os().nth(1) else {
        eprintln!("usage: paysage-book FOLDER");
        return ExitCode::from(2);
    };
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let built = MDBook::load(root).and_then(|mut book| {
        let folder = env::current_dir()?.join(folder);
        book.config.build.build_dir = folder;
        // A chapter that is not there is an error, not a new file.
        book.config.build.create_missing = false;
        book.build()
    });
    match built {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("paysage-book: {error:#}");
            ExitCode::FAILURE
        }
    }
}
