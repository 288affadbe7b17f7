//! The example on proteins finds the contacts of a family that is made by code.
//!
//! The program is the one that `cargo test --workspace` builds; `cargo build --workspace --examples`
//! builds it for a run of this test alone.

mod example;

use std::{fs, process::Command};

use example::{program, text};

#[test]
fn the_strongest_pairs_are_the_contacts() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut command = Command::new(program("proteins"));
    let output = command.arg("--out").arg(folder.path()).output();
    let output = output.expect("the program starts");
    let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{stdout}\n{stderr}");
    assert!(
        stdout.contains("12 of the 12 strongest pairs are contacts"),
        "{stdout}"
    );
    let map = fs::read(folder.path().join("contacts.png")).expect("a figure");
    assert!(map.starts_with(b"\x89PNG\r\n\x1a\n"));
    assert!(folder.path().join("model.safetensors").exists());
}
