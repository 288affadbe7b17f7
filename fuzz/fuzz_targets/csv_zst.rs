//! Any bytes, read as the format `csv_zst`.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Some(format) = paysage_fuzzing::format("csv_zst") {
        (format.read)(bytes);
    }
});
