//! `paysage devices`.

use std::fmt::Write as _;

use paysage::kernels::{default_device, devices, product_precision};

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
        let precision = product_precision(&found.device);
        writeln!(
            text,
            "{choice:<6} {} · products in {precision}{software}{auto}",
            found.name
        )
        .expect("a string takes all");
    }
    output::print(text)
}
