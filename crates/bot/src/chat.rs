//! What the bot does while it is connected: be in its rooms, take commands, say answers.
//!
//! It reacts to commands of others alone, and says ordinary messages alone; so neither itself nor
//! another bot like it can make it go on for ever.

use crate::commands;
use crate::desk::{Answer, Desk, Question};
use crate::line::{End, Line};
use crate::settings::{Rooms, Settings};
use chinwag_protocol::rooms::{
    ClientFrame, Details, ListedRoom, Notification, RoomNotification, Said, ServerFrame,
};
use std::collections::HashSet;
use std::convert::Infallible;
use std::time::Duration;
use tokio::time::{MissedTickBehavior, interval};

const BUSY: &str = "I have more to do than I can just now. Please ask again in a moment.";
/// What became ready while the bot was not in the room is said when it is back, unless it is this old.
const STALE_AFTER: Duration = Duration::from_secs(60);
const MOST_UNSAID: usize = 64;
/// Servers pace how fast somebody may join, and what is said meanwhile waits as well. The other rooms wait for
/// the next look.
const JOINS_AT_A_LOOK: usize = 10;

/// The bot on one connection.
pub(crate) struct Chat<'a> {
    line: Line,
    settings: &'a Settings,
    desk: &'a mut Desk,
    unsaid: &'a mut Vec<Answer>,
    joined: HashSet<String>,
    /// Rooms that did not let it in, each logged once.
    closed: HashSet<String>,
    /// Rooms that were told to ask later, each once until there is time again.
    busy_in: HashSet<String>,
}

impl<'a> Chat<'a> {
    pub(crate) fn new(
        line: Line,
        settings: &'a Settings,
        desk: &'a mut Desk,
        unsaid: &'a mut Vec<Answer>,
    ) -> Self {
        Self {
            line,
            settings,
            desk,
            unsaid,
            joined: HashSet::new(),
            closed: HashSet::new(),
            busy_in: HashSet::new(),
        }
    }

    /// Goes on until the connection ends.
    pub(crate) async fn run(mut self) -> Result<Infallible, End> {
        let mut looks = interval(self.settings.pace.look_around);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                frame = self.line.hear() => self.react(frame?).await?,
                answer = self.desk.answer() => self.say(answer).await?,
                _ = looks.tick() => self.look_around().await?,
            }
        }
    }

    async fn look_around(&mut self) -> Result<(), End> {
        self.line.ping().await?;
        match &self.settings.rooms {
            Rooms::All => self.line.send(&ClientFrame::List).await,
            Rooms::Named(names) => self.join(names).await,
        }
    }

    async fn join(&mut self, names: &[String]) -> Result<(), End> {
        let mut wanted: Vec<_> = names
            .iter()
            .filter(|name| !self.joined.contains(*name))
            .collect();
        // Or enough rooms that do not let it in would keep it from those that do.
        wanted.sort_by_key(|name| self.closed.contains(*name));
        for name in wanted.into_iter().take(JOINS_AT_A_LOOK) {
            let room_name = name.clone();
            self.line.send(&ClientFrame::Join { room_name }).await?;
        }
        Ok(())
    }

    async fn react(&mut self, frame: Option<ServerFrame>) -> Result<(), End> {
        match frame {
            Some(ServerFrame::Notification(Notification::List { list })) => {
                self.join_all(list).await
            }
            Some(ServerFrame::Room(happened)) => self.react_in_room(happened).await,
            Some(ServerFrame::Error { code, details }) => match details {
                Some(Details::Name { name }) => self.is_refused_in(&code, name).await,
                _ => {
                    tracing::warn!(?code, "the server refuses what was sent");
                    Ok(())
                }
            },
            _ => Ok(()),
        }
    }

    async fn join_all(&mut self, list: Vec<ListedRoom>) -> Result<(), End> {
        let names: Vec<_> = list.into_iter().map(|room| room.name).collect();
        self.join(&names).await
    }

    async fn react_in_room(&mut self, happened: RoomNotification) -> Result<(), End> {
        match happened {
            RoomNotification::Joined {
                you: true,
                room_name,
                ..
            } => self.is_in(room_name).await,
            RoomNotification::Parted {
                you: true,
                room_name,
                ..
            } => {
                self.is_not_in(&room_name);
                Ok(())
            }
            RoomNotification::Custom {
                you: false,
                room_name,
                command,
                payload,
                ..
            } => self.take(room_name, &command, payload).await,
            _ => Ok(()),
        }
    }

    async fn is_refused_in(&mut self, code: &str, room: String) -> Result<(), End> {
        match code {
            "room:already-joined" => return self.is_in(room).await,
            "room:not-joined" => self.is_not_in(&room),
            "room:invalid" => {
                if self.closed.insert(room.clone()) {
                    tracing::warn!(?room, "there is no such room yet, or no place for one more");
                }
            }
            _ => tracing::warn!(?code, ?room, "the server refuses what was sent"),
        }
        Ok(())
    }

    async fn is_in(&mut self, room: String) -> Result<(), End> {
        tracing::info!(?room, "listening");
        self.closed.remove(&room);
        self.joined.insert(room);
        let unsaid = std::mem::take(self.unsaid);
        let is_fresh = |answer: &Answer| answer.since.elapsed() < STALE_AFTER;
        for answer in unsaid.into_iter().filter(is_fresh) {
            self.say(answer).await?;
        }
        Ok(())
    }

    fn is_not_in(&mut self, room: &str) {
        if self.joined.remove(room) {
            tracing::info!(?room, "not in the room any more");
        }
    }

    async fn take(&mut self, room: String, command: &str, payload: String) -> Result<(), End> {
        let Some(command) = commands::find(command) else {
            tracing::info!(?room, "a command that is not for this bot");
            return Ok(());
        };
        let asked_in = room.clone();
        let question = Question {
            room,
            command,
            payload,
        };
        if self.desk.take(question) {
            self.busy_in.clear();
        } else if self.busy_in.insert(asked_in.clone()) {
            self.post(&asked_in, BUSY).await?;
        }
        Ok(())
    }

    async fn say(&mut self, answer: Answer) -> Result<(), End> {
        if self.joined.contains(&answer.room) {
            return self.post(&answer.room, &answer.text).await;
        }
        if self.unsaid.len() == MOST_UNSAID {
            self.unsaid.remove(0);
        }
        self.unsaid.push(answer);
        Ok(())
    }

    async fn post(&mut self, room: &str, body: &str) -> Result<(), End> {
        let message = ClientFrame::Message {
            room_name: room.to_owned(),
            said: Said::Words {
                body: body.to_owned(),
            },
        };
        self.line.send(&message).await
    }
}
