//! What a process, or the whole machine, has used, as `/proc` tells it.

use std::time::Duration;

use anyhow::{Context, Result};

/// `USER_HZ`, the unit of times in `/proc/PID/stat`: 100 on every architecture that Linux runs on today.
const TICKS_PER_SECOND: u64 = 100;

/// A process that is being watched.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Process {
    pid: u32,
}

impl Process {
    pub(crate) fn new(pid: u32) -> Self {
        Self { pid }
    }

    pub(crate) fn own() -> Self {
        Self::new(std::process::id())
    }

    /// User and system time of all its threads, those that have ended included. In steps of 10 ms, which over ten
    /// seconds of a busy core is a thousandth; the kernel scales it to the exact run time, so nothing is sampled away.
    pub(crate) fn cpu(self) -> Result<Duration> {
        let stat = self.read("stat")?;
        // The second field is the name of the program in parentheses and may hold spaces; count from behind it.
        let (_, fields) = stat.rsplit_once(')').context("no name in stat")?;
        let mut times = fields.split_whitespace().skip(11).map(str::parse::<u64>);
        let user = times.next().context("no utime in stat")??;
        let system = times.next().context("no stime in stat")??;
        Ok(of_ticks(user + system))
    }

    /// Resident memory.
    pub(crate) fn memory_kib(self) -> Result<u64> {
        let status = self.read("status")?;
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:"))
            .context("no VmRSS in status")?;
        Ok(line.trim().trim_end_matches(" kB").parse()?)
    }

    fn read(self, file: &str) -> Result<String> {
        let path = format!("/proc/{}/{file}", self.pid);
        std::fs::read_to_string(&path).with_context(|| format!("cannot read {path}"))
    }
}

/// Time that all cores together have worked since the machine was started.
pub(crate) fn cpu_of_machine() -> Result<Duration> {
    work_in(&std::fs::read_to_string("/proc/stat").context("cannot read /proc/stat")?)
}

fn work_in(stat: &str) -> Result<Duration> {
    let line = stat.lines().next().context("/proc/stat is empty")?;
    let times: Vec<u64> = line
        .split_whitespace()
        .skip(1)
        .map(str::parse)
        .collect::<Result<_, _>>()?;
    // user, nice, system, idle, iowait, irq, softirq; what follows is no work of ours.
    let [user, nice, system, _, _, irq, softirq, ..] = times[..] else {
        anyhow::bail!("a strange line in /proc/stat: {line}");
    };
    Ok(of_ticks(user + nice + system + irq + softirq))
}

fn of_ticks(ticks: u64) -> Duration {
    Duration::from_millis(ticks * 1_000 / TICKS_PER_SECOND)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_shows_as_time() {
        let before = Process::own().cpu().expect("this process has a stat");
        let mut sum = 0_u64;
        while Process::own().cpu().expect("this process has a stat") == before {
            sum = std::hint::black_box(sum + 1);
        }
        assert!(
            Process::own()
                .memory_kib()
                .expect("this process has a status")
                > 0
        );
    }

    /// Read from a sample: some containers hide the machine's own figures.
    #[test]
    fn the_machine_s_work_is_what_it_neither_idled_nor_waited() {
        let stat = "cpu  100 20 30 9000 500 6 7 80 0 0\ncpu0 1 2 3 4 5 6 7 8 9 10\n";
        assert_eq!(
            work_in(stat).expect("a line as Linux writes it"),
            Duration::from_millis(1_630)
        );
        assert!(work_in("").is_err());
        assert!(work_in("cpu 1 2 3\n").is_err());
        assert!(work_in("intr 1 a 3 4 5 6 7\n").is_err());
    }

    #[test]
    fn a_process_that_is_not_there_is_an_error() {
        assert!(Process::new(u32::MAX).cpu().is_err());
    }
}
