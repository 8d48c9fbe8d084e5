#![no_main]

//! What clients and servers say in JSON: whatever is taken is written as it is read again.

use chinwag_protocol::{rooms, socketio};
use serde::Serialize;
use serde::de::DeserializeOwned;

fn check<T: DeserializeOwned + Serialize>(text: &str) {
    let Ok(taken) = serde_json::from_str::<T>(text) else {
        return;
    };
    let written = serde_json::to_value(&taken).expect("what was JSON is JSON");
    let again: T = serde_json::from_value(written.clone()).expect("what we write we read");
    assert_eq!(serde_json::to_value(&again).expect("it is JSON"), written);
}

macro_rules! check_all {
    ($text:expr, $($kind:ty),+ $(,)?) => { $(check::<$kind>($text);)+ };
}

libfuzzer_sys::fuzz_target!(|text: &str| {
    check_all!(
        text,
        socketio::Auth,
        socketio::MessageSend,
        socketio::MessageEdit,
        socketio::MessageDelete,
        socketio::History,
        socketio::Sync,
        socketio::Mark,
        socketio::Typing,
        socketio::ConversationOpen,
        socketio::RoomCreate,
        socketio::RoomDelete,
        socketio::WhichRoom,
        socketio::RoomCommand,
        socketio::UserBlock,
        socketio::MatchFind,
        socketio::MatchKeep,
        socketio::Report,
        socketio::Ready,
        socketio::Message,
        socketio::Synced,
        socketio::Failure,
        rooms::ClientFrame,
        rooms::ServerFrame,
    );
});
