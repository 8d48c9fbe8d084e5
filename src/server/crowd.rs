//! How many connections may be open: altogether, so that there are files left for the database, and
//! from one address, so that nobody takes them all.

use crate::config::Config;
use crate::metrics::{Counted, metrics};
use ipnet::IpNet;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore};

/// Files that are kept for everything but connections.
pub(crate) const RESERVED_FILES: u64 = 500;

/// Counts the open connections.
pub(super) struct Crowd {
    room: Arc<Semaphore>,
    per_address: usize,
    proxies: Vec<IpNet>,
    open: Arc<Mutex<HashMap<IpAddr, usize>>>,
}

/// One connection's place; given back when it is dropped.
pub(super) struct Place {
    _room: OwnedSemaphorePermit,
    address: IpAddr,
    open: Arc<Mutex<HashMap<IpAddr, usize>>>,
    _counted: Counted,
}

impl Crowd {
    /// Room for as many as the operator and the system allow.
    pub(super) fn new(config: &Config) -> Self {
        let limits = &config.limits;
        Self {
            room: Arc::new(Semaphore::new(affordable(limits.connections))),
            per_address: if limits.enforced {
                limits.connections_per_address
            } else {
                usize::MAX
            },
            proxies: config.trusted_proxies.clone(),
            open: Arc::default(),
        }
    }

    /// Waits until there is room for one more.
    pub(super) async fn room(&self) -> Result<OwnedSemaphorePermit, AcquireError> {
        self.room.clone().acquire_owned().await
    }

    /// A place for a connection from there, unless the address has its share already. Behind a proxy
    /// there are many people.
    pub(super) fn place(&self, room: OwnedSemaphorePermit, address: IpAddr) -> Option<Place> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let count = open.entry(address).or_default();
        let is_proxy = self.proxies.iter().any(|net| net.contains(&address));
        if *count >= self.per_address && !is_proxy {
            metrics().refused("too_many_connections");
            return None;
        }
        *count += 1;
        Some(Place {
            _room: room,
            address,
            open: self.open.clone(),
            _counted: metrics().opened(),
        })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = open.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.address);
            }
        }
    }
}

/// As many of the wanted connections as there are files for, after asking for as many as are allowed.
fn affordable(wanted: usize) -> usize {
    let wanted_files = u64::try_from(wanted)
        .unwrap_or(u64::MAX)
        .saturating_add(RESERVED_FILES);
    let Ok(files) = rlimit::increase_nofile_limit(wanted_files) else {
        return wanted;
    };
    let affordable =
        usize::try_from(files.saturating_sub(RESERVED_FILES).max(files / 2)).unwrap_or(wanted);
    if affordable < wanted {
        tracing::debug!(
            files,
            connections = affordable,
            "the system allows fewer open files than LIMIT_CONNECTIONS wants: so many connections are let in, which is plenty for a small server (more: ulimit -n)"
        );
    }
    affordable.min(wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn crowd(per_address: usize) -> Crowd {
        Crowd {
            room: Arc::new(Semaphore::new(10)),
            per_address,
            proxies: vec!["10.0.0.0/8".parse().unwrap()],
            open: Arc::default(),
        }
    }

    #[tokio::test]
    async fn an_address_has_its_share_and_gets_it_back() {
        let crowd = crowd(1);
        let address = "192.0.2.1".parse().unwrap();
        let first = crowd.place(crowd.room().await.unwrap(), address);
        assert!(first.is_some());
        assert!(crowd.place(crowd.room().await.unwrap(), address).is_none());
        assert!(
            crowd
                .place(crowd.room().await.unwrap(), "192.0.2.2".parse().unwrap())
                .is_some()
        );
        drop(first);
        assert!(crowd.place(crowd.room().await.unwrap(), address).is_some());
    }

    #[tokio::test]
    async fn a_proxy_speaks_for_many() {
        let crowd = crowd(1);
        let proxy = "10.1.2.3".parse().unwrap();
        let first = crowd.place(crowd.room().await.unwrap(), proxy);
        let second = crowd.place(crowd.room().await.unwrap(), proxy);
        assert!(first.is_some() && second.is_some());
    }
}
