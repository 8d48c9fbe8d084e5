//! Rooms: the directory of them, the door of one, and what is done with them by forms. Who is in a room
//! reads it on the page of all conversations, [`chat`](super::chat).

use super::chat::{Window, chat_list, open_room};
use super::chat_list::ChatList;
use super::looks::hue_of;
use super::person_row::PersonRow;
use super::problems::{OnField, PageError, Problem};
use super::times::long_label;
use super::{Flash, Page, show, show_as};
use crate::app::App;
use crate::error::Error;
use crate::model::{
    Account, Members, RoomKey, RoomName, RoomSummary, RoomTopic, Stay, Timestamp, UserId,
};
use crate::transport::identity::SignedIn;
use crate::transport::limiter::Limiter;
use askama::Template;
use axum::Extension;
use axum::extract::{Form, Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use std::cmp::Reverse;
use std::sync::Arc;

#[derive(Template)]
#[template(path = "pages/rooms.html")]
struct DirectoryPage {
    page: Page,
    rooms: Vec<RoomRow>,
    /// What is looked for.
    q: String,
    /// Whether any room is what is looked for.
    found: bool,
    name: String,
    topic: String,
    problem: Option<Problem>,
}

#[derive(Template)]
#[template(path = "pages/room_door.html")]
struct DoorPage {
    page: Page,
    list: ChatList,
    room: RoomRow,
}

/// One room in the directory.
struct RoomRow {
    name: String,
    topic: String,
    hue: i64,
    /// `12 members, 3 here`
    count: String,
    joined: bool,
    at: String,
    at_label: String,
    /// What the filter looks into.
    words: String,
    /// Whether it is what is looked for.
    fits: bool,
}

impl RoomRow {
    fn new(room: &RoomSummary, wanted: &str, now: Timestamp) -> Self {
        let words = format!("{} {}", room.name, room.topic).to_lowercase();
        Self {
            name: room.name.clone(),
            topic: room.topic.clone(),
            hue: hue_of(UserId(room.id.0)),
            count: count(room.members, room.online),
            joined: room.joined,
            at: room.last_at.map(|at| at.to_string()).unwrap_or_default(),
            at_label: room
                .last_at
                .map(|at| long_label(at, now))
                .unwrap_or_default(),
            fits: words.contains(wanted),
            words,
        }
    }
}

/// What an open room has that other conversations have not.
pub(super) struct RoomView {
    pub(super) topic: String,
    /// By what whoever reads it is named in it.
    pub(super) username: String,
    /// Those who are listed.
    pub(super) members: Vec<PersonRow>,
    /// How many there are, and how many of them are not listed.
    pub(super) total: usize,
    pub(super) unlisted: usize,
    pub(super) count: String,
    pub(super) may_delete: bool,
    /// What the script copies.
    pub(super) blank: PersonRow,
}

impl RoomView {
    /// The room as one of its members sees it: who is here comes first.
    pub(super) fn new(room: &RoomSummary, members: &Members, me: &Account) -> Self {
        let total = members.count;
        let mut members: Vec<_> = members.shown.iter().map(PersonRow::of_member).collect();
        members.sort_by_cached_key(|member| (Reverse(member.online), member.name.to_lowercase()));
        let here = members.iter().filter(|member| member.online).count();
        Self {
            topic: room.topic.clone(),
            username: me.profile.username.clone(),
            count: count(total, here),
            total,
            unlisted: total.saturating_sub(members.len()),
            members,
            may_delete: room.may_delete,
            blank: PersonRow::default(),
        }
    }

    /// The line under its name.
    pub(super) fn state(&self) -> String {
        match self.topic.as_str() {
            "" => self.count.clone(),
            topic => format!("{} · {topic}", self.count),
        }
    }
}

/// `12 members, 3 here`; `static/js/lib/members.js` writes the same of a room that one is in.
fn count(members: usize, here: usize) -> String {
    match members {
        0 => "Nobody is in it yet".into(),
        1 => format!("1 member, {here} here"),
        many => format!("{many} members, {here} here"),
    }
}

/// What is looked for in the directory.
#[derive(Default, Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    q: String,
}

/// The form that makes a room.
#[derive(Default, Deserialize)]
pub(super) struct NewRoom {
    #[serde(default)]
    name: String,
    #[serde(default)]
    topic: String,
}

/// `GET /rooms`
pub(super) async fn directory(
    State(app): State<App>,
    me: SignedIn,
    Query(wanted): Query<Wanted>,
) -> Result<Response, PageError> {
    show(&directory_page(&app, &me, wanted, NewRoom::default(), None).await?)
}

/// `POST /rooms`
pub(super) async fn create(
    State(app): State<App>,
    Extension(limiter): Extension<Arc<Limiter>>,
    me: SignedIn,
    Form(form): Form<NewRoom>,
) -> Result<Response, PageError> {
    match try_create(&app, &limiter, &me, &form).await {
        Ok(path) => Ok(Redirect::to(&path).into_response()),
        Err(error) => {
            let problem = Problem::of(error, "name")?;
            let heading = problem.heading;
            let page = directory_page(&app, &me, Wanted::default(), form, Some(problem)).await?;
            show_as(heading, &page)
        }
    }
}

async fn try_create(
    app: &App,
    limiter: &Limiter,
    me: &SignedIn,
    form: &NewRoom,
) -> crate::error::Result<String> {
    let name = RoomName::parse(&form.name)?;
    let topic = RoomTopic::parse(&form.topic)?;
    limiter.admit_join(me.actor.user)?;
    let made = app.conversations.create_room(me.actor, name, topic).await?;
    Ok(path_to(&made.title))
}

/// `GET /rooms/{name}`: the room to who is in it, its door to everybody else.
pub(super) async fn page(
    State(app): State<App>,
    me: SignedIn,
    Path(name): Path<String>,
    Query(window): Query<Window>,
) -> Result<Response, PageError> {
    let room = app
        .conversations
        .room(me.actor, RoomKey::Name(name.clone()))
        .await?;
    if name != room.name {
        return Ok(Redirect::to(&path_to(&room.name)).into_response());
    }
    if room.joined {
        return open_room(&app, &me, room.id, window).await;
    }
    let page = me.page(&app, &room.name, "room").await?;
    let list = chat_list(&app, &me).await?;
    let room = RoomRow::new(&room, "", app.clock.now());
    show(&DoorPage { page, list, room })
}

/// `POST /rooms/{name}/join`
pub(super) async fn join(
    State(app): State<App>,
    Extension(limiter): Extension<Arc<Limiter>>,
    me: SignedIn,
    Path(name): Path<String>,
) -> Result<Redirect, PageError> {
    limiter.admit_join(me.actor.user)?;
    let entry = app
        .conversations
        .join_room(me.actor, RoomKey::Name(name), Stay::Lasting)
        .await?;
    Ok(Redirect::to(&path_to(&entry.conversation.title)))
}

/// `POST /rooms/{name}/leave`
pub(super) async fn leave(
    State(app): State<App>,
    me: SignedIn,
    Path(name): Path<String>,
) -> Result<Redirect, PageError> {
    let said = match app
        .conversations
        .leave_room(me.actor, RoomKey::Name(name.clone()))
        .await
    {
        Ok(()) => format!("You left {name}."),
        // In another tab, or it is gone: what was wanted is so.
        Err(Error::NotFound) => format!("You are not in {name}."),
        Err(error) => return Err(error.into()),
    };
    me.visitor.flash(Flash::done(said)).await?;
    Ok(Redirect::to("/rooms"))
}

/// `POST /rooms/{name}/delete`
pub(super) async fn delete(
    State(app): State<App>,
    me: SignedIn,
    Path(name): Path<String>,
) -> Result<Redirect, PageError> {
    app.delete_room(me.actor, RoomKey::Name(name.clone()))
        .await?;
    me.visitor
        .flash(Flash::done(format!("The room {name} was deleted.")))
        .await?;
    Ok(Redirect::to("/rooms"))
}

/// Names of rooms need no escaping in an address.
fn path_to(name: &str) -> String {
    format!("/rooms/{name}")
}

async fn directory_page(
    app: &App,
    me: &SignedIn,
    wanted: Wanted,
    form: NewRoom,
    problem: Option<Problem>,
) -> Result<DirectoryPage, PageError> {
    let mut rooms = app.conversations.rooms(me.actor).await?;
    // The one that is always there comes first.
    rooms.sort_by_cached_key(|room| {
        let key = room.name.to_lowercase();
        (key != RoomName::GENERAL, key)
    });
    let now = app.clock.now();
    let q = wanted.q.trim().to_lowercase();
    let rooms: Vec<_> = rooms
        .iter()
        .map(|room| RoomRow::new(room, &q, now))
        .collect();
    Ok(DirectoryPage {
        page: me.page(app, "Rooms", "rooms").await?,
        found: rooms.iter().any(|room| room.fits),
        rooms,
        q: wanted.q,
        name: form.name,
        topic: form.topic,
        problem,
    })
}
