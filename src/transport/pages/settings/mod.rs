//! One's own settings: profile, colours, sessions, tokens, blocked people. How one signs in is in
//! [`access`] and [`phone`].

pub(super) mod access;
pub(super) mod phone;

use super::person_row::PersonRow;
use super::problems::{OnField, PageError, Problem};
use super::times::long_label;
use super::{Flash, Page, show, show_as};
use crate::accounts::{SessionSummary, Token, TokenSummary};
use crate::app::App;
use crate::model::{
    Account, DisplayName, Label, SessionId, Theme, Timestamp, TokenId, Username, Via,
};
use crate::transport::identity::SignedIn;
use askama::Template;
use axum::extract::{Form, Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

const THEMES: [Theme; 3] = [Theme::System, Theme::Light, Theme::Dark];

#[derive(Template)]
#[template(path = "pages/settings.html")]
struct SettingsPage {
    page: Page,
    account: AccountView,
    is_admin: bool,
    themes: [Theme; 3],
    sessions: Vec<SessionView>,
    tokens: Vec<TokenView>,
    /// A token that was just made: shown this once.
    secret: Option<String>,
    label: String,
    blocked: Vec<PersonRow>,
    problem: Option<Problem>,
}

struct AccountView {
    id: i64,
    name: String,
    username: String,
    phone: Option<String>,
    /// What was typed and refused.
    new_phone: String,
    email: String,
    has_password: bool,
    is_listed: bool,
}

impl AccountView {
    fn new(account: &Account) -> Self {
        Self {
            id: account.profile.id.0,
            name: account.profile.name.clone(),
            username: account.profile.username.clone(),
            phone: account
                .phone
                .as_ref()
                .map(|phone| phone.as_str().to_owned()),
            new_phone: String::new(),
            email: account
                .email
                .as_ref()
                .map(|email| email.as_str().to_owned())
                .unwrap_or_default(),
            has_password: account.has_password,
            is_listed: account.is_listed,
        }
    }
}

struct SessionView {
    id: i64,
    device: String,
    current: bool,
    since: String,
    since_label: String,
    seen: String,
    seen_label: String,
}

impl SessionView {
    fn new(session: &SessionSummary, via: Via, now: Timestamp) -> Self {
        Self {
            id: session.id.0,
            device: device_of(&session.user_agent),
            current: via == Via::Session(session.id),
            since: session.created_at.to_string(),
            since_label: long_label(session.created_at, now),
            seen: session.last_used_at.to_string(),
            seen_label: long_label(session.last_used_at, now),
        }
    }
}

struct TokenView {
    id: i64,
    label: String,
    made: String,
    made_label: String,
    /// Nothing as long as no program came with it.
    used: Option<String>,
    used_label: String,
    expires: String,
    expires_label: String,
}

impl TokenView {
    fn new(token: &TokenSummary, now: Timestamp) -> Self {
        Self {
            id: token.id.0,
            label: token.label.clone(),
            made: token.created_at.to_string(),
            made_label: long_label(token.created_at, now),
            used: token.last_used_at.map(|at| at.to_string()),
            used_label: token
                .last_used_at
                .map(|at| long_label(at, now))
                .unwrap_or_default(),
            expires: token.expires_at.to_string(),
            expires_label: long_label(token.expires_at, now),
        }
    }
}

/// `Firefox on Linux`, from what the browser says of itself. A guess that only its owner reads.
pub(super) fn device_of(user_agent: &str) -> String {
    let find = |known: &[(&str, &'static str)]| {
        known
            .iter()
            .find(|(mark, _)| user_agent.contains(mark))
            .map(|(_, name)| *name)
    };
    // The order matters: most browsers also claim to be those below them.
    let browser = find(&[
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("HeadlessChrome/", "Chrome"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ]);
    let system = find(&[
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Android"),
        ("Windows", "Windows"),
        ("Mac OS X", "Mac"),
        ("Linux", "Linux"),
    ]);
    match (browser, system) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(one), None) | (None, Some(one)) => one.into(),
        (None, None) => "Another program".into(),
    }
}

/// The form with what others see.
#[derive(Deserialize)]
pub(super) struct ProfileForm {
    #[serde(default)]
    name: String,
    #[serde(default)]
    username: String,
}

/// The form with the colours.
#[derive(Deserialize)]
pub(super) struct AppearanceForm {
    #[serde(default)]
    theme: String,
}

/// The form that makes a token.
#[derive(Deserialize)]
pub(super) struct TokenForm {
    #[serde(default)]
    label: String,
}

/// `GET /settings`
pub(super) async fn page(State(app): State<App>, me: SignedIn) -> Result<Response, PageError> {
    show(&settings_page(&app, &me).await?)
}

/// `POST /settings/profile`
pub(super) async fn save_profile(
    State(app): State<App>,
    me: SignedIn,
    Form(form): Form<ProfileForm>,
) -> Result<Response, PageError> {
    match try_save_profile(&app, &me, &form).await {
        Ok(()) => saved(&me, "Saved.", "profile").await,
        Err(error) => {
            let problem = Problem::of(error, "name")?;
            let mut page = settings_page(&app, &me).await?;
            page.account.name = form.name;
            page.account.username = form.username;
            refused(page, problem)
        }
    }
}

async fn try_save_profile(
    app: &App,
    me: &SignedIn,
    form: &ProfileForm,
) -> crate::error::Result<()> {
    let name = DisplayName::parse(&form.name)?;
    let username = Username::parse(form.username.trim())?;
    app.accounts.set_profile(me.actor, name, username).await?;
    Ok(())
}

/// `POST /settings/appearance`
pub(super) async fn save_appearance(
    State(app): State<App>,
    me: SignedIn,
    Form(form): Form<AppearanceForm>,
) -> Result<Response, PageError> {
    let theme = Theme::parse(&form.theme)?;
    app.accounts.set_theme(me.actor, theme).await?;
    saved(&me, "Saved.", "appearance").await
}

/// `POST /settings/sessions/{id}/end`
pub(super) async fn end_session(
    State(app): State<App>,
    me: SignedIn,
    Path(id): Path<i64>,
) -> Result<Response, PageError> {
    app.accounts.end_session(me.actor, SessionId(id)).await?;
    saved(&me, "Signed out there.", "sessions").await
}

/// `POST /settings/tokens`. The answer holds the secret, so it is a page and not a redirect: no other
/// address and no session ever does.
pub(super) async fn make_token(
    State(app): State<App>,
    me: SignedIn,
    Form(form): Form<TokenForm>,
) -> Result<Response, PageError> {
    match try_make_token(&app, &me, &form).await {
        Ok(token) => {
            let mut page = settings_page(&app, &me).await?;
            page.secret = Some(token.reveal().to_owned());
            show(&page)
        }
        Err(error) => {
            let problem = Problem {
                field: "label",
                ..Problem::of(error, "label")?
            };
            let mut page = settings_page(&app, &me).await?;
            page.label = form.label;
            refused(page, problem)
        }
    }
}

async fn try_make_token(app: &App, me: &SignedIn, form: &TokenForm) -> crate::error::Result<Token> {
    let label = Label::parse(&form.label)?;
    let (token, _) = app.accounts.create_token(me.actor, label).await?;
    Ok(token)
}

/// `POST /settings/tokens/{id}/revoke`
pub(super) async fn revoke_token(
    State(app): State<App>,
    me: SignedIn,
    Path(id): Path<i64>,
) -> Result<Response, PageError> {
    app.accounts.revoke_token(me.actor, TokenId(id)).await?;
    saved(&me, "The token works no more.", "tokens").await
}

async fn saved(me: &SignedIn, text: &str, section: &str) -> Result<Response, PageError> {
    me.visitor.flash(Flash::done(text)).await?;
    Ok(Redirect::to(&format!("/settings#{section}")).into_response())
}

fn refused(mut page: SettingsPage, problem: Problem) -> Result<Response, PageError> {
    let heading = problem.heading;
    page.problem = Some(problem);
    show_as(heading, &page)
}

async fn settings_page(app: &App, me: &SignedIn) -> Result<SettingsPage, PageError> {
    let accounts = &app.accounts;
    let now = app.clock.now();
    let sessions = accounts.sessions(me.actor).await?;
    let tokens = accounts.tokens(me.actor).await?;
    let blocked = accounts.blocked(me.actor).await?;
    Ok(SettingsPage {
        page: me.page(app, "Settings", "settings").await?,
        account: AccountView::new(&me.account),
        is_admin: me.account.is_admin,
        themes: THEMES,
        sessions: sessions
            .iter()
            .map(|session| SessionView::new(session, me.actor.via, now))
            .collect(),
        tokens: tokens
            .iter()
            .map(|token| TokenView::new(token, now))
            .collect(),
        secret: None,
        label: String::new(),
        blocked: blocked.iter().map(PersonRow::of_profile).collect(),
        problem: None,
    })
}

#[cfg(test)]
mod tests {
    use super::super::samples::person;
    use super::*;

    const NOW: Timestamp = Timestamp(1_795_197_845_123);

    #[test]
    fn devices_are_told_by_their_usual_names() {
        let chrome = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0 Safari/537.36";
        assert_eq!(device_of(chrome), "Chrome on Linux");
        assert_eq!(
            device_of("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Safari/604.1"),
            "Safari on iPhone"
        );
        assert_eq!(device_of("curl/8"), "Another program");
    }

    #[test]
    fn a_secret_is_shown_with_its_warning_and_everything_as_text() {
        let session = SessionSummary {
            id: SessionId(3),
            user_agent: "curl/8".into(),
            created_at: NOW,
            last_used_at: NOW,
        };
        let token = |last_used_at| TokenSummary {
            id: TokenId(4),
            label: "<b>".into(),
            created_at: NOW,
            last_used_at,
            expires_at: NOW,
        };
        let html = SettingsPage {
            page: Page::sample("Settings"),
            account: AccountView {
                id: 1,
                name: "Ana".into(),
                username: "ana".into(),
                phone: None,
                new_phone: String::new(),
                email: "ana@example.org".into(),
                has_password: true,
                is_listed: true,
            },
            is_admin: true,
            themes: THEMES,
            sessions: vec![SessionView::new(&session, Via::Session(SessionId(3)), NOW)],
            tokens: [None, Some(NOW)]
                .map(|used| TokenView::new(&token(used), NOW))
                .into(),
            secret: Some("chinwag_secret".into()),
            label: String::new(),
            blocked: vec![PersonRow::of_profile(&person(9, "Bo"))],
            problem: None,
        }
        .render()
        .expect("it renders");
        assert!(html.contains("chinwag_secret") && html.contains("shown only this once"));
        assert!(
            html.contains("&#60;b&#62;")
                && html.contains("this one")
                && html.contains("/people/9/unblock")
        );
        assert!(html.contains("never used") && html.contains("last used <time"));
    }
}
