//! People: found by handle, exact number or address, and looked at. What is done to them is in `measures.rs`.

use super::super::looks::{hue_of, initial_of};
use super::super::problems::{OnField, PageError, Problem};
use super::super::settings::device_of;
use super::super::{show, show_as};
use super::reports::ReportView;
use super::{Entered, Frame, Moment};
use crate::app::App;
use crate::error::{Error, Result};
use crate::model::{Timestamp, UserId, UserKind};
use crate::moderation::{Contact, PersonFile, PersonLine, Stretch, Wanted};
use crate::transport::pages::problems::Heading;
use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use serde::Deserialize;
use std::time::Duration;

/// Who is suspended for longer than this is so until it is lifted.
const FOR_EVER: Duration = Duration::from_secs(10 * 365 * 24 * 60 * 60);

#[derive(Template)]
#[template(path = "pages/admin/people.html")]
struct PeoplePage {
    page: Frame,
    q: String,
    people: Vec<PersonView>,
    /// The query of the next page.
    next: Option<String>,
    problem: Option<Problem>,
}

#[derive(Template)]
#[template(path = "pages/admin/person.html")]
struct PersonPage {
    page: Frame,
    person: PersonView,
    is_self: bool,
    online: bool,
    has_email: bool,
    has_password: bool,
    seen: Option<Moment>,
    notice: Option<String>,
    suspension_reason: Option<String>,
    bans: Vec<BanView>,
    sessions: Vec<SessionView>,
    tokens: i64,
    against: Vec<ReportView>,
    by: Vec<ReportView>,
}

/// Somebody in a list, and at the top of their own page.
struct PersonView {
    id: i64,
    username: String,
    name: String,
    hue: i64,
    initial: String,
    kind: &'static str,
    phone: Option<String>,
    since: Moment,
    /// Until when they are suspended, if they are.
    suspended: Option<Until>,
    admin: bool,
}

/// Until when something binds; without a moment until it is lifted.
struct Until(Option<Moment>);

impl Until {
    fn new(until: Timestamp, now: Timestamp) -> Self {
        let ends = until < now.after(FOR_EVER);
        Self(ends.then(|| Moment::new(until, now)))
    }
}

struct BanView {
    until: Until,
    reason: String,
    network: bool,
}

struct SessionView {
    device: String,
    since: Moment,
    seen: Moment,
}

impl PersonView {
    fn new(line: PersonLine, now: Timestamp) -> Self {
        Self {
            id: line.id.0,
            hue: hue_of(line.id),
            initial: initial_of(&line.name),
            username: line.username,
            name: line.name,
            kind: match line.kind {
                UserKind::Person => "",
                UserKind::Guest => "guest",
                UserKind::Bot => "bot",
            },
            phone: line.phone,
            since: Moment::new(line.created_at, now),
            suspended: line
                .suspended_until
                .filter(|until| *until > now)
                .map(|until| Until::new(until, now)),
            admin: line.is_admin,
        }
    }
}

/// Who is looked for, and from where the list goes on.
#[derive(Deserialize)]
pub(super) struct Search {
    #[serde(default)]
    q: String,
    cursor: Option<i64>,
}

/// `GET /admin/people`
pub(super) async fn list(
    State(app): State<App>,
    entered: Entered,
    Query(search): Query<Search>,
) -> Result<Response, PageError> {
    let (found, problem) = match find(&app, &entered, &search).await {
        Ok(found) => (found, None),
        Err(error) => {
            let nobody = Stretch {
                items: Vec::new(),
                next: None,
            };
            (nobody, Some(Problem::of(error, "q")?))
        }
    };
    let now = app.clock.now();
    let page = PeoplePage {
        page: Frame::new(&app, &entered, "People", "people").await?,
        people: found
            .items
            .into_iter()
            .map(|line| PersonView::new(line, now))
            .collect(),
        next: found.next.map(|cursor| query_of(&search.q, cursor)),
        q: search.q,
        problem,
    };
    show_as(
        page.problem.as_ref().map_or(Heading::OK, |p| p.heading),
        &page,
    )
}

fn query_of(q: &str, cursor: i64) -> String {
    url::form_urlencoded::Serializer::new(String::new())
        .append_pair("q", q)
        .append_pair("cursor", &cursor.to_string())
        .finish()
}

/// By what somebody typed: the beginning of a handle, and a whole number or address as well if it looks like one.
async fn find(app: &App, entered: &Entered, search: &Search) -> Result<Stretch<PersonLine>> {
    let q = search.q.trim();
    let handle = q.trim_start_matches('@');
    let is_number = q.chars().filter(char::is_ascii_digit).count() >= 6
        && q.chars()
            .all(|c| c.is_ascii_digit() || "+-() ./".contains(c));
    let contact = if is_number {
        app.parse_phone(q, None).ok().map(Contact::Number)
    } else {
        let is_address = handle.contains('@');
        is_address.then(|| Contact::Email(q.to_owned()))
    };
    let is_cut = is_number && contact.is_none();
    let wanted = match q {
        "" => Wanted::Anybody,
        _ => Wanted::Called(handle.to_owned(), contact),
    };
    let moderation = &app.moderation;
    let found = moderation
        .people(&entered.admin, wanted, search.cursor)
        .await?;
    if is_cut && found.items.is_empty() {
        return Err(Error::invalid(
            "q",
            "Nobody is called that, and it is no whole phone number.",
        ));
    }
    Ok(found)
}

/// `GET /admin/people/{id}`
pub(super) async fn person(
    State(app): State<App>,
    entered: Entered,
    Path(id): Path<i64>,
) -> Result<Response, PageError> {
    let id = UserId(id);
    let file = app.moderation.person_file(&entered.admin, id).await?;
    let title = format!("@{}", file.line.username);
    let frame = Frame::new(&app, &entered, title, "people").await?;
    show(&PersonPage {
        is_self: entered.admin.user() == id,
        online: app.presence.is_online(id),
        ..person_page(frame, file, app.clock.now())
    })
}

fn person_page(frame: Frame, file: PersonFile, now: Timestamp) -> PersonPage {
    PersonPage {
        page: frame,
        person: PersonView::new(file.line, now),
        is_self: false,
        online: false,
        has_email: file.has_email,
        has_password: file.has_password,
        seen: file.last_seen_at.map(|at| Moment::new(at, now)),
        notice: file.notice,
        suspension_reason: file.suspension_reason,
        bans: file
            .bans
            .into_iter()
            .map(|ban| BanView {
                until: Until::new(ban.until, now),
                reason: ban.reason,
                network: ban.network,
            })
            .collect(),
        sessions: file
            .sessions
            .iter()
            .map(|session| SessionView {
                device: device_of(&session.user_agent),
                since: Moment::new(session.created_at, now),
                seen: Moment::new(session.last_used_at, now),
            })
            .collect(),
        tokens: file.tokens,
        against: ReportView::list(file.against, now),
        by: ReportView::list(file.by, now),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::moderation::{Ban, SignIn};

    const NOW: Timestamp = Timestamp(1_795_197_845_123);

    fn file(suspended_until: Option<Timestamp>) -> PersonFile {
        PersonFile {
            line: PersonLine {
                id: UserId(7),
                username: "jz".into(),
                name: "<b>".into(),
                kind: UserKind::Person,
                phone: Some("+1 ••• ••23".into()),
                created_at: NOW,
                suspended_until,
                is_admin: false,
            },
            has_email: true,
            has_password: false,
            last_seen_at: Some(NOW),
            notice: Some("<i>".into()),
            suspension_reason: None,
            bans: vec![Ban {
                until: NOW.after(FOR_EVER * 2),
                reason: "<u>".into(),
                network: true,
            }],
            sessions: vec![SignIn {
                user_agent: "curl".into(),
                created_at: NOW,
                last_used_at: NOW,
            }],
            tokens: 2,
            against: Vec::new(),
            by: Vec::new(),
        }
    }

    #[test]
    fn a_person_is_shown_as_text_with_what_can_be_done() {
        let html = |file| {
            let page = person_page(Frame::sample("@jz"), file, NOW);
            page.render().expect("it renders")
        };
        let free = html(file(None));
        for text in [
            "&#60;b&#62;",
            "&#60;i&#62;",
            "&#60;u&#62;",
            "until it is lifted",
        ] {
            assert!(free.contains(text), "{text}");
        }
        assert!(free.contains("/admin/people/7/suspend") && free.contains("/admin/people/7/unban"));
        let day = Duration::from_secs(86_400);
        let suspended = html(file(Some(NOW.after(day))));
        assert!(suspended.contains("/admin/people/7/lift"));
    }

    #[test]
    fn a_list_goes_on_with_the_same_search() {
        let html = PeoplePage {
            page: Frame::sample("People"),
            q: "<j>".into(),
            people: vec![PersonView::new(file(None).line, NOW)],
            next: Some(query_of("<j>", 7)),
            problem: None,
        }
        .render()
        .expect("it renders");
        assert!(html.contains("?q=%3Cj%3E&#38;cursor=7"), "{html}");
    }
}
