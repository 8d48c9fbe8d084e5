//! HTML for people: every page renders its data, every form posts and redirects, and script only adds
//! liveness.
//!
//! Handlers keep one order: who is it, parse the form, call a context, encode. A form
//! that is refused comes back with what was typed and the reason beside its field. Template structs
//! stand beside their handlers; what several pages show is in [`chat_list`], [`message_log`] and [`person_row`],
//! and how people look everywhere in [`looks`].

mod admin;
mod chat;
mod chat_list;
mod contacts;
mod form_token;
mod inbox;
mod login;
mod looks;
mod matching;
mod message_log;
mod modules;
mod notice;
mod people;
mod person_row;
mod problems;
mod rooms;
#[cfg(test)]
mod samples;
mod settings;
mod statics;
mod times;
mod visitor;

pub(super) use form_token::give as give_form_tokens;
pub(super) use problems::not_found;
#[cfg(fuzzing)]
pub(crate) use visitor::promises;

use crate::app::App;
use crate::config::Config;
use crate::error::Error;
use crate::model::{Account, Notice, Profile, Theme};
use askama::Template;
use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderValue, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use problems::{Heading, PageError};

/// All pages, and the files that they need.
pub(super) fn routes(app: &App) -> Router<App> {
    let strangers = if app.config.matching.enabled {
        Router::new()
            .route("/match", get(matching::page))
            .route("/match/enter", post(matching::enter))
            .route("/match/now", get(matching::now))
    } else {
        Router::new()
    };
    Router::new()
        .merge(strangers)
        .route(
            "/login",
            get(login::password::login_page).post(login::password::sign_in),
        )
        .route(
            "/register",
            get(login::register::register_page).post(login::register::register),
        )
        .route(
            "/forgot",
            get(login::forgot::forgot_page).post(login::forgot::send_mail),
        )
        .route(
            "/reset/{token}",
            get(login::forgot::reset_page).post(login::forgot::reset),
        )
        .route("/settings", get(settings::page))
        .route("/settings/profile", post(settings::save_profile))
        .route("/settings/password", post(settings::access::save_password))
        .route("/settings/email", post(settings::access::save_email))
        .route("/settings/found", post(settings::access::save_found))
        .route(
            "/settings/phone",
            get(settings::phone::code_page).post(settings::phone::send_code),
        )
        .route("/settings/phone/code", post(settings::phone::check_code))
        .route("/settings/tokens", post(settings::make_token))
        .route("/", get(login::start))
        .route(
            "/login/phone",
            get(login::number::phone_page).post(login::number::send_code),
        )
        .route(
            "/verify",
            get(login::code::verify_page).post(login::code::check_code),
        )
        .route("/verify/resend", post(login::code::resend_code))
        .route(
            "/welcome",
            get(login::welcome::welcome_page).post(login::welcome::finish),
        )
        .route("/logout", post(login::sign_out))
        .route("/chats", get(chat::home))
        .route("/chats/{id}", get(chat::conversation))
        .route("/chats/{id}/messages", post(chat::send))
        .route("/chats/{id}/read", post(chat::mark_read))
        .route("/rooms", get(rooms::directory).post(rooms::create))
        .route("/rooms/{name}", get(rooms::page))
        .route("/rooms/{name}/join", post(rooms::join))
        .route("/rooms/{name}/leave", post(rooms::leave))
        .route("/rooms/{name}/delete", post(rooms::delete))
        .route("/contacts", get(contacts::list).post(contacts::add))
        .route("/contacts/{id}/rename", post(contacts::rename))
        .route("/contacts/{id}/delete", post(contacts::delete))
        .route("/contacts/{id}/open", post(contacts::open))
        .route("/people", get(people::search))
        .route("/people.json", get(people::search_json))
        .route("/people/{id}/open", post(people::open))
        .route("/people/{id}/block", post(people::block))
        .route("/people/{id}/unblock", post(people::unblock))
        .route("/notice/read", post(notice::read))
        .route("/settings/appearance", post(settings::save_appearance))
        .route("/settings/sessions/{id}/end", post(settings::end_session))
        .route("/settings/tokens/{id}/revoke", post(settings::revoke_token))
        .route("/dev/inbox", get(inbox::page))
        .route("/dev/inbox.json", get(inbox::json))
        .layer(from_fn(form_token::check))
        .merge(admin::routes())
        .layer(from_fn_with_state(app.clone(), problems::show))
        .layer(from_fn(never_keep))
        .route("/static/{version}/{*path}", get(statics::file))
}

/// Pages are personal: nothing between may keep them, and the Back button after signing out shows none.
async fn never_keep(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// What the frame of every page shows.
pub(super) struct Page {
    pub(super) title: String,
    /// Which item of the rail is marked, and which shape the window has.
    pub(super) section: &'static str,
    pub(super) server: String,
    /// Where the static files are; changes with their content.
    pub(super) assets: String,
    pub(super) theme: Theme,
    pub(super) development: bool,
    /// Whether one can talk with strangers here.
    pub(super) matching: bool,
    /// Whose account it is; nobody for visitors and guests.
    pub(super) me: Option<Profile>,
    /// What those who look after this server have to say to them.
    pub(super) notice: Option<Notice>,
    pub(super) flash: Option<Flash>,
}

impl Page {
    /// The frame of a page for somebody who is not signed in.
    pub(super) fn new(config: &Config, title: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            section: "",
            server: config.server_name.clone(),
            assets: format!("/static/{}", statics::version()),
            theme: Theme::System,
            development: config.has_inbox(),
            matching: config.matching.enabled,
            me: None,
            notice: None,
            flash: None,
        }
    }

    /// For somebody who is signed in: in their colours.
    pub(super) fn of(mut self, account: &Account) -> Self {
        self.theme = account.theme;
        self.me = Some(account.profile.clone());
        self.notice.clone_from(&account.notice);
        self
    }

    /// What the forms of this page hold (`form_token.rs`).
    pub(super) fn form_token(&self) -> String {
        form_token::current()
    }

    /// With a sentence from the request before.
    pub(super) fn saying(mut self, flash: Option<Flash>) -> Self {
        self.flash = flash;
        self
    }
}

#[cfg(test)]
impl Page {
    /// A frame for templates under test.
    pub(super) fn sample(title: &str) -> Self {
        let config = Config::read(|_| None).expect("no settings at all will do");
        Self::new(&config, title)
    }
}

/// A sentence that the next page shows once.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(super) struct Flash {
    pub(super) text: String,
    pub(super) error: bool,
}

impl Flash {
    /// Something was done.
    pub(super) fn done(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            error: false,
        }
    }

    /// Something was refused.
    pub(super) fn refused(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            error: true,
        }
    }
}

/// Renders a template. A template that fails is our own fault.
fn show(template: &impl Template) -> Result<Response, PageError> {
    show_as(Heading::OK, template)
}

/// [`show`] under another heading: a form that was refused.
fn show_as(heading: Heading, template: &impl Template) -> Result<Response, PageError> {
    let html = template
        .render()
        .map_err(|error| Error::Internal(error.into()))?;
    Ok((heading.status(), heading, Html(html)).into_response())
}
