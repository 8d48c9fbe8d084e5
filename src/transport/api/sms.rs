//! An SMS to anybody, from somebody who has proved a number of their own.

use super::auth::ApiUser;
use super::fields::{ApiRefusal, Fields};
use crate::accounts::Requester;
use crate::app::App;
use crate::error::{Error, Result};
use crate::model::{Phone, SmsText};
use crate::transport::address::ClientAddress;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use chinwag_protocol::api as wire;
use http::StatusCode;

/// `POST /api/sms`
pub(super) async fn send(
    State(app): State<App>,
    Extension(address): Extension<ClientAddress>,
    ApiUser(actor): ApiUser,
    mut fields: Fields,
) -> Result<Response, ApiRefusal> {
    let (to, body) = (fields.required("to"), fields.required("body"));
    fields.complete()?;
    let (to, text) = (number(&app, &to)?, SmsText::parse(&body)?);
    let from = Requester { address: address.0 };
    match app.accounts.send_sms(actor, to.clone(), text, from).await {
        Ok(()) => Ok(sent(&to)),
        Err(Error::ProviderFailed) => Ok(failed()),
        Err(Error::Invalid { message, .. }) => Err(Error::invalid("to", message).into()),
        Err(error) => Err(error.into()),
    }
}

fn number(app: &App, text: &str) -> Result<Phone> {
    app.parse_phone(text, None).map_err(|error| match error {
        Error::Invalid { message, .. } => Error::invalid("to", message),
        error => error,
    })
}

fn sent(to: &Phone) -> Response {
    let answer = wire::SmsSent {
        to: to.as_str().to_owned(),
        message: "Sms was sent".into(),
    };
    (StatusCode::ACCEPTED, Json(answer)).into_response()
}

/// The sentence that comes with [`Error::ProviderFailed`] speaks of a code.
fn failed() -> Response {
    let message = "The SMS could not be sent".into();
    (StatusCode::BAD_GATEWAY, Json(wire::Refused { message })).into_response()
}
