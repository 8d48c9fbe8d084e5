//! While there is a connection: what comes in is told, what is to go out goes, and what was missed is fetched.

use crate::backoff::{self, Backoff};
use crate::cursors::Arrival;
use crate::driver::{Over, Session};
use crate::error::Error;
use crate::event::{Ended, Event};
use crate::handle::{Command, Question, understood};
use crate::packet::{self, Packet};
use crate::socket::Socket;
use chinwag_protocol::socketio::{
    Conversation, ConversationPush, ConversationRemoved, Done, Draining, Failure, Message,
    MessagePush, MessageSend, Ready, SessionEnded, Synced, event,
};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::collections::HashMap;
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep_until};

/// Without an answer to `sync` by then, the connection is not worth keeping.
const ANSWER_WITHIN: Duration = Duration::from_secs(20);

/// One connection, and the session that it serves.
#[derive(Debug)]
pub(crate) struct Online<'a> {
    session: &'a mut Session,
    socket: Socket,
    /// What the server takes in one packet, in bytes. A longer one would end the connection.
    longest: u64,
    last_id: u64,
    awaited: HashMap<u64, Awaited>,
    catching_up: CatchingUp,
    /// Of `sync`, after refusals that name no time.
    backoff: Backoff,
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
            longest: u64::MAX,
            last_id: 0,
            awaited: HashMap::new(),
            catching_up: CatchingUp::No,
            backoff: Backoff::default(),
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
        self.longest = ready.limits.packet_bytes;
        let welcome = self.session.cursors.welcome(&ready);
        if welcome.forget {
            self.begin_an_era().await?;
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

    /// The data was replaced. What was written before, or will be before the program has learned of it, is given back.
    async fn begin_an_era(&mut self) -> Result<(), Over> {
        let before = self.session.era;
        self.session.era += 1;
        self.session.tell(Event::Forget).await?;
        for draft in self.session.outbox.give_up() {
            self.session.take_draft(draft, before).await?;
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
        while let Some(draft) = self.session.outbox.take(self.last_id + 1, now) {
            let request = MessageSend {
                conversation_id: Some(draft.conversation_id),
                to: None,
                body: draft.body.clone(),
                client_id: Some(draft.client_id.clone()),
            };
            let asked = self.ask(event::MESSAGE_SEND, &request, Awaited::Outbox);
            if asked.await?.is_some()
                && let Some(unsent) = self.session.outbox.give_back(too_large().into())
            {
                self.session.tell(unsent).await?;
            }
        }
        Ok(())
    }

    /// Asks the server, and gives back who waits for the answer if it would not take the question.
    async fn ask(
        &mut self,
        name: &str,
        payload: &impl Serialize,
        awaited: Awaited,
    ) -> Result<Option<Awaited>, Over> {
        self.last_id += 1;
        let packet = packet::event(self.last_id, name, &packet::payload(payload));
        if packet.len() as u64 > self.longest {
            return Ok(Some(awaited));
        }
        self.awaited.insert(self.last_id, awaited);
        self.socket.say(packet).await.map_err(Over::Lost)?;
        Ok(None)
    }

    async fn obey(&mut self, command: Command) -> Result<(), Over> {
        match command {
            Command::Send { draft, era } => self.session.take_draft(draft, era).await,
            Command::Ask(question) => self.put(question).await,
            Command::Hurry => Ok(()),
        }
    }

    async fn put(&mut self, question: Question) -> Result<(), Over> {
        // Done although nobody waits for it any more, it would be done a second time by whoever has given it up.
        if question.answer.is_closed() || question.era != self.session.era {
            return Ok(());
        }
        self.awaited
            .retain(|_, one| !matches!(one, Awaited::Question(_, who) if who.is_closed()));
        let asker = Awaited::Question(question.event, question.answer);
        let refused = self.ask(question.event, &question.payload, asker).await?;
        if let Some(Awaited::Question(_, asker)) = refused {
            let no = serde_json::json!({"ok": false, "error": too_large()});
            let _ = asker.send(packet::payload(&no));
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
                // Yes is yes, whatever the message in it may look like one day.
                let answer = understood::<Done>(answer).map(drop);
                let told = self.session.outbox.answered(id, answer, Instant::now());
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
                let pause = retry_after.unwrap_or_else(|| self.backoff.pause());
                let pause = pause.min(backoff::MOST);
                self.catching_up = CatchingUp::Due(Instant::now() + pause);
                return Ok(());
            }
            Err(error) => {
                tracing::warn!(%error, "catching up was refused");
                return Err(Over::Lost("catching up failed".into()));
            }
        };
        self.backoff.reset();
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

/// What the server would say, if it read on.
fn too_large() -> Failure {
    Failure {
        code: "too_large".into(),
        message: "This is more than the server takes at once.".into(),
        field: None,
        retryable: false,
        retry_after_ms: None,
    }
}

fn strange() -> Over {
    Over::Lost("what answers there does not speak Socket.IO".into())
}
