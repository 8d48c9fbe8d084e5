//! What was said in a room: the last messages, or those that hold a text.

use super::super::looks::hue_of;
use super::super::problems::{OnField, PageError, Problem};
use super::super::show_as;
use super::{Entered, Frame, Moment};
use crate::app::App;
use crate::error::Error;
use crate::model::{ConversationId, Timestamp};
use crate::moderation::{RoomLine, RoomLines};
use crate::transport::pages::problems::Heading;
use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use serde::Deserialize;

#[derive(Template)]
#[template(path = "pages/admin/messages.html")]
struct MessagesPage {
    page: Frame,
    rooms: Vec<RoomChoice>,
    /// The name of the chosen one.
    room: Option<String>,
    q: String,
    lines: Vec<LineView>,
    /// The query of the next page.
    next: Option<String>,
    problem: Option<Problem>,
}

struct RoomChoice {
    id: i64,
    name: String,
    chosen: bool,
}

/// A message of a room.
pub(super) struct LineView {
    pub(super) sender: i64,
    pub(super) username: String,
    pub(super) hue: i64,
    pub(super) body: String,
    pub(super) at: Moment,
    pub(super) edited: bool,
    pub(super) deleted: bool,
}

impl LineView {
    /// The newest first, as they come.
    pub(super) fn list(lines: Vec<RoomLine>, now: Timestamp) -> Vec<Self> {
        let line = |line| Self::new(line, now);
        lines.into_iter().map(line).collect()
    }

    fn new(line: RoomLine, now: Timestamp) -> Self {
        Self {
            sender: line.sender.0,
            hue: hue_of(line.sender),
            username: line.username,
            body: line.body,
            at: Moment::new(line.sent_at, now),
            edited: line.edited,
            deleted: line.deleted,
        }
    }
}

/// What is looked for, where, and from where the list goes on.
#[derive(Deserialize)]
pub(super) struct Search {
    room: Option<i64>,
    #[serde(default)]
    q: String,
    before: Option<i64>,
}

/// `GET /admin/messages`
pub(super) async fn page(
    State(app): State<App>,
    entered: Entered,
    Query(search): Query<Search>,
) -> Result<Response, PageError> {
    let names = app.conversations.room_names(entered.actor).await?;
    let chosen = search.room.map(ConversationId);
    let found = match chosen {
        Some(room) => {
            let (admin, text) = (&entered.admin, search.q.clone());
            let moderation = &app.moderation;
            moderation
                .room_lines(admin, room, text, search.before)
                .await
        }
        None => Ok(RoomLines {
            lines: Vec::new(),
            next: None,
        }),
    };
    let (found, problem) = match found {
        Ok(found) => (found, None),
        Err(Error::NotFound) => return Err(PageError(Error::NotFound)),
        Err(error) => {
            let nothing = RoomLines {
                lines: Vec::new(),
                next: None,
            };
            (nothing, Some(Problem::of(error, "q")?))
        }
    };
    let now = app.clock.now();
    let room = names.iter().find(|(id, _)| Some(*id) == chosen);
    let page = MessagesPage {
        page: Frame::new(&app, &entered, "Messages", "messages").await?,
        room: room.map(|(_, name)| name.clone()),
        rooms: names
            .into_iter()
            .map(|(id, name)| RoomChoice {
                chosen: Some(id) == chosen,
                id: id.0,
                name,
            })
            .collect(),
        lines: LineView::list(found.lines, now),
        next: found.next.zip(chosen).map(|(before, room)| {
            url::form_urlencoded::Serializer::new(String::new())
                .append_pair("room", &room.to_string())
                .append_pair("q", &search.q)
                .append_pair("before", &before.to_string())
                .finish()
        }),
        q: search.q,
        problem,
    };
    show_as(
        page.problem.as_ref().map_or(Heading::OK, |p| p.heading),
        &page,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::UserId;

    #[test]
    fn what_was_said_is_text() {
        let line = RoomLine {
            seq: 1,
            sender: UserId(2),
            username: "jz".into(),
            body: "<script>".into(),
            sent_at: Timestamp(0),
            edited: true,
            deleted: false,
        };
        let html = MessagesPage {
            page: Frame::sample("Messages"),
            rooms: vec![RoomChoice {
                id: 1,
                name: "general".into(),
                chosen: true,
            }],
            room: Some("general".into()),
            q: "<".into(),
            lines: vec![LineView::new(line, Timestamp(0))],
            next: Some("room=1&before=1".into()),
            problem: None,
        }
        .render()
        .expect("it renders");
        assert!(html.contains("&#60;script&#62;") && html.contains("edited"));
        assert!(html.contains(r#"<option value="1" selected>general</option>"#));
    }
}
