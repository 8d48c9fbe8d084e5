//! Frames, as they are read and written. What is wrong with one is found in the order that the dialect
//! lays down: not JSON, not an object, an unknown type, a field of another type.

use crate::metrics::{Fault, metrics};
use crate::model::{Member, Message, Timestamp, UserId};
use axum::extract::ws::Utf8Bytes;
use chinwag_protocol::rooms::{
    ClientFrame, Details, ListedRoom, Notification, RoomMessage, RoomNotification, RoomStatus,
    RoomUser, ServerFrame,
};
use serde_json::Value;

const TYPES: [&str; 6] = ["help", "list", "join", "part", "message", "custom"];

const GREETING: &str =
    "Welcome to the chat. Send {\"type\": \"help\"} for help with what can be said here.";

const HELP: &str = "\
Each frame is a JSON object with a type:
{\"type\": \"help\"} shows this text.
{\"type\": \"list\"} lists the rooms, and says which you are in.
{\"type\": \"join\", \"room_name\": \"general\"} enters a room: you see who is there and what was said last.
{\"type\": \"part\", \"room_name\": \"general\"} leaves it.
{\"type\": \"message\", \"room_name\": \"general\", \"body\": \"Hello\"} says something in a room you are in.
{\"type\": \"message\", \"room_name\": \"general\", \"command\": \"stock\", \"payload\": \"aapl.us\"} sends a command, \
which is not kept.";

/// Reads a frame; what to answer if it cannot be taken.
pub(super) fn read(text: &str) -> Result<ClientFrame, Box<ServerFrame>> {
    let Ok(Value::Object(fields)) = serde_json::from_str(text) else {
        return Err(invalid_format().into());
    };
    let kind = fields.get("type");
    if !kind
        .and_then(Value::as_str)
        .is_some_and(|kind| TYPES.contains(&kind))
    {
        let sent = kind.cloned().unwrap_or(Value::Null);
        let details = Details::Type { sent };
        return Err(error("unsupported-command", Some(details)).into());
    }
    // A body that is none must not be read as a command that stands beside it.
    if kind == Some(&"message".into()) && fields.get("body").is_some_and(|body| !body.is_string()) {
        return Err(invalid_format().into());
    }
    serde_json::from_value(Value::Object(fields)).map_err(|_| invalid_format().into())
}

/// A frame as it is sent. All who get the same share its memory.
pub(super) fn encode(frame: &ServerFrame) -> Option<Utf8Bytes> {
    serde_json::to_string(frame)
        .inspect_err(|error| {
            metrics().fault(Fault::NotEncoded);
            tracing::error!(%error, "a frame was not encoded");
        })
        .ok()
        .map(Into::into)
}

pub(super) fn fatal(code: &str) -> ServerFrame {
    ServerFrame::Fatal { code: code.into() }
}

pub(super) fn greeting() -> ServerFrame {
    ServerFrame::Notification(Notification::Motd {
        content: GREETING.into(),
    })
}

pub(super) fn help() -> ServerFrame {
    ServerFrame::Notification(Notification::Help { help: HELP.into() })
}

pub(super) fn list(list: Vec<ListedRoom>) -> ServerFrame {
    ServerFrame::Notification(Notification::List { list })
}

pub(super) fn logged_out() -> ServerFrame {
    ServerFrame::Notification(Notification::LoggedOut)
}

pub(super) fn error(code: &str, details: Option<Details>) -> ServerFrame {
    ServerFrame::Error {
        code: code.into(),
        details,
    }
}

pub(super) fn invalid_format() -> ServerFrame {
    error("invalid-format", None)
}

pub(super) fn too_long() -> ServerFrame {
    let reason = "too-long".into();
    error("invalid-format", Some(Details::Reason { reason }))
}

/// An error about a room, by the name that the client used.
pub(super) fn about_room(code: &str, name: &str) -> ServerFrame {
    error(code, Some(Details::Name { name: name.into() }))
}

pub(super) fn joined(
    user: &str,
    room: &str,
    at: Timestamp,
    status: Option<RoomStatus>,
) -> ServerFrame {
    ServerFrame::Room(RoomNotification::Joined {
        you: status.is_some(),
        status,
        user: user.into(),
        room_name: room.into(),
        stamp: stamp(at),
    })
}

pub(super) fn parted(you: bool, user: &str, room: &str, at: Timestamp) -> ServerFrame {
    ServerFrame::Room(RoomNotification::Parted {
        you,
        user: user.into(),
        room_name: room.into(),
        stamp: stamp(at),
    })
}

pub(super) fn message(you: bool, message: &Message, room: &str) -> ServerFrame {
    ServerFrame::Room(RoomNotification::Message {
        you,
        user: message.sender.username.clone(),
        room_name: room.into(),
        body: message.body.clone(),
        stamp: stamp(message.sent_at),
    })
}

/// What `me` finds: who is here, and what was said and not taken back, the newest first.
pub(super) fn status(me: UserId, members: &[Member], messages: &[Message]) -> RoomStatus {
    let is_here = |member: &&Member| member.online || member.profile.id == me;
    let user = |member: &Member| RoomUser {
        name: member.profile.username.clone(),
        you: member.profile.id == me,
    };
    let said = |message: &Message| RoomMessage {
        stamp: stamp(message.sent_at),
        user: message.sender.username.clone(),
        body: message.body.clone(),
        you: message.author == me,
    };
    let kept = messages.iter().rev().filter(|message| !message.deleted);
    RoomStatus {
        users: members.iter().filter(is_here).map(user).collect(),
        messages: kept.map(said).collect(),
    }
}

/// `YYYY-MM-DD HH:MM:SS`, UTC.
pub(super) fn stamp(at: Timestamp) -> String {
    let at = at.to_utc();
    format!(
        "{:04}-{:02}-{:02} {:02}:{:02}:{:02}",
        at.year(),
        u8::from(at.month()),
        at.day(),
        at.hour(),
        at.minute(),
        at.second()
    )
}

/// What holds of any text: asked of random ones below, and of worse ones by `fuzz/`.
#[cfg(any(test, fuzzing))]
pub(crate) fn promises(text: &str) {
    match read(text) {
        Ok(frame) => {
            let written = serde_json::to_string(&frame).expect("a frame is plain JSON");
            assert_eq!(read(&written).ok(), Some(frame));
        }
        Err(answer) => {
            assert!(matches!(*answer, ServerFrame::Error { .. }));
            assert!(encode(&answer).is_some_and(|frame| frame.len() <= 8 * text.len() + 100));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chinwag_protocol::rooms::{Command, Said};
    use proptest::prelude::*;
    use serde_json::json;

    fn code_of(text: &str) -> String {
        let frame = serde_json::to_value(read(text).unwrap_err()).unwrap();
        frame["code"].as_str().unwrap().into()
    }

    #[test]
    fn what_is_wrong_is_found_in_order() {
        for text in [
            "",
            "x",
            "{",
            "[]",
            "1",
            "null",
            "\"help\"",
            r#"{"type":"join"}"#,
            r#"{"type":"join","room_name":7}"#,
            r#"{"type":"part","room_name":null}"#,
            r#"{"type":"message","room_name":"a"}"#,
            r#"{"type":"message","room_name":"a","body":null}"#,
            r#"{"type":"message","room_name":"a","body":7,"command":"x","payload":"y"}"#,
            r#"{"type":"message","room_name":"a","command":"x"}"#,
            r#"{"type":"custom","room_name":"a","command":"x","payload":[]}"#,
            r#"{"type":"custom","room_name":"a","body":"x"}"#,
        ] {
            assert_eq!(code_of(text), "invalid-format", "{text}");
        }
        for (text, sent) in [
            ("{}", json!(null)),
            (r#"{"type":null}"#, json!(null)),
            (r#"{"type":["join"]}"#, json!(["join"])),
            (r#"{"type":"JOIN","room_name":7}"#, json!("JOIN")),
        ] {
            let frame = serde_json::to_value(read(text).unwrap_err()).unwrap();
            let expected = json!({ "type": "error", "code": "unsupported-command", "details": { "type": sent } });
            assert_eq!(frame, expected, "{text}");
        }
    }

    #[test]
    fn words_come_before_a_command_and_more_keys_are_ignored() {
        let text =
            r#"{"type":"message","room_name":"a","command":"x","payload":"y","body":"b","z":1}"#;
        let said = Said::Words { body: "b".into() };
        let room_name = "a".to_owned();
        assert_eq!(
            read(text).unwrap(),
            ClientFrame::Message { room_name, said }
        );
        let text = r#"{"type":"custom","room_name":"a","command":"x","payload":"y","body":"b"}"#;
        let command = Command {
            command: "x".into(),
            payload: "y".into(),
        };
        let room_name = "a".to_owned();
        assert_eq!(
            read(text).unwrap(),
            ClientFrame::Custom { room_name, command }
        );
    }

    #[test]
    fn a_stamp_is_in_seconds() {
        assert_eq!(stamp(Timestamp(1_795_284_245_999)), "2026-11-21 18:04:05");
    }

    proptest! {
        #[test]
        fn whatever_comes_is_answered(text in "\\PC{0,80}") {
            promises(&text);
        }

        #[test]
        fn a_frame_reads_as_it_was_written(kind in "help|list|join|part|message|custom|x", body in "\\PC{0,20}", nested: bool) {
            let body = if nested { json!([body]) } else { json!(body) };
            promises(&json!({ "type": kind, "room_name": "a", "body": body, "command": "x", "payload": "y" }).to_string());
        }
    }
}
