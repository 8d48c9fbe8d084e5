//! A writer that is kept busy, for tests.

use super::Store;
use std::sync::{Mutex, mpsc};

/// Keeps the writer busy until the returned sender is dropped, so that what is submitted meanwhile
/// becomes one group.
pub(crate) async fn hold(store: &Store) -> mpsc::Sender<()> {
    let (release, released) = mpsc::channel::<()>();
    let (began, begins) = tokio::sync::oneshot::channel();
    let began = Mutex::new(Some(began));
    let released = Mutex::new(released);
    store.submit(
        move |_| {
            if let Some(began) = began.lock().unwrap().take() {
                began.send(()).unwrap();
            }
            // Ends when the sender is dropped.
            let _ = released.lock().unwrap().recv();
            Ok(())
        },
        |outcome| outcome.unwrap(),
    );
    begins.await.unwrap();
    release
}
