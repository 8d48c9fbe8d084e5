//! What the development inboxes of `sms/` and `mail/` have in common: the newest stay in memory, and all of them go
//! into a file, if one is wanted, for scripts to read.

use serde_json::Value;
use std::collections::VecDeque;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// An inbox keeps this many; older ones fall out.
pub(crate) const KEPT: usize = 200;

/// Something that would have been sent.
pub(crate) trait Item: Clone {
    /// Its number: grows with every one.
    fn id(&self) -> u64;

    /// What a script reads of it.
    fn line(&self) -> Value;
}

/// What would have been sent. Clones share it.
#[derive(Clone, Debug)]
pub(crate) struct Kept<T> {
    items: Arc<Mutex<VecDeque<T>>>,
    file: Option<Arc<Path>>,
}

impl<T: Item> Kept<T> {
    /// Nothing yet; `file` gets a line for each.
    pub(crate) fn new(file: Option<PathBuf>) -> Self {
        Self {
            items: Arc::default(),
            file: file.map(Into::into),
        }
    }

    /// The newest first.
    pub(crate) fn newest_first(&self) -> Vec<T> {
        let items = self.items.lock().unwrap_or_else(PoisonError::into_inner);
        items.iter().rev().cloned().collect()
    }

    /// Keeps what `make` makes of the next number.
    ///
    /// # Errors
    /// Those of the file; it is kept in memory all the same.
    pub(crate) fn keep(&self, make: impl FnOnce(u64) -> T) -> io::Result<()> {
        let item = {
            let mut items = self.items.lock().unwrap_or_else(PoisonError::into_inner);
            let item = make(items.back().map_or(1, |last| last.id() + 1));
            items.push_back(item.clone());
            if items.len() > KEPT {
                items.pop_front();
            }
            item
        };
        self.append(&item)
    }

    fn append(&self, item: &T) -> io::Result<()> {
        let Some(path) = &self.file else {
            return Ok(());
        };
        // One write per line, so that two never mix.
        let mut file = OpenOptions::new().create(true).append(true).open(path)?;
        file.write_all(format!("{}\n", item.line()).as_bytes())
    }
}
