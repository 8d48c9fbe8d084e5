//! How many sockets each address has open, whichever dialect they speak.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The counts, of this process.
#[derive(Default)]
pub(super) struct Sockets(Mutex<HashMap<IpAddr, usize>>);

/// One socket that counts against its address until it is dropped.
pub(super) struct Counted {
    sockets: Arc<Sockets>,
    address: IpAddr,
}

impl Sockets {
    fn lock(&self) -> MutexGuard<'_, HashMap<IpAddr, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many are open from that address.
    pub(super) fn open_from(&self, address: IpAddr) -> usize {
        self.lock().get(&address).copied().unwrap_or(0)
    }

    /// Counts one more.
    pub(super) fn count(self: &Arc<Self>, address: IpAddr) -> Counted {
        *self.lock().entry(address).or_default() += 1;
        Counted {
            sockets: self.clone(),
            address,
        }
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        if let Entry::Occupied(mut count) = self.sockets.lock().entry(self.address) {
            *count.get_mut() -= 1;
            if *count.get() == 0 {
                count.remove();
            }
        }
    }
}
