//! Accounts for the rooms: making one, a token for it, whose it is, and its end.
//!
//! A refusal has a list of sentences for each field, or `{"detail": …}`. The field rules come first; only
//! what passes them is compared with what others have, and only then the password is judged.

use crate::accounts::{
    NewAccount, Password, PasswordCheck, PasswordFault, Requester, Token, TokenCheck,
    password_faults,
};
use crate::app::App;
use crate::error::Error;
use crate::model::{Actor, DisplayName, Email, Username};
use crate::transport::address::ClientAddress;
use crate::transport::bodies::{self, Sent, Unreadable};
use crate::transport::errors::{code_and_status, log_fault, retry_after, seconds};
use crate::transport::limiter::Limiter;
use axum::extract::{FromRequest, FromRequestParts, Request, State};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use chinwag_protocol::room_accounts::{Detail, FieldErrors, RoomProfile, RoomToken};
use http::request::Parts;
use http::{HeaderValue, Method, StatusCode, header};
use serde_json::{Map, Value};
use std::sync::Arc;

const TAKEN_USERNAME: &str = "A user with that username already exists.";
const TAKEN_EMAIL: &str = "A user with that email already exists.";
const NO_USERNAME: &str = "Enter a valid username. This value may contain only letters, numbers, and @/./+/-/_ characters.";

/// Why something was not done.
pub(super) enum Refused {
    /// What is wrong with the fields.
    Fields(FieldErrors),
    /// One sentence, with that status.
    Detail(StatusCode, String),
    /// No token, or none that is good.
    NoToken(&'static str),
    /// As every refusal.
    Error(Error),
}

impl Refused {
    fn bad(sentence: String) -> Self {
        Self::Detail(StatusCode::BAD_REQUEST, sentence)
    }

    /// About no field alone.
    fn at_all(sentence: impl Into<String>) -> Self {
        Self::on("non_field_errors", sentence)
    }

    fn on(field: &str, sentence: impl Into<String>) -> Self {
        let mut errors = FieldErrors::default();
        errors.of(field).push(sentence.into());
        Self::Fields(errors)
    }
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        match error {
            Error::Conflict { field: "email", .. } => Self::on("email", TAKEN_EMAIL),
            Error::Conflict { .. } => Self::on("username", TAKEN_USERNAME),
            Error::Invalid { field, message } => Self::on(field, message),
            error => Self::Error(error),
        }
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let detail = |detail: String| Json(Detail { detail });
        match self {
            Self::Fields(errors) => (StatusCode::BAD_REQUEST, Json(errors)).into_response(),
            Self::Detail(status, words) => (status, detail(words)).into_response(),
            Self::NoToken(words) => {
                let scheme = [(header::WWW_AUTHENTICATE, HeaderValue::from_static("Token"))];
                let body = detail(words.into());
                (StatusCode::UNAUTHORIZED, scheme, body).into_response()
            }
            Self::Error(error) => {
                log_fault(&error);
                let (_, status) = code_and_status(&error);
                let mut response = (status, detail(error.to_string())).into_response();
                if let Some(wait) = retry_after(&error) {
                    let headers = response.headers_mut();
                    headers.insert(header::RETRY_AFTER, seconds(wait));
                }
                response
            }
        }
    }
}

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
    form.refuse_taken(&app, &limiter, address, &username, &parsed_email)
        .await?;
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

fn too_long(most: usize) -> String {
    format!("Ensure this field has no more than {most} characters.")
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

/// The fields of a body, and what is wrong with them.
#[derive(Debug, Default)]
pub(super) struct Form {
    fields: Map<String, Value>,
    errors: FieldErrors,
}

impl Form {
    /// A text with something in it; nothing if that is wrong.
    fn required(&mut self, name: &'static str) -> Option<String> {
        match self.text(name) {
            None if self.errors.of(name).is_empty() => {
                self.refuse(name, "This field is required.");
                None
            }
            Some(text) if text.is_empty() => {
                self.refuse(name, "This field may not be blank.");
                None
            }
            text => text,
        }
    }

    /// A text that may be missing or empty, which is the same.
    fn optional(&mut self, name: &'static str) -> Option<String> {
        self.text(name).filter(|text| !text.is_empty())
    }

    fn text(&mut self, name: &'static str) -> Option<String> {
        match self.fields.get(name)? {
            // Nothing around a name is part of it; of a password everything is.
            Value::String(text) if name != "password" => return Some(text.trim().to_owned()),
            Value::String(text) => return Some(text.clone()),
            Value::Null => self.refuse(name, "This field may not be null."),
            _ => self.refuse(name, "Not a valid string."),
        }
        None
    }

    /// What `parse` makes of a text, or what it says is wrong with it.
    fn checked<T>(
        &mut self,
        name: &'static str,
        text: Option<String>,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        match parse(&text?) {
            Ok(parsed) => Some(parsed),
            Err(words) => {
                self.refuse(name, words);
                None
            }
        }
    }

    fn at_most(&mut self, name: &'static str, text: Option<&str>, most: usize) {
        if text.is_some_and(|text| text.chars().count() > most) {
            self.errors.of(name).clear();
            self.refuse(name, too_long(most));
        }
    }

    /// Says which of the two are somebody's.
    async fn refuse_taken(
        &mut self,
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
            self.refuse("username", TAKEN_USERNAME);
        }
        if email_taken {
            self.refuse("email", TAKEN_EMAIL);
        }
        Ok(())
    }

    fn refuse(&mut self, name: &'static str, words: impl Into<String>) {
        self.errors.of(name).push(words.into());
    }

    fn complete(&mut self) -> Result<(), Refused> {
        if self.errors == FieldErrors::default() {
            return Ok(());
        }
        Err(Refused::Fields(std::mem::take(&mut self.errors)))
    }
}

impl FromRequest<App> for Form {
    type Rejection = Refused;

    async fn from_request(request: Request, _: &App) -> Result<Self, Refused> {
        let fields = match bodies::read(request).await {
            Ok(Sent::Json(Value::Object(fields))) => fields,
            Ok(Sent::Json(Value::Null)) => return Err(Refused::at_all("No data provided")),
            Ok(Sent::Json(other)) => {
                let kind = kind_of(&other);
                let words = format!("Invalid data. Expected a dictionary, but got {kind}.");
                return Err(Refused::at_all(words));
            }
            Ok(Sent::Form(pairs)) => pairs
                .into_iter()
                .map(|(name, text)| (name, Value::String(text)))
                .collect(),
            Ok(Sent::Nothing) => Map::new(),
            Err(Unreadable::Json(why)) => {
                return Err(Refused::bad(format!("JSON parse error - {why}")));
            }
            Err(Unreadable::Form) => return Err(Refused::bad("Form parse error".into())),
            Err(Unreadable::Kind(kind)) => {
                let words = format!("Unsupported media type \"{kind}\" in request.");
                return Err(Refused::Detail(StatusCode::UNSUPPORTED_MEDIA_TYPE, words));
            }
            Err(Unreadable::TooLarge) => {
                let words = "The request is too large.".into();
                return Err(Refused::Detail(StatusCode::PAYLOAD_TOO_LARGE, words));
            }
        };
        Ok(Self {
            fields,
            errors: FieldErrors::default(),
        })
    }
}

/// What kind of JSON that is, in the words of this dialect.
fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Array(_) => "list",
        Value::String(_) => "str",
        Value::Bool(_) => "bool",
        Value::Number(number) if number.is_f64() => "float",
        Value::Number(_) => "int",
        Value::Object(_) | Value::Null => "dict",
    }
}
