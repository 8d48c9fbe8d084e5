//! Accounts for the rooms: making one, a token for it, whose it is, and its end.
//!
//! The rules of the fields come first; only what passes them is compared with what others have, and only then
//! the password is judged.

use super::form::{Form, too_long};
use super::refused::{Refused, TAKEN_EMAIL, TAKEN_USERNAME};
use crate::accounts::{
    NewAccount, Password, PasswordCheck, PasswordFault, Requester, Token, TokenCheck,
    password_faults,
};
use crate::app::App;
use crate::error::Error;
use crate::model::{Actor, DisplayName, Email, Username};
use crate::transport::address::ClientAddress;
use crate::transport::limiter::Limiter;
use axum::extract::{FromRequestParts, State};
use axum::{Extension, Json};
use chinwag_protocol::room_accounts::{RoomProfile, RoomToken};
use http::request::Parts;
use http::{Method, StatusCode, header};
use std::sync::Arc;

const NO_USERNAME: &str = "Enter a valid username. This value may contain only letters, numbers, and @/./+/-/_ characters.";

/// `POST /register`
pub(super) async fn register(
    Extension(address): Extension<ClientAddress>,
    Extension(limiter): Extension<Arc<Limiter>>,
    State(app): State<App>,
    mut form: Form,
) -> Result<Json<RoomProfile>, Refused> {
    let username = form.required("username");
    let password = form.required("password");
    let email = form.optional("email");
    let username = form.checked("username", username, parse_username);
    let parsed_email = form.checked("email", email.clone(), |text| {
        Email::parse(text).map_err(|_| "Enter a valid email address.".into())
    });
    form.at_most("email", email.as_deref(), Email::MAX);
    refuse_taken(&mut form, &app, &limiter, address, &username, &parsed_email).await?;
    form.complete()?;
    let (Some(username), Some(password)) = (username, password) else {
        return Err(Refused::at_all("No data provided"));
    };
    let email = email.unwrap_or_default();
    for fault in password_faults(&password, username.as_str(), &email) {
        form.refuse("password", sentence(fault));
    }
    form.complete()?;
    let shown: String = username.as_str().chars().take(50).collect();
    let new = NewAccount {
        // A name that cannot be shown is no good as a username here, where it is both.
        name: DisplayName::parse(&shown).map_err(|_| Error::invalid("username", NO_USERNAME))?,
        username,
        email: parsed_email,
        password: Password::parse(&password)?,
    };
    let username = app.accounts.register(new).await?.username;
    Ok(Json(RoomProfile { username, email }))
}

fn parse_username(text: &str) -> Result<Username, String> {
    let allowed = |c: char| c.is_alphanumeric() || "_.@+-".contains(c);
    if !text.chars().all(allowed) {
        return Err(NO_USERNAME.into());
    }
    match Username::parse(text) {
        Ok(username) => Ok(username),
        Err(_) if text.chars().count() > Username::MAX => Err(too_long(Username::MAX)),
        Err(Error::Invalid { message, .. }) => Err(message),
        Err(_) => Err(NO_USERNAME.into()),
    }
}

fn sentence(fault: PasswordFault) -> &'static str {
    match fault {
        PasswordFault::LikeUsername => "The password is too similar to the username.",
        PasswordFault::LikeEmail => "The password is too similar to the email address.",
        PasswordFault::Short => {
            "This password is too short. It must contain at least 8 characters."
        }
        PasswordFault::Common => "This password is too common.",
        PasswordFault::Numeric => "This password is entirely numeric.",
    }
}

/// `POST /login`
pub(super) async fn login(
    Extension(address): Extension<ClientAddress>,
    State(app): State<App>,
    mut form: Form,
) -> Result<Json<RoomToken>, Refused> {
    const MISMATCH: &str = "Username/Password mismatch";
    let username = form.required("username");
    let password = form.required("password");
    form.complete()?;
    let from = Requester { address: address.0 };
    let password = Password::presented(&password.unwrap_or_default());
    let accounts = &app.accounts;
    let check = accounts
        .password_actor(&username.unwrap_or_default(), &password, from)
        .await;
    let made = match check {
        Ok(PasswordCheck::Right(actor)) => accounts.room_token(actor).await,
        // Who may not sign in learns no more than who cannot.
        Ok(_) | Err(Error::Suspended(_)) => return Err(Refused::at_all(MISMATCH)),
        Err(error) => return Err(error.into()),
    };
    match made {
        Ok(token) => Ok(Json(RoomToken {
            token: token.reveal().to_owned(),
        })),
        // It was their password until a moment ago.
        Err(Error::NotSignedIn) => Err(Refused::at_all(MISMATCH)),
        Err(error) => Err(error.into()),
    }
}

/// `POST /logout`: by the time it is answered, all tokens for the rooms and their connections have ended.
pub(super) async fn logout(
    State(app): State<App>,
    RoomUser(actor): RoomUser,
) -> Result<StatusCode, Refused> {
    app.accounts.end_room_tokens(actor).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /profile`
pub(super) async fn profile(
    State(app): State<App>,
    RoomUser(actor): RoomUser,
) -> Result<Json<RoomProfile>, Refused> {
    let account = app.accounts.account(actor.user).await?;
    Ok(Json(RoomProfile {
        username: account.profile.username,
        email: account
            .email
            .map(|email| email.as_str().to_owned())
            .unwrap_or_default(),
    }))
}

/// Any other method.
pub(super) async fn not_allowed(method: Method) -> Refused {
    let words = format!("Method \"{method}\" not allowed.");
    Refused::Detail(StatusCode::METHOD_NOT_ALLOWED, words)
}

/// Somebody with an account, by the header `Authorization: Token …`.
pub(super) struct RoomUser(Actor);

impl FromRequestParts<App> for RoomUser {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refused> {
        let header = parts.headers.get(header::AUTHORIZATION);
        let header = header.and_then(|value| value.to_str().ok());
        let mut words = header.unwrap_or_default().split_whitespace();
        if !words
            .next()
            .is_some_and(|scheme| scheme.eq_ignore_ascii_case("token"))
        {
            let words = "Authentication credentials were not provided.";
            return Err(Refused::NoToken(words));
        }
        let Some(token) = words.next() else {
            let words = "Invalid token header. No credentials provided.";
            return Err(Refused::NoToken(words));
        };
        if words.next().is_some() {
            let words = "Invalid token header. Token string should not contain spaces.";
            return Err(Refused::NoToken(words));
        }
        const INVALID: Refused = Refused::NoToken("Invalid token.");
        let token = Token::presented(token).ok_or(INVALID)?;
        match app.accounts.check_token(&token).await {
            Ok(TokenCheck::Live(actor)) => {
                actor.require_account()?;
                Ok(Self(actor))
            }
            Ok(TokenCheck::Expired | TokenCheck::Unknown) => Err(INVALID),
            Err(Error::Suspended(_)) => Err(Refused::NoToken("User inactive or deleted.")),
            Err(error) => Err(error.into()),
        }
    }
}

/// Says which of the two are somebody's.
async fn refuse_taken(
    form: &mut Form,
    app: &App,
    limiter: &Limiter,
    from: ClientAddress,
    username: &Option<Username>,
    email: &Option<Email>,
) -> Result<(), Refused> {
    if username.is_none() && email.is_none() {
        return Ok(());
    }
    // Who asks for what others have pays as who makes an account.
    limiter.admit_signup(from.0)?;
    let taken = app.accounts.are_taken(username.clone(), email.clone());
    let (username_taken, email_taken) = taken.await?;
    if username_taken {
        form.refuse("username", TAKEN_USERNAME);
    }
    if email_taken {
        form.refuse("email", TAKEN_EMAIL);
    }
    Ok(())
}
