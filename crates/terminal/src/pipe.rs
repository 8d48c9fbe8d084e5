//! `--pipe ROOM`: for scripts. Each line of standard input is said in the room; what happens there is written as lines
//! of JSON. Reading waits while much is unsent, so that a whole file goes through at the pace of the server.
//!
//! Of every line that was read it is told what became of it: it comes back as a message, is `refused`, or, where
//! everything ends before the server has answered, `unknown`.

use crate::app::{self, Session};
use crate::exit::{self, Failure};
use crate::lines::{LONGEST, Line, Lines};
use crate::unless_cancelled;
use chinwag_client::wire::{Message, RoomJoined};
use chinwag_client::{Backoff, Client, Error, Event, Events};
use serde_json::{Value, json};
use std::collections::{HashMap, VecDeque};
use std::io::{self, Write};
use tokio::io::BufReader;
use tokio::sync::mpsc;
use tokio::time::sleep;

/// How many lines may wait for their acknowledgement.
const AHEAD: usize = 16;
/// How much that happens may wait for the answer that lets us in.
const EARLY: usize = 1_000;

/// Goes on until all input is sent, or, with `follow`, for ever.
pub(crate) async fn run(session: Session, name: &str, follow: bool) -> Result<(), Failure> {
    let Session {
        client,
        mut events,
        first,
        ..
    } = session;
    let name = name.strip_prefix('#').unwrap_or(name);
    let mut pipe = Pipe::new(client, name, io::stdout());
    pipe.take_note(&first);
    let result = unless_cancelled(pipe.live(&mut events, follow)).await;
    let result = pipe.end(result);
    drop(pipe);
    app::leave(&mut events).await;
    result
}

/// What was said, and how far it has come. The two happen in either order.
#[derive(Debug)]
struct Way {
    body: String,
    is_stored: bool,
    is_written: bool,
}

struct Pipe<W> {
    client: Client,
    name: String,
    entering: mpsc::Receiver<Result<RoomJoined, Error>>,
    room: Option<i64>,
    me: Option<i64>,
    /// What happened before it was known which room this is.
    early: VecDeque<Event>,
    /// What was said, until it is stored and was written here at its place among what others say.
    waiting: HashMap<String, Way>,
    refused: usize,
    out: W,
    /// Nobody reads what is written any more.
    is_unread: bool,
}

/// Beside the stream of events, which has to be read meanwhile.
fn begin_to_enter(client: &Client, name: &str) -> mpsc::Receiver<Result<RoomJoined, Error>> {
    let (client, name) = (client.clone(), name.to_owned());
    let (entered, entering) = mpsc::channel(1);
    tokio::spawn(async move {
        let answer = until_answered(|| client.join_room(&name)).await;
        let _ = entered.send(answer).await;
    });
    entering
}

/// Whether it has to wait until we know whether that room is ours.
fn is_of_a_room(event: &Event) -> bool {
    matches!(
        event,
        Event::Message(_) | Event::MemberJoined(_) | Event::MemberLeft(_) | Event::RoomCommand(_)
    )
}

/// Asks again until there is an answer, and seldom while there is none: whoever feeds many pipes must not keep a server
/// from coming back.
async fn until_answered<T, F>(ask: impl Fn() -> F) -> Result<T, Error>
where
    F: Future<Output = Result<T, Error>>,
{
    let mut backoff = Backoff::default();
    loop {
        match ask().await {
            Err(Error::Unreachable(_)) => sleep(backoff.pause()).await,
            answer => return answer,
        }
    }
}

impl<W: Write> Pipe<W> {
    fn new(client: Client, name: &str, out: W) -> Self {
        Self {
            entering: begin_to_enter(&client, name),
            client,
            name: name.to_owned(),
            room: None,
            me: None,
            early: VecDeque::new(),
            waiting: HashMap::new(),
            refused: 0,
            out,
            is_unread: false,
        }
    }

    async fn live(&mut self, events: &mut Events, follow: bool) -> Result<(), Failure> {
        let mut lines = Lines::of(BufReader::new(tokio::io::stdin()));
        let (mut has_input, mut unreadable) = (true, None);
        while has_input || follow || !self.waiting.is_empty() || self.room.is_none() {
            let may_read = has_input && self.room.is_some() && self.waiting.len() < AHEAD;
            tokio::select! {
                event = events.next() => match event {
                    Some(event) => self.hear(event)?,
                    None => break,
                },
                Some(room) = self.entering.recv() => self.enter(room)?,
                line = lines.next(), if may_read => match line {
                    Ok(Some(line)) => self.say(line)?,
                    Ok(None) => has_input = false,
                    // As at its end: what was read before is said.
                    Err(error) => {
                        (has_input, unreadable) = (false, Some(error));
                        if follow { break; }
                    }
                },
            }
        }
        match unreadable {
            Some(error) => Err(Failure::Broken(format!(
                "standard input cannot be read: {error}"
            ))),
            None => Ok(()),
        }
    }

    /// Tells what is not known to be said, and how it ends.
    fn end(&mut self, result: Result<(), Failure>) -> Result<(), Failure> {
        let unknown = self.waiting.drain().filter(|(_, way)| !way.is_stored);
        let mut unknown: Vec<_> = unknown.collect();
        if self.is_unread {
            let why = "Nobody reads the output any more, and not every line is known to be sent.";
            return match unknown.is_empty() {
                true => self.count_refused(),
                false => Err(Failure::Unsent(why.into())),
            };
        }
        // Ids begin with the time, so this is their order.
        unknown.sort_by(|one, other| one.0.cmp(&other.0));
        for (_, way) in unknown {
            self.write(&json!({"type": "unknown", "body": way.body}))?;
        }
        result.and_then(|()| self.count_refused())
    }

    fn count_refused(&self) -> Result<(), Failure> {
        match self.refused {
            0 => Ok(()),
            1 => Err(Failure::Unsent("One line was refused.".into())),
            count => Err(Failure::Unsent(format!("{count} lines were refused."))),
        }
    }

    fn enter(&mut self, room: Result<RoomJoined, Error>) -> Result<(), Failure> {
        match room {
            Ok(joined) => {
                let room = joined.conversation;
                self.room = Some(room.id);
                self.write(&json!({"type": "entered", "room": room.title}))?;
                let early = std::mem::take(&mut self.early).into_iter();
                // What came before one was let in belongs to the past of the room.
                let is_later = |event: &Event| match event {
                    Event::Message(message) => message.rev > room.counter,
                    _ => true,
                };
                early
                    .filter(is_later)
                    .try_for_each(|event| self.hear(event))
            }
            Err(error) if matches!(error.code(), Some("not_found" | "invalid")) => Err(
                Failure::NoSuchRoom(format!("There is no room '{}'.", self.name)),
            ),
            Err(error) => Err(exit::failed(&error)),
        }
    }

    fn say(&mut self, line: Line) -> Result<(), Failure> {
        let Some(room) = self.room else { return Ok(()) };
        if line.is_cut {
            let why = format!("A line has at most {LONGEST} bytes.");
            return self.refuse(&line.text, &why);
        }
        if !line.text.trim().is_empty() {
            let way = Way {
                body: line.text.clone(),
                is_stored: false,
                is_written: false,
            };
            self.waiting.insert(self.client.send(room, line.text), way);
        }
        Ok(())
    }

    fn refuse(&mut self, body: &str, why: &str) -> Result<(), Failure> {
        self.refused += 1;
        self.write(&json!({"type": "refused", "body": body, "message": why}))
    }

    fn hear(&mut self, event: Event) -> Result<(), Failure> {
        self.take_note(&event);
        if self.room.is_none() && is_of_a_room(&event) {
            if self.early.len() == EARLY {
                self.early.pop_front();
            }
            self.early.push_back(event);
            return Ok(());
        }
        let is_here = |id: i64| self.room == Some(id);
        let line = match event {
            Event::Message(message) if is_here(message.conversation_id) => {
                if Some(message.sender.id) == self.me {
                    self.come_further(message.client_id.as_deref(), |way| way.is_written = true);
                }
                said(&message)
            }
            Event::MemberJoined(push) if is_here(push.conversation_id) => {
                json!({"type": "added", "user": push.user.username})
            }
            Event::MemberLeft(push) if is_here(push.conversation_id) => {
                json!({"type": "removed", "user": push.user.username})
            }
            Event::RoomCommand(push) if is_here(push.conversation_id) => {
                json!({"type": "command", "user": push.user.username, "command": push.command, "payload": push.payload})
            }
            Event::ConversationRemoved(id) if is_here(id) => {
                return Err(Failure::NoSuchRoom("The room is gone.".into()));
            }
            Event::Sent { client_id } => {
                self.come_further(Some(&client_id), |way| way.is_stored = true);
                return Ok(());
            }
            Event::Unsent { draft, error } => {
                self.waiting.remove(&draft.client_id);
                return self.refuse(&draft.body, &error.to_string());
            }
            Event::Forget => {
                self.forget();
                return Ok(());
            }
            Event::Offline { reason, .. } => json!({"type": "offline", "reason": reason}),
            Event::Ready(_) => json!({"type": "online"}),
            Event::Ended(ended) => return Err(exit::ended(&ended)),
            _ => return Ok(()),
        };
        self.write(&line)
    }

    fn take_note(&mut self, event: &Event) {
        if let Event::Ready(ready) = event {
            self.me = Some(ready.user.id);
        }
    }

    /// The data was replaced: the number of the room is that of another conversation now, or of none. What was not yet
    /// stored is given back by the connection; what was will not come back as a message.
    fn forget(&mut self) {
        self.room = None;
        self.early.clear();
        self.waiting.retain(|_, way| !way.is_stored);
        self.entering = begin_to_enter(&self.client, &self.name);
    }

    fn come_further(&mut self, client_id: Option<&str>, step: impl Fn(&mut Way)) {
        self.waiting.retain(|id, way| {
            if Some(id.as_str()) == client_id {
                step(way);
            }
            !(way.is_stored && way.is_written)
        });
    }

    fn write(&mut self, line: &Value) -> Result<(), Failure> {
        let written =
            writeln!(self.out, "{}", harmless(&line.to_string())).and_then(|()| self.out.flush());
        written.map_err(|error| {
            self.is_unread = error.kind() == io::ErrorKind::BrokenPipe;
            Failure::Broken(format!("standard output cannot be written: {error}"))
        })
    }
}

fn said(message: &Message) -> Value {
    let kind = if message.deleted {
        "deleted"
    } else if message.edited_at.is_some() {
        "edited"
    } else {
        "message"
    };
    json!({
        "type": kind, "id": message.id, "seq": message.seq, "sender": message.sender.username, "body": message.body,
        "sent_at": message.sent_at,
    })
}

/// JSON escapes only the controls of C0. The others could steer the terminal that the lines are shown on.
fn harmless(json: &str) -> String {
    let mut clean = String::with_capacity(json.len());
    for letter in json.chars() {
        if crate::text::is_harmless(letter) {
            clean.push(letter);
        } else {
            letter
                .encode_utf16(&mut [0; 2])
                .iter()
                .for_each(|unit| clean.push_str(&format!("\\u{unit:04x}")));
        }
    }
    clean
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::RefCell;
    use std::time::Duration;
    use tokio::time::Instant;

    #[tokio::test(start_paused = true)]
    async fn a_server_that_is_away_is_asked_again_after_pauses_of_chance() {
        let asked = RefCell::new(Vec::new());
        let answer = until_answered(|| async {
            asked.borrow_mut().push(Instant::now());
            match asked.borrow().len() {
                ..20 => Err(Error::Unreachable("away".into())),
                _ => Ok("in"),
            }
        });
        assert_eq!(answer.await.expect("an answer at last"), "in");

        let asked = asked.into_inner();
        let pauses: Vec<_> = asked.windows(2).map(|two| two[1] - two[0]).collect();
        assert_eq!(pauses.len(), 19);
        let bounds = Duration::from_millis(500)..=Duration::from_millis(30_001);
        assert!(
            pauses.iter().all(|pause| bounds.contains(pause)),
            "{pauses:?}"
        );
        assert!(pauses[0] <= Duration::from_millis(1_001), "{pauses:?}");
        assert!(pauses.iter().any(|pause| *pause != pauses[0]), "{pauses:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_refusal_is_an_answer() {
        let begun = Instant::now();
        let refused = until_answered(|| async { Err::<(), _>(Error::Strange("no".into())) }).await;
        assert!(matches!(refused, Err(Error::Strange(_))));
        assert_eq!(begun.elapsed(), Duration::ZERO);
    }

    /// A pipe whose client has no server to speak to.
    fn pipe() -> Pipe<Vec<u8>> {
        let nowhere = "127.0.0.1:9".parse().expect("an address");
        let (client, _events) = chinwag_client::connect(nowhere, "chinwag_x");
        Pipe::new(client, "general", Vec::new())
    }

    fn joined(id: i64, counter: i64) -> RoomJoined {
        serde_json::from_value(json!({
            "ok": true, "members": [], "member_count": 0, "messages": [],
            "conversation": {
                "id": id, "kind": "room", "title": "general", "counter": counter, "last_seq": counter, "read_seq": 0,
                "delivered_seq": 0, "unread": 0, "muted": false,
            },
        }))
        .expect("an answer")
    }

    fn message(conversation: i64, rev: i64, body: &str) -> Event {
        let message = json!({
            "id": rev, "conversation_id": conversation, "seq": rev, "rev": rev, "body": body,
            "sender": {"id": 2, "username": "bo", "name": "Bo"}, "sent_at": "2026-11-20T12:00:00Z",
        });
        Event::Message(serde_json::from_value(message).expect("a message"))
    }

    /// What was written, as `type body`.
    fn written(pipe: &Pipe<Vec<u8>>) -> Vec<String> {
        let lines = String::from_utf8(pipe.out.clone()).expect("UTF-8");
        let read = |line: &str| {
            let line: Value = serde_json::from_str(line).expect("JSON");
            let [kind, body] = ["type", "body"].map(|name| line[name].as_str().unwrap_or_default());
            format!("{kind} {body}").trim_end().to_owned()
        };
        lines.lines().map(read).collect()
    }

    fn line(text: &str) -> Line {
        Line {
            text: text.into(),
            is_cut: false,
        }
    }

    #[tokio::test]
    async fn what_is_said_just_as_one_enters_is_written() {
        let mut pipe = pipe();
        for event in [
            message(7, 4, "before"),
            message(8, 1, "elsewhere"),
            message(7, 5, "first"),
        ] {
            pipe.hear(event).expect("heard");
        }
        pipe.enter(Ok(joined(7, 4))).expect("entered");
        pipe.hear(message(7, 6, "second")).expect("heard");
        assert_eq!(
            written(&pipe),
            ["entered", "message first", "message second"]
        );
    }

    #[tokio::test]
    async fn after_a_restore_the_number_of_the_room_means_nothing() {
        let mut pipe = pipe();
        pipe.enter(Ok(joined(7, 0))).expect("entered");
        pipe.say(line("stored")).expect("taken");
        let id = pipe.waiting.keys().next().expect("it waits").clone();
        pipe.hear(Event::Sent { client_id: id }).expect("heard");
        pipe.hear(Event::Forget).expect("heard");
        assert!(pipe.waiting.is_empty() && pipe.room.is_none());
        pipe.hear(message(7, 1, "private words of bo"))
            .expect("heard");
        pipe.enter(Ok(joined(9, 0))).expect("entered");
        pipe.hear(message(7, 2, "and more")).expect("heard");
        pipe.hear(message(9, 1, "in the room")).expect("heard");
        assert_eq!(
            written(&pipe),
            ["entered", "entered", "message in the room"]
        );
    }

    #[tokio::test]
    async fn what_became_of_every_line_is_told_however_it_ends() {
        let mut pipe = pipe();
        pipe.enter(Ok(joined(7, 0))).expect("entered");
        for text in ["one", "two"] {
            pipe.say(line(text)).expect("taken");
        }
        pipe.say(Line {
            text: "long".into(),
            is_cut: true,
        })
        .expect("taken");
        let gone = pipe.hear(Event::ConversationRemoved(7));
        assert!(matches!(pipe.end(gone), Err(Failure::NoSuchRoom(_))));
        assert_eq!(
            written(&pipe),
            ["entered", "refused long", "unknown one", "unknown two"]
        );
    }

    #[test]
    fn lines_for_scripts_keep_everything_and_steer_nothing() {
        let body = "a\u{1b}[2J\u{9b}31m\u{202e}\u{e0041}日\n";
        let line = harmless(&json!({ "body": body }).to_string());
        assert!(
            line.chars().all(|letter| !letter.is_control()
                && letter != '\u{202e}'
                && letter != '\u{e0041}')
        );
        let read: Value = serde_json::from_str(&line).expect("JSON");
        assert_eq!(read["body"], body);
    }
}
