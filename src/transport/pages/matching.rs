//! Talking with strangers: one page for all of it, and what its script asks for.
//!
//! The page shows how it stands with whoever looks: the lobby, the search, the talk, or how it ended. So a
//! reload at any point comes back to the same. Everything else is said over the socket.

use super::problems::{Heading, PageError, message_of};
use super::views::{Entry, MessageView, hue_of, initial_of, log};
use super::{Flash, Page, show};
use crate::app::App;
use crate::error::Error;
use crate::matching::Census;
use crate::model::{
    Account, Actor, Appearance, Body, Conversation, ConversationId, ConversationKind, Interest,
    Match, MatchState, Message, Timestamp, UserId, UserKind, Wishes, in_words,
};
use crate::transport::address::ClientAddress;
use crate::transport::errors::log_fault;
use crate::transport::identity::Visitor;
use crate::transport::limiter::Limiter;
use askama::Template;
use axum::extract::{Form, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::{Extension, Json};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Messages on a page; the script loads earlier ones.
const SHOWN: i64 = 50;

/// What can be wrong with a stranger. The words are those of the report.
const REASONS: [&str; 5] = [
    "Harassment or threats",
    "Sexual content",
    "Seems under age",
    "Spam or scam",
    "Something else",
];

/// The modules of the page, so that a browser fetches them side by side, not one by one.
const MODULES: [&str; 25] = [
    "js/match.js",
    "js/lib/announcer.js",
    "js/lib/census.js",
    "js/lib/chime.js",
    "js/lib/composer.js",
    "js/lib/connection_bar.js",
    "js/lib/controls.js",
    "js/lib/ids.js",
    "js/lib/link.js",
    "js/lib/lobby.js",
    "js/lib/match_keys.js",
    "js/lib/match_line.js",
    "js/lib/message_log.js",
    "js/lib/notifications.js",
    "js/lib/outbox.js",
    "js/lib/personal.js",
    "js/lib/save_text.js",
    "js/lib/search.js",
    "js/lib/stage.js",
    "js/lib/storage.js",
    "js/lib/tags.js",
    "js/lib/talk.js",
    "js/lib/times.js",
    "js/lib/twice.js",
    "vendor/socket.io-client-4.8.4.esm.min.js",
];

#[derive(Template)]
#[template(path = "pages/match.html")]
struct MatchPage {
    page: Page,
    state: Stage,
    me: Me,
    talk: Option<TalkView>,
    /// The talk before, which can still be read.
    last: Option<LastTalk>,
    census: Census,
    /// Whether there are messages before those shown.
    more: bool,
    /// What the script copies.
    blank: MessageView,
    reasons: [&'static str; 5],
    modules: &'static [&'static str],
    limit: usize,
    interests_max: usize,
    interest_chars: usize,
    widen_secs: u64,
    /// How long a talk can be read after its end, in words.
    retention: String,
}

impl MatchPage {
    /// The page as it is for somebody who is idle.
    fn lobby(app: &App, page: Page, me: Me) -> Self {
        let settings = app.matching.settings();
        Self {
            page: Page {
                section: "match",
                ..page
            },
            state: Stage::Lobby,
            me,
            talk: None,
            last: None,
            census: here(app),
            more: false,
            blank: MessageView::blank(),
            reasons: REASONS,
            modules: &MODULES,
            limit: Body::MAX_CHARS,
            interests_max: Wishes::INTERESTS_MAX,
            interest_chars: Interest::MAX_CHARS,
            widen_secs: settings.widen_after.as_secs(),
            retention: in_words(settings.kept_for),
        }
    }
}

/// Which part of the page is shown first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Lobby,
    Searching,
    Talk,
    Ended,
}

impl Stage {
    fn as_str(self) -> &'static str {
        match self {
            Self::Lobby => "lobby",
            Self::Searching => "searching",
            Self::Talk => "talk",
            Self::Ended => "ended",
        }
    }
}

/// Whoever looks; 0 while they are nobody here.
#[derive(Default)]
struct Me {
    id: i64,
    /// Nothing for guests: a number is no name.
    username: Option<String>,
    name: String,
    accepted: bool,
}

impl Me {
    fn new(account: &Account) -> Self {
        let is_guest = account.kind == UserKind::Guest;
        let profile = &account.profile;
        Self {
            id: profile.id.0,
            username: (!is_guest).then(|| profile.username.clone()),
            name: if is_guest {
                String::new()
            } else {
                profile.name.clone()
            },
            accepted: account.follows_match_rules,
        }
    }
}

/// A talk that has ended.
struct LastTalk {
    id: i64,
    partner: String,
}

impl From<Match> for LastTalk {
    fn from(ended: Match) -> Self {
        Self {
            id: ended.conversation_id.0,
            partner: ended.partner.alias,
        }
    }
}

/// The talk, open or ended.
struct TalkView {
    id: i64,
    you: i64,
    partner: String,
    hue: i64,
    initial: String,
    opening: String,
    counter: i64,
    read_seq: i64,
    /// Why it ended; empty while it has not.
    reason: &'static str,
    asked: bool,
    /// Whether both have asked to keep in touch.
    kept: bool,
    entries: Vec<Entry>,
}

impl TalkView {
    fn new(
        found: &Match,
        conversation: &Conversation,
        messages: &[Message],
        me: UserId,
        now: Timestamp,
    ) -> Self {
        Self {
            id: found.conversation_id.0,
            you: found.you.number,
            partner: found.partner.alias.clone(),
            hue: hue_of(UserId(found.partner.number)),
            initial: initial_of(&found.partner.alias),
            opening: opening(
                &found.partner.alias,
                &found.common_interests,
                found.end.is_some(),
            ),
            counter: conversation.counter,
            read_seq: conversation.read_seq,
            reason: found.end.map_or("", |(_, reason)| reason.as_str()),
            asked: found.asked_to_keep,
            kept: found.kept,
            entries: log(messages, conversation, me, now),
        }
    }
}

/// The first line of a talk; `static/js/lib/stage.js` writes the same.
fn opening(partner: &str, common: &[Interest], is_over: bool) -> String {
    let whom = if partner == Appearance::STRANGER {
        "a stranger".into()
    } else {
        format!("@{partner}")
    };
    let are = if is_over { "were" } else { "are" };
    let common: Vec<_> = common.iter().map(Interest::as_str).collect();
    match common.as_slice() {
        [] => format!("You {are} talking with {whom}."),
        liked => format!(
            "You {are} talking with {whom}. You both like: {}.",
            liked.join(", ")
        ),
    }
}

/// Which talk is to be read, when it is no longer the open one.
#[derive(Deserialize)]
pub(super) struct Wanted {
    talk: Option<i64>,
    /// There from whoever signs in to keep it: if it is gone, it is among their chats.
    kept: Option<String>,
}

/// The form that says: I am of age and follow the rules.
#[derive(Deserialize)]
pub(super) struct Acceptance {
    accept: Option<String>,
}

/// Why somebody cannot come in, for the script to show.
#[derive(Serialize)]
struct Refusal {
    message: String,
}

/// How many are here.
#[derive(Serialize)]
pub(super) struct Now {
    online: usize,
    waiting: usize,
}

/// `GET /match`
pub(super) async fn page(
    State(app): State<App>,
    Extension(address): Extension<ClientAddress>,
    visitor: Visitor,
    Query(wanted): Query<Wanted>,
) -> Result<Response, PageError> {
    let Some(actor) = visitor.actor().await? else {
        let page = Page::new(&app.config, "Random");
        return show(&MatchPage::lobby(&app, page, Me::default()));
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
    let lobby = MatchPage::lobby(&app, page, Me::new(&account));
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
pub(super) async fn enter(
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
pub(super) async fn now(State(app): State<App>) -> Json<Now> {
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

#[cfg(test)]
mod tests {
    use super::super::statics;
    use super::super::views::tests::{NOW, conversation, message, person};
    use super::*;
    use crate::model::{MatchEnd, PartnerPresence, Seat};

    fn lobby(me: Me) -> MatchPage {
        let page = Page {
            section: "match",
            matching: true,
            ..Page::sample("Random")
        };
        MatchPage {
            page,
            state: Stage::Lobby,
            me,
            talk: None,
            last: None,
            census: Census::default(),
            more: false,
            blank: MessageView::blank(),
            reasons: REASONS,
            modules: &MODULES,
            limit: Body::MAX_CHARS,
            interests_max: Wishes::INTERESTS_MAX,
            interest_chars: Interest::MAX_CHARS,
            widen_secs: 10,
            retention: "24 hours".into(),
        }
    }

    fn found(end: Option<(Timestamp, MatchEnd)>) -> Match {
        let seat = |number, alias: &str| Seat {
            number,
            alias: alias.into(),
        };
        Match {
            conversation_id: ConversationId(5),
            partner: seat(2, Appearance::STRANGER),
            presence: PartnerPresence::Here,
            you: seat(1, "me"),
            common_interests: vec![Interest::parse("Climbing").expect("one")],
            started_at: NOW,
            asked_to_keep: false,
            kept: false,
            end,
        }
    }

    fn talking(end: Option<(Timestamp, MatchEnd)>) -> String {
        let stranger = person(2, "Stranger");
        let messages = [message(3, &stranger, 2, "<script>")];
        let talk = TalkView::new(&found(end), &conversation(0), &messages, UserId(77), NOW);
        let state = if end.is_some() {
            Stage::Ended
        } else {
            Stage::Talk
        };
        let page = MatchPage {
            state,
            talk: Some(talk),
            ..lobby(Me::default())
        };
        page.render().expect("it renders")
    }

    #[test]
    fn a_visitor_finds_the_rules_and_no_account_is_asked_for() {
        let html = lobby(Me::default()).render().expect("it renders");
        assert!(html.contains(r#"data-state="lobby""#) && html.contains(r#"data-me="0""#));
        assert!(html.contains("18 or older") && html.contains("24 hours after it ends"));
        assert!(!html.contains("Appear as") && !html.contains(r#"rail__item" href="/chats""#));
        assert!(html.contains("<noscript>") && !html.contains("style="));
    }

    #[test]
    fn whoever_has_a_name_chooses_whether_to_show_it() {
        let me = Me {
            id: 7,
            username: Some("ana".into()),
            name: "Ana".into(),
            accepted: true,
        };
        let html = lobby(me).render().expect("it renders");
        assert!(html.contains("Appear as @<bdi>ana</bdi>") && html.contains("Stay anonymous"));
        assert!(html.contains(r#"name="accept" checked"#) && html.contains(r#"value="Ana""#));
    }

    #[test]
    fn a_talk_is_shown_as_text_and_says_what_both_like() {
        let html = talking(None);
        assert!(html.contains(r#"data-state="talk""#) && html.contains(r#"data-you="1""#));
        assert!(html.contains("You are talking with a stranger. You both like: climbing."));
        assert!(html.contains("&#60;script&#62;") && html.contains(r#"data-reason="""#));
    }

    #[test]
    fn a_talk_that_has_ended_says_why() {
        let html = talking(Some((NOW, MatchEnd::Lost)));
        assert!(html.contains(r#"data-state="ended""#) && html.contains(r#"data-reason="lost""#));
    }

    #[test]
    fn the_first_line_names_whom_it_is_with() {
        assert_eq!(opening("ana", &[], false), "You are talking with @ana.");
        assert_eq!(opening("ana", &[], true), "You were talking with @ana.");
    }

    #[test]
    fn every_module_is_announced_and_is_there() {
        for module in MODULES {
            assert!(statics::is_there(module), "{module}");
        }
        assert!(statics::is_there("css/match.css"));
    }
}
