//! The program `paysage`: train, sample, evaluate, inspect and report Boltzmann machines.
fn main() {}
