//! What the bot says in a room, to whom, and from what.

use crate::support::quotes::Quotes;
use crate::support::server::{Line, Server, custom, message, parted};
use crate::support::{Bot, pace};
use serde_json::json;
use std::time::Duration;

/// The bot in `general`, and both ends of what it talks with.
async fn in_general() -> (Bot, Line, Quotes, Server) {
    let (server, quotes) = (Server::start().await, Quotes::start().await);
    let bot = Bot::start(&server, &quotes.url());
    let line = server.lets_in().await;
    (bot, line, quotes, server)
}

#[tokio::test]
async fn s2_47_and_s2_48_a_price_is_said_in_the_room_where_it_was_asked() {
    let (_bot, mut line, mut quotes, _server) = in_general().await;
    line.asks("aapl.us").await;
    assert_eq!(line.hears_said().await, "AAPL.US quote is $93.42 per share");
    assert_eq!(quotes.is_asked().await, "/quotes/aapl.us");
    line.asks(" WIG ").await;
    assert_eq!(line.hears_said().await, "WIG quote is $93.42 per share");
    assert_eq!(quotes.is_asked().await, "/quotes/wig");
    line.asks("^SPX=F").await;
    assert_eq!(line.hears_said().await, "^SPX=F quote is $93.42 per share");
    assert_eq!(quotes.is_asked().await, "/quotes/%5Espx%3Df");
}

#[tokio::test]
async fn s2_48_an_unknown_share_is_said_as_it_was_asked() {
    let (_bot, mut line, _quotes, _server) = in_general().await;
    for asked in ["nd", "ND", "empty"] {
        line.asks(asked).await;
        let expected = format!("I could not find stock data for {asked}");
        assert_eq!(line.hears_said().await, expected);
    }
}

#[tokio::test]
async fn s2_48_a_broken_or_hostile_service_is_not_believed() {
    let (_bot, mut line, mut quotes, _server) = in_general().await;
    for asked in [
        "error", "hangs-up", "no-http", "binary", "big", "page", "escapes", "html", "negative",
        "huge", "nan", "redirect",
    ] {
        line.asks(asked).await;
        let expected = format!("I could not find stock data for {asked}");
        assert_eq!(line.hears_said().await, expected);
        assert_eq!(quotes.is_asked().await, format!("/quotes/{asked}"));
    }
    assert!(!quotes.was_asked(), "it followed the redirect");
    line.asks("found").await;
    assert_eq!(line.hears_said().await, "FOUND quote is $93.42 per share");
}

#[tokio::test]
async fn s2_48_an_answer_without_end_is_cut_off() {
    let (_bot, mut line, quotes, _server) = in_general().await;
    line.asks("endless").await;
    assert_eq!(
        line.hears_said().await,
        "I could not find stock data for endless"
    );
    quotes.was_cut_off().await;
}

#[tokio::test]
async fn s2_48_a_service_that_is_slow_or_not_there_finds_nothing() {
    let (server, quotes) = (Server::start().await, Quotes::start().await);
    let hasty = chinwag_bot::settings::Pace {
        quote: Duration::from_millis(50),
        ..pace()
    };
    let url = quotes.url();
    let _bot = Bot::start_with(
        &server,
        hasty,
        &[("FINBOT_ROOMS", "general"), ("FINBOT_QUOTE_URL", &url)],
    );
    let mut line = server.lets_in().await;
    line.asks("slow").await;
    assert_eq!(
        line.hears_said().await,
        "I could not find stock data for slow"
    );

    let nobody = Server::start().await.host();
    let other = Server::start().await;
    let _bot = Bot::start(&other, &format!("http://{nobody}/{{symbol}}"));
    let mut line = other.lets_in().await;
    line.asks("aapl.us").await;
    assert_eq!(
        line.hears_said().await,
        "I could not find stock data for aapl.us"
    );
}

#[tokio::test]
async fn s2_48_what_is_no_symbol_is_not_asked_for_and_said_without_harm() {
    let (_bot, mut line, mut quotes, _server) = in_general().await;
    for (asked, said) in [
        ("../../secrets", ".. .. secrets"),
        ("http://169.254.169.254/", "http 169.254.169.254"),
        ("a@127.0.0.1:1#", "a 127.0.0.1 1"),
        ("..", ".."),
        ("\u{1b}[2J<b>\r\nX-Header: 1", "2J b X-Header 1"),
        ("\u{202e}\u{1f980}", "that"),
    ] {
        line.asks(asked).await;
        let expected = format!("I could not find stock data for {said}");
        assert_eq!(line.hears_said().await, expected);
    }
    assert!(!quotes.was_asked());
}

#[tokio::test]
async fn s2_47_everything_else_in_a_room_is_ignored() {
    let (_bot, mut line, mut quotes, _server) = in_general().await;
    line.say(custom("general", "weather", "lisbon", false))
        .await;
    line.say(custom("general", "STOCK", "aapl.us", false)).await;
    line.say(custom("general", "\u{1b}[31m", "x", false)).await;
    line.say(message("general", "/stock=aapl.us")).await;
    line.say(message("general", "AAPL.US quote is $93.42 per share"))
        .await;
    line.say(
        json!({"type": "room:notification", "code": "waved", "you": false, "room_name": "general"}),
    )
    .await;
    line.say(json!({"type": "weather"})).await;
    line.say(json!(["stock"])).await;
    line.say_text("not JSON").await;
    line.asks("after").await;
    assert_eq!(line.hears_said().await, "AFTER quote is $93.42 per share");
    assert_eq!(quotes.is_asked().await, "/quotes/after");
    assert!(!quotes.was_asked());
}

#[tokio::test]
async fn s2_47_the_bot_never_answers_itself() {
    let (_bot, mut line, mut quotes, _server) = in_general().await;
    line.say(custom("general", "stock", "mine", true)).await;
    line.asks("theirs").await;
    assert_eq!(line.hears_said().await, "THEIRS quote is $93.42 per share");
    assert_eq!(quotes.is_asked().await, "/quotes/theirs");
    assert!(!quotes.was_asked());
}

#[tokio::test]
async fn s2_47_a_crowd_that_asks_is_served_four_at_a_time_and_then_told_to_wait() {
    let (_bot, mut line, mut quotes, _server) = in_general().await;
    for _ in 0..36 + 5 {
        line.asks("held").await;
    }
    let busy = "I have more to do than I can just now. Please ask again in a moment.";
    assert_eq!(line.hears_said().await, busy, "said once, not five times");
    for _ in 0..4 {
        quotes.is_asked().await;
    }
    quotes.release(36);
    for _ in 0..36 {
        assert_eq!(line.hears_said().await, "HELD quote is $1.5 per share");
    }
    assert_eq!(quotes.most_at_once(), 4);
    line.asks("found").await;
    assert_eq!(line.hears_said().await, "FOUND quote is $93.42 per share");
}

#[tokio::test]
async fn s2_47_a_slow_answer_holds_up_no_other() {
    let (_bot, mut line, mut quotes, _server) = in_general().await;
    line.asks("held").await;
    assert_eq!(quotes.is_asked().await, "/quotes/held");
    line.asks("found").await;
    assert_eq!(line.hears_said().await, "FOUND quote is $93.42 per share");
    quotes.release(1);
    assert_eq!(line.hears_said().await, "HELD quote is $1.5 per share");
}

#[tokio::test]
async fn s2_47_nothing_is_said_in_a_room_that_the_bot_had_to_leave() {
    let (_bot, mut line, mut quotes, _server) = in_general().await;
    line.asks("held").await;
    quotes.is_asked().await;
    line.say(parted("general")).await;
    line.say(custom("elsewhere", "stock", "found", false)).await;
    quotes.is_asked().await;
    quotes.release(1);
    line.say(crate::support::server::joined("elsewhere")).await;
    let frame = line.hears().await;
    assert_eq!(frame["room_name"], "elsewhere", "{frame}");
}
