//! What the server, the load and everything else have used while a run was counted.

use std::time::{Duration, Instant};

use anyhow::Result;

use crate::process::{Process, cpu_of_machine};

/// Running since [`start`](Meter::start).
pub(crate) struct Meter {
    server: Option<Process>,
    began: Reading,
}

/// What was used between start and stop.
pub(crate) struct Used {
    time: Duration,
    /// Absent without the server's process.
    server: Option<Duration>,
    load: Duration,
    machine: Duration,
}

/// What the clocks of the processes show at one moment.
struct Reading {
    at: Instant,
    server: Option<Duration>,
    load: Duration,
    machine: Duration,
}

impl Meter {
    pub(crate) fn start(server_pid: Option<u32>) -> Result<Self> {
        let server = server_pid.map(Process::new);
        let began = Reading::take(server)?;
        Ok(Self { server, began })
    }

    pub(crate) fn stop(self) -> Result<Used> {
        let (before, after) = (self.began, Reading::take(self.server)?);
        Ok(Used {
            time: after.at - before.at,
            server: after
                .server
                .zip(before.server)
                .map(|(after, before)| after - before),
            load: after.load - before.load,
            machine: after.machine - before.machine,
        })
    }
}

impl Reading {
    fn take(server: Option<Process>) -> Result<Self> {
        Ok(Self {
            at: Instant::now(),
            server: server.map(Process::cpu).transpose()?,
            load: Process::own().cpu()?,
            machine: cpu_of_machine()?,
        })
    }
}

impl Used {
    pub(crate) fn seconds(&self) -> f64 {
        self.time.as_secs_f64()
    }

    pub(crate) fn server_us_per(&self, count: f64) -> Option<f64> {
        self.server.map(|used| used.as_secs_f64() * 1e6 / count)
    }

    pub(crate) fn server_busy_percent(&self) -> Option<f64> {
        self.server.map(|used| self.percent(used))
    }

    pub(crate) fn load_busy_percent(&self) -> f64 {
        self.percent(self.load)
    }

    /// Everything on the machine that is neither the server nor the load.
    pub(crate) fn others_busy_percent(&self) -> Option<f64> {
        self.server
            .map(|server| self.percent(self.machine.saturating_sub(server + self.load)))
    }

    fn percent(&self, used: Duration) -> f64 {
        used.as_secs_f64() * 100.0 / self.seconds()
    }
}
