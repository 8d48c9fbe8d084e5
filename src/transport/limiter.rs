//! Budgets of rate: a steady rate and a burst, per person, socket or address.

use super::sockets::{Counted, Sockets};
use crate::config::Limits;
use crate::error::{Error, Result};
use crate::model::{UserId, in_words};
use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultDirectRateLimiter, DefaultKeyedRateLimiter, Quota, RateLimiter};
use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How many wrong passwords in a row the administration takes from one side …
const ENTRY_BURST: u32 = 3;
/// … and how long it takes until there is room for another.
const ENTRY_EVERY: Duration = Duration::from_secs(300);

/// What one socket may spend.
pub(super) type Budget = DefaultDirectRateLimiter;

/// The budgets that sockets share.
pub(super) struct Limiter {
    limits: Limits,
    sockets: Arc<Sockets>,
    messages: DefaultKeyedRateLimiter<UserId>,
    forms: DefaultKeyedRateLimiter<UserId>,
    joins: DefaultKeyedRateLimiter<UserId>,
    searches: DefaultKeyedRateLimiter<UserId>,
    handshakes: DefaultKeyedRateLimiter<IpAddr>,
    guests: DefaultKeyedRateLimiter<IpAddr>,
    signups: DefaultKeyedRateLimiter<IpAddr>,
    matches_minute: DefaultKeyedRateLimiter<UserId>,
    matches_hour: DefaultKeyedRateLimiter<UserId>,
    entries: Mutex<HashMap<Trier, Duration>>,
}

/// Who tries to enter the administration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Trier {
    /// An administrator who is signed in.
    User(UserId),
    /// Somebody from there.
    Network(IpAddr),
}

impl Trier {
    /// Somebody who comes from that address.
    pub(super) fn at(address: IpAddr) -> Self {
        Self::Network(network_of(address))
    }
}

impl Limiter {
    pub(super) fn new(limits: &Limits) -> Self {
        let per_ten_seconds = limits.connections_per_address_10s;
        let handshake = Quota::with_period(Duration::from_secs(10) / per_ten_seconds.get())
            .unwrap_or(Quota::per_second(per_ten_seconds))
            .allow_burst(per_ten_seconds);
        Self {
            messages: RateLimiter::keyed(
                Quota::per_second(limits.messages_per_second).allow_burst(limits.messages_burst),
            ),
            forms: RateLimiter::keyed(
                Quota::per_second(limits.events_per_second).allow_burst(limits.events_burst),
            ),
            joins: RateLimiter::keyed(
                Quota::per_minute(limits.joins_per_minute).allow_burst(limits.joins_burst),
            ),
            searches: RateLimiter::keyed(
                Quota::per_second(limits.searches_per_second).allow_burst(limits.searches_burst),
            ),
            handshakes: RateLimiter::keyed(handshake),
            guests: RateLimiter::keyed(Quota::per_hour(limits.guests_per_address_hour)),
            signups: RateLimiter::keyed(Quota::per_hour(limits.signups_per_address_hour)),
            matches_minute: RateLimiter::keyed(Quota::per_minute(limits.matches_per_minute)),
            matches_hour: RateLimiter::keyed(Quota::per_hour(limits.matches_per_hour)),
            entries: Mutex::default(),
            sockets: Arc::default(),
            limits: limits.clone(),
        }
    }

    /// What a new socket may spend on events.
    pub(super) fn event_budget(&self) -> Budget {
        RateLimiter::direct(
            Quota::per_second(self.limits.events_per_second).allow_burst(self.limits.events_burst),
        )
    }

    /// How often a new socket may overspend, before it is hung up on.
    pub(super) fn patience() -> Budget {
        RateLimiter::direct(Quota::per_minute(
            NonZeroU32::new(200).expect("200 is not 0"),
        ))
    }

    /// How often a new socket may say that somebody types.
    pub(super) fn typing_budget() -> Budget {
        let every_two_seconds = Quota::with_period(Duration::from_secs(2)).expect("2 s are not 0");
        RateLimiter::direct(every_two_seconds.allow_burst(NonZeroU32::new(6).expect("6 is not 0")))
    }

    /// # Errors
    /// `RateLimited` when the person sends too fast.
    pub(super) fn admit_message(&self, user: UserId) -> Result<()> {
        self.spend(&self.messages, &user, too_fast)
    }

    /// Several at once, all or none.
    ///
    /// # Errors
    /// `Invalid` for more than anybody may send at once; `RateLimited`.
    pub(super) fn admit_messages(&self, user: UserId, count: usize) -> Result<()> {
        let Some(count) = u32::try_from(count).ok().and_then(NonZeroU32::new) else {
            return Ok(());
        };
        if !self.limits.enforced {
            return Ok(());
        }
        match self.messages.check_key_n(&user, count) {
            Ok(Ok(())) => Ok(()),
            Ok(Err(until)) => Err(too_fast(
                until.wait_time_from(DefaultClock::default().now()),
            )),
            Err(_) => Err(Error::invalid(
                "texts",
                format!(
                    "At most {} messages can be sent at once.",
                    self.limits.messages_burst
                ),
            )),
        }
    }

    /// # Errors
    /// `RateLimited` when the person sends forms faster than a socket may send events.
    pub(super) fn admit_form(&self, user: UserId) -> Result<()> {
        self.spend(&self.forms, &user, too_fast)
    }

    /// # Errors
    /// `RateLimited` when the person makes or joins rooms too fast.
    pub(super) fn admit_join(&self, user: UserId) -> Result<()> {
        self.spend(&self.joins, &user, too_fast)
    }

    /// A search looks at everybody, or at all that was said: what is typed at one go, in a moment, and then few.
    ///
    /// # Errors
    /// `RateLimited` when the person searches too fast, by whichever door.
    pub(super) fn admit_search(&self, user: UserId) -> Result<()> {
        self.spend(&self.searches, &user, too_fast)
    }

    /// # Errors
    /// `RateLimited` when too many guests came from there lately.
    pub(super) fn admit_guest(&self, address: IpAddr) -> Result<()> {
        self.spend(&self.guests, &network_of(address), too_fast)
    }

    /// # Errors
    /// `RateLimited` when too many accounts were made from there lately.
    pub(super) fn admit_signup(&self, address: IpAddr) -> Result<()> {
        self.spend(&self.signups, &network_of(address), |wait| {
            Error::RateLimited {
                retry_after: wait,
                message: format!(
                    "Many accounts were made from here lately. Try again in {}.",
                    in_words(wait)
                ),
            }
        })
    }

    /// # Errors
    /// `RateLimited` when the person looks for strangers too often.
    pub(super) fn admit_match(&self, user: UserId) -> Result<()> {
        let refuse = |wait| Error::RateLimited {
            retry_after: wait,
            message: format!(
                "You have met many people lately. Try again in {}.",
                in_words(wait)
            ),
        };
        self.spend(&self.matches_minute, &user, refuse)?;
        self.spend(&self.matches_hour, &user, refuse)
    }

    /// Takes one from somebody's budget, unless limits are lifted; `refuse` says how long to wait.
    fn spend<K: Hash + Eq + Clone>(
        &self,
        budgets: &DefaultKeyedRateLimiter<K>,
        whose: &K,
        refuse: impl Fn(Duration) -> Error,
    ) -> Result<()> {
        if !self.limits.enforced {
            return Ok(());
        }
        budgets
            .check_key(whose)
            .map_err(|until| refuse(until.wait_time_from(DefaultClock::default().now())))
    }

    /// Counts a try to enter the administration as failed: [`Limiter::forgive_entry`] takes it back, so that
    /// many at once get no more tries than one after the other.
    ///
    /// # Errors
    /// `RateLimited` after three in a row, until five minutes have made room for another.
    pub(super) fn admit_entry(&self, trier: Trier, now: Duration) -> Result<()> {
        if !self.limits.enforced {
            return Ok(());
        }
        let mut entries = self.entries();
        // Until when the tries so far are worked off.
        let busy_until = entries.entry(trier).or_default();
        let debt = busy_until.saturating_sub(now);
        let allowed = ENTRY_EVERY * (ENTRY_BURST - 1);
        if debt > allowed {
            let wait = debt - allowed;
            return Err(Error::RateLimited {
                retry_after: wait,
                message: format!("Too many wrong passwords. Try again in {}.", in_words(wait)),
            });
        }
        *busy_until = now + debt + ENTRY_EVERY;
        Ok(())
    }

    /// The try was right.
    pub(super) fn forgive_entry(&self, trier: Trier) {
        if let Some(busy_until) = self.entries().get_mut(&trier) {
            *busy_until = busy_until.saturating_sub(ENTRY_EVERY);
        }
    }

    fn entries(&self) -> MutexGuard<'_, HashMap<Trier, Duration>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// # Errors
    /// `RateLimited` when the socket spends too fast.
    pub(super) fn admit_event(&self, budget: &Budget) -> Result<()> {
        if !self.limits.enforced {
            return Ok(());
        }
        budget
            .check()
            .map_err(|until| too_fast(until.wait_time_from(DefaultClock::default().now())))
    }

    /// Whether one more socket may be opened from there.
    pub(super) fn admits_handshake(&self, address: IpAddr) -> bool {
        !self.limits.enforced
            || (self.sockets.open_from(address) < self.limits.sockets_per_address
                && self.handshakes.check_key(&address).is_ok())
    }

    /// Counts a socket against its address, for as long as what comes back is kept.
    pub(super) fn count_socket(&self, address: IpAddr) -> Counted {
        self.sockets.count(address)
    }

    /// Whether somebody with that many open sockets may have one more.
    pub(super) fn admits_socket(&self, open: usize) -> bool {
        !self.limits.enforced || open < self.limits.sockets_per_user
    }

    /// Forgets who has not spent anything lately.
    pub(super) fn sweep(&self, now: Duration) {
        self.entries().retain(|_, busy_until| *busy_until > now);
        self.messages.retain_recent();
        self.forms.retain_recent();
        self.joins.retain_recent();
        self.searches.retain_recent();
        self.handshakes.retain_recent();
        self.guests.retain_recent();
        self.signups.retain_recent();
        self.matches_minute.retain_recent();
        self.matches_hour.retain_recent();
    }
}

/// Who has one address of IPv6 has as many as they like.
fn network_of(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(v6) => IpAddr::V6((v6.to_bits() >> 64 << 64).into()),
    }
}

fn too_fast(retry_after: Duration) -> Error {
    Error::RateLimited {
        retry_after,
        message: "That was too fast. It can be tried again in a moment.".into(),
    }
}
