//! While there is a connection: what comes in is told, what is to go out goes, and what was missed is fetched.

use crate::cursors::Arrival;
use crate::driver::{Over, Session};
use crate::error::Error;
use crate::event::{Ended, Event};
use crate::handle::{Command, Question, understood};
use crate::packet::{self, Packet};
use crate::socket::Socket;
use chinwag_protocol::socketio::{
    Conversation, ConversationPush, ConversationRemoved, Draining, Message, MessagePush,
    MessageSend, Ready, SessionEnded, Synced, event,
};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::collections::HashMap;
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep_until};

/// Before `sync` is asked again after a refusal that names no time.
const PAUSE: Duration = Duration::from_secs(1);
/// Without an answer to `sync` by then, the connection is not worth keeping.
const ANSWER_WITHIN: Duration = Duration::from_secs(20);

/// One connection, and the session that it serves.
#[derive(Debug)]
pub(crate) struct Online<'a> {
    session: &'a mut Session,
    socket: Socket,
    last_id: u64,
    awaited: HashMap<u64, Awaited>,
    catching_up: CatchingUp,
}

/// Who waits for an acknowledgement.
#[derive(Debug)]
enum Awaited {
    Outbox,
    Sync,
    Question(&'static str, oneshot::Sender<Box<RawValue>>),
}

/// At most one `sync` is on its way.
#[derive(Debug)]
enum CatchingUp {
    No,
    /// At that time, for a reason that has come up since the last one.
    Due(Instant),
    /// Asked; `again` when something was missed since.
    Asked {
        answer_by: Instant,
        again: bool,
    },
}

#[derive(Deserialize)]
struct WithConversation {
    conversation: Conversation,
}

impl<'a> Online<'a> {
    pub(crate) fn new(session: &'a mut Session, socket: Socket) -> Self {
        Self {
            session,
            socket,
            last_id: 0,
            awaited: HashMap::new(),
            catching_up: CatchingUp::No,
        }
    }

    /// Serves the connection to its end.
    pub(crate) async fn serve(mut self, ready: Ready) -> Over {
        let over = match self.welcome(ready).await {
            Ok(()) => self.go_on().await,
            Err(over) => over,
        };
        if matches!(over, Over::Ended(Ended::Closed)) {
            self.socket.leave().await;
        }
        over
    }

    async fn welcome(&mut self, ready: Ready) -> Result<(), Over> {
        let welcome = self.session.cursors.welcome(&ready);
        if welcome.forget {
            self.session.tell(Event::Forget).await?;
            self.give_drafts_back().await?;
        }
        for id in welcome.removed {
            self.session.tell(Event::ConversationRemoved(id)).await?;
        }
        self.session.tell(Event::Ready(Box::new(ready))).await?;
        if welcome.is_behind {
            self.fall_behind();
            return Ok(());
        }
        self.session.tell(Event::CaughtUp).await
    }

    /// Where the data was replaced, the same number may be another conversation: nothing must be said into that.
    async fn give_drafts_back(&mut self) -> Result<(), Over> {
        for draft in self.session.outbox.give_up() {
            let error =
                Error::Strange("The server's data was replaced before this could be sent.".into());
            self.session.tell(Event::Unsent { draft, error }).await?;
        }
        Ok(())
    }

    async fn go_on(&mut self) -> Over {
        loop {
            match self.step().await {
                Ok(()) => {}
                Err(over) => return over,
            }
        }
    }

    async fn step(&mut self) -> Result<(), Over> {
        self.say_what_is_due().await?;
        let due = self.due();
        tokio::select! {
            frame = self.socket.hear() => self.act(&frame.map_err(Over::Lost)?).await,
            command = self.session.commands.recv() => match command {
                Some(command) => self.obey(command).await,
                None => Err(Over::Ended(Ended::Closed)),
            },
            () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => Ok(()),
        }
    }

    fn due(&self) -> Option<Instant> {
        let sync = match self.catching_up {
            CatchingUp::No => None,
            CatchingUp::Due(time)
            | CatchingUp::Asked {
                answer_by: time, ..
            } => Some(time),
        };
        [self.session.outbox.due(), sync]
            .into_iter()
            .flatten()
            .min()
    }

    async fn say_what_is_due(&mut self) -> Result<(), Over> {
        let now = Instant::now();
        match self.catching_up {
            CatchingUp::Due(time) if time <= now => {
                let request = self.session.cursors.request();
                self.ask(event::SYNC, &request, Awaited::Sync).await?;
                self.catching_up = CatchingUp::Asked {
                    answer_by: now + ANSWER_WITHIN,
                    again: false,
                };
            }
            CatchingUp::Asked { answer_by, .. } if answer_by <= now => {
                return Err(Over::Lost("the server does not answer".into()));
            }
            _ => {}
        }
        if let Some(draft) = self.session.outbox.take(self.last_id + 1, now) {
            let request = MessageSend {
                conversation_id: Some(draft.conversation_id),
                to: None,
                body: draft.body.clone(),
                client_id: Some(draft.client_id.clone()),
            };
            self.ask(event::MESSAGE_SEND, &request, Awaited::Outbox)
                .await?;
        }
        Ok(())
    }

    async fn ask(
        &mut self,
        name: &str,
        payload: &impl Serialize,
        awaited: Awaited,
    ) -> Result<(), Over> {
        self.last_id += 1;
        self.awaited.insert(self.last_id, awaited);
        let packet = packet::event(self.last_id, name, &packet::payload(payload));
        self.socket.say(packet).await.map_err(Over::Lost)
    }

    async fn obey(&mut self, command: Command) -> Result<(), Over> {
        match command {
            Command::Send(draft) => self.session.outbox.push(draft),
            Command::Ask(Question {
                event,
                payload,
                answer,
            }) => {
                self.awaited
                    .retain(|_, one| !matches!(one, Awaited::Question(_, who) if who.is_closed()));
                self.ask(event, &payload, Awaited::Question(event, answer))
                    .await?;
            }
            Command::Hurry => {}
        }
        Ok(())
    }

    async fn act(&mut self, frame: &str) -> Result<(), Over> {
        match packet::parse(frame) {
            Some(Packet::Ping) => self
                .socket
                .say(packet::PONG.into())
                .await
                .map_err(Over::Lost),
            Some(Packet::Event(event)) => match packet::named(event) {
                Some((name, payload)) => self.hear(&name, payload).await,
                None => Err(strange()),
            },
            Some(Packet::Ack(id, arguments)) => {
                self.answer(id, packet::answer(arguments).ok_or_else(strange)?)
                    .await
            }
            Some(Packet::Open(_) | Packet::Connected | Packet::Other) => Ok(()),
            Some(Packet::Close | Packet::Disconnected | Packet::Refused(_)) => {
                Err(Over::Lost("the server hung up".into()))
            }
            None => Err(strange()),
        }
    }

    async fn answer(&mut self, id: u64, answer: &RawValue) -> Result<(), Over> {
        match self.awaited.remove(&id) {
            Some(Awaited::Outbox) => {
                let told = self
                    .session
                    .outbox
                    .answered(id, understood(answer), Instant::now());
                match told {
                    Some(event) => self.session.tell(event).await,
                    None => Ok(()),
                }
            }
            Some(Awaited::Sync) => self.synced(understood(answer)).await,
            Some(Awaited::Question(event, who)) => {
                self.adopt_from(event, answer);
                // Whoever asked may have gone.
                let _ = who.send(answer.to_owned());
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// A conversation that we were just given begins where it stands: before any push that follows.
    fn adopt_from(&mut self, event: &str, answer: &RawValue) {
        if matches!(
            event,
            event::CONVERSATION_OPEN | event::ROOM_CREATE | event::ROOM_JOIN
        ) && let Ok(with) = serde_json::from_str::<WithConversation>(answer.get())
        {
            self.session.cursors.adopt(&with.conversation);
        }
    }

    async fn hear(&mut self, name: &str, payload: &RawValue) -> Result<(), Over> {
        let told = match name {
            event::MESSAGE_NEW | event::MESSAGE_EDITED | event::MESSAGE_DELETED => {
                let Some(push) = read::<MessagePush>(name, payload) else {
                    return Ok(());
                };
                return self.hear_message(push.message).await;
            }
            event::CONVERSATION_NEW | event::MATCH_KEPT => {
                read(name, payload).map(|push: ConversationPush| {
                    self.session.cursors.adopt_new(&push.conversation);
                    Event::Conversation(Box::new(push.conversation))
                })
            }
            event::CONVERSATION_REMOVED => read(name, payload).map(|push: ConversationRemoved| {
                self.session.cursors.remove(push.conversation_id);
                Event::ConversationRemoved(push.conversation_id)
            }),
            event::RECEIPT => read(name, payload).map(Event::Receipt),
            event::TYPING => read(name, payload).map(Event::Typing),
            event::PRESENCE => read(name, payload).map(Event::Presence),
            event::MEMBER_JOINED => read(name, payload).map(Event::MemberJoined),
            event::MEMBER_LEFT => read(name, payload).map(Event::MemberLeft),
            event::ROOM_COMMAND => read(name, payload).map(Event::RoomCommand),
            event::SESSION_ENDED => {
                let ended: Option<SessionEnded> = read(name, payload);
                let reason = ended.map_or_else(|| "signed_out".into(), |ended| ended.reason);
                return Err(Over::Ended(Ended::Refused(reason)));
            }
            event::SERVER_DRAINING => {
                let draining: Option<Draining> = read(name, payload);
                let wanted = draining.map_or(1_000, |draining| draining.reconnect_in_ms);
                return Err(Over::Draining(Duration::from_millis(wanted)));
            }
            // Of strangers, and of what servers of tomorrow will say.
            _ => None,
        };
        match told {
            Some(event) => self.session.tell(event).await,
            None => Ok(()),
        }
    }

    async fn hear_message(&mut self, message: Message) -> Result<(), Over> {
        match self.session.cursors.arrive(&message) {
            Arrival::Next => self.session.tell(Event::Message(Box::new(message))).await,
            Arrival::Known => Ok(()),
            Arrival::Gap => {
                self.fall_behind();
                Ok(())
            }
        }
    }

    fn fall_behind(&mut self) {
        match &mut self.catching_up {
            CatchingUp::No => self.catching_up = CatchingUp::Due(Instant::now()),
            CatchingUp::Due(_) => {}
            CatchingUp::Asked { again, .. } => *again = true,
        }
    }

    async fn synced(&mut self, synced: Result<Synced, Error>) -> Result<(), Over> {
        let missed_since = matches!(self.catching_up, CatchingUp::Asked { again: true, .. });
        let synced = match synced {
            Ok(synced) => synced,
            Err(Error::Refused {
                is_retryable: true,
                retry_after,
                ..
            }) => {
                self.catching_up = CatchingUp::Due(Instant::now() + retry_after.unwrap_or(PAUSE));
                return Ok(());
            }
            Err(error) => {
                tracing::warn!(%error, "catching up was refused");
                return Err(Over::Lost("catching up failed".into()));
            }
        };
        let (more, news) = (synced.more, self.session.cursors.absorb(&synced));
        let progress = !news.is_empty();
        for conversation in synced.conversations {
            self.session
                .tell(Event::Conversation(Box::new(conversation)))
                .await?;
        }
        for message in news {
            self.session.tell(Event::Message(Box::new(message))).await?;
        }
        // An answer that brings nothing and promises more would be asked for ever.
        if missed_since || (more && progress) {
            self.catching_up = CatchingUp::Due(Instant::now());
            return Ok(());
        }
        self.catching_up = CatchingUp::No;
        self.session.tell(Event::CaughtUp).await
    }
}

/// A payload; one that is not understood is left out, with a line in the log.
fn read<T: DeserializeOwned>(name: &str, payload: &RawValue) -> Option<T> {
    serde_json::from_str(payload.get())
        .inspect_err(|error| tracing::warn!(name, %error, "an event is not understood"))
        .ok()
}

fn strange() -> Over {
    Over::Lost("what answers there does not speak Socket.IO".into())
}
