//! Accounts with a password, for programs: making one, changing one's names, and a forgotten password.

use super::auth::ApiUser;
use super::fields::{ApiRefusal, Fields};
use crate::accounts::{NewAccount, Password, Requester, ResetCheck, Token};
use crate::app::App;
use crate::error::Error;
use crate::model::{DisplayName, Email, Username};
use crate::transport::address::ClientAddress;
use crate::transport::limiter::Limiter;
use axum::extract::State;
use axum::{Extension, Json};
use chinwag_protocol::api::{EmailAnswer, ProfileChanged};
use http::StatusCode;
use std::ops::RangeInclusive;
use std::sync::Arc;

/// How long a name and a username are in this dialect.
const LENGTHS: RangeInclusive<usize> = 3..=25;
const SHORT_PASSWORD: &str = "Password is too short";

/// `POST /api/register`
pub(super) async fn register(
    Extension(address): Extension<ClientAddress>,
    Extension(limiter): Extension<Arc<Limiter>>,
    State(app): State<App>,
    mut fields: Fields,
) -> Result<(StatusCode, Json<EmailAnswer>), ApiRefusal> {
    let email = fields.required("email");
    let username = fields.required("username");
    let name = fields.required("name");
    let password = fields.required("password");
    fields.complete()?;
    let email = Email::parse(&email)
        .map_err(|_| ApiRefusal::bad(format!("E-mail '{email}' is not valid")))?;
    let new = NewAccount {
        username: parse_username(&username)?,
        name: parse_name(&name)?,
        password: parse_password(&password)?,
        email: Some(email.clone()),
    };
    limiter.admit_signup(address.0)?;
    app.accounts.register(new).await?;
    let answer = EmailAnswer {
        email: email.as_str().to_owned(),
        message: "Successfully registered!".into(),
    };
    Ok((StatusCode::CREATED, Json(answer)))
}

/// `POST /api/update`: all that was given, or nothing.
pub(super) async fn update(
    State(app): State<App>,
    ApiUser(actor): ApiUser,
    mut fields: Fields,
) -> Result<(StatusCode, Json<ProfileChanged>), ApiRefusal> {
    let username = fields.optional("username");
    let name = fields.optional("name");
    fields.complete()?;
    let profile = app.accounts.account(actor.user).await?.profile;
    let changed = |given: Option<String>, current: &str| {
        given.filter(|text| !text.trim().is_empty() && text.trim() != current)
    };
    let username = changed(username, &profile.username);
    let name = changed(name, &profile.name);
    if username.is_none() && name.is_none() {
        return Err(ApiRefusal::bad("Nothing was updated"));
    }
    let username = username.as_deref().map(parse_username).transpose()?;
    let name = name.as_deref().map(parse_name).transpose()?;
    let answer = ProfileChanged {
        username: username.as_ref().map(|new| new.as_str().to_owned()),
        name: name.as_ref().map(|new| new.as_str().to_owned()),
        message: "Successfully updated".into(),
    };
    app.accounts.change_profile(actor, name, username).await?;
    Ok((StatusCode::ACCEPTED, Json(answer)))
}

/// `POST /api/forgot-password`
pub(super) async fn forgot_password(
    Extension(address): Extension<ClientAddress>,
    State(app): State<App>,
    mut fields: Fields,
) -> Result<Json<EmailAnswer>, ApiRefusal> {
    let given = fields.required("email");
    fields.complete()?;
    let unknown = || ApiRefusal::bad(format!("User with e-mail '{given}' does not exist"));
    let email = Email::parse(&given).map_err(|_| unknown())?;
    let from = Requester { address: address.0 };
    let accounts = &app.accounts;
    if !accounts.send_reset_token(&email, from).await? {
        return Err(unknown());
    }
    Ok(Json(EmailAnswer {
        email: email.as_str().to_owned(),
        message: "Check Your e-email to reset the password!".into(),
    }))
}

/// `POST /api/reset-password`
pub(super) async fn reset_password(
    State(app): State<App>,
    mut fields: Fields,
) -> Result<(StatusCode, Json<EmailAnswer>), ApiRefusal> {
    const EXPIRED: &str = "Reset password token has expired. Use a new one";
    const UNKNOWN: &str = "Reset password token is not valid";
    let token = fields.required("token");
    let password = fields.required("password");
    fields.complete()?;
    let token = Token::presented(&token).ok_or_else(|| ApiRefusal::bad(UNKNOWN))?;
    match app.accounts.check_reset(&token).await? {
        ResetCheck::Live(_) => {}
        ResetCheck::Expired => return Err(ApiRefusal::bad(EXPIRED)),
        ResetCheck::Unknown => return Err(ApiRefusal::bad(UNKNOWN)),
    }
    let password = parse_password(&password)?;
    let (_, email) = match app.accounts.reset_password(&token, &password).await {
        // Used by somebody faster.
        Err(Error::Gone(_)) => return Err(ApiRefusal::bad(UNKNOWN)),
        outcome => outcome?,
    };
    let answer = EmailAnswer {
        email: email.unwrap_or_default(),
        message: "Successfully reset".into(),
    };
    Ok((StatusCode::ACCEPTED, Json(answer)))
}

fn parse_username(text: &str) -> Result<Username, ApiRefusal> {
    if !LENGTHS.contains(&text.trim().chars().count()) {
        let words = "Username length must be between 3 and 25 chars";
        return Err(ApiRefusal::bad(words));
    }
    Username::parse(text).map_err(plain)
}

fn parse_name(text: &str) -> Result<DisplayName, ApiRefusal> {
    if !LENGTHS.contains(&text.trim().chars().count()) {
        let words = "Name length must be between 3 and 25 chars";
        return Err(ApiRefusal::bad(words));
    }
    DisplayName::parse(text).map_err(plain)
}

fn parse_password(text: &str) -> Result<Password, ApiRefusal> {
    if Password::is_short(text) {
        return Err(ApiRefusal::bad(SHORT_PASSWORD));
    }
    Password::parse(text).map_err(plain)
}

/// These addresses answer with one sentence, whichever field it is about.
fn plain(error: Error) -> ApiRefusal {
    match error {
        Error::Invalid { message, .. } => ApiRefusal::bad(message),
        error => error.into(),
    }
}
