//! Holds the module graph of `docs/ARCHITECTURE.md`: what may import what, and who may know which
//! library. Comments and strings do not count; `super` and grouped imports do.

#[path = "architecture/source.rs"]
mod source;

use source::{DIALECTS, Source, imports, module, read, tokens};
use std::path::Path;

/// Each module, and what of ours it may import besides itself. A module that is not here has no place.
const MAY_IMPORT: &[(&str, &str)] = &[
    ("error", ""),
    ("schema", ""),
    ("model", "error"),
    ("clock", "error model"),
    // Counted from anywhere: it knows nobody.
    ("metrics", ""),
    // What two of them keep, in development.
    ("inbox", ""),
    ("cluster", "error model clock metrics"),
    ("sms", "error model clock metrics inbox"),
    ("mail", "error model clock inbox"),
    ("store", "error model clock metrics schema cluster"),
    (
        "accounts",
        "error model clock metrics schema cluster store sms mail",
    ),
    ("conversations", "error model clock schema cluster store"),
    ("matching", "error model clock metrics schema cluster store"),
    ("moderation", "error model clock schema cluster store"),
    ("presence", "error model clock schema cluster store"),
    ("upkeep", "error model clock schema store"),
    // Values only, in the types of what they configure.
    ("config", "error model accounts sms mail store"),
    (
        "app",
        "error model clock cluster store sms mail accounts conversations matching moderation presence config",
    ),
    ("transport", BELOW_TRANSPORT),
    ("transport/pages", BELOW_TRANSPORT),
    ("transport/api", BELOW_TRANSPORT),
    ("transport/rooms", BELOW_TRANSPORT),
    ("transport/socketio", BELOW_TRANSPORT),
    ("server", "app config metrics transport"),
    (
        "console",
        "error model clock cluster store sms accounts moderation upkeep config app server",
    ),
    ("main", "error clock config console app metrics server"),
    ("fuzzing", "model config transport"),
    ("lib", ""),
];

/// Nouns and verbs, never the store: a handler that needs a query lacks a verb.
const BELOW_TRANSPORT: &str = "error model clock metrics accounts conversations matching moderation presence sms mail config app transport";

/// The one file that names the dialects from above.
const ROUTES: &str = "src/transport/mod.rs";

/// Words that stand for a library or a power, and where alone they may be.
const ONLY_IN: &[(&str, &str)] = &[
    (
        "axum hyper hyper_util socketioxide askama tower tower_http tower_sessions",
        "src/transport/ src/server.rs",
    ),
    (
        "tungstenite",
        "src/transport/rooms/ src/transport/socketio/frame.rs crates/bot/ crates/client/",
    ),
    (
        "chinwag_protocol",
        "src/transport/ crates/bot/ crates/client/",
    ),
    ("reqwest", "src/sms/ crates/bot/ crates/client/"),
    ("bcrypt", "src/accounts/"),
    ("prometheus_client", "src/metrics.rs"),
    ("lettre", "src/mail/"),
    ("SystemTime now_utc now_local", "src/clock.rs"),
    (
        "establish SqliteConnection PgConnection r2d2 diesel_migrations libsqlite3_sys",
        "src/store/",
    ),
    ("chinwag_client", "crates/client/ crates/terminal/"),
    ("ratatui crossterm", "crates/terminal/"),
    // Nothing in `crates/` knows the server.
    ("chinwag", "src/main.rs"),
];

#[test]
fn the_sources_keep_to_the_module_graph() {
    let mut sources = Vec::new();
    let top = Path::new(env!("CARGO_MANIFEST_DIR"));
    read(top, "src", &mut sources);
    read(top, "crates", &mut sources);
    let arrows: Vec<_> = sources
        .iter()
        .flat_map(|source| {
            imports(source)
                .into_iter()
                .map(|to| (module(&source.path), to))
        })
        .collect();

    // The premise: it has read them all, and understood what they import.
    assert!(sources.len() > 75, "only {} files were read", sources.len());
    assert!(
        arrows.len() > 300,
        "only {} imports were found",
        arrows.len()
    );
    for (from, to) in [
        ("main", "server"),
        ("server", "transport"),
        ("transport", "transport/socketio"),
        ("transport/socketio", "app"),
        ("app", "presence"),
        ("accounts", "sms"),
        ("conversations", "store"),
        ("store", "cluster"),
        ("clock", "model"),
    ] {
        assert!(
            arrows.contains(&(from.into(), to.into())),
            "{from} imports {to}"
        );
    }

    let violations: Vec<_> = sources.iter().flat_map(violations).collect();
    assert!(violations.is_empty(), "\n{}", violations.join("\n"));
}

/// Made up: a file, what stands in it, and what is wrong with that.
const VIOLATIONS: &str = "
src/accounts/x.rs        | use crate::conversations::Conversations;              | accounts imports conversations
src/presence/mod.rs      | fn f() { super::accounts::f() }                       | presence imports accounts
src/conversations/x.rs   | use crate::presence;                                  | conversations imports presence
src/transport/pages/x.rs | use crate::transport::{errors, socketio::Hub};        | transport/pages imports transport/socketio
src/transport/api/x.rs   | use super::super::pages;                              | transport/api imports transport/pages
src/transport/rooms/mod.rs | use crate::transport::socketio::X;                 | transport/rooms imports transport/socketio
src/transport/socketio/mod.rs | use super::api::x;                               | transport/socketio imports transport/api
src/transport/errors.rs  | use super::pages::Page;                               | transport imports transport/pages
src/transport/pages/x.rs | use crate::{app::App, store::{Store, Tx}};            | transport/pages imports store
src/transport/identity.rs | fn f(x: crate::schema::users::id) {}                 | transport imports schema
src/model/x.rs           | mod tests { mod y {} use super::super::super::store::Conn; } | model imports store
src/error.rs             | use crate::accounts;                                  | error imports accounts
src/clock.rs             | use crate::cluster::Cluster;                          | clock imports cluster
src/cluster/mod.rs       | pub use crate::transport::push;                       | cluster imports transport
src/app.rs               | use crate::server;                                    | app imports server
src/main.rs              | use chinwag::store::Store;                            | main imports store
src/new_thing/mod.rs     |                                                       | new_thing has no place
src/app.rs               | use axum::Router;                                     | axum is none of its business
src/accounts/x.rs        | impl askama::Template for X {}                        | askama is none of its business
src/presence/mod.rs      | use socketioxide::SocketIo;                           | socketioxide is none of its business
src/conversations/x.rs   | use tower_sessions::Session;                          | tower_sessions is none of its business
src/store/mod.rs         | use chinwag_protocol::socketio;                       | chinwag_protocol is none of its business
src/accounts/x.rs        | reqwest::get(url)                                     | reqwest is none of its business
src/transport/x.rs       | bcrypt::hash(x, 4)                                    | bcrypt is none of its business
src/store/x.rs           | std::time::SystemTime::now()                          | SystemTime is none of its business
src/presence/queries.rs  | diesel::SqliteConnection::establish(path)             | SqliteConnection is none of its business
crates/protocol/src/lib.rs | use chinwag::model::User;                           | chinwag is none of its business
";

/// Made up, and all of it fine.
const INNOCENCE: &str = r###"
src/model/x.rs         | //! axum, [`crate::store`]
src/model/x.rs         | /* use crate::app; /* nested */ reqwest */ use crate::error::Error;
src/model/x.rs         | const A: &str = "axum \" reqwest"; const B: &str = r#"a " crate::store::X"#;
src/model/x.rs         | fn f<'axum>(x: &'axum str, y: char) { y == '"' && y != '\'' && y != 'a' } // SystemTime
src/model/x.rs         | mod tests { use super::super::user::User; }
src/conversations/x.rs | pub(in crate::conversations) use crate::store::{Conn, Tx};
src/transport/mod.rs   | use self::socketio::Endpoint; use axum::Router; fn f() { pages::routes() }
src/transport/pages/login/x.rs | use super::super::problems::Problem; use crate::transport::identity;
src/server.rs          | use crate::transport::Transport; use hyper::body::Incoming;
src/main.rs            | use chinwag::{app::App, clock::Clock};
crates/protocol/src/socketio.rs | use serde::Serialize; use crate::api::X;
"###;

fn made_up(path: &str, text: &str) -> Source {
    Source {
        path: path.trim().into(),
        text: text.into(),
    }
}

#[test]
fn every_kind_of_violation_is_found() {
    let cases: Vec<_> = VIOLATIONS.lines().filter(|line| !line.is_empty()).collect();
    assert_eq!(cases.len(), 27);
    for case in cases {
        let [path, text, wrong]: [&str; 3] = case
            .split('|')
            .collect::<Vec<_>>()
            .try_into()
            .expect("three columns");
        let found = violations(&made_up(path, text));
        assert!(
            found.iter().any(|one| one.contains(wrong.trim())),
            "{case}: {found:?}"
        );
    }
}

#[test]
fn what_is_allowed_or_only_said_is_no_violation() {
    let cases: Vec<_> = INNOCENCE.lines().filter(|line| !line.is_empty()).collect();
    assert_eq!(cases.len(), 11);
    for case in cases {
        let (path, text) = case.split_once('|').expect("two columns");
        assert_eq!(
            violations(&made_up(path, text)),
            [] as [String; 0],
            "{case}"
        );
    }
}

/// Everything that one file does against the graph.
fn violations(source: &Source) -> Vec<String> {
    let path = &source.path;
    let is_here = |places: &str| places.split(' ').any(|place| path.starts_with(place));
    let mut found = Vec::new();
    for word in tokens(&source.text) {
        let rule = ONLY_IN
            .iter()
            .find(|(words, _)| words.split(' ').any(|one| one == word));
        if rule.is_some_and(|(_, places)| !is_here(places)) {
            found.push(format!("{path}: {word} is none of its business"));
        }
    }
    if !path.starts_with("src/") {
        return found;
    }
    let from = module(path);
    let Some((_, may)) = MAY_IMPORT.iter().find(|(name, _)| *name == from) else {
        found.push(format!("{path}: {from} has no place in the graph"));
        return found;
    };
    for to in imports(source) {
        let is_route = path == ROUTES && DIALECTS.contains(&to.as_str());
        if to != from && !is_route && !may.split(' ').any(|one| one == to) {
            found.push(format!("{path}: {from} imports {to}"));
        }
    }
    found
}
