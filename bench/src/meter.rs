//! What the server, the load and everything else have used while a run was counted.

use std::time::{Duration, Instant};

use anyhow::Result;

use crate::figures::{Figure, Figures};
use crate::process::{Process, cpu_of_machine};

/// Running since [`start`](Meter::start).
pub(crate) struct Meter {
    server: Process,
    began: Reading,
}

/// What was used between start and stop.
pub(crate) struct Used {
    time: Duration,
    server: Duration,
    load: Duration,
    machine: Duration,
    memory_kib: u64,
}

/// What the clocks of the processes show at one moment.
struct Reading {
    at: Instant,
    server: Duration,
    load: Duration,
    machine: Duration,
}

impl Meter {
    pub(crate) fn start(server: Process) -> Result<Self> {
        let began = Reading::take(server)?;
        Ok(Self { server, began })
    }

    pub(crate) fn stop(self) -> Result<Used> {
        let (before, after) = (self.began, Reading::take(self.server)?);
        Ok(Used {
            time: after.at - before.at,
            server: after.server - before.server,
            load: after.load - before.load,
            machine: after.machine - before.machine,
            memory_kib: self.server.memory_kib()?,
        })
    }
}

impl Reading {
    fn take(server: Process) -> Result<Self> {
        Ok(Self {
            at: Instant::now(),
            server: server.cpu()?,
            load: Process::own().cpu()?,
            machine: cpu_of_machine()?,
        })
    }
}

impl Used {
    /// For so many operations.
    pub(crate) fn figures(&self, operations: f64) -> Figures {
        let others = self.machine.saturating_sub(self.server + self.load);
        let mut figures = Figures::default();
        figures.set(
            Figure::ServerUs,
            self.server.as_secs_f64() * 1e6 / operations,
        );
        figures.set(Figure::PerSecond, operations / self.time.as_secs_f64());
        figures.set(Figure::MemoryMib, self.memory_kib as f64 / 1_024.0);
        figures.set(Figure::ServerBusyPercent, self.percent(self.server));
        figures.set(Figure::LoadBusyPercent, self.percent(self.load));
        figures.set(Figure::OthersBusyPercent, self.percent(others));
        figures
    }

    fn percent(&self, used: Duration) -> f64 {
        used.as_secs_f64() * 100.0 / self.time.as_secs_f64()
    }
}
