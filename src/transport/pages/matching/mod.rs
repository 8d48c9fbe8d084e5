//! Talking with strangers: one page for all of it, and what its script asks for.
//!
//! The page shows how it stands with whoever looks: the lobby, the search, the talk, or how it ended. So a
//! reload at any point comes back to the same. Everything else is said over the socket.

mod view;

use self::view::{LastTalk, MatchPage, Me, Stage, TalkView};
use super::problems::{Heading, PageError, message_of};
use super::{Flash, Page, show};
use crate::app::App;
use crate::error::Error;
use crate::matching::Census;
use crate::model::{Actor, ConversationId, ConversationKind, Match, MatchState, UserKind};
use crate::transport::address::ClientAddress;
use crate::transport::errors::log_fault;
use crate::transport::identity::Visitor;
use crate::transport::limiter::Limiter;
use axum::extract::{Form, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::{Extension, Json};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Messages on a page; the script loads earlier ones.
const SHOWN: i64 = 50;

/// Which talk is to be read, when it is no longer the open one.
#[derive(Deserialize)]
pub(in crate::transport::pages) struct Wanted {
    talk: Option<i64>,
    /// There from whoever signs in to keep it: if it is gone, it is among their chats.
    kept: Option<String>,
}

/// The form that says: I am of age and follow the rules.
#[derive(Deserialize)]
pub(in crate::transport::pages) struct Acceptance {
    accept: Option<String>,
}

/// Why somebody cannot come in, for the script to show.
#[derive(Serialize)]
struct Refusal {
    message: String,
}

/// How many are here.
#[derive(Serialize)]
pub(in crate::transport::pages) struct Now {
    online: usize,
    waiting: usize,
}

/// `GET /match`
pub(in crate::transport::pages) async fn page(
    State(app): State<App>,
    Extension(address): Extension<ClientAddress>,
    visitor: Visitor,
    Query(wanted): Query<Wanted>,
) -> Result<Response, PageError> {
    let Some(actor) = visitor.actor().await? else {
        let page = Page::new(&app.config, "Random");
        return show(&lobby(&app, page, Me::default()));
    };
    let account = app.accounts.account(actor.user).await?;
    let page = Page::new(&app.config, "Random").saying(visitor.take_flash().await?);
    let page = match actor.kind {
        UserKind::Guest => Page {
            notice: account.notice.clone(),
            ..page
        },
        UserKind::Person | UserKind::Bot => page.of(&account),
    };
    let lobby = lobby(&app, page, Me::new(&account));
    match app.matching.state(actor).await? {
        Some(MatchState::Matched(found)) => show(&with_talk(&app, actor, lobby, &found).await?),
        Some(MatchState::Waiting { .. }) => show(&MatchPage {
            state: Stage::Searching,
            last: ended_last(&app, actor).await?.map(LastTalk::from),
            ..lobby
        }),
        None => {
            let from = app.accounts.address_key(address.0);
            let ban = app.matching.ban(actor, from).await?;
            let flash = lobby.page.flash.or(ban.map(Flash::refused));
            let page = Page {
                flash,
                ..lobby.page
            };
            idle(&app, actor, MatchPage { page, ..lobby }, wanted).await
        }
    }
}

fn lobby(app: &App, page: Page, me: Me) -> MatchPage {
    MatchPage::lobby(page, me, app.matching.settings(), here(app))
}

/// The lobby, or the talk that has ended if that is what somebody came for.
async fn idle(
    app: &App,
    actor: Actor,
    lobby: MatchPage,
    wanted: Wanted,
) -> Result<Response, PageError> {
    let ended = ended_last(app, actor).await?;
    let is_ended = |id| matches!(&ended, Some(found) if found.conversation_id == id);
    if let Some(id) = wanted.talk.map(ConversationId)
        && !is_ended(id)
    {
        if moved_to_chats(app, actor, id).await? {
            return Ok(Redirect::to(&format!("/chats/{id}")).into_response());
        }
        if wanted.kept.is_some() {
            return Ok(Redirect::to("/chats").into_response());
        }
    }
    let Some(ended) = ended else {
        return show(&lobby);
    };
    if wanted.talk == Some(ended.conversation_id.0) {
        return show(&with_talk(app, actor, lobby, &ended).await?);
    }
    show(&MatchPage {
        last: Some(ended.into()),
        ..lobby
    })
}

/// The talk before, as long as it can be read.
async fn ended_last(app: &App, actor: Actor) -> Result<Option<Match>, Error> {
    let latest = app.matching.latest(actor).await?;
    Ok(latest.filter(|found| found.end.is_some()))
}

/// Whether a talk is among somebody's chats by now.
async fn moved_to_chats(app: &App, actor: Actor, id: ConversationId) -> Result<bool, Error> {
    match app.conversations.get(actor, id).await {
        Ok(conversation) => Ok(conversation.kind == ConversationKind::Direct),
        Err(Error::NotFound) => Ok(false),
        Err(error) => Err(error),
    }
}

/// The page with a talk on it, open or ended.
async fn with_talk(
    app: &App,
    actor: Actor,
    lobby: MatchPage,
    found: &Match,
) -> Result<MatchPage, Error> {
    let (conversation, history) = app
        .conversations
        .opened(actor, found.conversation_id, None, SHOWN)
        .await?;
    let now = app.clock.now();
    let talk = TalkView::new(found, &conversation, &history.messages, actor.user, now);
    Ok(MatchPage {
        state: match found.end {
            Some(_) => Stage::Ended,
            None => Stage::Talk,
        },
        talk: Some(talk),
        more: history.more,
        ..lobby
    })
}

/// `POST /match/enter`: whoever accepts the rules may look for somebody. Who is nobody here yet becomes a
/// guest thereby; looking at the page makes none.
pub(in crate::transport::pages) async fn enter(
    State(app): State<App>,
    Extension(address): Extension<ClientAddress>,
    Extension(limiter): Extension<Arc<Limiter>>,
    visitor: Visitor,
    Form(form): Form<Acceptance>,
) -> Response {
    match try_enter(&app, address, &limiter, &visitor, &form).await {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(error) => {
            log_fault(&error);
            let message = message_of(&error);
            (
                Heading::of(&error).status(),
                Heading::of(&error),
                Json(Refusal { message }),
            )
                .into_response()
        }
    }
}

async fn try_enter(
    app: &App,
    address: ClientAddress,
    limiter: &Limiter,
    visitor: &Visitor,
    form: &Acceptance,
) -> Result<(), Error> {
    if form.accept.as_deref() != Some("on") {
        return Err(Error::invalid("accept", "Please accept the rules first."));
    }
    let user = match visitor.actor().await? {
        Some(actor) => actor.user,
        None => {
            limiter.admit_guest(address.0)?;
            let guest = app.accounts.create_guest().await?;
            // Until the browser is closed: a guest has nothing to come back to.
            visitor.sign_in(guest.id, false).await?;
            guest.id
        }
    };
    app.accounts.accept_match_rules(user).await
}

/// `GET /match/now`
pub(in crate::transport::pages) async fn now(State(app): State<App>) -> Json<Now> {
    let census = here(&app);
    Json(Now {
        online: census.online,
        waiting: census.waiting,
    })
}

/// How many are here. Whoever asks is, also before they have a connection.
fn here(app: &App) -> Census {
    let census = app.matching.census();
    Census {
        online: census.online.max(1),
        ..census
    }
}
