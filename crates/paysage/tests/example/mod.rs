//! The programs of the examples.

#![allow(dead_code, reason = "each test uses some")]

use std::{env, path::PathBuf};

/// The program of an example, beside the folder of this test.
pub fn program(name: &str) -> PathBuf {
    let test = env::current_exe().expect("the path of the test");
    let folder = test.ancestors().nth(2).expect("the folder of the profile");
    let path = folder
        .join("examples")
        .join(format!("{name}{}", env::consts::EXE_SUFFIX));
    assert!(
        path.exists(),
        "{} is not built: run cargo build --workspace --examples",
        path.display()
    );
    path
}

/// What a program printed.
pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
