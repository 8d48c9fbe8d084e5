//! What is sent to the REST of the rooms: fields, of JSON or of a form, and all that is wrong with them at once.

use super::refused::Refused;
use crate::app::App;
use crate::transport::bodies::{self, Sent, Unreadable};
use axum::extract::{FromRequest, Request};
use chinwag_protocol::room_accounts::FieldErrors;
use http::StatusCode;
use serde_json::{Map, Value};

/// The fields of a body, and what is wrong with them.
#[derive(Debug, Default)]
pub(super) struct Form {
    fields: Map<String, Value>,
    errors: FieldErrors,
}

impl Form {
    /// A text with something in it; nothing if that is wrong.
    pub(super) fn required(&mut self, name: &'static str) -> Option<String> {
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
    pub(super) fn optional(&mut self, name: &'static str) -> Option<String> {
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
    pub(super) fn checked<T>(
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

    pub(super) fn at_most(&mut self, name: &'static str, text: Option<&str>, most: usize) {
        if text.is_some_and(|text| text.chars().count() > most) {
            self.errors.of(name).clear();
            self.refuse(name, too_long(most));
        }
    }

    pub(super) fn refuse(&mut self, name: &'static str, words: impl Into<String>) {
        self.errors.of(name).push(words.into());
    }

    pub(super) fn complete(&mut self) -> Result<(), Refused> {
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

pub(super) fn too_long(most: usize) -> String {
    format!("Ensure this field has no more than {most} characters.")
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
