//! Acting: what a program may ask of its connection.

use crate::backoff::Backoff;
use crate::error::{Error, Result};
use crate::event::Era;
use crate::outbox::Draft;
use crate::packet;
use chinwag_protocol::socketio::{
    Conversation, ConversationListed, ConversationOpen, ConversationOpened, Done, Failure, History,
    HistoryPage, Mark, Read, Room, RoomCommand, RoomCreate, RoomDelete, RoomJoined, RoomListed,
    Typing, WhichRoom, event,
};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::json;
use serde_json::value::RawValue;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep, timeout};

/// For one answer.
const ANSWER_WITHIN: Duration = Duration::from_secs(15);
/// For all attempts of one request together.
const PATIENCE: Duration = Duration::from_secs(30);

/// What the connection is asked to do.
#[derive(Debug)]
pub(crate) enum Command {
    Send {
        draft: Draft,
        /// That of the numbers in it.
        era: u64,
    },
    Ask(Question),
    /// Do not wait for the next attempt.
    Hurry,
}

/// An event that is to be answered.
#[derive(Debug)]
pub(crate) struct Question {
    pub(crate) event: &'static str,
    pub(crate) payload: Box<RawValue>,
    /// That of the numbers in the payload.
    pub(crate) era: u64,
    /// Dropped when the connection breaks before the answer.
    pub(crate) answer: oneshot::Sender<Box<RawValue>>,
}

/// A hand on the connection. Clones act on the same one; when the last is dropped, it closes.
///
/// All that is asked while there is no connection, or one is still being made, fails at once as [`Error::Unreachable`]; what was refused for
/// coming too fast is repeated here, for half a minute at most. Only [`Client::send`] waits for ever.
#[derive(Clone, Debug)]
pub struct Client {
    pub(crate) commands: mpsc::UnboundedSender<Command>,
    pub(crate) era: Era,
}

impl Client {
    /// Says something: now, or as soon as there is a connection. Gives its `client_id`, by which
    /// [`crate::Event::Sent`], [`crate::Event::Delayed`] and [`crate::Event::Unsent`] speak of it.
    pub fn send(&self, conversation_id: i64, body: impl Into<String>) -> String {
        let client_id = uuid::Uuid::now_v7().to_string();
        let draft = Draft {
            client_id: client_id.clone(),
            conversation_id,
            body: body.into(),
        };
        // Nobody hears it only after the end, which has been told.
        let era = self.era.now();
        let _ = self.commands.send(Command::Send { draft, era });
        client_id
    }

    /// Does not wait for the next attempt to connect.
    pub fn hurry(&self) {
        let _ = self.commands.send(Command::Hurry);
    }

    /// The messages before a place, or the last ones.
    ///
    /// # Errors
    /// `not_found`: not a conversation of mine.
    pub async fn history(
        &self,
        conversation_id: i64,
        before: Option<i64>,
        limit: Option<i64>,
    ) -> Result<HistoryPage> {
        let request = History {
            conversation_id,
            before,
            limit,
        };
        self.ask(event::HISTORY, &request).await
    }

    /// All conversations of mine.
    ///
    /// # Errors
    /// Only if there is no connection.
    pub async fn conversations(&self) -> Result<Vec<Conversation>> {
        let listed: ConversationListed = self.ask(event::CONVERSATION_LIST, &json!({})).await?;
        Ok(listed.conversations)
    }

    /// The talk with somebody, made if it is missing.
    ///
    /// # Errors
    /// `not_found`: there is nobody of that username.
    pub async fn open(&self, username: &str) -> Result<Conversation> {
        let request = ConversationOpen {
            user_id: None,
            username: Some(username.to_owned()),
        };
        let opened: ConversationOpened = self.ask(event::CONVERSATION_OPEN, &request).await?;
        Ok(opened.conversation)
    }

    /// I have read up to here. Gives where the mark is now.
    ///
    /// # Errors
    /// `not_found`: not a conversation of mine.
    pub async fn read(&self, conversation_id: i64, seq: i64) -> Result<i64> {
        let read: Read = self
            .ask(
                event::READ,
                &Mark {
                    conversation_id,
                    seq,
                },
            )
            .await?;
        Ok(read.read_seq)
    }

    /// I write, or stopped.
    ///
    /// # Errors
    /// `blocked`, or `not_found`.
    pub async fn typing(&self, conversation_id: i64, on: bool) -> Result<()> {
        self.ask::<Done>(
            event::TYPING,
            &Typing {
                conversation_id,
                on,
            },
        )
        .await?;
        Ok(())
    }

    /// All rooms.
    ///
    /// # Errors
    /// `forbidden` to guests.
    pub async fn rooms(&self) -> Result<Vec<Room>> {
        let listed: RoomListed = self.ask(event::ROOM_LIST, &json!({})).await?;
        Ok(listed.rooms)
    }

    /// Makes a room, and is a member of it.
    ///
    /// # Errors
    /// `conflict`: the name is taken; `invalid`: it breaks the rule.
    pub async fn create_room(&self, name: &str) -> Result<Conversation> {
        let request = RoomCreate {
            name: name.to_owned(),
            topic: None,
        };
        let made: ConversationOpened = self.ask(event::ROOM_CREATE, &request).await?;
        Ok(made.conversation)
    }

    /// Deletes a room with all that was said in it.
    ///
    /// # Errors
    /// `forbidden`: neither its creator nor an administrator.
    pub async fn delete_room(&self, conversation_id: i64) -> Result<()> {
        self.ask::<Done>(event::ROOM_DELETE, &RoomDelete { conversation_id })
            .await?;
        Ok(())
    }

    /// Becomes a member of a room, or looks into it as one.
    ///
    /// # Errors
    /// `not_found`: there is none of that name.
    pub async fn join_room(&self, name: &str) -> Result<RoomJoined> {
        let request = WhichRoom {
            conversation_id: None,
            name: Some(name.to_owned()),
        };
        self.ask(event::ROOM_JOIN, &request).await
    }

    /// Is no member any more.
    ///
    /// # Errors
    /// `not_found`: one was not.
    pub async fn leave_room(&self, conversation_id: i64) -> Result<()> {
        let request = WhichRoom {
            conversation_id: Some(conversation_id),
            name: None,
        };
        self.ask::<Done>(event::ROOM_LEAVE, &request).await?;
        Ok(())
    }

    /// Gives a command in a room, for whoever answers it.
    ///
    /// # Errors
    /// `not_found`: not a room of mine.
    pub async fn room_command(
        &self,
        conversation_id: i64,
        command: &str,
        payload: &str,
    ) -> Result<()> {
        let request = RoomCommand {
            conversation_id,
            command: command.to_owned(),
            payload: payload.to_owned(),
        };
        self.ask::<Done>(event::ROOM_COMMAND, &request).await?;
        Ok(())
    }

    /// Sends any event and waits for its answer.
    async fn ask<T: DeserializeOwned>(
        &self,
        event: &'static str,
        payload: &impl Serialize,
    ) -> Result<T> {
        let (payload, era) = (packet::payload(payload), self.era.now());
        let until = Instant::now() + PATIENCE;
        let mut backoff = Backoff::default();
        loop {
            let answer = self.ask_once(event, payload.clone(), era).await?;
            let result = understood(&answer);
            let Err(Error::Refused {
                is_retryable: true,
                retry_after,
                ..
            }) = &result
            else {
                return result;
            };
            let pause = retry_after.unwrap_or_else(|| backoff.pause());
            let again_at = Instant::now().checked_add(pause);
            if again_at.is_none_or(|then| then >= until) {
                return result;
            }
            sleep(pause).await;
        }
    }

    async fn ask_once(
        &self,
        event: &'static str,
        payload: Box<RawValue>,
        era: u64,
    ) -> Result<Box<RawValue>> {
        let (answer, heard) = oneshot::channel();
        let question = Question {
            event,
            payload,
            era,
            answer,
        };
        let _ = self.commands.send(Command::Ask(question));
        match timeout(ANSWER_WITHIN, heard).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(_)) => Err(Error::Unreachable(
                "There is no connection to the server.".into(),
            )),
            Err(_) => Err(Error::Unreachable("The server did not answer.".into())),
        }
    }
}

#[derive(Deserialize)]
struct Head {
    ok: bool,
    error: Option<Failure>,
}

/// What an acknowledgement says: the answer, or the refusal.
pub(crate) fn understood<T: DeserializeOwned>(answer: &RawValue) -> Result<T> {
    let strange = |error: serde_json::Error| {
        tracing::warn!(%error, "an answer is not understood");
        Error::Strange("The server's answer was not understood.".into())
    };
    let head: Head = serde_json::from_str(answer.get()).map_err(strange)?;
    match head.error {
        Some(failure) if !head.ok => Err(failure.into()),
        _ => serde_json::from_str(answer.get()).map_err(strange),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Asks for the rooms, refuses that as often as it is asked, and gives how long it was waited each time.
    async fn pauses_after(refusal: &serde_json::Value) -> Vec<Duration> {
        let (commands, mut asked) = mpsc::unbounded_channel();
        let era = Era::default();
        let client = Client { commands, era };
        let program = tokio::spawn(async move { client.rooms().await });
        let mut times = Vec::new();
        while let Some(Command::Ask(question)) = asked.recv().await {
            times.push(Instant::now());
            let answer = json!({ "ok": false, "error": refusal });
            let _ = question.answer.send(packet::payload(&answer));
        }
        let outcome = program.await.unwrap();
        assert!(matches!(outcome, Err(Error::Refused { .. })), "{outcome:?}");
        times.windows(2).map(|pair| pair[1] - pair[0]).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn a_refusal_that_names_no_time_is_followed_by_pauses_that_no_two_programs_share() {
        let refusal = json!({ "code": "overloaded", "message": "Later.", "retryable": true });
        let (one, other) = (pauses_after(&refusal).await, pauses_after(&refusal).await);
        for pauses in [&one, &other] {
            // Four of them last 15 seconds at most, and there is half a minute.
            assert!(pauses.len() >= 4, "{pauses:?}");
            assert!(pauses.iter().sum::<Duration>() < PATIENCE, "{pauses:?}");
            assert!(pauses[0] <= Duration::from_secs(1), "{pauses:?}");
        }
        assert_ne!(one, other);
    }

    #[tokio::test(start_paused = true)]
    async fn a_time_that_is_named_is_waited_for_and_not_beyond_half_a_minute() {
        let refusal = |ms: u64| json!({ "code": "rate_limited", "message": "Slow.", "retryable": true, "retry_after_ms": ms });
        let nine = Duration::from_secs(9);
        assert_eq!(pauses_after(&refusal(9_000)).await, [nine, nine, nine]);
        assert_eq!(pauses_after(&refusal(31_000)).await, []);
    }
}
