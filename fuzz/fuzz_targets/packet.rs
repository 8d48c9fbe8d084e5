#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| chinwag_client::fuzzing::packet(text));
