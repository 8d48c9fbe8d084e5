//! What socketioxide does at its defaults where nothing is checked and nothing is stored: the ceiling of the bench.
//!
//! Messages are passed on in the events and shapes of `docs/PROTOCOL.md`. Who somebody is stands in their token, and in which
//! conversation they are follows from that, as `bench/seed.py` has it. Nothing is counted: every message has `seq` 0.

use axum::Router;
use axum::routing::get;
use serde::{Deserialize, Serialize};
use socketioxide::SocketIo;
use socketioxide::extract::{AckSender, Data, SocketRef};

/// The first of those who are in the room.
const FIRST_IN_ROOM: u64 = 1_001;
const ROOM: u64 = 2_000;

#[derive(Deserialize)]
struct Auth {
    token: String,
}

#[derive(Serialize)]
struct Ready {
    user: User,
    conversations: [Conversation; 1],
}

#[derive(Clone, Serialize)]
struct User {
    id: u64,
    username: String,
}

#[derive(Serialize)]
struct Conversation {
    id: u64,
    counter: u64,
}

#[derive(Deserialize)]
struct Draft {
    conversation_id: u64,
    body: String,
    client_id: String,
}

#[derive(Serialize)]
struct Push<'a> {
    message: &'a Message,
}

#[derive(Serialize)]
struct Sent<'a> {
    ok: bool,
    message: &'a Message,
    duplicate: bool,
}

#[derive(Serialize)]
struct Message {
    id: u64,
    conversation_id: u64,
    seq: u64,
    rev: u64,
    sender: User,
    body: String,
    client_id: String,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let (layer, io) = SocketIo::new_layer();
    io.ns("/", enter);
    let router = Router::new().route("/readyz", get("ready")).layer(layer);
    let port: u16 = std::env::var("PORT")?.parse()?;
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await?;
    Ok(axum::serve(listener, router).await?)
}

async fn enter(socket: SocketRef, Data(auth): Data<Auth>) {
    let Some(user) = user_of(&auth.token) else {
        socket.disconnect().ok();
        return;
    };
    let id = conversation_of(user.id);
    socket.join(room(id));
    let sender = user.clone();
    socket.on(
        "message:send",
        async move |socket: SocketRef, Data(draft): Data<Draft>, ack: AckSender| {
            pass_on(&socket, sender, draft, ack).await;
        },
    );
    let conversations = [Conversation { id, counter: 0 }];
    let ready = Ready {
        user,
        conversations,
    };
    socket.emit("ready", &ready).ok();
}

/// What does not fit into the buffer of a socket is lost: at its defaults the library goes on after that.
async fn pass_on(socket: &SocketRef, sender: User, draft: Draft, ack: AckSender) {
    let message = Message {
        id: 0,
        conversation_id: draft.conversation_id,
        seq: 0,
        rev: 0,
        sender,
        body: draft.body,
        client_id: draft.client_id,
    };
    socket
        .within(room(message.conversation_id))
        .emit("message:new", &Push { message: &message })
        .await
        .ok();
    ack.send(&Sent {
        ok: true,
        message: &message,
        duplicate: false,
    })
    .ok();
}

fn user_of(token: &str) -> Option<User> {
    let id: u64 = token.strip_prefix("chinwag_bench_")?.parse().ok()?;
    let username = format!("bench{id}");
    Some(User { id, username })
}

/// Two people each have one, and the last thousand are in one room.
fn conversation_of(user_id: u64) -> u64 {
    if user_id < FIRST_IN_ROOM {
        1_001 + (user_id - 1) / 2
    } else {
        ROOM
    }
}

fn room(conversation_id: u64) -> String {
    format!("conversation:{conversation_id}")
}
