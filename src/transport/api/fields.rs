//! The fields of a request: of the JSON object, of the form, of the query, in this order; the first that
//! has a field gives it.
//!
//! A handler takes what it needs, one field after the other, and then asks whether all was there: what is
//! missing or wrong is refused at once, every field in its own words.
//!
//! ```text
//! async fn send(ApiUser(actor): ApiUser, mut fields: Fields) -> Result<…, ApiRefusal> {
//!     let texts = fields.texts("texts");
//!     let note = fields.optional("note");
//!     fields.complete()?;
//! ```

use crate::app::App;
use crate::error::Error;
use crate::transport::bodies::{self, Sent, Unreadable, pairs};
use crate::transport::errors::ApiError;
use axum::Json;
use axum::extract::{FromRequest, Request};
use axum::response::{IntoResponse, Response};
use chinwag_protocol::api::Refused;
use http::StatusCode;
use serde_json::{Map, Value};

/// What is said of a field that is not there.
pub(super) const MISSING: &str =
    "Missing required parameter in the JSON body or the post body or the query string";
const NOT_TEXT: &str = "This must be text";
const BROKEN: &str = "The browser (or proxy) sent a request that this server could not understand.";

/// A refusal in words that programs know.
pub(super) enum ApiRefusal {
    /// One sentence, or one for each field.
    Words(StatusCode, Value),
    /// As every refusal.
    Error(Error),
}

impl ApiRefusal {
    /// One sentence, with 400.
    pub(super) fn bad(words: impl Into<String>) -> Self {
        Self::of(StatusCode::BAD_REQUEST, words)
    }

    /// One sentence, with that status.
    pub(super) fn of(status: StatusCode, words: impl Into<String>) -> Self {
        Self::Words(status, Value::String(words.into()))
    }
}

impl From<Error> for ApiRefusal {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

impl IntoResponse for ApiRefusal {
    fn into_response(self) -> Response {
        match self {
            Self::Words(status, message) => (status, Json(Refused { message })).into_response(),
            Self::Error(error) => ApiError(error).into_response(),
        }
    }
}

/// The fields of one request.
#[derive(Debug, Default)]
pub(super) struct Fields {
    json: Map<String, Value>,
    form: Vec<(String, String)>,
    query: Vec<(String, String)>,
    wrong: Map<String, Value>,
}

impl Fields {
    /// A text that must be there, though it may be empty. Numbers and truths are taken as they are written.
    pub(super) fn required(&mut self, name: &'static str) -> String {
        let text = self.optional(name);
        if text.is_none() && !self.wrong.contains_key(name) {
            self.refuse(name, MISSING);
        }
        text.unwrap_or_default()
    }

    /// A text that may be missing. `null` is missing.
    pub(super) fn optional(&mut self, name: &'static str) -> Option<String> {
        match self.json.get(name) {
            None | Some(Value::Null) => self.written(name).next().map(str::to_owned),
            Some(value) => {
                let text = text_of(value);
                if text.is_none() {
                    self.refuse(name, NOT_TEXT);
                }
                text
            }
        }
    }

    /// A list of texts that must be there: a JSON list, a field that is repeated, or one alone.
    pub(super) fn texts(&mut self, name: &'static str) -> Vec<String> {
        let found: Option<Vec<String>> = match self.json.get(name) {
            None | Some(Value::Null) => Some(self.written(name).map(str::to_owned).collect()),
            Some(Value::Array(list)) => list.iter().map(text_of).collect(),
            Some(value) => text_of(value).map(|text| vec![text]),
        };
        match found {
            Some(texts) if texts.is_empty() => self.refuse(name, MISSING),
            Some(texts) => return texts,
            None => self.refuse(name, NOT_TEXT),
        }
        Vec::new()
    }

    /// A whole number; `words` are said where there is none.
    pub(super) fn integer(&mut self, name: &'static str, words: &'static str) -> i64 {
        let text = match self.json.get(name) {
            // As true is no number, neither is the text of it.
            Some(Value::Bool(_)) => None,
            _ => self.optional(name),
        };
        match text.and_then(|text| text.trim().parse().ok()) {
            Some(number) => number,
            None => {
                self.refuse(name, words);
                0
            }
        }
    }

    /// Says what is wrong with a field.
    pub(super) fn refuse(&mut self, name: &'static str, words: impl Into<String>) {
        self.wrong.insert(name.into(), Value::String(words.into()));
    }

    /// Whether all was there and right.
    ///
    /// # Errors
    /// 400 with every field that was not.
    pub(super) fn complete(&mut self) -> Result<(), ApiRefusal> {
        if self.wrong.is_empty() {
            return Ok(());
        }
        let wrong = Value::Object(std::mem::take(&mut self.wrong));
        Err(ApiRefusal::Words(StatusCode::BAD_REQUEST, wrong))
    }

    /// What the form has under that name, or else the query.
    fn written(&self, name: &str) -> impl Iterator<Item = &str> {
        let source = if self.form.iter().any(|(key, _)| key == name) {
            &self.form
        } else {
            &self.query
        };
        let of_name = source.iter().filter(move |(key, _)| key == name);
        of_name.map(|(_, value)| value.as_str())
    }
}

/// A text, or what is written like one.
fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

impl FromRequest<App> for Fields {
    type Rejection = ApiRefusal;

    async fn from_request(request: Request, _: &App) -> Result<Self, ApiRefusal> {
        Self::of(request).await
    }
}

impl Fields {
    async fn of(request: Request) -> Result<Self, ApiRefusal> {
        let query = pairs(request.uri().query().unwrap_or_default().as_bytes());
        let fields = Self {
            query,
            ..Self::default()
        };
        match bodies::read(request).await {
            Ok(Sent::Json(Value::Object(json))) => Ok(Self { json, ..fields }),
            Ok(Sent::Json(_)) => Err(ApiRefusal::bad("The JSON body must be an object.")),
            Ok(Sent::Form(form)) => Ok(Self { form, ..fields }),
            // What is neither has no fields.
            Ok(Sent::Nothing) | Err(Unreadable::Kind(_)) => Ok(fields),
            Err(Unreadable::TooLarge) => Err(ApiRefusal::Error(Error::TooLarge(
                "The request is too large.".into(),
            ))),
            Err(Unreadable::Json(_) | Unreadable::Form) => Err(ApiRefusal::bad(BROKEN)),
        }
    }
}

/// What holds of any body of any kind: asked of random ones below, and of worse ones by `fuzz/`.
#[cfg(any(test, fuzzing))]
pub(crate) fn promises(kind: &str, body: &[u8]) {
    use std::task::{Context, Poll, Waker};
    let request = Request::post("/?a=query&b=query")
        .header(http::header::CONTENT_TYPE, kind)
        .body(axum::body::Body::from(body.to_vec()));
    let Ok(request) = request else { return };
    let mut reading = std::pin::pin!(Fields::of(request));
    let mut context = Context::from_waker(Waker::noop());
    // All of the body is there: a reader that waits waits for ever.
    let read = (0..100_000).find_map(|_| match reading.as_mut().poll(&mut context) {
        Poll::Ready(read) => Some(read),
        Poll::Pending => None,
    });
    let Ok(mut fields) = read.expect("it comes to its end") else {
        return;
    };
    let (text, maybe) = (fields.required("a"), fields.optional("b"));
    let (list, number) = (fields.texts("c"), fields.integer("d", "no number"));
    match fields.complete() {
        Ok(()) => {
            assert!(!list.is_empty());
            let longest = body.len().max("query".len());
            let taken = list.iter().chain([&text]).chain(&maybe).map(String::len);
            // A letter may stand for a byte that is none.
            assert!(taken.max().is_some_and(|length| length <= 3 * longest));
            assert!(number.to_string().len() <= body.len());
        }
        Err(ApiRefusal::Words(status, Value::Object(wrong))) => {
            assert!(status == StatusCode::BAD_REQUEST && !wrong.is_empty());
        }
        Err(_) => unreachable!("a field is refused in words"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn fields(json: &Value, form: &str, query: &str) -> Fields {
        Fields {
            json: json.as_object().cloned().unwrap_or_default(),
            form: pairs(form.as_bytes()),
            query: pairs(query.as_bytes()),
            wrong: Map::new(),
        }
    }

    #[test]
    fn json_comes_before_the_form_and_the_form_before_the_query() {
        let json = json!({ "a": "json", "b": null, "n": 5, "t": true });
        let mut fields = fields(&json, "a=form&b=form&b=again", "a=query&c=query");
        let taken = ["a", "b", "c", "n", "t"].map(|name| fields.required(name));
        assert_eq!(taken, ["json", "form", "query", "5", "true"]);
        assert_eq!(fields.texts("b"), ["form", "again"]);
        assert_eq!(fields.texts("a"), ["json"]);
        assert_eq!(fields.integer("n", "no number"), 5);
        assert!(fields.complete().is_ok());
    }

    #[test]
    fn everything_that_is_wrong_is_said_at_once() {
        let json = json!({ "a": ["x"], "n": true, "list": [] });
        let mut fields = fields(&json, "", "");
        fields.required("a");
        fields.required("b");
        fields.integer("n", "no number");
        fields.texts("list");
        let Err(ApiRefusal::Words(status, words)) = fields.complete() else {
            panic!("all was taken");
        };
        assert_eq!(status, StatusCode::BAD_REQUEST);
        let expected = json!({ "a": NOT_TEXT, "b": MISSING, "n": "no number", "list": MISSING });
        assert_eq!(words, expected);
    }
    proptest! {
        #[test]
        fn no_body_is_too_odd(
            kind in "application/json|application/x-www-form-urlencoded|multipart/form-data; ?boundary=x|\\PC{0,9}",
            body in "(--x|\r\n|Content-Disposition: form-data; name=|[abcd]=|\"[abcd]\":|\\PC|[\\[\\]{}\",&%]){0,20}"
        ) {
            promises(&kind, body.as_bytes());
        }
    }
}
