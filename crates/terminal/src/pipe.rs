//! `--pipe ROOM`: for scripts. Each line of standard input is said in the room; what happens there is written as lines
//! of JSON. Reading waits while much is unsent, so that a whole file goes through at the pace of the server.

use crate::app::Session;
use crate::exit::{self, Failure};
use chinwag_client::wire::{Message, RoomJoined};
use chinwag_client::{Backoff, Client, Error, Event};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::io::{self, Write};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::sync::mpsc;
use tokio::time::sleep;

/// How many lines may wait for their acknowledgement.
const AHEAD: usize = 16;

/// Goes on until all input is sent, or, with `follow`, for ever.
pub(crate) async fn run(session: Session, name: &str, follow: bool) -> Result<(), Failure> {
    let Session {
        client,
        mut events,
        first,
        ..
    } = session;
    let me = match &first {
        Event::Ready(ready) => Some(ready.user.id),
        _ => None,
    };
    let (entered, entering) = mpsc::channel(1);
    tokio::spawn(enter(client.clone(), name.to_owned(), entered));
    let mut pipe = Pipe {
        client,
        entering,
        me,
        room: None,
        waiting: HashMap::new(),
        refused: 0,
        out: io::stdout(),
    };
    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    let mut has_input = true;
    while has_input || follow || !pipe.waiting.is_empty() || pipe.room.is_none() {
        let may_read = has_input && pipe.room.is_some() && pipe.waiting.len() < AHEAD;
        tokio::select! {
            event = events.next() => match event {
                Some(event) => pipe.hear(event)?,
                None => break,
            },
            Some(room) = pipe.entering.recv() => pipe.enter(room, name)?,
            line = lines.next_line(), if may_read => match line {
                Ok(Some(line)) => pipe.say(line),
                Ok(None) => has_input = false,
                Err(error) => return Err(Failure::Broken(format!("standard input cannot be read: {error}"))),
            },
        }
    }
    match pipe.refused {
        0 => Ok(()),
        1 => Err(Failure::Unsent("One line was refused.".into())),
        count => Err(Failure::Unsent(format!("{count} lines were refused."))),
    }
}

/// How far something has come that was said. The two happen in either order.
#[derive(Clone, Copy, Debug, Default)]
struct Way {
    is_stored: bool,
    is_written: bool,
}

struct Pipe {
    client: Client,
    entering: mpsc::Receiver<Result<RoomJoined, Error>>,
    room: Option<i64>,
    me: Option<i64>,
    /// What was said, until it is stored and was written here at its place among what others say.
    waiting: HashMap<String, Way>,
    refused: usize,
    out: io::Stdout,
}

/// Beside the stream of events, which has to be read meanwhile.
async fn enter(client: Client, name: String, entered: mpsc::Sender<Result<RoomJoined, Error>>) {
    let _ = entered
        .send(until_answered(|| client.join_room(&name)).await)
        .await;
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

impl Pipe {
    fn enter(&mut self, room: Result<RoomJoined, Error>, name: &str) -> Result<(), Failure> {
        match room {
            Ok(joined) => {
                let room = joined.conversation;
                self.room = Some(room.id);
                self.write(&json!({"type": "entered", "room": room.title}))
            }
            Err(error) if matches!(error.code(), Some("not_found" | "invalid")) => {
                Err(Failure::NoSuchRoom(format!("There is no room '{name}'.")))
            }
            Err(error) => Err(exit::failed(&error)),
        }
    }

    fn say(&mut self, line: String) {
        if let Some(room) = self.room
            && !line.trim().is_empty()
        {
            self.waiting
                .insert(self.client.send(room, line), Way::default());
        }
    }

    fn hear(&mut self, event: Event) -> Result<(), Failure> {
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
            Event::Sent(message) => {
                self.come_further(message.client_id.as_deref(), |way| way.is_stored = true);
                return Ok(());
            }
            Event::Unsent { draft, error } => {
                self.waiting.remove(&draft.client_id);
                self.refused += 1;
                json!({"type": "refused", "body": draft.body, "message": error.to_string()})
            }
            Event::Offline { reason, .. } => json!({"type": "offline", "reason": reason}),
            Event::Ready(_) => json!({"type": "online"}),
            Event::Ended(ended) => return Err(exit::ended(&ended)),
            _ => return Ok(()),
        };
        self.write(&line)
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
        written
            .map_err(|error| Failure::Broken(format!("standard output cannot be written: {error}")))
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
