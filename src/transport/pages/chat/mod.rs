//! Chats: the list of them, and one conversation with its history, with somebody one knows or in a room.

mod view;

use self::view::{ChatPage, ChatView, HomePage};
use super::chat_list::ChatList;
use super::looks::path_of;
use super::person_row::PersonRow;
use super::problems::{PageError, Problem};
use super::rooms::RoomView;
use super::{Flash, modules, show, show_as};
use crate::app::App;
use crate::model::{
    Body, ClientId, Command, Contact, Conversation, ConversationId, ConversationKind, Draft,
    RoomKey, Target, UserId,
};
use crate::transport::identity::SignedIn;
use crate::transport::limiter::Limiter;
use axum::Extension;
use axum::extract::{Form, Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use std::sync::Arc;

/// Messages on a page; the script loads earlier ones in portions of the same size.
const SHOWN: i64 = 50;

/// Which part of the history: what lies before that `seq`, or the newest.
#[derive(Default, Deserialize)]
pub(in crate::transport::pages) struct Window {
    before: Option<i64>,
}

/// The form that sends.
#[derive(Deserialize)]
pub(in crate::transport::pages) struct NewMessage {
    #[serde(default)]
    body: String,
    #[serde(default)]
    client_id: String,
}

/// The form that says: I have read up to here.
#[derive(Deserialize)]
pub(in crate::transport::pages) struct Seen {
    seq: i64,
}

/// `GET /chats`
pub(in crate::transport::pages) async fn home(
    State(app): State<App>,
    me: SignedIn,
) -> Result<Response, PageError> {
    let page = me.page(&app, "Chats", "chats").await?;
    let list = chat_list(&app, &me).await?;
    show(&HomePage { page, list })
}

/// `GET /chats/{id}`: a talk with a stranger has a page of its own, and a room goes by its name.
pub(in crate::transport::pages) async fn conversation(
    State(app): State<App>,
    me: SignedIn,
    Path(id): Path<i64>,
    Query(window): Query<Window>,
) -> Result<Response, PageError> {
    // First where it leads: a page that nobody sees must not say what was to be said once.
    let conversation = app.conversations.get(me.actor, ConversationId(id)).await?;
    match conversation.kind {
        ConversationKind::Direct => {
            show(&chat_page(&app, &me, conversation.id, window.before).await?)
        }
        ConversationKind::Room => Ok(Redirect::to(&path_of(&conversation)).into_response()),
        ConversationKind::Match => Ok(Redirect::to(&format!("/match?talk={id}")).into_response()),
    }
}

/// The page of a room that one is in.
pub(in crate::transport::pages) async fn open_room(
    app: &App,
    me: &SignedIn,
    id: ConversationId,
    window: Window,
) -> Result<Response, PageError> {
    show(&chat_page(app, me, id, window.before).await?)
}

/// `POST /chats/{id}/messages`
pub(in crate::transport::pages) async fn send(
    State(app): State<App>,
    Extension(limiter): Extension<Arc<Limiter>>,
    me: SignedIn,
    Path(id): Path<i64>,
    Form(form): Form<NewMessage>,
) -> Result<Response, PageError> {
    let id = ConversationId(id);
    let admitted = limiter.admit_message(me.actor.user);
    let outcome = match admitted {
        Ok(()) => try_send(&app, &me, id, &form).await,
        Err(error) => Err(error),
    };
    match outcome {
        // A room leads on to where it is.
        Ok(()) => Ok(Redirect::to(&format!("/chats/{id}")).into_response()),
        Err(error) => {
            let problem = Problem::of(error, "body")?;
            let heading = problem.heading;
            let mut page = chat_page(&app, &me, id, None).await?;
            page.chat.unsent = form.body;
            page.problem = Some(problem);
            show_as(heading, &page)
        }
    }
}

async fn try_send(
    app: &App,
    me: &SignedIn,
    id: ConversationId,
    form: &NewMessage,
) -> crate::error::Result<()> {
    // Forms write line ends as CR LF; messages have LF, whichever way they come.
    let body = form.body.replace("\r\n", "\n");
    if try_command(app, me, id, &body).await? {
        return Ok(());
    }
    let draft = Draft {
        target: Target::Conversation(id),
        body: Body::parse(body)?,
        client_id: ClientId::parse(&form.client_id)?,
    };
    let sent = app.conversations.send_and_wait(me.actor, draft).await?;
    // Whoever answers by this form has read the page above it.
    app.conversations
        .read(me.actor, id, sent.message.seq)
        .await?;
    Ok(())
}

/// Sends `/name=payload`, typed in a room, as the command that it is there; `static/js/lib/room.js` splits
/// it in the same place. Says whether it was one.
async fn try_command(
    app: &App,
    me: &SignedIn,
    id: ConversationId,
    body: &str,
) -> crate::error::Result<bool> {
    let Some((name, payload)) = body.strip_prefix('/').and_then(|rest| rest.split_once('=')) else {
        return Ok(false);
    };
    if app.conversations.get(me.actor, id).await?.kind != ConversationKind::Room {
        return Ok(false);
    }
    let command = Command::parse(name, payload)?;
    app.conversations
        .command_and_wait(me.actor, id, command)
        .await?;
    me.visitor.flash(Flash::done("Command sent.")).await?;
    Ok(true)
}

/// `POST /chats/{id}/read`: for pages without script; with it, reading is noticed.
pub(in crate::transport::pages) async fn mark_read(
    State(app): State<App>,
    me: SignedIn,
    Path(id): Path<i64>,
    Form(seen): Form<Seen>,
) -> Result<Redirect, PageError> {
    let id = ConversationId(id);
    app.conversations.read(me.actor, id, seen.seq).await?;
    Ok(Redirect::to(&format!("/chats/{id}")))
}

async fn chat_page(
    app: &App,
    me: &SignedIn,
    id: ConversationId,
    before: Option<i64>,
) -> Result<ChatPage, PageError> {
    let (mut conversation, history) = app
        .conversations
        .opened(me.actor, id, before, SHOWN)
        .await?;
    see_presence(app, &mut conversation);
    let now = app.clock.now();
    let mut chat = ChatView::new(&conversation, &history.messages, me.actor.user, now);
    if conversation.kind == ConversationKind::Room {
        let key = RoomKey::Id(id);
        let room = app.conversations.room(me.actor, key.clone()).await?;
        let members = app.conversations.members(me.actor, key).await?;
        chat = chat.in_room(RoomView::new(&room, &members, &me.account));
    }
    chat.earlier = history
        .messages
        .first()
        .filter(|_| history.more)
        .map(|first| first.seq);
    chat.newest = before.is_none()
        || history
            .messages
            .last()
            .is_none_or(|m| m.seq >= conversation.last_seq);
    Ok(ChatPage {
        page: me
            .page(app, &conversation.title, ChatPage::section(&conversation))
            .await?,
        list: chat_list(app, me).await?.open(id.0),
        modules: match conversation.kind {
            ConversationKind::Room => &modules::ROOM,
            ConversationKind::Direct | ConversationKind::Match => &modules::CHAT,
        },
        chat,
        refresh: path_of(&conversation),
        problem: None,
    })
}

/// The list beside a conversation.
pub(in crate::transport::pages) async fn chat_list(
    app: &App,
    me: &SignedIn,
) -> Result<ChatList, PageError> {
    let mut conversations = app.conversations.list(me.actor).await?;
    for conversation in &mut conversations {
        see_presence(app, conversation);
    }
    let contacts: Vec<Contact> = app.accounts.contacts(me.actor).await?;
    let now = app.clock.now();
    let mut list = ChatList::new(me.actor.user, conversations, &contacts, now);
    for person in &mut list.people {
        see_person(app, person);
    }
    Ok(list)
}

/// Presence is not in the database; the one who shows a conversation adds it.
fn see_presence(app: &App, conversation: &mut Conversation) {
    if let Some(peer) = &mut conversation.peer {
        peer.online = app.presence.shows(peer.person.id, peer.hidden);
    }
}

/// The same for somebody in a list of people.
pub(in crate::transport::pages) fn see_person(app: &App, person: &mut PersonRow) {
    person.online = app.presence.shows(UserId(person.user_id), person.hidden);
}
