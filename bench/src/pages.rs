//! `pages`: browsers that are signed in ask for one page again and again. Of Chinwag only: its peers have none.

use std::fmt;
use std::rc::Rc;
use std::time::Instant;

use anyhow::{Context, Result, bail, ensure};
use clap::{Args, ValueEnum};
use tokio::task::JoinSet;

use crate::count::{Count, Length};
use crate::figures::Figures;
use crate::http::Connection;
use crate::outcome::Target;
use crate::people;

#[derive(Args)]
pub(crate) struct Options {
    #[arg(long)]
    page: Page,
    #[arg(long, default_value_t = 16)]
    browsers: usize,
    #[command(flatten)]
    length: Length,
}

#[derive(Clone, Copy, ValueEnum)]
enum Page {
    /// The list of one's conversations.
    Home,
    /// Messages of a conversation before the latest ones.
    History,
}

pub(crate) async fn run(target: &Target, options: &Options) -> Result<Figures> {
    let count = Rc::new(Count::new());
    let mut browsers = JoinSet::new();
    for ([person, _], conversation_id) in people::pairs().take(options.browsers) {
        let path = match options.page {
            Page::Home => "/chats".to_owned(),
            Page::History => format!("/chats/{conversation_id}?before=150"),
        };
        let connection = target.url.open().await?;
        browsers.spawn_local(look(connection, path, person.cookie(), count.clone()));
    }
    let figures = tokio::select! {
        figures = count.take(target.server_pid, options.length) => figures?,
        ended = browsers.join_next() => {
            ended.context("there are browsers")???;
            bail!("a browser stopped before the run was over");
        }
    };
    while let Some(ended) = browsers.join_next().await {
        ended??;
    }
    Ok(figures)
}

async fn look(
    mut connection: Connection,
    path: String,
    cookie: String,
    count: Rc<Count>,
) -> Result<()> {
    while !count.is_over() {
        let began = Instant::now();
        ensure!(connection.get(&path, &cookie).await? > 0, "an empty page");
        count.operation();
        count.ack(began.elapsed());
    }
    Ok(())
}

impl fmt::Display for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.page {
            Page::Home => write!(f, "home page"),
            Page::History => write!(f, "history page"),
        }
    }
}
