//! Signing in by phone, for programs: the same three steps as on the pages, ending in a token.

use super::Body;
use crate::accounts::{Proof, Requester, Token};
use crate::app::App;
use crate::error::{Error, Result};
use crate::model::{DisplayName, Label, Phone, UserId, Username};
use crate::transport::address::ClientAddress;
use crate::transport::errors::ApiError;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use chinwag_protocol::api::{
    FinishPhone, PhoneFinished, PhoneStarted, PhoneVerified, Refused, StartPhone, VerifyPhone,
};
use http::StatusCode;

/// What could never have been a token of ours is treated like one that has had its time.
const STALE: Error = Error::Gone("This is no longer valid. Please begin again.");

/// `POST /api/phone`
pub(super) async fn start(
    Extension(address): Extension<ClientAddress>,
    State(app): State<App>,
    Body(body): Body<StartPhone>,
) -> Result<(StatusCode, Json<PhoneStarted>), ApiError> {
    let phone = phone(&app, &body)?;
    let challenge = Token::random("");
    let from = Requester { address: address.0 };
    let pending = app
        .accounts
        .start_phone_login(phone, from, challenge.clone(), None)
        .await?
        .sent()
        .await?;
    let answer = PhoneStarted {
        challenge: challenge.reveal().to_owned(),
        phone: pending.phone.as_str().to_owned(),
        resend_in: pending
            .resend_at
            .remaining(app.clock.now())
            .as_millis()
            .div_ceil(1000) as u64,
        message: "Code was sent".into(),
    };
    Ok((StatusCode::ACCEPTED, Json(answer)))
}

/// The number, put together from both fields where the country's code stands apart.
fn phone(app: &App, body: &StartPhone) -> Result<Phone> {
    let digits = |text: &str| {
        text.chars()
            .filter(char::is_ascii_digit)
            .collect::<String>()
    };
    let text = match &body.country_code {
        Some(code) if !body.phone.trim_start().starts_with('+') => {
            format!("+{}{}", digits(code), digits(&body.phone))
        }
        _ => body.phone.clone(),
    };
    app.parse_phone(&text, None)
}

/// `POST /api/phone/verify`
pub(super) async fn verify(
    Extension(address): Extension<ClientAddress>,
    State(app): State<App>,
    Body(body): Body<VerifyPhone>,
) -> Result<Response, ApiError> {
    let from = Requester { address: address.0 };
    let challenge = Token::presented(&body.challenge).ok_or(STALE)?;
    let proof = match app.accounts.check_code(&challenge, &body.pin, from).await {
        Ok(proof) => proof,
        Err(Error::Invalid { .. }) => return Ok(invalid_pin()),
        Err(error) => return Err(error.into()),
    };
    let answer = match proof {
        Proof::Known(user) => {
            let account = app.accounts.account(user).await?;
            PhoneVerified::Known {
                known: true,
                token: new_token(&app, user).await?,
                user_id: user.0,
                username: account.profile.username,
            }
        }
        Proof::New(signup) => PhoneVerified::New {
            known: false,
            signup: signup.reveal().to_owned(),
        },
    };
    Ok(Json(answer).into_response())
}

fn invalid_pin() -> Response {
    let message = "Invalid pin".into();
    (StatusCode::BAD_REQUEST, Json(Refused { message })).into_response()
}

/// `POST /api/phone/finish`
pub(super) async fn finish(
    State(app): State<App>,
    Body(body): Body<FinishPhone>,
) -> Result<(StatusCode, Json<PhoneFinished>), ApiError> {
    let username = Username::parse(&body.username)?;
    // A username can be longer than a name.
    let name = body
        .name
        .unwrap_or_else(|| username.as_str().chars().take(50).collect());
    let name = DisplayName::parse(&name)?;
    let signup = Token::presented(&body.signup).ok_or(STALE)?;
    let person = app
        .accounts
        .finish_signup(&signup, name, Some(username))
        .await?;
    let answer = PhoneFinished {
        token: new_token(&app, person.id).await?,
        user_id: person.id.0,
        username: person.username,
    };
    Ok((StatusCode::CREATED, Json(answer)))
}

async fn new_token(app: &App, user: UserId) -> Result<String> {
    let label = Label::parse("Signed in by phone")?;
    let token = app.accounts.create_first_token(user, label).await?;
    Ok(token.reveal().to_owned())
}
