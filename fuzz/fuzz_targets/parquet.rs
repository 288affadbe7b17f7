//! Any bytes, read as the format `parquet`.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Some(format) = paysage_fuzzing::format("parquet") {
        (format.read)(bytes);
    }
});
