#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| chinwag::fuzzing::sid(text));
