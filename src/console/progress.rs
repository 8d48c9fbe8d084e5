//! How far something is that takes long: on a terminal, and nowhere else.

use indicatif::{ProgressBar, ProgressStyle};

/// Bytes written, of about how many.
pub(super) fn bytes() -> ProgressBar {
    bar("{bar:40} {bytes} of {total_bytes}, {eta} left")
}

/// Things done, of how many, and which one is under way.
pub(super) fn steps() -> ProgressBar {
    bar("{bar:40} {pos} of {len} {msg}")
}

fn bar(template: &str) -> ProgressBar {
    let style = ProgressStyle::with_template(template);
    // It draws on stderr, and hides itself where that is no terminal.
    let bar = ProgressBar::new(0);
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar
}
