//! The way in. Somebody who is signed in gives their password again; somebody who is not, their username too.
//! It holds for twenty minutes of use, in this browser. For who is no administrator there is nothing
//! here, and where nobody is one there is nothing at all.

use super::super::form_token::FormToken;
use super::super::problems::{OnField, PageError, Problem};
use super::super::visitor::is_local_path;
use super::super::{Flash, Page, show, show_as};
use crate::accounts::{Password, PasswordCheck, Requester};
use crate::app::App;
use crate::error::{Error, Result};
use crate::model::{Account, Actor, Timestamp};
use crate::moderation::Admin;
use crate::transport::address::ClientAddress;
use crate::transport::identity::Visitor;
use crate::transport::limiter::{Limiter, Trier};
use askama::Template;
use axum::Extension;
use axum::extract::{Form, FromRequest, FromRequestParts, Query, Request, State};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Redirect, Response};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Duration;

/// For how long somebody who does nothing stays in.
const HOLDS_FOR: Duration = Duration::from_secs(20 * 60);
/// How often the use is written down.
const NOTE_USE_EVERY: Duration = Duration::from_secs(60);
/// The entry of the session that holds an [`Entry`].
const ENTRY: &str = "admin";
const REFUSED: &str = "That is not right, or not an administrator's.";

/// What the session remembers of an administrator who came in.
#[derive(Serialize, Deserialize)]
struct Entry {
    /// Who: another account of the same browser has to come in by itself.
    user: i64,
    /// When they did something last.
    used_at: i64,
}

/// An administrator who is signed in.
struct Known {
    admin: Admin,
    actor: Actor,
    account: Account,
}

/// An administrator who came in, and has been here since.
pub(super) struct Entered {
    pub(super) admin: Admin,
    pub(super) actor: Actor,
    pub(super) account: Account,
    pub(super) visitor: Visitor,
}

impl Entered {
    fn new(known: Known, visitor: Visitor) -> Self {
        let Known {
            admin,
            actor,
            account,
        } = known;
        Self {
            admin,
            actor,
            account,
            visitor,
        }
    }
}

impl FromRequestParts<App> for Entered {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let visitor = Visitor::from_request_parts(parts, app)
            .await
            .map_err(IntoResponse::into_response)?;
        match known_and_in(app, &visitor).await {
            Ok((known, true)) => Ok(Self::new(known, visitor)),
            Ok((_, false)) => Err(to_door_and_back(parts)),
            Err(error) => Err(PageError(error).into_response()),
        }
    }
}

/// The administrator who is signed in here, and whether they have given the password.
///
/// # Errors
/// `NotFound` for everybody else.
async fn known_and_in(app: &App, visitor: &Visitor) -> Result<(Known, bool)> {
    let known = known(app, visitor).await?.ok_or(Error::NotFound)?;
    let is_in = is_in(app, visitor, &known.admin).await?;
    Ok((known, is_in))
}

/// The administrator who is signed in here; nothing where nobody is, or a guest.
///
/// # Errors
/// `NotFound` for everybody else who is signed in.
async fn known(app: &App, visitor: &Visitor) -> Result<Option<Known>> {
    let actor = match visitor.person().await {
        Ok(Some(actor)) => actor,
        Ok(None) => return Ok(None),
        Err(Error::Suspended(_)) => return Err(Error::NotFound),
        Err(error) => return Err(error),
    };
    let admin = app.moderation.admin(actor).await?;
    let account = app.accounts.account(actor.user).await?;
    Ok(Some(Known {
        admin,
        actor,
        account,
    }))
}

/// Whether an administrator has given the password here, and done something since.
async fn is_in(app: &App, visitor: &Visitor, admin: &Admin) -> Result<bool> {
    let now = app.clock.now();
    let Some(mut entry) = visitor.get::<Entry>(ENTRY).await? else {
        return Ok(false);
    };
    let used_at = Timestamp(entry.used_at);
    if entry.user != admin.user().0 || now >= used_at.after(HOLDS_FOR) {
        return Ok(false);
    }
    if now >= used_at.after(NOTE_USE_EVERY) {
        entry.used_at = now.0;
        visitor.insert(ENTRY, &entry).await?;
    }
    Ok(true)
}

/// Only what was looked at is come back to.
fn to_door_and_back(parts: &Parts) -> Response {
    if parts.method != axum::http::Method::GET {
        return Redirect::to("/admin/").into_response();
    }
    let next = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    let query: String = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("next", next)
        .finish();
    Redirect::to(&format!("/admin/?{query}")).into_response()
}

/// A form of an administrator who came in, from one of our own pages. For everybody else there is nothing
/// here, whatever their form holds: that is why these forms are not looked at with those of all pages.
pub(super) struct Acting<T> {
    pub(super) entered: Entered,
    pub(super) form: T,
}

#[derive(Deserialize)]
struct Tokened<T> {
    #[serde(default)]
    form_token: String,
    #[serde(flatten)]
    form: T,
}

impl<T: DeserializeOwned> FromRequest<App> for Acting<T> {
    type Rejection = Response;

    async fn from_request(request: Request, app: &App) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        let entered = Entered::from_request_parts(&mut parts, app).await?;
        let ours = Extension::<FormToken>::from_request_parts(&mut parts, app)
            .await
            .map_err(IntoResponse::into_response)?;
        let request = Request::from_parts(parts, body);
        let Form(Tokened { form_token, form }) = Form::<Tokened<T>>::from_request(request, app)
            .await
            .map_err(IntoResponse::into_response)?;
        let is_ours = ours.check(&form_token);
        is_ours.map_err(|error| PageError(error).into_response())?;
        Ok(Self { entered, form })
    }
}

#[derive(Template)]
#[template(path = "pages/admin/door.html")]
struct DoorPage {
    page: Page,
    /// Who is signed in and only lacks the password.
    known: Option<String>,
    username: String,
    next: Option<String>,
    problem: Option<Problem>,
}

/// Where to go once in.
#[derive(Deserialize)]
pub(super) struct Next {
    next: Option<String>,
}

/// The form of the door.
#[derive(Deserialize)]
pub(super) struct DoorForm {
    #[serde(default)]
    form_token: String,
    #[serde(default)]
    username: String,
    #[serde(default)]
    password: String,
    next: Option<String>,
}

/// `GET /admin`
pub(super) async fn to_door(
    State(app): State<App>,
    visitor: Visitor,
) -> Result<Redirect, PageError> {
    at_door(&app, &visitor).await?;
    Ok(Redirect::to("/admin/"))
}

/// `GET /admin/`: the overview for who is in, else the door.
pub(super) async fn door(
    State(app): State<App>,
    visitor: Visitor,
    Query(Next { next }): Query<Next>,
) -> Result<Response, PageError> {
    let known = match at_door(&app, &visitor).await? {
        Some(known) if is_in(&app, &visitor, &known.admin).await? => {
            let entered = Entered::new(known, visitor);
            return super::overview::page(&app, &entered).await;
        }
        known => known,
    };
    let mut page = door_page(&app, known.as_ref(), next);
    page.page.flash = visitor.take_flash().await?;
    show(&page)
}

/// Who stands at the door, if anybody that we know.
///
/// # Errors
/// `NotFound` for who is signed in and no administrator, and where nobody is one.
async fn at_door(app: &App, visitor: &Visitor) -> Result<Option<Known>> {
    let known = known(app, visitor).await?;
    if known.is_none() && !app.moderation.has_admins().await? {
        return Err(Error::NotFound);
    }
    Ok(known)
}

fn door_page(app: &App, known: Option<&Known>, next: Option<String>) -> DoorPage {
    let page = Page::new(&app.config, "Administration");
    DoorPage {
        page: match known {
            Some(known) => page.of(&known.account),
            None => page,
        },
        known: known.map(|known| known.admin.username().to_owned()),
        username: String::new(),
        next: next.filter(|next| leads_in(next)),
        problem: None,
    }
}

fn leads_in(next: &str) -> bool {
    is_local_path(next) && next.starts_with("/admin/")
}

/// `POST /admin/`
pub(super) async fn enter(
    State(app): State<App>,
    visitor: Visitor,
    Extension(form_token): Extension<FormToken>,
    Extension(limiter): Extension<Arc<Limiter>>,
    Extension(ClientAddress(address)): Extension<ClientAddress>,
    Form(form): Form<DoorForm>,
) -> Result<Response, PageError> {
    let known = at_door(&app, &visitor).await?;
    let trier = match &known {
        Some(known) => Trier::User(known.admin.user()),
        None => Trier::at(address),
    };
    let from = Requester { address };
    let admitted = form_token
        .check(&form.form_token)
        .and_then(|()| limiter.admit_entry(trier, app.clock.elapsed()));
    let entry = match admitted {
        Ok(()) => try_enter(&app, &visitor, known.as_ref(), &form, from).await,
        Err(error) => Err(error),
    };
    match entry {
        Ok(admin) => {
            limiter.forgive_entry(trier);
            let entry = Entry {
                user: admin.user().0,
                used_at: app.clock.now().0,
            };
            visitor.insert(ENTRY, entry).await?;
            app.moderation.enter(&admin).await?;
            let next = form.next.filter(|next| leads_in(next));
            Ok(Redirect::to(next.as_deref().unwrap_or("/admin/")).into_response())
        }
        Err(error) => {
            // What was no wrong password counts as none: an overload must not lock the door.
            if !matches!(error, Error::Invalid { .. } | Error::RateLimited { .. }) {
                limiter.forgive_entry(trier);
            }
            let problem = Problem::of(error, "password")?;
            let heading = problem.heading;
            let mut page = door_page(&app, known.as_ref(), form.next);
            page.username = form.username;
            page.problem = Some(problem);
            show_as(heading, &page)
        }
    }
}

async fn try_enter(
    app: &App,
    visitor: &Visitor,
    known: Option<&Known>,
    form: &DoorForm,
    from: Requester,
) -> Result<Admin> {
    let refused = || Error::invalid("password", REFUSED);
    let password = Password::presented(&form.password);
    if let Some(Known { admin, actor, .. }) = known {
        let right = app.accounts.is_password_of(*actor, &password, from).await?;
        return right.then(|| admin.clone()).ok_or_else(refused);
    }
    let login = form.username.trim();
    let check = app
        .accounts
        .sign_in_by_password(login, &password, from)
        .await;
    // Whoever is suspended is nobody here, like who is no administrator.
    let actor = match check {
        Ok(PasswordCheck::Right(actor)) => actor,
        Ok(_) | Err(Error::Suspended(_)) => return Err(refused()),
        Err(error) => return Err(error),
    };
    let admin = match app.moderation.admin(actor).await {
        Err(Error::NotFound) => return Err(refused()),
        outcome => outcome?,
    };
    visitor.sign_in_by_password(actor, false).await?;
    Ok(admin)
}

/// `POST /admin/leave`
pub(super) async fn leave(
    Acting { entered, .. }: Acting<std::collections::HashMap<String, String>>,
) -> Result<Redirect, PageError> {
    entered.visitor.take::<Entry>(ENTRY).await?;
    let flash = Flash::done("You have left the administration. You are still signed in.");
    entered.visitor.flash(flash).await?;
    Ok(Redirect::to("/chats"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_is_signed_in_is_asked_for_the_password_alone() {
        let html = |known: Option<&str>| {
            let door = DoorPage {
                page: Page::sample("Administration"),
                known: known.map(Into::into),
                username: "<b>".into(),
                next: Some("/admin/log".into()),
                problem: None,
            };
            door.render().expect("it renders")
        };
        assert!(html(None).contains(r#"value="&#60;b&#62;""#));
        let known = html(Some("ana"));
        assert!(known.contains("ana") && !known.contains(r#"id="username""#));
        assert!(known.contains(r#"value="/admin/log""#));
    }

    #[test]
    fn the_way_in_leads_nowhere_else() {
        assert!(leads_in("/admin/reports/7?before=3"));
        for elsewhere in ["/chats", "//evil.example/admin/", "https://evil.example"] {
            assert!(!leads_in(elsewhere), "{elsewhere}");
        }
    }
}
