//! The application: what the transports reach, put together from the configuration.

mod administration;

use crate::accounts::{AccountSettings, Accounts, Secrets};
use crate::clock::Clock;
use crate::cluster::Cluster;
use crate::config::{Config, MailConfig, SmsConfig};
use crate::conversations::Conversations;
use crate::error::{Error, Result};
use crate::mail::{self, Mail, Places, Smtp};
use crate::matching::{MatchSettings, Matching};
use crate::model::{
    Actor, Complaint, ConversationId, ConversationKind, Country, DisplayName, MessageId, Phone,
    PhoneRule, ReportId, UserId, UserKind,
};
use crate::moderation::{Moderation, ModerationSettings};
use crate::presence::Presence;
use crate::sms::{Inbox, Sms, Twilio};
use crate::store::{Store, StoreUrl};
use std::io::Write;
use std::ops::Deref;
use std::os::unix::fs::OpenOptionsExt;
use std::sync::Arc;
use std::time::Duration;

/// How long somebody stays "online" after their last socket closed: a reload is no departure.
const PRESENCE_GRACE: Duration = Duration::from_secs(10);

/// The contexts, and what all transports ask for. Clones share it, and cost nothing: every layer that a request
/// goes through takes one.
#[derive(Clone)]
pub struct App(Arc<Parts>);

/// What an [`App`] is made of.
pub struct Parts {
    /// Who people are.
    pub accounts: Accounts,
    /// Where they talk.
    pub conversations: Conversations,
    /// Where strangers meet.
    pub matching: Matching,
    /// What is done about those who misbehave.
    pub moderation: Moderation,
    /// Who is here.
    pub presence: Presence,
    /// What every process hears of.
    pub cluster: Cluster,
    /// The time.
    pub clock: Clock,
    /// The operator's decisions.
    pub config: Config,
    /// The SMS that were not sent, in development.
    pub inbox: Option<Inbox>,
    /// The mails that were not sent, in development.
    pub mailbox: Option<mail::Inbox>,
    store: Store,
}

impl Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl App {
    /// Opens what the configuration names and puts the contexts together.
    ///
    /// # Errors
    /// `Internal`, with a cause that names what could not be opened.
    pub fn open(config: Config, clock: Clock) -> Result<Self> {
        Self::open_with(config, clock, PRESENCE_GRACE)
    }

    /// [`App::open`], where somebody is gone `grace` after their last socket closed.
    ///
    /// # Errors
    /// As there.
    pub fn open_with(config: Config, clock: Clock, grace: Duration) -> Result<Self> {
        let app = Self::put_together(config, clock, grace, Store::open)?;
        app.conversations.tidy_rooms();
        Ok(app)
    }

    /// [`App::open`] for an errand, also while a server uses the database: see [`Store::open_beside`]. Nothing
    /// is tidied: who is passing through a room may be there right now.
    ///
    /// # Errors
    /// As there.
    pub fn open_beside(config: Config, clock: Clock) -> Result<Self> {
        Self::put_together(config, clock, PRESENCE_GRACE, Store::open_beside)
    }

    fn put_together(
        config: Config,
        clock: Clock,
        grace: Duration,
        open: fn(&StoreUrl, Clock, Cluster) -> Result<Store>,
    ) -> Result<Self> {
        let cluster = Cluster::memory();
        let store = open(&config.database, clock.clone(), cluster.clone())?;
        let secrets = match &config.secret_key {
            Some(key) => Secrets::new(key.0.as_bytes()),
            None => Secrets::new(&development_secret(&config.database)?),
        };
        let (sms, inbox) = sms(&config.sms, &clock)?;
        let (mail, mailbox) = mail(&config.mail, &clock)?;
        let settings = account_settings(&config);
        Ok(Self(Arc::new(Parts {
            accounts: Accounts::new(store.clone(), sms, mail, secrets, clock.clone(), settings),
            conversations: Conversations::new(store.clone(), cluster.clone()),
            matching: Matching::new(
                store.clone(),
                cluster.clone(),
                clock.clone(),
                match_settings(&config),
            ),
            moderation: Moderation::new(store.clone(), clock.clone(), moderation_settings(&config)),
            presence: Presence::new(store.clone(), cluster.clone(), clock.clone(), grace),
            config,
            cluster,
            clock,
            inbox,
            mailbox,
            store,
        })))
    }

    /// Goes on with the matches of before the start, or ends them where strangers are not to meet any more.
    /// To be done before anybody is let in.
    ///
    /// # Errors
    /// Those of the store; then nobody must be let in, as they would be matched against the books.
    pub async fn resume(&self) -> Result<()> {
        if self.config.matching.enabled {
            self.matching.resume().await
        } else {
            self.matching.end_all().await
        }
    }

    /// Reads a number that somebody typed, as dialled in `country` or the default one. The inbox
    /// takes made-up numbers; a provider would be paid for trying them.
    ///
    /// # Errors
    /// `Invalid`, as [`Phone::parse`].
    pub fn parse_phone(&self, text: &str, country: Option<Country>) -> Result<Phone> {
        let rule = match self.inbox {
            Some(_) => PhoneRule::Possible,
            None => PhoneRule::Assigned,
        };
        Phone::parse(text, country.unwrap_or(self.config.default_country), rule)
    }

    /// Asks to keep in touch with a stranger, as [`Conversations::keep`]; says whether both have.
    ///
    /// # Errors
    /// As there.
    pub async fn keep_in_touch(
        &self,
        actor: Actor,
        id: Option<ConversationId>,
        name: Option<DisplayName>,
    ) -> Result<bool> {
        let keeping = self.conversations.keep(actor, id, name).await?;
        if keeping.kept {
            let (id, people) = (keeping.conversation_id, &keeping.people);
            self.matching.note_kept(id, people, keeping.is_direct);
        }
        Ok(keeping.kept)
    }

    /// A guest has proved to be the owner of an account: their talks are the account's from now on. Of two
    /// open matches the account's own one stays; one with somebody whom the account is never to meet ends.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn adopt_guest(&self, guest: Actor, account: UserId) -> Result<()> {
        if guest.kind != UserKind::Guest || guest.user == account {
            return Ok(());
        }
        // To the end, also when the browser does not wait for it: the lobby must follow the database.
        let adoption = tokio::spawn(self.clone().adopt(guest, account));
        adoption
            .await
            .map_err(|error| Error::Internal(error.into()))?
    }

    async fn adopt(self, guest: Actor, account: UserId) -> Result<()> {
        if self.matching.is_busy(account) {
            self.matching.leave(guest).await?;
        }
        let kept = self.conversations.adopt(guest.user, account).await?;
        self.matching.rename(guest.user, account).await?;
        for keeping in kept {
            let (id, people) = (keeping.conversation_id, &keeping.people);
            self.matching.note_kept(id, people, keeping.is_direct);
        }
        self.matching.end_if_apart(account).await
    }

    /// Reports somebody, wherever two or more talk: [`Matching::report`] for a match, else
    /// [`Moderation::report`].
    ///
    /// # Errors
    /// As there; `NotFound` for a match where strangers cannot meet any more.
    pub async fn report(
        &self,
        actor: Actor,
        id: ConversationId,
        message: Option<MessageId>,
        complaint: Complaint,
    ) -> Result<ReportId> {
        match self.moderation.kind_of(id).await? {
            ConversationKind::Match if !self.config.matching.enabled => Err(Error::NotFound),
            ConversationKind::Match => self.matching.report(actor, id, message, complaint).await,
            ConversationKind::Direct | ConversationKind::Room => {
                self.moderation.report(actor, id, message, complaint).await
            }
        }
    }

    /// Names the database; a client that knows another throws its cache away.
    #[must_use]
    pub fn epoch(&self) -> &str {
        self.store.epoch()
    }

    /// What the database takes on the disk, and what is free there, in bytes; nothing if the disk cannot be asked.
    #[must_use]
    pub fn disk(&self) -> Option<(u64, u64)> {
        let space = self.store.space().ok()?;
        Some((space.used, space.free))
    }

    /// Whether messages can be stored.
    ///
    /// # Errors
    /// The store's.
    pub async fn check(&self) -> Result<()> {
        self.store.check().await
    }

    /// Lets what is queued be committed, told and published; nothing is taken afterwards.
    pub async fn close(&self) {
        self.store.close().await;
        self.cluster.close();
    }
}

fn sms(config: &SmsConfig, clock: &Clock) -> Result<(Sms, Option<Inbox>)> {
    match config {
        SmsConfig::Inbox { from, file } => {
            let inbox = Inbox::new(from.clone(), file.clone(), clock.clone());
            Ok((Sms::Inbox(inbox.clone()), Some(inbox)))
        }
        SmsConfig::Twilio(account) => Ok((Sms::Twilio(Twilio::new(account.clone())?), None)),
    }
}

fn mail(config: &MailConfig, clock: &Clock) -> Result<(Mail, Option<mail::Inbox>)> {
    Ok(match config {
        MailConfig::Off => (Mail::Off, None),
        MailConfig::Inbox { from, file } => {
            let inbox = mail::Inbox::new(from.to_string(), file.clone(), clock.clone());
            (Mail::Inbox(inbox.clone()), Some(inbox))
        }
        MailConfig::Smtp(server) => {
            let smtp = Smtp::new(server.clone())?;
            (Mail::Smtp(smtp, Places::default()), None)
        }
    })
}

fn account_settings(config: &Config) -> AccountSettings {
    AccountSettings {
        sms_countries: config.sms_countries.clone(),
        sms_host: config
            .public_url
            .host_str()
            .unwrap_or("localhost")
            .to_owned(),
        limits_enforced: config.limits.enforced,
        sms: config.limits.sms,
        code_tries: config.limits.code_tries,
        failures_per_number_day: config.limits.failures_per_number_day,
        failures_per_address_hour: config.limits.failures_per_address_hour,
        contact_lookups_per_day: config.limits.contact_lookups_per_day,
        server_name: config.server_name.clone(),
        public_url: config.public_url.clone(),
        resets_per_email_hour: config.limits.resets_per_email_hour,
        resets_per_address_hour: config.limits.resets_per_address_hour,
        password_cost: config.password_cost,
        password_failures_per_account_hour: config.limits.password_failures_per_account_hour,
        password_failures_per_account_network_hour: config
            .limits
            .password_failures_per_account_network_hour,
        password_failures_per_address_hour: config.limits.password_failures_per_address_hour,
    }
}

fn reports_per_day(config: &Config) -> Option<i64> {
    let limits = &config.limits;
    limits.enforced.then_some(limits.reports_per_day)
}

fn match_settings(config: &Config) -> MatchSettings {
    MatchSettings {
        reconnect_within: config.matching.reconnect_within,
        kept_for: config.matching.kept_for,
        widen_after: config.matching.widen_after,
        limits_enforced: config.limits.enforced,
        reports_per_day: reports_per_day(config),
    }
}

fn moderation_settings(config: &Config) -> ModerationSettings {
    ModerationSettings {
        reports_per_day: reports_per_day(config),
    }
}

/// The key of a server that was given none: made once, kept beside the database.
fn development_secret(database: &StoreUrl) -> Result<Vec<u8>> {
    let path = database.folder().join("secret.key");
    let fault = |error: std::io::Error| {
        Error::Internal(anyhow::Error::new(error).context(format!("cannot use {}", path.display())))
    };
    match std::fs::read(&path) {
        Ok(key) if key.len() >= 32 => return Ok(key),
        Ok(_) => {}
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => return Err(fault(error)),
    }
    let key: [u8; 32] = rand::random();
    std::fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&path)
        .and_then(|mut file| file.write_all(&key))
        .map_err(fault)?;
    Ok(key.to_vec())
}
