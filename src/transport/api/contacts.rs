//! One's own list of people.

use super::auth::ApiUser;
use super::fields::{ApiRefusal, Fields};
use super::ids::Ids;
use crate::accounts::Who;
use crate::app::App;
use crate::error::{Error, Result};
use crate::model::{Contact, ContactId, Label};
use crate::transport::errors::ApiError;
use axum::Json;
use axum::extract::State;
use chinwag_protocol::api as wire;
use http::StatusCode;

/// `GET /api/contacts`
pub(super) async fn list(
    State(app): State<App>,
    ApiUser(actor): ApiUser,
) -> Result<Json<wire::ContactList>, ApiError> {
    let contacts = app.accounts.contacts(actor).await?;
    Ok(Json(wire::ContactList {
        user_id: actor.user.0,
        data: contacts.into_iter().map(shown).collect(),
    }))
}

/// `GET /api/contacts/{contact_id}`
pub(super) async fn one(
    State(app): State<App>,
    Ids([id]): Ids<1>,
    ApiUser(actor): ApiUser,
) -> Result<Json<wire::ContactFound>, ApiError> {
    let contact = app.accounts.contact(actor, ContactId(id)).await?;
    Ok(Json(wire::ContactFound {
        user_id: actor.user.0,
        data: shown(contact),
    }))
}

/// `POST /api/contacts`
pub(super) async fn add(
    State(app): State<App>,
    ApiUser(actor): ApiUser,
    mut fields: Fields,
) -> Result<(StatusCode, Json<wire::ContactAdded>), ApiRefusal> {
    let name = fields.required("name");
    let asked = (fields.optional("phone"), fields.optional("username"));
    fields.complete()?;
    let (field, who) = who(&app, asked)?;
    let contact = app
        .accounts
        .add_contact(actor, who, Some(Label::parse(&name)?))
        .await
        .map_err(|error| about(field, error))?;
    let answer = wire::ContactAdded {
        user_id: actor.user.0,
        data: shown(contact),
        message: "Contact was successfully added".into(),
    };
    Ok((StatusCode::CREATED, Json(answer)))
}

/// `DELETE /api/contacts/{contact_id}`
pub(super) async fn delete(
    State(app): State<App>,
    Ids([id]): Ids<1>,
    ApiUser(actor): ApiUser,
) -> Result<Json<wire::ContactDeleted>, ApiError> {
    app.accounts.delete_contact(actor, ContactId(id)).await?;
    Ok(Json(wire::ContactDeleted {
        user_id: actor.user.0,
        contact_id: id,
        message: "Contact was successfully deleted".into(),
    }))
}

/// Who is asked for, and by which field.
fn who(app: &App, asked: (Option<String>, Option<String>)) -> Result<(&'static str, Who)> {
    match asked {
        (Some(phone), None) => Ok(("phone", Who::Phone(app.parse_phone(&phone, None)?))),
        (None, Some(username)) => Ok(("username", Who::Username(username))),
        _ => Err(Error::invalid(
            "username",
            "Say who: one of phone and username.",
        )),
    }
}

/// The same refusal, about the field by which somebody was asked for.
fn about(field: &'static str, error: Error) -> Error {
    match error {
        Error::Invalid { message, .. } => Error::invalid(field, message),
        error => error,
    }
}

fn shown(contact: Contact) -> wire::ListedContact {
    wire::ListedContact {
        contact_id: contact.id.0,
        user_id: contact.person.id.0,
        username: contact.person.username,
        name: contact.label,
    }
}
