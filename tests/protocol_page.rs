//! The protocol page and the types say the same: every example on it is read by the type that its
//! heading names, and written back as it stands there.

use chinwag_protocol::api::*;
use chinwag_protocol::room_accounts::*;
use chinwag_protocol::rooms::{ClientFrame, ServerFrame};
use chinwag_protocol::socketio::*;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// One example: where it stands, and which type it is of.
struct Example {
    place: String,
    kind: String,
    text: String,
}

fn read_back<T: DeserializeOwned + Serialize>(example: Value) -> Result<(), String> {
    let typed: T = serde_json::from_value(example.clone()).map_err(|error| error.to_string())?;
    let written = serde_json::to_value(&typed).map_err(|error| error.to_string())?;
    if written == example {
        Ok(())
    } else {
        Err(format!("it is written as {written}"))
    }
}

fn check(example: &Example) -> Result<(), String> {
    let value: Value = serde_json::from_str(&example.text).map_err(|error| error.to_string())?;
    macro_rules! by_name {
        ($($name:ident)*) => {
            match example.kind.as_str() {
                $(stringify!($name) => read_back::<$name>(value),)*
                "[Refusal]" => read_back::<Vec<Refusal>>(value),
                "[Refused]" => read_back::<Vec<Refused>>(value),
                "any" => Ok(()),
                unknown => Err(format!("there is no type {unknown:?}")),
            }
        };
    }
    by_name!(
        Auth Message Conversation MessageSend MessageSent MessageEdit MessageDelete MessageChanged
        History HistoryPage Sync Synced Mark Read Delivered Typing Done ConversationOpen
        ConversationOpened ConversationListed UserBlock Ready MessagePush Receipt TypingPush Presence
        ConversationPush NoticePush SessionEnded Draining StartPhone PhoneStarted VerifyPhone PhoneVerified
        FinishPhone PhoneFinished AccessToken GuestMade RoomRegister RoomLogin RoomToken RoomProfile
        FieldErrors Detail RegisterAccount EmailAnswer ChangeProfile ProfileChanged ForgotPassword
        ResetPassword UserList UserFound ChatList ChatFound StartChat ChatStarted ChatDeleted
        ChatMessageList ChatMessageFound SendTexts TextsSent ChangeText TextChanged TextDeleted RoomList
        MakeRoom RoomDone RoomMessageList SayInRoom SaidInRoom MessageDone ContactList ContactFound AddContact ContactAdded ContactDeleted SessionList
        SessionDeleted SendSms SmsSent MatchState MatchFind MatchAnswer MatchKeep Kept Report Reported
        Empty MatchPartner MatchEnded MatchKept RoomListed RoomCreate RoomDelete WhichRoom RoomJoined
        RoomCommand ConversationRemoved MemberPush RoomChanged RoomCommandPush Mention ClientFrame ServerFrame
        RoomMembers
    )
}

/// Every fence of the page. The types of a heading are the first code words below it.
fn examples(page: &str) -> Vec<Example> {
    let (mut section, mut heading) = ("", String::new());
    let mut kinds: Vec<&str> = Vec::new();
    let (mut examples, mut count) = (Vec::new(), 0);
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        if let Some(title) = line.strip_prefix("## ") {
            (section, heading, kinds, count) = (title, String::new(), Vec::new(), 0);
        } else if let Some(title) = line.strip_prefix("### ") {
            (heading, kinds, count) = (title.replace('`', ""), Vec::new(), 0);
        } else if line == "```json" {
            let body: Vec<_> = lines.by_ref().take_while(|line| *line != "```").collect();
            examples.push(Example {
                place: format!("{section} / {heading} / {}", count + 1),
                kind: kind_of(section, &heading, &kinds, count).to_owned(),
                text: body.join("\n"),
            });
            count += 1;
        } else if kinds.is_empty() && line.starts_with('`') && !line.starts_with("```") {
            let words = line.split('`').skip(1).step_by(2).take(2);
            kinds = words
                .filter(|word| word.starts_with(char::is_uppercase))
                .collect();
        }
    }
    examples
}

fn kind_of<'a>(section: &str, heading: &str, kinds: &[&'a str], count: usize) -> &'a str {
    match (heading, count) {
        ("", 0) if section.starts_with("1.") => "Auth",
        ("connect_error", _)
        | ("conversation:list" | "room:list" | "match:cancel" | "match:leave", 0) => "any",
        ("conversation:list", _) => "ConversationListed",
        ("room:list", _) => "RoomListed",
        ("GET /dev/inbox.json", _) => "any",
        ("Refusals", _) => "[Refusal]",
        ("REST refusals", _) => "[Refused]",
        // The last type stands for all further answers.
        _ => kinds.get(count).or(kinds.last()).copied().unwrap_or("none"),
    }
}

#[test]
fn every_example_on_the_protocol_page_is_what_the_types_read_and_write() {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/PROTOCOL.md");
    let page = std::fs::read_to_string(page).expect("the page is there");
    let examples = examples(&page);
    let wrong: Vec<_> = examples
        .iter()
        .filter_map(|example| Some((&example.place, &example.kind, check(example).err()?)))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    let untyped = examples.iter().filter(|example| example.kind == "any");
    assert_eq!(
        (examples.len(), untyped.count()),
        (170, 6),
        "examples on the page, and those of no type"
    );
}
