//! The time that sockets go by: tokio's, not the one of [`Setup::strict`](super::Setup::strict).

use std::sync::mpsc::{Sender, channel};
use std::time::Duration;

/// It stands still for as long as this is kept, and is moved by hand.
pub(crate) struct StoppedTime {
    _keeps_standing: Sender<()>,
}

/// Stops it.
pub(crate) fn stops_time() -> StoppedTime {
    tokio::time::pause();
    let (keeps_standing, over) = channel();
    // By itself it would jump to the next timer whenever everybody waits, as if the network and the disk
    // took no time but what is waited for. It does not while a blocking task runs.
    tokio::task::spawn_blocking(move || over.recv());
    StoppedTime {
        _keeps_standing: keeps_standing,
    }
}

impl StoppedTime {
    pub(crate) async fn passes(&self, seconds: u64) {
        tokio::time::advance(Duration::from_secs(seconds)).await;
    }
}
