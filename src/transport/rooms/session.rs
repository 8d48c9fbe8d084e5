//! One connection: from its greeting to its end, one frame after the other.
//!
//! A frame is done with before the next is read, and what others say is written meanwhile. What the client
//! says in a room comes back to it as it comes to everybody there, once it is on disk: there is no other
//! acknowledgement, and the next frame waits for it.

use super::hub::{Connection, End, Outgoing, Seat};
use super::{Server, frames};
use crate::error::Error;
use crate::model::{
    Actor, Body, ClientId, Command, ConversationId, Draft, Member, RoomKey, Stay, Target,
    Timestamp, UserKind,
};
use crate::transport::errors::log_fault;
use crate::transport::identity::ChatCredential;
use crate::transport::limiter::{Budget, Limiter};
use crate::transport::line::Line;
use axum::extract::ws::{CloseFrame, Message, WebSocket, close_code};
use chinwag_protocol::rooms::{self as wire, ClientFrame, ListedRoom, Said, ServerFrame};
use std::collections::VecDeque;
use std::error::Error as _;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::{Instant, Interval, MissedTickBehavior, sleep_until};

/// How often a peer is asked whether it is there.
const PING_EVERY: Duration = Duration::from_secs(20);
/// How long it may be silent before it is taken for gone, and its person can connect anew.
const GONE_AFTER: Duration = Duration::from_secs(60);
/// How long a client that comes into many rooms waits for its turn with one of them.
const TURN_WITHIN: Duration = Duration::from_secs(10);
/// How much of what the client sends meanwhile is read, in bytes; the rest waits on the wire.
const EARLY_MAX: usize = 128 * 1024;
/// How long what was done may take to be told, in its place among what others do.
const TOLD_WITHIN: Duration = Duration::from_secs(30);
/// How long a peer may take to say goodbye.
const GOODBYE_WITHIN: Duration = Duration::from_secs(2);

/// Greets, talks, and says goodbye.
pub(super) async fn run(
    server: Arc<Server>,
    mut socket: WebSocket,
    credential: ChatCredential,
    line: Line,
) {
    match admit(&server, &credential, line).await {
        Ok((connection, queue)) => {
            let mut session = Session::new(server, socket, connection, queue);
            let over = session.talk().await;
            session.finish(over).await;
        }
        Err(Refusal::Fatal(code)) => {
            if let Some(text) = frames::encode(&frames::fatal(code)) {
                // Whether they hear it is their concern.
                let _ = socket.send(Message::Text(text)).await;
            }
            say_goodbye(socket, close_code::NORMAL).await;
        }
        Err(Refusal::Later) => say_goodbye(socket, close_code::RESTART).await,
    }
}

/// Why somebody may not chat.
enum Refusal {
    Fatal(&'static str),
    /// It can be tried again.
    Later,
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        match error {
            Error::NotSignedIn | Error::Suspended(_) => Self::Fatal("not-authenticated"),
            error => {
                log_fault(&error);
                Self::Later
            }
        }
    }
}

async fn admit(
    server: &Server,
    credential: &ChatCredential,
    line: Line,
) -> Result<(Arc<Connection>, mpsc::Receiver<Outgoing>), Refusal> {
    let app = &server.app;
    let actor = credential.actor(&app.accounts).await?;
    if actor.kind == UserKind::Guest {
        return Err(Refusal::Fatal("not-authenticated"));
    }
    let seat = Seat::take(app, actor.user).ok_or(Refusal::Fatal("already-chatting"))?;
    let open = app.cluster.open_connections(actor.user);
    if !server.limiter.admits_socket(open) {
        return Err(Refusal::Fatal("too-many-connections"));
    }
    let username = app.accounts.account(actor.user).await?.profile.username;
    let entered = server.hub.enter(actor, username, line, seat);
    let (connection, queue) = entered.ok_or(Refusal::Later)?;
    // Asked again, now that we listen: the credential may have ended while we were entering.
    if let Err(error) = app.accounts.account_of(actor).await {
        server.hub.retire(&connection);
        return Err(error.into());
    }
    Ok((connection, queue))
}

/// Why a connection is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Over {
    /// The peer is gone, or has said goodbye.
    Gone,
    /// A frame was larger than any that is taken.
    TooLarge,
    /// The server ends it.
    Ended(End),
}

impl Over {
    /// Why nothing more can be read.
    fn of(error: &axum::Error) -> Self {
        match error.source().and_then(|cause| cause.downcast_ref()) {
            Some(tungstenite::Error::Capacity(_)) => Self::TooLarge,
            _ => Self::Gone,
        }
    }
}

/// What a session waits for.
enum Due {
    Outgoing(Option<Outgoing>),
    Frame(Option<Result<Message, axum::Error>>),
    Ping,
    /// The peer has said nothing for too long.
    Silence,
}

struct Session {
    server: Arc<Server>,
    socket: WebSocket,
    connection: Arc<Connection>,
    queue: mpsc::Receiver<Outgoing>,
    events: Budget,
    patience: Budget,
    pings: Interval,
    heard_at: Instant,
    /// What was read while a join waited for its turn, to be done afterwards.
    early: VecDeque<Message>,
    /// The entry into a room that was told to the others, and not yet to this client. While there is one
    /// nothing more is written: what comes after it belongs after what the client is going to find.
    entered: Option<(String, Timestamp)>,
    /// The room that the client is about to be in.
    entering: Option<ConversationId>,
    /// How much of what the client did itself was told to it.
    confirmed: u64,
    over: Option<Over>,
}

impl Session {
    fn new(
        server: Arc<Server>,
        socket: WebSocket,
        connection: Arc<Connection>,
        queue: mpsc::Receiver<Outgoing>,
    ) -> Self {
        let mut pings = tokio::time::interval_at(Instant::now() + PING_EVERY, PING_EVERY);
        pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self {
            events: server.limiter.event_budget(),
            patience: Limiter::patience(),
            pings,
            heard_at: Instant::now(),
            early: VecDeque::new(),
            server,
            socket,
            connection,
            queue,
            entered: None,
            entering: None,
            confirmed: 0,
            over: None,
        }
    }

    fn actor(&self) -> Actor {
        self.connection.actor
    }

    async fn talk(&mut self) -> Over {
        self.say(&frames::greeting()).await;
        loop {
            if let Some(over) = self.over {
                return over;
            }
            let frame = match self.early.pop_front() {
                Some(frame) => Some(frame),
                None => {
                    let due = self.due(true).await;
                    self.live(due).await
                }
            };
            if let Some(frame) = frame {
                self.hear(frame).await;
            }
        }
    }

    /// Waits for the next thing to do. Nothing is lost when that is given up.
    async fn due(&mut self, reads: bool) -> Due {
        tokio::select! {
            outgoing = self.queue.recv() => Due::Outgoing(outgoing),
            frame = self.socket.recv(), if reads => Due::Frame(frame),
            _ = self.pings.tick() => Due::Ping,
            () = sleep_until(self.heard_at + GONE_AFTER), if reads => Due::Silence,
        }
    }

    /// Does it. What the client says comes back, for somebody to hear.
    async fn live(&mut self, due: Due) -> Option<Message> {
        match due {
            Due::Outgoing(outgoing) => self.pass_on(outgoing).await,
            Due::Frame(frame) => return self.take(frame),
            Due::Ping => self.send(Message::Ping(Default::default())).await,
            Due::Silence => self.over = Some(Over::Gone),
        }
        None
    }

    fn take(&mut self, frame: Option<Result<Message, axum::Error>>) -> Option<Message> {
        self.heard_at = Instant::now();
        match frame {
            Some(Ok(Message::Close(_))) | None => self.over = Some(Over::Gone),
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
            Some(Ok(frame)) => return Some(frame),
            Some(Err(error)) => self.over = Some(Over::of(&error)),
        }
        None
    }

    /// Waits, and lives on meanwhile: only what the client asks for is left for later.
    async fn pause(&mut self, length: Duration) {
        let until = Instant::now() + length;
        while self.over.is_none() {
            let early: usize = self.early.iter().map(size).sum();
            let due = tokio::select! {
                () = sleep_until(until) => return,
                due = self.due(early < EARLY_MAX) => due,
            };
            let frame = self.live(due).await;
            self.early.extend(frame);
        }
    }

    async fn send(&mut self, message: Message) {
        if self.socket.send(message).await.is_err() {
            self.over = Some(Over::Gone);
        }
    }

    async fn say(&mut self, frame: &ServerFrame) {
        if let Some(text) = frames::encode(frame) {
            self.send(Message::Text(text)).await;
        }
    }

    /// Writes what was waiting.
    async fn pass_on(&mut self, outgoing: Option<Outgoing>) {
        match outgoing {
            Some(Outgoing::Frame(text)) => self.send(Message::Text(text)).await,
            Some(Outgoing::Own(text)) => {
                self.confirmed += 1;
                self.send(Message::Text(text)).await;
            }
            Some(Outgoing::Entered { name, at }) => self.entered = Some((name, at)),
            Some(Outgoing::End(end)) => self.over = Some(Over::Ended(end)),
            None => self.over = Some(Over::Gone),
        }
    }

    /// Waits for a verb, and writes what others say meanwhile.
    async fn meanwhile<T>(&mut self, verb: impl Future<Output = T>) -> T {
        let mut verb = pin!(verb);
        loop {
            tokio::select! {
                outcome = verb.as_mut() => return outcome,
                outgoing = self.queue.recv(), if self.over.is_none() && self.entered.is_none() => {
                    self.pass_on(outgoing).await;
                }
            }
        }
    }

    async fn hear(&mut self, message: Message) {
        let answer = match message {
            Message::Text(_) | Message::Binary(_) if !self.admit() => Some(too_fast()),
            Message::Text(text) => self.read(&text).await,
            Message::Binary(bytes) => match str::from_utf8(&bytes) {
                Ok(text) => self.read(text).await,
                Err(_) => Some(frames::invalid_format()),
            },
            Message::Ping(_) | Message::Pong(_) | Message::Close(_) => None,
        };
        if let Some(answer) = answer {
            self.say(&answer).await;
        }
    }

    async fn read(&mut self, text: &str) -> Option<ServerFrame> {
        match frames::read(text) {
            Ok(frame) => self.act(frame).await,
            Err(answer) => Some(*answer),
        }
    }

    /// Whether one frame more is within the limits. One who keeps overspending is hung up on.
    fn admit(&mut self) -> bool {
        let limiter = &self.server.limiter;
        if limiter.admit_event(&self.events).is_ok() {
            return true;
        }
        if limiter.admit_event(&self.patience).is_err() {
            self.over = Some(Over::Gone);
        }
        false
    }

    /// Does what the client says; what to answer, if anything.
    async fn act(&mut self, frame: ClientFrame) -> Option<ServerFrame> {
        match frame {
            ClientFrame::Help => Some(frames::help()),
            ClientFrame::List => Some(self.list().await),
            ClientFrame::Join { room_name } => self.join(room_name).await,
            ClientFrame::Part { room_name } => self.part(&room_name).await,
            ClientFrame::Message {
                room_name,
                said: Said::Words { body },
            } => self.speak(&room_name, &body).await,
            ClientFrame::Message {
                room_name,
                said: Said::Command(command),
            }
            | ClientFrame::Custom { room_name, command } => {
                self.command(&room_name, &command).await
            }
        }
    }

    async fn list(&mut self) -> ServerFrame {
        let conversations = self.server.app.conversations.clone();
        let actor = self.actor();
        match self.meanwhile(conversations.room_names(actor)).await {
            Ok(rooms) => {
                let listed = rooms.into_iter().map(|(id, name)| ListedRoom {
                    joined: self.connection.room(&name) == Some(id),
                    name,
                });
                frames::list(listed.collect())
            }
            Err(error) => refusal(&error, ""),
        }
    }

    async fn join(&mut self, name: String) -> Option<ServerFrame> {
        if self.connection.room(&name).is_some() {
            return Some(frames::about_room("room:already-joined", &name));
        }
        if let Err(error) = self.turn_to_join().await {
            return Some(refusal(&error, &name));
        }
        if self.connection.enters(true) {
            self.connection.enters(false);
            return None;
        }
        let answer = self.enter(name).await;
        if self.entering.is_none() {
            self.connection.enters(false);
        }
        answer
    }

    /// Waits until one more room is within the limits. Bots come into every room at once, and know no
    /// refusal of that.
    async fn turn_to_join(&mut self) -> Result<(), Error> {
        let until = Instant::now() + TURN_WITHIN;
        loop {
            match self.server.limiter.admit_join(self.actor().user) {
                Err(Error::RateLimited { retry_after, .. })
                    if self.over.is_none() && Instant::now() + retry_after <= until =>
                {
                    self.pause(retry_after).await;
                }
                outcome => return outcome,
            }
        }
    }

    async fn enter(&mut self, name: String) -> Option<ServerFrame> {
        let conversations = self.server.app.conversations.clone();
        let actor = self.actor();
        let room = RoomKey::Name(name.clone());
        let joining = conversations.join_room(actor, room, Stay::Passing);
        let entry = match self.meanwhile(joining).await {
            Ok(entry) => entry,
            // Not there, or in too many rooms already.
            Err(Error::NotFound | Error::Forbidden(_)) => {
                return Some(frames::about_room("room:invalid", &name));
            }
            Err(error) => return Some(refusal(&error, &name)),
        };
        let id = entry.conversation.id;
        self.entering = Some(id);
        let members = self.who_is_in(id).await?;
        let (room, at) = self.entry().await?;
        self.entering = None;
        let status = frames::status(actor.user, &members, &entry.messages);
        let username = &self.connection.username;
        Some(frames::joined(username, &room, at, Some(status)))
    }

    /// Who is in the room that the client is about to be in; nothing when that is over.
    async fn who_is_in(&mut self, id: ConversationId) -> Option<Vec<Member>> {
        let conversations = self.server.app.conversations.clone();
        let members = conversations.members(self.actor(), RoomKey::Id(id));
        match self.meanwhile(members).await {
            Ok(members) => Some(members.shown),
            // They have left already, by a page: they are told so in its place.
            Err(Error::NotFound) => Some(Vec::new()),
            Err(error) => {
                log_fault(&error);
                self.over = Some(Over::Gone);
                None
            }
        }
    }

    /// The place among what is told from which on the client is in the room; nothing when it is over.
    async fn entry(&mut self) -> Option<(String, Timestamp)> {
        let until = Instant::now() + TOLD_WITHIN;
        while self.entered.is_none() && self.over.is_none() {
            self.pass_next_on(until).await;
        }
        self.entered.take()
    }

    /// Waits for a verb, and then until the client was told of it, in its place among what is told.
    async fn confirmed<T, E>(&mut self, verb: impl Future<Output = Result<T, E>>) -> Result<T, E> {
        let before = self.confirmed;
        let outcome = self.meanwhile(verb).await?;
        let until = Instant::now() + TOLD_WITHIN;
        while self.confirmed == before && self.over.is_none() {
            self.pass_next_on(until).await;
        }
        Ok(outcome)
    }

    /// Passes on what is told next. What is waited for has to come by then: a push can be lost, and who waited
    /// for it for ever would answer no ping and keep their person from connecting anew.
    async fn pass_next_on(&mut self, until: Instant) {
        let connection = self.connection.clone();
        tokio::select! {
            biased;
            () = sleep_until(until) => self.over = Some(Over::Gone),
            outgoing = self.queue.recv() => self.pass_on(outgoing).await,
            () = connection.ended() => self.over = Some(Over::Gone),
        }
    }

    async fn part(&mut self, name: &str) -> Option<ServerFrame> {
        let Some(room) = self.connection.room(name) else {
            return Some(frames::about_room("room:not-joined", name));
        };
        let conversations = self.server.app.conversations.clone();
        let actor = self.actor();
        let leaving = conversations.leave_room(actor, RoomKey::Id(room));
        let error = self.confirmed(leaving).await.err()?;
        if matches!(error, Error::NotFound) {
            self.connection.forget(room);
        }
        Some(refusal(&error, name))
    }

    async fn speak(&mut self, name: &str, body: &str) -> Option<ServerFrame> {
        let Some(room) = self.connection.room(name) else {
            return Some(frames::about_room("room:not-joined", name));
        };
        let body = body.trim();
        if body.is_empty() {
            return Some(frames::error("room:empty-message", None));
        }
        let draft = Body::parse(body).map(|body| Draft {
            target: Target::Conversation(room),
            body,
            client_id: ClientId::made_from(rand::random()),
        });
        let user = self.actor().user;
        let draft = draft.and_then(|draft| {
            self.server.limiter.admit_message(user)?;
            Ok(draft)
        });
        let draft = match draft {
            Ok(draft) => draft,
            Err(error) => return Some(refusal(&error, name)),
        };
        let conversations = self.server.app.conversations.clone();
        let sent = conversations.send_and_wait(self.actor(), draft);
        let sent = self.confirmed(sent).await;
        sent.err().map(|error| refusal(&error, name))
    }

    async fn command(&mut self, name: &str, sent: &wire::Command) -> Option<ServerFrame> {
        let Some(room) = self.connection.room(name) else {
            return Some(frames::about_room("room:not-joined", name));
        };
        if sent.command.trim().is_empty() || sent.payload.is_empty() {
            return Some(frames::error("room:empty-custom", None));
        }
        let user = self.actor().user;
        let command = Command::parse(&sent.command, &sent.payload).and_then(|command| {
            self.server.limiter.admit_message(user)?;
            Ok(command)
        });
        let command = match command {
            Ok(command) => command,
            Err(error) => return Some(refusal(&error, name)),
        };
        let conversations = self.server.app.conversations.clone();
        let relayed = conversations.command_and_wait(self.actor(), room, command);
        let relayed = self.confirmed(relayed).await;
        relayed.err().map(|error| refusal(&error, name))
    }

    /// Leaves, and says goodbye.
    async fn finish(mut self, over: Over) {
        self.server.hub.retire(&self.connection);
        if let Some(room) = self.entering {
            // They came in while the connection ended, and nobody has noted that they are there.
            let conversations = &self.server.app.conversations;
            conversations.end_visits(self.actor(), vec![room]);
        }
        self.connection.free_seat();
        match over {
            Over::Gone => say_goodbye(self.socket, close_code::NORMAL).await,
            Over::TooLarge => {
                self.say(&frames::too_long()).await;
                say_goodbye(self.socket, close_code::SIZE).await;
            }
            Over::Ended(End::LoggedOut) => {
                self.say(&frames::logged_out()).await;
                say_goodbye(self.socket, close_code::NORMAL).await;
            }
            Over::Ended(End::Restart) => say_goodbye(self.socket, close_code::RESTART).await,
        }
    }
}

/// Closes, and waits for the peer to do so: bytes that come later would take the last frame from it.
async fn say_goodbye(mut socket: WebSocket, code: u16) {
    let goodbye = async {
        let close = CloseFrame {
            code,
            reason: "".into(),
        };
        if socket.send(Message::Close(Some(close))).await.is_ok() {
            while let Some(Ok(_)) = socket.recv().await {}
        }
    };
    // A peer that does not answer is as good as gone.
    let _ = tokio::time::timeout(GOODBYE_WITHIN, goodbye).await;
}

/// What a frame takes up that waits.
fn size(frame: &Message) -> usize {
    let said = match frame {
        Message::Text(text) => text.len(),
        Message::Binary(bytes) => bytes.len(),
        Message::Ping(_) | Message::Pong(_) | Message::Close(_) => 0,
    };
    said + size_of::<Message>()
}

fn too_fast() -> ServerFrame {
    frames::error("rate-limited", None)
}

/// What a refused verb is called here.
fn refusal(error: &Error, room: &str) -> ServerFrame {
    log_fault(error);
    match error {
        Error::NotFound => frames::about_room("room:not-joined", room),
        Error::TooLarge(_) => frames::too_long(),
        Error::Invalid { .. } => frames::invalid_format(),
        Error::RateLimited { .. } => too_fast(),
        _ => frames::error("unavailable", None),
    }
}
