//! `paysage devices`.

use std::fmt::Write as _;

use paysage::kernels::{default_device, devices};

use crate::{failure::Failure, output};

pub(crate) fn run() -> Result<(), Failure> {
    let auto = default_device()?;
    let mut text = String::new();
    for found in devices() {
        let auto = if found.device == auto { " · auto" } else { "" };
        let software = match found.is_software {
            true => " · software that computes on the CPU",
            false => "",
        };
        let choice = found.choice.to_string();
        writeln!(text, "{choice:<6} {}{software}{auto}", found.name).expect("a string takes all");
    }
    output::print(text)
}
