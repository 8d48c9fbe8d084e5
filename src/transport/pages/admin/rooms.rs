//! Rooms: all of them, and one with what was said last; made, renamed and deleted.

use super::super::problems::{OnField, PageError, Problem};
use super::super::{Flash, show, show_as};
use super::messages::LineView;
use super::question::{self, AnswerForm, NoteFor, Question};
use super::{Acting, Entered, Frame, Moment};
use crate::app::App;
use crate::error::Result;
use crate::model::{ConversationId, RoomKey, RoomName, RoomSummary, RoomTopic, Timestamp};
use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

#[derive(Template)]
#[template(path = "pages/admin/rooms.html")]
struct RoomsPage {
    page: Frame,
    rooms: Vec<RoomView>,
    form: RoomForm,
    name_max: usize,
    topic_max: usize,
    problem: Option<Problem>,
}

#[derive(Template)]
#[template(path = "pages/admin/room.html")]
struct RoomPage {
    page: Frame,
    room: RoomView,
    lines: Vec<LineView>,
    form: RoomForm,
    name_max: usize,
    topic_max: usize,
    problem: Option<Problem>,
}

/// A room in the list, and at the top of its own page.
struct RoomView {
    id: i64,
    name: String,
    topic: String,
    members: usize,
    online: usize,
    made: Moment,
    /// By whom, if they are still there.
    made_by: Option<String>,
    changed: Moment,
    spoken: Option<Moment>,
    /// Not the one that is always there.
    may_delete: bool,
}

impl RoomView {
    fn new(room: RoomSummary, now: Timestamp) -> Self {
        Self {
            id: room.id.0,
            may_delete: room.may_delete,
            name: room.name,
            topic: room.topic,
            members: room.members,
            online: room.online,
            made: Moment::new(room.created_at, now),
            made_by: room.created_by,
            changed: Moment::new(room.changed_at, now),
            spoken: room.last_at.map(|at| Moment::new(at, now)),
        }
    }
}

/// The form that makes a room or changes one.
#[derive(Default, Deserialize)]
pub(super) struct RoomForm {
    #[serde(default)]
    name: String,
    #[serde(default)]
    topic: String,
}

impl RoomForm {
    fn parse(&self) -> Result<(RoomName, RoomTopic)> {
        Ok((RoomName::parse(&self.name)?, RoomTopic::parse(&self.topic)?))
    }
}

/// `GET /admin/rooms`
pub(super) async fn list(State(app): State<App>, entered: Entered) -> Result<Response, PageError> {
    show(&rooms_page(&app, &entered, RoomForm::default(), None).await?)
}

async fn rooms_page(
    app: &App,
    entered: &Entered,
    form: RoomForm,
    problem: Option<Problem>,
) -> Result<RoomsPage, PageError> {
    let now = app.clock.now();
    let rooms = app.conversations.rooms(entered.actor).await?;
    Ok(RoomsPage {
        page: Frame::new(app, entered, "Rooms", "rooms").await?,
        rooms: rooms
            .into_iter()
            .map(|room| RoomView::new(room, now))
            .collect(),
        form,
        name_max: RoomName::MAX,
        topic_max: RoomTopic::MAX,
        problem,
    })
}

/// `POST /admin/rooms`
pub(super) async fn make(
    State(app): State<App>,
    Acting { entered, form }: Acting<RoomForm>,
) -> Result<Response, PageError> {
    match try_make(&app, &entered, &form).await {
        Ok(id) => {
            let flash = Flash::done(format!("The room {} is there.", form.name.trim()));
            entered.visitor.flash(flash).await?;
            Ok(Redirect::to(&format!("/admin/rooms/{id}")).into_response())
        }
        Err(error) => {
            let problem = Problem::of(error, "name")?;
            let heading = problem.heading;
            let page = rooms_page(&app, &entered, form, Some(problem)).await?;
            show_as(heading, &page)
        }
    }
}

async fn try_make(app: &App, entered: &Entered, form: &RoomForm) -> Result<ConversationId> {
    let (name, topic) = form.parse()?;
    app.make_room(&entered.admin, entered.actor, name, topic)
        .await
}

/// `GET /admin/rooms/{id}`
pub(super) async fn room(
    State(app): State<App>,
    entered: Entered,
    Path(id): Path<i64>,
) -> Result<Response, PageError> {
    let room = found(&app, &entered, id).await?;
    let form = RoomForm {
        name: room.name.clone(),
        topic: room.topic.clone(),
    };
    show(&room_page(&app, &entered, room, form, None).await?)
}

async fn room_page(
    app: &App,
    entered: &Entered,
    room: RoomSummary,
    form: RoomForm,
    problem: Option<Problem>,
) -> Result<RoomPage, PageError> {
    let now = app.clock.now();
    let (admin, all) = (&entered.admin, String::new());
    let said = app.moderation.room_lines(admin, room.id, all, None).await?;
    Ok(RoomPage {
        page: Frame::new(app, entered, room.name.clone(), "rooms").await?,
        room: RoomView::new(room, now),
        lines: LineView::list(said.lines, now),
        form,
        name_max: RoomName::MAX,
        topic_max: RoomTopic::MAX,
        problem,
    })
}

/// # Errors
/// `NotFound`.
async fn found(app: &App, entered: &Entered, id: i64) -> Result<RoomSummary> {
    let key = RoomKey::Id(ConversationId(id));
    app.conversations.room(entered.actor, key).await
}

/// `POST /admin/rooms/{id}`
pub(super) async fn change(
    State(app): State<App>,
    Path(id): Path<i64>,
    Acting { entered, form }: Acting<RoomForm>,
) -> Result<Response, PageError> {
    if let Err(error) = try_change(&app, &entered, id, &form).await {
        let problem = Problem::of(error, "name")?;
        let (heading, room) = (problem.heading, found(&app, &entered, id).await?);
        let page = room_page(&app, &entered, room, form, Some(problem)).await?;
        return show_as(heading, &page);
    }
    entered.visitor.flash(Flash::done("Saved.")).await?;
    Ok(Redirect::to(&format!("/admin/rooms/{id}")).into_response())
}

async fn try_change(app: &App, entered: &Entered, id: i64, form: &RoomForm) -> Result<()> {
    let (name, topic) = form.parse()?;
    let room = RoomKey::Id(ConversationId(id));
    app.change_room(&entered.admin, room, name, topic).await
}

fn question_of(room: &RoomSummary) -> Question {
    Question {
        title: format!("Delete the room {}?", room.name),
        text: "Everybody leaves it, and all that was said in it is gone for good. Reports keep what they carry.".into(),
        action: format!("/admin/rooms/{}/delete", room.id),
        back: format!("/admin/rooms/{}", room.id),
        button: "Delete the room",
        tab: "rooms",
        danger: true,
        has_term: false,
        has_network: false,
        note: NoteFor::Log,
    }
}

/// `GET /admin/rooms/{id}/delete`
pub(super) async fn ask(
    State(app): State<App>,
    entered: Entered,
    Path(id): Path<i64>,
) -> Result<Response, PageError> {
    let room = found(&app, &entered, id).await?;
    question::ask(&app, &entered, question_of(&room)).await
}

/// `POST /admin/rooms/{id}/delete`
pub(super) async fn delete(
    State(app): State<App>,
    Path(id): Path<i64>,
    Acting { entered, form }: Acting<AnswerForm>,
) -> Result<Response, PageError> {
    let room = found(&app, &entered, id).await?;
    let done = match form.note() {
        Ok(note) => {
            let (admin, key) = (&entered.admin, RoomKey::Id(room.id));
            app.delete_room_as(admin, entered.actor, key, note).await
        }
        Err(error) => Err(error),
    };
    if let Err(error) = done {
        return question::ask_again(&app, &entered, question_of(&room), form, error).await;
    }
    let flash = Flash::done(format!("The room {} is deleted.", room.name));
    entered.visitor.flash(flash).await?;
    Ok(Redirect::to("/admin/rooms").into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view(name: &str) -> RoomView {
        let room = RoomSummary {
            id: ConversationId(7),
            name: name.into(),
            topic: "<b>".into(),
            members: 1,
            online: 0,
            joined: false,
            created_by: None,
            may_delete: name != RoomName::GENERAL,
            created_at: Timestamp(0),
            changed_at: Timestamp(0),
            last_at: None,
        };
        RoomView::new(room, Timestamp(0))
    }

    #[test]
    fn every_room_is_listed_and_one_can_be_made() {
        let html = RoomsPage {
            page: Frame::sample("Rooms"),
            rooms: vec![view("lounge")],
            form: RoomForm::default(),
            name_max: 50,
            topic_max: 200,
            problem: None,
        }
        .render()
        .expect("it renders");
        assert!(html.contains("/admin/rooms/7") && html.contains("1 member"));
        assert!(html.contains("&#60;b&#62;") && html.contains(r#"name="form_token""#));
    }

    #[test]
    fn the_room_that_is_always_there_cannot_be_deleted() {
        let html = |name| {
            let page = RoomPage {
                page: Frame::sample(name),
                room: view(name),
                lines: Vec::new(),
                form: RoomForm {
                    name: name.into(),
                    topic: "<b>".into(),
                },
                name_max: 50,
                topic_max: 200,
                problem: None,
            };
            page.render().expect("it renders")
        };
        assert!(html("lounge").contains("/admin/rooms/7/delete"));
        assert!(!html("general").contains("/admin/rooms/7/delete"));
    }
}
