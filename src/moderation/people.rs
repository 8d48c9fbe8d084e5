//! People as those see them who look after this server: never a whole number, never a message.

use super::audit::{Act, Entry};
use super::queries::{people, reports};
use super::reports::ReportLine;
use super::{Admin, Moderation, Note, Stretch, refuse_oneself};
use crate::error::{Error, Result};
use crate::model::{Event, Phone, SessionEnd, Timestamp, Topic, UserId, UserKind, Username};
use smallvec::smallvec;

/// People on a page.
const SHOWN: usize = 50;

/// Who is looked for.
#[derive(Clone, Debug)]
pub enum Wanted {
    /// Anybody, the newest first.
    Anybody,
    /// Whose username begins like this. A username may look like a number or an address, so whoever
    /// has exactly that comes first, and the others are there as well.
    Called(String, Option<Contact>),
}

/// What people are reached by.
#[derive(Clone, Debug)]
pub enum Contact {
    /// A phone number.
    Number(Phone),
    /// An e-mail address, as it was typed.
    Email(String),
}

/// Somebody in a list.
#[derive(Clone, Debug)]
pub struct PersonLine {
    /// Who.
    pub id: UserId,
    /// Their username.
    pub username: String,
    /// As they call themselves.
    pub name: String,
    /// Person, guest or bot.
    pub kind: UserKind,
    /// The number that they sign in with, masked.
    pub phone: Option<String>,
    /// Since when they are here.
    pub created_at: Timestamp,
    /// Until when they may not be.
    pub suspended_until: Option<Timestamp>,
    /// Whether they look after this server.
    pub is_admin: bool,
}

/// All that there is to know of somebody.
#[derive(Clone, Debug)]
pub struct PersonFile {
    /// What the list shows, too.
    pub line: PersonLine,
    /// Whether they have an address that mail goes to.
    pub has_email: bool,
    /// Whether they can sign in with a password.
    pub has_password: bool,
    /// When they were here last.
    pub last_seen_at: Option<Timestamp>,
    /// What they were told and have not read yet, such as a warning.
    pub notice: Option<String>,
    /// Why they are, or were last, suspended; they are told.
    pub suspension_reason: Option<String>,
    /// What keeps them from being matched at present.
    pub bans: Vec<Ban>,
    /// Where they are signed in, the latest used first.
    pub sessions: Vec<SignIn>,
    /// How many programs act for them.
    pub tokens: i64,
    /// Reports against them, the newest first.
    pub against: Vec<ReportLine>,
    /// Reports by them, the newest first.
    pub by: Vec<ReportLine>,
}

/// A ban from being matched.
#[derive(Clone, Debug)]
pub struct Ban {
    /// Until when.
    pub until: Timestamp,
    /// Why; they are told.
    pub reason: String,
    /// Whether it binds their network, too.
    pub network: bool,
}

/// A browser in which somebody is signed in.
#[derive(Clone, Debug)]
pub struct SignIn {
    /// The browser's own description of itself.
    pub user_agent: String,
    /// When it began.
    pub created_at: Timestamp,
    /// When it was last used, to the hour.
    pub last_used_at: Timestamp,
}

impl Moderation {
    /// People, from where the last page ended: by id where anybody is meant, else by rank in the order of
    /// names.
    ///
    /// # Errors
    /// `NotFound` for who is no administrator any more.
    pub async fn people(
        &self,
        admin: &Admin,
        wanted: Wanted,
        cursor: Option<i64>,
    ) -> Result<Stretch<PersonLine>> {
        self.look(admin, move |conn| {
            let people = match &wanted {
                Wanted::Anybody => people::newest(conn, cursor, SHOWN + 1)?,
                Wanted::Called(start, contact) => {
                    let start = Username::key_of(start);
                    let called = people::by_start(conn, &start, cursor, SHOWN + 1)?;
                    // On the first page: it is one person at most.
                    let owner = match contact {
                        _ if cursor.is_some() => None,
                        Some(Contact::Number(phone)) => people::by_phone(conn, phone)?,
                        Some(Contact::Email(email)) => {
                            people::by_email(conn, &Username::key_of(email))?
                        }
                        None => None,
                    };
                    let first = owner.as_ref().map(|owner| owner.id);
                    let others = called.into_iter().filter(|line| Some(line.id) != first);
                    owner.into_iter().chain(others).collect()
                }
            };
            Ok(Stretch::of(people, SHOWN, |person| person.id.0))
        })
        .await
    }

    /// Somebody.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn person_file(&self, admin: &Admin, user: UserId) -> Result<PersonFile> {
        let now = self.clock.now();
        self.look(admin, move |conn| {
            let mut file = people::file(conn, user)?.ok_or(Error::NotFound)?;
            file.bans = people::bans(conn, user, now)?;
            file.sessions = people::sessions(conn, user, now)?;
            file.tokens = people::count_tokens(conn, user, now)?;
            file.against = reports::against(conn, user, None)?;
            file.by = reports::by(conn, user, None)?;
            Ok(file)
        })
        .await
    }

    /// What somebody is called, where no more of them is needed.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn username(&self, admin: &Admin, user: UserId) -> Result<String> {
        self.look(admin, move |conn| {
            people::username(conn, user)?.ok_or(Error::NotFound)
        })
        .await
    }

    /// Gives somebody their account back.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn lift_suspension(&self, admin: &Admin, user: UserId, note: Note) -> Result<()> {
        self.act(admin, move |tx| {
            let username = people::username(tx.reads(), user)?.ok_or(Error::NotFound)?;
            people::set_suspended(tx.writes(), user, None)?;
            let entry = Entry::of_person(Act::Lifted, user, &username, note.as_str());
            Ok(((), entry))
        })
        .await
    }

    /// Lets somebody be matched again, and whoever else their bans bind.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn lift_bans(&self, admin: &Admin, user: UserId, note: Note) -> Result<()> {
        self.act(admin, move |tx| {
            let username = people::username(tx.reads(), user)?.ok_or(Error::NotFound)?;
            people::delete_bans(tx.writes(), user)?;
            let entry = Entry::of_person(Act::Unbanned, user, &username, note.as_str());
            Ok(((), entry))
        })
        .await
    }

    /// Signs somebody out of every browser, and ends every token of theirs.
    ///
    /// # Errors
    /// `NotFound`; `Forbidden` for oneself.
    pub async fn end_sessions(&self, admin: &Admin, user: UserId, note: Note) -> Result<()> {
        refuse_oneself(admin, user)?;
        self.act(admin, move |tx| {
            let username = people::username(tx.reads(), user)?.ok_or(Error::NotFound)?;
            people::delete_sessions(tx.writes(), user)?;
            people::delete_tokens(tx.writes(), user)?;
            tx.publish(
                smallvec![Topic::User(user)],
                Event::SessionEnded(SessionEnd::SignedOut),
            );
            let entry = Entry::of_person(Act::EndedSessions, user, &username, note.as_str());
            Ok(((), entry))
        })
        .await
    }
}
