//! Any bytes, read as the format `hdf5`.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Some(format) = paysage_fuzzing::format("hdf5") {
        (format.read)(bytes);
    }
});
