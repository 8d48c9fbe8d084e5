//! What happens while a run counts: from the end of warming up to the moment when nobody begins anything more.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use anyhow::{Result, ensure};
use clap::Args;
use tokio::sync::watch;

use crate::figures::{Figure, Figures};
use crate::meter::Meter;
use crate::process::Process;

/// Runs before anything is counted: caches fill, batches form.
const WARM_UP: Duration = Duration::from_secs(1);

/// How long a run is.
#[derive(Args, Clone, Copy)]
pub(crate) struct Length {
    /// How long the run counts, after a second of warming up.
    #[arg(long, default_value_t = 10)]
    seconds: u64,
}

/// Shared by all who take part in a run: one thread, so plain cells do.
pub(crate) struct Count {
    is_on: Cell<bool>,
    /// Nobody begins another message, talk or request.
    is_over: watch::Sender<bool>,
    operations: Cell<u64>,
    ack_times: RefCell<Vec<Duration>>,
    delivery_times: RefCell<Vec<Duration>>,
}

impl Count {
    pub(crate) fn new() -> Self {
        Self {
            is_on: Cell::default(),
            is_over: watch::Sender::new(false),
            operations: Cell::default(),
            ack_times: RefCell::default(),
            delivery_times: RefCell::default(),
        }
    }

    pub(crate) fn is_over(&self) -> bool {
        *self.is_over.borrow()
    }

    /// Tells when it is over.
    pub(crate) fn end(&self) -> watch::Receiver<bool> {
        self.is_over.subscribe()
    }

    pub(crate) fn operation(&self) {
        if self.is_on.get() {
            self.operations.update(|operations| operations + 1);
        }
    }

    pub(crate) fn ack(&self, time: Duration) {
        if self.is_on.get() {
            self.ack_times.borrow_mut().push(time);
        }
    }

    pub(crate) fn delivery(&self, time: Duration) {
        if self.is_on.get() {
            self.delivery_times.borrow_mut().push(time);
        }
    }

    /// Lets the run warm up, counts for the time that was asked for, and says that it is over.
    pub(crate) async fn take(&self, server: Process, length: Length) -> Result<Figures> {
        tokio::time::sleep(WARM_UP).await;
        let meter = Meter::start(server)?;
        self.is_on.set(true);
        tokio::time::sleep(Duration::from_secs(length.seconds)).await;
        self.is_on.set(false);
        let used = meter.stop()?;
        self.is_over.send_replace(true);

        let operations = self.operations.get();
        ensure!(operations > 0, "nothing was done at all");
        let mut figures = used.figures(operations as f64);
        figures.set_times(
            [Figure::AckP50Ms, Figure::AckP99Ms, Figure::AckP999Ms],
            self.ack_times.take(),
        );
        figures.set_times(
            [
                Figure::DeliveryP50Ms,
                Figure::DeliveryP99Ms,
                Figure::DeliveryP999Ms,
            ],
            self.delivery_times.take(),
        );
        Ok(figures)
    }
}
