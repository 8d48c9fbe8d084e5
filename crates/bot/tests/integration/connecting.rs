//! How the bot comes in, into which rooms, and how it comes back.

use crate::support::quotes::Quotes;
use crate::support::server::{
    Server, TOKEN, already_joined, custom, joined, list, parted, refused,
};
use crate::support::{Bot, pace};
use chinwag_bot::settings::Pace;
use serde_json::json;
use std::collections::HashSet;
use std::time::Duration;

const NO_QUOTES: &str = "http://127.0.0.1:9/{symbol}";
/// How often the bot looks for rooms.
const SOON: Duration = Duration::from_millis(20);
const NEVER: Duration = Duration::from_secs(3600);

fn in_all_rooms(server: &Server, look_around: Duration) -> Bot {
    let pace = Pace {
        look_around,
        ..pace()
    };
    Bot::start_with(server, pace, &[("FINBOT_QUOTE_URL", NO_QUOTES)])
}

fn in_named_rooms(server: &Server, look_around: Duration, rooms: &[impl AsRef<str>]) -> Bot {
    let pace = Pace {
        look_around,
        ..pace()
    };
    let names: Vec<_> = rooms.iter().map(AsRef::as_ref).collect();
    let names = names.join(":");
    let set = [("FINBOT_ROOMS", &*names), ("FINBOT_QUOTE_URL", NO_QUOTES)];
    Bot::start_with(server, pace, &set)
}

fn numbered_rooms(count: usize) -> Vec<String> {
    (1..=count).map(|number| format!("room-{number}")).collect()
}

#[tokio::test]
async fn s2_46_the_bot_signs_in_as_anybody_does() {
    let server = Server::start().await;
    let _bot = Bot::start(&server, NO_QUOTES);
    let sent = server.signs_in(TOKEN).await;
    assert_eq!(sent, json!({"username": "finbot", "password": "s3cret!"}));
    let mut line = server.greets().await;
    line.lets_join("general").await;
}

#[tokio::test]
async fn what_answers_the_login_without_end_is_not_read_to_it() {
    let server = Server::start().await;
    let bot = Bot::start(&server, NO_QUOTES);
    let long = json!({ "token": TOKEN, "more": "x".repeat(1_000_000) });
    server.answers_login("200 OK", long).await;
    let why = bot.gives_up().await;
    assert!(why.contains("more than 65536 bytes"), "{why}");
}

#[tokio::test]
async fn s2_46_while_the_account_is_in_use_elsewhere_the_bot_waits() {
    let server = Server::start().await;
    let _bot = Bot::start(&server, NO_QUOTES);
    server.signs_in(TOKEN).await;
    for _ in 0..3 {
        let mut line = server.connects(TOKEN).await;
        line.say(json!({"type": "fatal", "code": "already-chatting"}))
            .await;
        line.hung_up().await;
    }
    server.greets().await.lets_join("general").await;
}

#[tokio::test]
async fn s2_45_the_rooms_that_are_named_are_joined() {
    let server = Server::start().await;
    let _bot = in_named_rooms(&server, NEVER, &["general", "stocks"]);
    server.signs_in(TOKEN).await;
    let mut line = server.greets().await;
    // Without waiting for one to be let into the other.
    assert_eq!(
        line.hears().await,
        json!({"type": "join", "room_name": "general"})
    );
    assert_eq!(
        line.hears().await,
        json!({"type": "join", "room_name": "stocks"})
    );
}

#[tokio::test]
async fn s2_45_without_names_all_rooms_are_joined() {
    let server = Server::start().await;
    let _bot = in_all_rooms(&server, NEVER);
    server.signs_in(TOKEN).await;
    let mut line = server.greets().await;
    assert_eq!(line.hears().await, json!({"type": "list"}));
    line.say(list(&["general", "stocks"])).await;
    line.lets_join("general").await;
    line.lets_join("stocks").await;
}

#[tokio::test]
async fn s2_45_rooms_that_appear_later_are_joined() {
    let server = Server::start().await;
    let _bot = in_all_rooms(&server, SOON);
    server.signs_in(TOKEN).await;
    let mut line = server.greets().await;
    line.shows_until_joined(&[], None).await;
    line.shows_until_joined(&["general"], Some("general")).await;
    line.shows_until_joined(&["general", "later"], Some("later"))
        .await;
    // Gone, and made anew.
    line.say(parted("general")).await;
    line.shows_until_joined(&["general", "later"], Some("general"))
        .await;
    // In all of them: there is nothing more to join.
    line.shows_until_joined(&["general", "later"], None).await;
    line.shows_until_joined(&["general", "later"], None).await;
}

#[tokio::test]
async fn s2_45_a_named_room_that_does_not_exist_yet_is_tried_again() {
    let server = Server::start().await;
    let _bot = in_named_rooms(&server, SOON, &["later"]);
    server.signs_in(TOKEN).await;
    let mut line = server.greets().await;
    for _ in 0..2 {
        assert_eq!(
            line.hears().await,
            json!({"type": "join", "room_name": "later"})
        );
        line.say(refused("later")).await;
    }
    line.lets_join("later").await;
}

#[tokio::test]
async fn s2_45_no_more_rooms_are_joined_at_once_than_a_server_lets_anybody() {
    let (server, quotes) = (Server::start().await, Quotes::start().await);
    let _bot = Bot::start_with(&server, pace(), &[("FINBOT_QUOTE_URL", &quotes.url())]);
    server.signs_in(TOKEN).await;
    let mut line = server.greets().await;
    assert_eq!(line.hears().await, json!({"type": "list"}));
    let rooms = numbered_rooms(25);
    line.say(list(&rooms.iter().map(String::as_str).collect::<Vec<_>>()))
        .await;
    for room in &rooms[..10] {
        line.lets_join(room).await;
    }
    line.say(custom(&rooms[0], "stock", "found", false)).await;
    assert_eq!(
        line.hears().await["body"],
        "FOUND quote is $93.42 per share"
    );
}

#[tokio::test]
async fn s2_45_rooms_that_the_server_let_nobody_join_so_fast_are_tried_again() {
    let server = Server::start().await;
    let rooms = numbered_rooms(25);
    let _bot = in_named_rooms(&server, SOON, &rooms);
    server.signs_in(TOKEN).await;
    let mut line = server.greets().await;
    let (mut tries, mut inside) = (0, HashSet::new());
    while inside.len() < rooms.len() {
        let frame = line.hears().await;
        let room = frame["room_name"].as_str().expect("a name");
        tries += 1;
        if tries % 2 == 0 {
            line.say(json!({"type": "error", "code": "rate-limited"}))
                .await;
        } else if inside.insert(room.to_owned()) {
            line.say(joined(room)).await;
        }
    }
}

#[tokio::test]
async fn s2_45_rooms_that_do_not_exist_keep_the_bot_from_no_other() {
    let server = Server::start().await;
    let rooms = numbered_rooms(25);
    let _bot = in_named_rooms(&server, SOON, &rooms);
    server.signs_in(TOKEN).await;
    let mut line = server.greets().await;
    loop {
        let frame = line.hears().await;
        let room = frame["room_name"].as_str().expect("a name");
        if room == "room-25" {
            break line.say(joined(room)).await;
        }
        line.say(refused(room)).await;
    }
}

#[tokio::test]
async fn s2_45_a_room_that_one_is_in_already_is_as_good_as_joined() {
    let (server, quotes) = (Server::start().await, Quotes::start().await);
    let _bot = Bot::start(&server, &quotes.url());
    server.signs_in(TOKEN).await;
    let mut line = server.greets().await;
    line.hears().await;
    line.say(already_joined("general")).await;
    line.asks("found").await;
    assert_eq!(line.hears_said().await, "FOUND quote is $93.42 per share");
}

#[tokio::test]
async fn s2_44_a_refused_sign_in_ends_the_bot() {
    let server = Server::start().await;
    let bot = Bot::start(&server, NO_QUOTES);
    let mismatch = json!({"non_field_errors": ["Username/Password mismatch"]});
    server.answers_login("400 Bad Request", mismatch).await;
    let expected = "login failed: the server refuses FINBOT_USERNAME and FINBOT_PASSWORD";
    assert_eq!(bot.gives_up().await, expected);
}

#[tokio::test]
async fn s2_44_a_server_that_cannot_be_used_at_the_start_ends_the_bot() {
    let server = Server::start().await;
    let bot = Bot::start(&server, NO_QUOTES);
    server.answers_login("502 Bad Gateway", json!({})).await;
    assert_eq!(
        bot.gives_up().await,
        "login failed: the server answers 502 Bad Gateway"
    );

    let bot = Bot::start(&server, NO_QUOTES);
    server.hangs_up().await;
    assert!(bot.gives_up().await.starts_with("login failed: "));

    let bot = Bot::start(&server, NO_QUOTES);
    server.signs_in(TOKEN).await;
    server.answers_nothing_to_chat().await;
    let why = bot.gives_up().await;
    assert!(why.starts_with("cannot connect to /ws/chat: "), "{why}");
    assert!(!why.contains(TOKEN), "{why}");
}

#[tokio::test]
async fn s2_44_a_connection_lost_before_the_greeting_ends_the_bot() {
    let server = Server::start().await;
    let bot = Bot::start(&server, NO_QUOTES);
    server.signs_in(TOKEN).await;
    drop(server.connects(TOKEN).await);
    let why = bot.gives_up().await;
    assert!(
        why.starts_with("the connection broke") || why.contains("closed the connection"),
        "{why}"
    );

    let bot = Bot::start(&server, NO_QUOTES);
    server.signs_in(TOKEN).await;
    let mut line = server.connects(TOKEN).await;
    line.say(list(&["general"])).await;
    assert_eq!(
        bot.gives_up().await,
        "the first frame of the server is no greeting"
    );

    let bot = Bot::start(&server, NO_QUOTES);
    server.signs_in(TOKEN).await;
    let mut line = server.connects(TOKEN).await;
    line.say(json!({"type": "fatal", "code": "not-authenticated"}))
        .await;
    assert_eq!(bot.gives_up().await, "the server does not know the token");
}

#[tokio::test]
async fn s2_44_after_a_lost_connection_the_bot_comes_back_to_its_rooms() {
    let (server, quotes) = (Server::start().await, Quotes::start().await);
    let _bot = Bot::start(&server, &quotes.url());
    drop(server.lets_in().await);
    // Still starting, as servers do.
    for _ in 0..5 {
        server.hangs_up().await;
    }
    let mut line = server.greets().await;
    line.lets_join("general").await;
    line.asks("found").await;
    assert_eq!(line.hears_said().await, "FOUND quote is $93.42 per share");
}

#[tokio::test]
async fn s2_44_the_bot_signs_in_again_when_its_token_has_ended() {
    let server = Server::start().await;
    let _bot = Bot::start(&server, NO_QUOTES);
    let mut line = server.lets_in().await;
    line.say(json!({"type": "notification", "code": "logged-out"}))
        .await;
    server.signs_in("second").await;
    let mut line = server.connects("second").await;
    // Ended between signing in and connecting.
    line.say(json!({"type": "fatal", "code": "not-authenticated"}))
        .await;
    // A server that is just being started again is no reason to give up.
    server.answers_login("502 Bad Gateway", json!({})).await;
    server.signs_in("third").await;
    let mut line = server.connects("third").await;
    line.greet().await;
    line.lets_join("general").await;
}

#[tokio::test]
async fn s2_44_the_bot_ends_when_its_account_is_refused_later() {
    let server = Server::start().await;
    let bot = Bot::start(&server, NO_QUOTES);
    let mut line = server.lets_in().await;
    line.say(json!({"type": "notification", "code": "logged-out"}))
        .await;
    server.answers_login("400 Bad Request", json!({})).await;
    assert!(bot.gives_up().await.starts_with("login failed: "));
}

#[tokio::test]
async fn s2_47_an_answer_that_was_ready_too_late_for_one_connection_is_said_on_the_next() {
    let (server, mut quotes) = (Server::start().await, Quotes::start().await);
    let _bot = Bot::start(&server, &quotes.url());
    let mut line = server.lets_in().await;
    line.asks("held").await;
    quotes.is_asked().await;
    drop(line);
    let mut line = server.greets().await;
    assert_eq!(
        line.hears().await,
        json!({"type": "join", "room_name": "general"})
    );
    quotes.release(1);
    line.say(joined("general")).await;
    assert_eq!(line.hears_said().await, "HELD quote is $1.5 per share");
}
