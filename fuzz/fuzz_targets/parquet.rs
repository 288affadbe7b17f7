//! Any bytes, read as the format `parquet`.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(
    // A panic of the decoder is caught and is an error of the file: libFuzzer must not take it for a fault.
    init: paysage_fuzzing::quiet_decoders(),
    |bytes: &[u8]| {
        if let Some(format) = paysage_fuzzing::format("parquet") {
            (format.read)(bytes);
        }
    }
);
