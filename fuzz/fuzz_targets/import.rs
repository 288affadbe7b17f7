//! Any bytes, read as a model of another library.

#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../crates/paysage-interchange/tests/law/mod.rs"]
mod law;

fuzz_target!(|bytes: &[u8]| {
    // The content of a file tells its format.
    law::read("model", bytes);
});
