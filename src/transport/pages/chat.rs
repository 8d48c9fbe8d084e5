//! Chats: the list of them, and one conversation with its history, with somebody one knows or in a room.

use super::problems::{PageError, Problem};
use super::rooms::RoomView;
use super::times::long_label;
use super::views::{
    ChatList, Entry, MessageView, PersonRow, hue_of_conversation, log, mark_mentions, path_of,
    picture_of,
};
use super::{Flash, Page, show, show_as};
use crate::app::App;
use crate::model::{
    Body, ClientId, Command, Contact, Conversation, ConversationId, ConversationKind, Draft,
    Message, RoomKey, Target, Timestamp, UserId,
};
use crate::transport::identity::SignedIn;
use crate::transport::limiter::Limiter;
use askama::Template;
use axum::Extension;
use axum::extract::{Form, Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use std::sync::Arc;

/// Messages on a page; the script loads earlier ones in portions of the same size.
const SHOWN: i64 = 50;

/// The modules of the chat page, so that a browser fetches them side by side, not one by one.
const MODULES: [&str; 17] = [
    "js/chat.js",
    "js/lib/announcer.js",
    "js/lib/chat_list.js",
    "js/lib/composer.js",
    "js/lib/connection_bar.js",
    "js/lib/controls.js",
    "js/lib/ids.js",
    "js/lib/keys.js",
    "js/lib/link.js",
    "js/lib/live.js",
    "js/lib/message_log.js",
    "js/lib/notifications.js",
    "js/lib/outbox.js",
    "js/lib/storage.js",
    "js/lib/talk.js",
    "js/lib/times.js",
    "vendor/socket.io-client-4.8.4.esm.min.js",
];

/// Those of the page of a room: the same, and what only rooms need.
const ROOM_MODULES: [&str; 22] = [
    "js/chat.js",
    "js/lib/announcer.js",
    "js/lib/chat_list.js",
    "js/lib/completion.js",
    "js/lib/composer.js",
    "js/lib/connection_bar.js",
    "js/lib/controls.js",
    "js/lib/ids.js",
    "js/lib/keys.js",
    "js/lib/link.js",
    "js/lib/live.js",
    "js/lib/members.js",
    "js/lib/mentions.js",
    "js/lib/message_log.js",
    "js/lib/notices.js",
    "js/lib/notifications.js",
    "js/lib/outbox.js",
    "js/lib/room.js",
    "js/lib/storage.js",
    "js/lib/talk.js",
    "js/lib/times.js",
    "vendor/socket.io-client-4.8.4.esm.min.js",
];

#[derive(Template)]
#[template(path = "pages/chats.html")]
struct HomePage {
    page: Page,
    list: ChatList,
}

#[derive(Template)]
#[template(path = "pages/chat.html")]
struct ChatPage {
    page: Page,
    list: ChatList,
    chat: ChatView,
    modules: &'static [&'static str],
    /// Where the Refresh link of a page without script leads.
    refresh: String,
    problem: Option<Problem>,
}

impl ChatPage {
    /// A room under the heading of rooms.
    fn section(conversation: &Conversation) -> &'static str {
        match conversation.kind {
            ConversationKind::Room => "room",
            ConversationKind::Direct | ConversationKind::Match => "chat",
        }
    }
}

/// The open conversation.
struct ChatView {
    id: i64,
    title: String,
    /// What only rooms have.
    room: Option<RoomView>,
    username: String,
    peer_id: i64,
    hue: i64,
    initial: String,
    online: bool,
    /// `online`, `last seen today 14:05`, or nothing.
    state: String,
    last_seen: Option<String>,
    blocked: bool,
    counter: i64,
    last_seq: i64,
    read_seq: i64,
    unread: i64,
    peer_read_seq: i64,
    peer_delivered_seq: i64,
    entries: Vec<Entry>,
    /// What the script copies.
    blank: MessageView,
    /// The `seq` before which there is more.
    earlier: Option<i64>,
    /// Whether the last message of the conversation is among those shown.
    newest: bool,
    limit: usize,
    client_id: String,
    /// What was typed and refused.
    unsent: String,
}

impl ChatView {
    fn new(conversation: &Conversation, messages: &[Message], me: UserId, now: Timestamp) -> Self {
        let peer = conversation.peer.as_ref();
        let online = peer.is_some_and(|peer| peer.online);
        let last_seen = peer.and_then(|peer| peer.last_seen);
        let state = match last_seen {
            _ if online => "online".into(),
            Some(at) => format!("last seen {}", long_label(at, now)),
            None => String::new(),
        };
        Self {
            id: conversation.id.0,
            title: conversation.title.clone(),
            room: None,
            username: peer
                .map(|peer| peer.person.username.clone())
                .unwrap_or_default(),
            peer_id: peer.map_or(0, |peer| peer.person.id.0),
            hue: hue_of_conversation(conversation),
            initial: picture_of(conversation),
            online,
            state,
            last_seen: last_seen.map(|at| at.to_string()),
            blocked: peer.is_some_and(|peer| peer.blocked),
            counter: conversation.counter,
            last_seq: conversation.last_seq,
            unread: conversation.unread,
            read_seq: conversation.read_seq,
            peer_read_seq: peer.map_or(0, |peer| peer.read_seq),
            peer_delivered_seq: peer.map_or(0, |peer| peer.delivered_seq),
            entries: log(messages, conversation, me, now),
            blank: MessageView::blank(),
            earlier: None,
            newest: true,
            limit: Body::MAX_CHARS,
            client_id: ClientId::made_from(rand::random()).as_str().to_owned(),
            unsent: String::new(),
        }
    }

    /// The same in a room, whose members are there and by whose names messages are marked.
    fn in_room(mut self, room: RoomView) -> Self {
        mark_mentions(&mut self.entries, &room.username);
        self.state = room.state();
        self.room = Some(room);
        self
    }
}

/// Which part of the history: what lies before that `seq`, or the newest.
#[derive(Default, Deserialize)]
pub(super) struct Window {
    before: Option<i64>,
}

/// The form that sends.
#[derive(Deserialize)]
pub(super) struct NewMessage {
    #[serde(default)]
    body: String,
    #[serde(default)]
    client_id: String,
}

/// The form that says: I have read up to here.
#[derive(Deserialize)]
pub(super) struct Seen {
    seq: i64,
}

/// `GET /chats`
pub(super) async fn home(State(app): State<App>, me: SignedIn) -> Result<Response, PageError> {
    let page = me.page(&app, "Chats", "chats").await?;
    let list = chat_list(&app, &me).await?;
    show(&HomePage { page, list })
}

/// `GET /chats/{id}`: a talk with a stranger has a page of its own, and a room goes by its name.
pub(super) async fn conversation(
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
pub(super) async fn open_room(
    app: &App,
    me: &SignedIn,
    id: ConversationId,
    window: Window,
) -> Result<Response, PageError> {
    show(&chat_page(app, me, id, window.before).await?)
}

/// `POST /chats/{id}/messages`
pub(super) async fn send(
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
        body: Body::parse(&body)?,
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
pub(super) async fn mark_read(
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
            ConversationKind::Room => &ROOM_MODULES,
            ConversationKind::Direct | ConversationKind::Match => &MODULES,
        },
        chat,
        refresh: path_of(&conversation),
        problem: None,
    })
}

/// The list beside a conversation.
pub(super) async fn chat_list(app: &App, me: &SignedIn) -> Result<ChatList, PageError> {
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
pub(super) fn see_person(app: &App, person: &mut PersonRow) {
    person.online = app.presence.shows(UserId(person.user_id), person.hidden);
}

#[cfg(test)]
mod tests {
    use super::super::statics;
    use super::super::views::tests::{NOW, conversation as with_ana, message, person};
    use super::*;

    fn rendered(conversation: &Conversation, messages: &[Message]) -> String {
        ChatPage {
            page: Page {
                section: "chat",
                ..Page::sample("Ana")
            },
            list: ChatList::new(UserId(1), vec![conversation.clone()], &[], NOW).open(5),
            chat: ChatView::new(conversation, messages, UserId(1), NOW),
            modules: &MODULES,
            refresh: "/chats/5".into(),
            problem: None,
        }
        .render()
        .expect("it renders")
    }

    #[test]
    fn what_people_say_is_shown_as_text_and_whatever_changes_is_named() {
        let (me, ana) = (person(1, "Me"), person(2, "Ana"));
        let html = rendered(
            &with_ana(0),
            &[message(3, &ana, 2, "<script>"), message(4, &me, 1, "hi")],
        );
        assert!(html.contains("&#60;script&#62;") && html.contains(r#"data-message-id="4""#));
        assert!(
            html.contains(r#"data-client-id="c4""#) && !html.contains(r#"data-client-id="c3""#)
        );
        assert!(html.contains("New messages") && html.contains(r#"name="client_id" value="s-"#));
        assert!(!html.contains("style="), "the policy forbids inline styles");
    }

    #[test]
    fn a_blocked_person_cannot_be_written_to_but_can_be_unblocked() {
        let mut conversation = with_ana(0);
        conversation.peer.as_mut().expect("direct").blocked = true;
        let html = rendered(&conversation, &[]);
        assert!(html.contains("/people/2/unblock") && !html.contains("id=\"composer\""));
    }

    #[test]
    fn the_home_page_says_what_to_do_when_it_is_empty() {
        let page = Page {
            section: "chats",
            ..Page::sample("Chats")
        };
        let list = ChatList::new(UserId(1), vec![], &[], NOW);
        let html = HomePage { page, list }.render().expect("it renders");
        assert!(html.contains("No chats yet") && !html.contains(r#"id="no-chats" hidden"#));
    }

    #[test]
    fn every_module_is_announced_and_is_there() {
        for module in MODULES.iter().chain(&ROOM_MODULES) {
            assert!(statics::is_there(module), "{module}");
        }
        assert!(MODULES.iter().all(|module| ROOM_MODULES.contains(module)));
    }
}
