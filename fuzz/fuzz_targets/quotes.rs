#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| chinwag_bot::fuzzing::quotes(text));
