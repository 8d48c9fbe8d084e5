//! Matching: talking with a stranger, from looking for one to the end of the talk.
//!
//! `rules.rs` says who may meet whom; the line itself, and who of a pair is not here, is in the cluster's
//! lobby. Two who are to meet get a conversation of kind `match`, stored before they are told, and from
//! there on everything is as in any conversation. `moderation.rs` is about those who misbehave.
//!
//! A person is a user, account or guest, with whatever tabs and devices. What they get to know of each
//! other is a [`Seat`](crate::model::Seat).

mod ending;
mod moderation;
mod pairing;
mod queries;
mod rules;
mod settings;
#[cfg(test)]
mod tests;

pub use crate::cluster::Census;
pub use settings::MatchSettings;

use self::queries::{matches, people};
use crate::clock::Clock;
use crate::cluster::{Cluster, Entered, HouseRules, Whereabouts};
use crate::error::{Error, Result};
use crate::model::{
    Actor, Appearance, Envelope, Event, Match, MatchEnd, MatchState, PartnerPresence, Seeker,
    Topic, UserId, UserKind, Wishes,
};
use crate::store::{Store, Tx};
use smallvec::smallvec;
use std::collections::HashMap;
use std::time::Duration;

/// How often somebody is found another stranger where the first one has left before it could be said.
const FIND_TRIES: usize = 5;

/// The verbs of this context. Clones share what is below.
#[derive(Clone)]
pub struct Matching {
    store: Store,
    cluster: Cluster,
    clock: Clock,
    settings: MatchSettings,
    rules: HouseRules,
}

impl Matching {
    /// Puts the context together.
    #[must_use]
    pub fn new(store: Store, cluster: Cluster, clock: Clock, settings: MatchSettings) -> Self {
        let rules = settings::house_rules(settings.reconnect_within);
        Self {
            store,
            cluster,
            clock,
            settings,
            rules,
        }
    }

    /// What the operator decided.
    #[must_use]
    pub fn settings(&self) -> &MatchSettings {
        &self.settings
    }

    /// How many are online, wait, and talk with strangers.
    #[must_use]
    pub fn census(&self) -> Census {
        self.cluster.census()
    }

    /// Finds a stranger, or waits for one. Who waits already, with the same wishes, keeps their place;
    /// who has a match gets that. `address` is where they come from, as
    /// [`Accounts::address_key`](crate::accounts::Accounts::address_key) has it. `is_wanted` tells whether
    /// somebody still waits for the answer: what a lost connection asked for must not outdo what was asked
    /// for since.
    ///
    /// # Errors
    /// `Forbidden` in a browser before the rules are accepted; `Banned`; `RateLimited` a moment after having
    /// been reported; `Gone` if it is not wanted any more;
    /// `Overloaded` when it cannot be said at present how it stands; those of the store.
    pub async fn find(
        &self,
        actor: Actor,
        address: String,
        wishes: Wishes,
        is_wanted: impl Fn() -> bool,
    ) -> Result<MatchState> {
        let seeker = self.seeker(actor, address, wishes).await?;
        self.seek(actor, seeker, is_wanted).await
    }

    /// [`Matching::find`] with what was read of them a moment ago.
    async fn seek(
        &self,
        actor: Actor,
        seeker: Seeker,
        is_wanted: impl Fn() -> bool,
    ) -> Result<MatchState> {
        let (address, wishes) = (seeker.address.clone(), seeker.wishes.clone());
        let mut fresh = Some(seeker);
        for _ in 0..FIND_TRIES {
            let seeker = match fresh.take() {
                Some(seeker) => seeker,
                None => self.seeker(actor, address.clone(), wishes.clone()).await?,
            };
            if !is_wanted() {
                return Err(Error::Gone("Nobody asks for this any more."));
            }
            let now = self.clock.elapsed();
            let state = match self.cluster.take_or_wait(seeker, now, &self.rules) {
                Entered::Waiting(seeker) => {
                    let state = seeker.state();
                    self.tell(actor.user, Event::MatchWaiting(state.clone()));
                    return Ok(state);
                }
                Entered::Paired(pair) => {
                    let made = self.store_match(*pair).await;
                    made.and_then(|made| self.present(actor.user, made.seen_by(actor.user)?))
                }
                Entered::Busy => {
                    self.store_nothing().await?;
                    self.state(actor).await?
                }
            };
            // Nothing: whoever was found has left already, or the two may not meet, and it begins anew.
            if let Some(state) = state {
                return Ok(state);
            }
        }
        Err(Error::Overloaded)
    }

    /// Leaves, then finds. Who may not look for another keeps the one they have.
    ///
    /// # Errors
    /// As [`Matching::find`].
    pub async fn next(
        &self,
        actor: Actor,
        address: String,
        wishes: Wishes,
        is_wanted: impl Fn() -> bool,
    ) -> Result<MatchState> {
        let this = self.clone();
        let seeker = self
            .write_end(move |tx| {
                let seeker = this.look_at(tx, actor, &address, &wishes)?;
                Ok((seeker, ending::part(tx, actor.user, MatchEnd::Left)?))
            })
            .await?;
        self.seek(actor, seeker, is_wanted).await
    }

    /// What the rules want to know of somebody. Nothing is written; but the writer has what it reads at hand,
    /// and a reader would have to fetch it anew after each of the writer's groups.
    async fn seeker(&self, actor: Actor, address: String, wishes: Wishes) -> Result<Seeker> {
        let this = self.clone();
        self.store
            .write(move |tx| this.look_at(tx, actor, &address, &wishes))
            .await
    }

    /// # Errors
    /// As [`Matching::find`].
    fn look_at(
        &self,
        tx: &mut Tx<'_>,
        actor: Actor,
        address: &str,
        wishes: &Wishes,
    ) -> Result<Seeker> {
        let now = tx.now();
        let conn = tx.reads();
        self.admit(conn, actor, address, now)?;
        let preset = match actor.kind {
            UserKind::Guest => Appearance::Anonymous,
            UserKind::Person | UserKind::Bot => Appearance::Username,
        };
        let alias = match wishes.appearance.unwrap_or(preset) {
            Appearance::Anonymous => Appearance::STRANGER.into(),
            Appearance::Username => people::username(conn, actor.user)?,
        };
        let joined = self.clock.elapsed();
        let mut met: HashMap<UserId, Duration> = HashMap::new();
        for (partner, ended_at) in people::met(conn, actor.user, now.before(rules::APART_FOR), now)?
        {
            let long_ago = joined + ended_at.after(rules::APART_FOR).remaining(now);
            let latest = met.entry(partner).or_insert(long_ago);
            *latest = long_ago.max(*latest);
        }
        Ok(Seeker {
            user: actor.user,
            alias,
            address: address.into(),
            joined,
            since: now,
            wide_from: self.wide_from(wishes, joined),
            apart: people::apart(conn, actor.user)?.into_iter().collect(),
            met,
            wishes: wishes.clone(),
        })
    }

    fn wide_from(&self, wishes: &Wishes, joined: Duration) -> Option<Duration> {
        match (wishes.only_common, wishes.interests.is_empty()) {
            (true, _) => None,
            (false, true) => Some(joined),
            (false, false) => Some(joined + self.settings.widen_after),
        }
    }

    /// Waits until every match that is being stored is stored: the writer takes its jobs in order.
    async fn store_nothing(&self) -> Result<()> {
        self.store.write(|_| Ok(())).await
    }

    fn waiting_state(&self, user: UserId) -> Option<MatchState> {
        self.cluster.seeker(user).map(|seeker| seeker.state())
    }

    /// How it stands with somebody; nothing while they are idle.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn state(&self, actor: Actor) -> Result<Option<MatchState>> {
        self.state_of(actor.user).await
    }

    async fn state_of(&self, user: UserId) -> Result<Option<MatchState>> {
        if self.cluster.whereabouts(user) == Some(Whereabouts::Pairing) {
            // Nothing would mean idle, and that is over.
            self.store_nothing().await?;
        }
        match self.cluster.whereabouts(user) {
            None => Ok(None),
            Some(Whereabouts::Waiting) => Ok(self.waiting_state(user)),
            Some(Whereabouts::Pairing | Whereabouts::Matched(_)) => {
                let found = self
                    .store
                    .read(move |conn| matches::open_match(conn, user))
                    .await?;
                Ok(found.and_then(|found| self.present(user, found.view)))
            }
        }
    }

    /// The state of somebody whose match that was when it was read; nothing if it has ended since: the later
    /// word has to be the true one.
    fn present(&self, user: UserId, view: Match) -> Option<MatchState> {
        let is_in = Some(Whereabouts::Matched(view.conversation_id));
        (self.cluster.whereabouts(user) == is_in)
            .then(|| MatchState::Matched(Box::new(self.with_presence(user, view))))
    }

    /// The match that somebody was in last, open or ended; nothing once it is swept.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn latest(&self, actor: Actor) -> Result<Option<Match>> {
        let found = self
            .store
            .read(move |conn| {
                let found = matches::latest_match(conn, actor.user)?;
                match found {
                    Some(found)
                        if matches::is_member(conn, actor.user, found.view.conversation_id)? =>
                    {
                        Ok(Some(found))
                    }
                    _ => Ok(None),
                }
            })
            .await?;
        Ok(found.map(|found| self.with_presence(actor.user, found.view)))
    }

    /// Whether the partner is here is known to the lobby, not to the database.
    fn with_presence(&self, user: UserId, view: Match) -> Match {
        let now = self.clock.elapsed();
        let time_left = self.cluster.partner_time_left(user, now, &self.rules);
        Match {
            presence: self.presence(time_left.filter(|_| view.end.is_none())),
            ..view
        }
    }

    fn presence(&self, time_left: Option<Duration>) -> PartnerPresence {
        match time_left {
            None => PartnerPresence::Here,
            Some(left) => PartnerPresence::Reconnecting {
                until: self.clock.now().after(left),
            },
        }
    }

    /// Whether somebody is matched, or about to be.
    #[must_use]
    pub fn is_busy(&self, user: UserId) -> bool {
        let whereabouts = self.cluster.whereabouts(user);
        matches!(
            whereabouts,
            Some(Whereabouts::Pairing | Whereabouts::Matched(_))
        )
    }

    /// Stops waiting. Who does not wait is left alone; who is just being matched leaves that match.
    pub fn cancel(&self, actor: Actor) {
        self.stop_waiting(actor.user);
    }

    fn stop_waiting(&self, user: UserId) {
        if self.cluster.cancel(user) {
            self.tell(user, Event::MatchCancelled);
        }
    }

    /// Somebody has a connection again.
    pub fn arrived(&self, user: UserId) {
        let now = self.clock.elapsed();
        let turns = self.cluster.note_return(user, now, &self.rules);
        self.take(turns);
    }

    /// One of somebody's connections closed.
    pub fn departed(&self, user: UserId) {
        self.cluster.note_absence(user, self.clock.elapsed());
    }

    /// Does what the time has brought: wider choices, lost connections.
    pub fn tick(&self) {
        let turns = self.cluster.due(self.clock.elapsed(), &self.rules);
        self.take(turns);
    }

    fn tell(&self, user: UserId, event: Event) {
        self.cluster.publish(Envelope {
            topics: smallvec![Topic::User(user)],
            event,
        });
    }
}
