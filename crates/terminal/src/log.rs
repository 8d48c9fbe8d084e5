//! The log: a file, since the screen belongs to the person. It holds nothing personal.

use std::fs::{self, OpenOptions};
use std::path::Path;
use std::sync::Mutex;
use tracing::level_filters::LevelFilter;

/// A log that has grown beyond this begins anew.
const LONGEST: u64 = 1024 * 1024;

/// From here on, what happens is written there. Without a place for it the program works as well.
pub(crate) fn begin(path: &Path) {
    let file = fs::create_dir_all(path.parent().unwrap_or(path)).and_then(|()| {
        let is_long = fs::metadata(path).is_ok_and(|file| file.len() > LONGEST);
        OpenOptions::new()
            .create(true)
            .append(!is_long)
            .write(true)
            .truncate(is_long)
            .open(path)
    });
    if let Ok(file) = file {
        tracing_subscriber::fmt()
            .with_max_level(LevelFilter::INFO)
            .with_ansi(false)
            .with_writer(Mutex::new(file))
            .init();
    }
}
