#![no_main]
#![allow(dead_code, reason = "the terminal is a program, and this is a part of it")]

#[path = "../../crates/terminal/src/text.rs"]
mod text;
#[path = "../../crates/terminal/src/wrap.rs"]
mod wrap;

libfuzzer_sys::fuzz_target!(|sent: (u8, &str)| {
    let (columns, sent) = (usize::from(sent.0 % 60), sent.1);
    text::promises(sent, columns);
    wrap::promises(sent, columns.max(2));
});
