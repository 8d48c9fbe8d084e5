#![no_main]

// The first line says what the rest is.
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let mut parts = bytes.splitn(2, |byte| *byte == b'\n');
    let (kind, body) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    if let Ok(kind) = std::str::from_utf8(kind) {
        chinwag::fuzzing::body(kind, body);
    }
});
