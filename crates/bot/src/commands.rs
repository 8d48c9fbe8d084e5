//! What the bot can do. Somebody writes `/word=payload` in a room; the function beside `word` in
//! [`COMMANDS`] gets the payload, and what it returns is said in that room.
//!
//! To add a command, write such a function and give it a line in the table. It is an answer for
//! everybody in the room, made from what a stranger wrote: check the payload, bound the time, and do
//! not repeat what you do not understand.

use crate::quotes::{Quotes, Symbol, repeatable};
use futures_util::future::BoxFuture;
use std::sync::Arc;

/// Each command, and what answers it.
const COMMANDS: &[(&str, Command)] = &[("stock", |tools, asked| Box::pin(stock(tools, asked)))];

/// Gets the payload as it was written.
pub(crate) type Command = fn(Arc<Tools>, String) -> BoxFuture<'static, String>;

/// What commands work with.
pub(crate) struct Tools {
    pub(crate) quotes: Quotes,
}

/// The command of that name, if the bot knows it.
pub(crate) fn find(name: &str) -> Option<Command> {
    let known = COMMANDS.iter().find(|(known, _)| *known == name);
    known.map(|(_, command)| *command)
}

/// `/stock=aapl.us`: the last price of a share.
async fn stock(tools: Arc<Tools>, asked: String) -> String {
    let asked = asked.trim();
    if let Some(symbol) = Symbol::parse(asked)
        && let Some(price) = tools.quotes.price(&symbol).await
    {
        return format!("{symbol} quote is ${price} per share");
    }
    format!("I could not find stock data for {}", repeatable(asked))
}
