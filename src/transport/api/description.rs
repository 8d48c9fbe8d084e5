//! The description of all operations: an OpenAPI document for programs, a page for people.
//!
//! Both are made from the list of routes. Their examples are those of the protocol page, which tests hold to
//! the types.

use super::operations::{Answer, Operation, Parameter, Shape};
use askama::Template;
use axum::Extension;
use axum::body::Bytes;
use axum::response::{Html, IntoResponse, Response};
use chinwag_protocol::api::Refused;
use http::header;
use serde_json::Value;
use std::collections::HashMap;
use std::sync::Arc;
use utoipa::openapi::path::{
    Operation as Described, OperationBuilder, ParameterBuilder, ParameterIn,
};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::schema::{ComponentsBuilder, ObjectBuilder, Type};
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{
    Content, ContentBuilder, InfoBuilder, OpenApi, OpenApiBuilder, Paths, Ref, Required,
    ResponseBuilder,
};

/// Where the examples are.
const PROTOCOL: &str = include_str!("../../../docs/PROTOCOL.md");

const INTRODUCTION: &str = "People, chats, messages and whatever else programs do. Dates of users and messages are \
    those of mail, other times RFC 3339, all in UTC. Every address is also good with a slash at its end.";

/// Both forms, ready to be sent.
pub(super) struct Description {
    json: Bytes,
    page: Bytes,
}

/// `GET /api/openapi.json`
pub(super) async fn json(Extension(made): Extension<Arc<Description>>) -> Response {
    let kind = [(header::CONTENT_TYPE, "application/json")];
    (kind, made.json.clone()).into_response()
}

/// `GET /api/docs`
pub(super) async fn page(Extension(made): Extension<Arc<Description>>) -> Html<Bytes> {
    Html(made.page.clone())
}

impl Description {
    pub(super) fn of(operations: &[Operation]) -> Self {
        let examples = examples(PROTOCOL);
        let json = serde_json::to_vec(&document(operations, &examples));
        let page = DocsPage {
            introduction: INTRODUCTION,
            subjects: operations
                .chunk_by(|one, next| subject(one) == subject(next))
                .map(|these| Subject {
                    name: subject(&these[0]),
                    operations: these.iter().map(|one| Shown::of(one, &examples)).collect(),
                })
                .collect(),
        };
        Self {
            json: json.expect("a document has text for keys").into(),
            page: page.render().expect("a template of texts").into(),
        }
    }
}

/// The examples of every heading that names an operation, such as `GET /api/users`.
fn examples(page: &'static str) -> HashMap<&'static str, Vec<Value>> {
    let sections = page.split("\n### `").skip(1);
    let examples = |section: &'static str| {
        let section = section.split("\n## ").next().unwrap_or_default();
        let (heading, rest) = section.split_once('`')?;
        let fences = rest.split("```json\n").skip(1);
        let texts = fences.filter_map(|text| text.split("\n```").next());
        let values = texts.filter_map(|text| serde_json::from_str(text).ok());
        Some((heading, values.collect()))
    };
    sections.filter_map(examples).collect()
}

/// What is sent and what is answered, of an operation.
struct Pair<'a> {
    request: Option<&'a Value>,
    answer: Option<&'a Value>,
}

impl<'a> Pair<'a> {
    fn of(operation: &Operation, examples: &'a HashMap<&str, Vec<Value>>) -> Self {
        let heading = format!("{} /api{}", operation.verb(), operation.path);
        let mut examples = examples.get(heading.as_str()).into_iter().flatten();
        Self {
            request: operation.body.as_ref().and_then(|_| examples.next()),
            answer: examples.next(),
        }
    }
}

fn document(operations: &[Operation], examples: &HashMap<&str, Vec<Value>>) -> OpenApi {
    let mut paths = Paths::new();
    let mut components = ComponentsBuilder::new()
        .security_scheme(
            "basic",
            SecurityScheme::Http(Http::new(HttpAuthScheme::Basic)),
        )
        .security_scheme(
            "token",
            SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)),
        )
        .schemas_from_iter(Shape::of::<Refused>().schemas);
    for operation in operations {
        let answer = match &operation.answer {
            Answer::Json(shape) => Some(shape),
            Answer::Other(_) => None,
        };
        for shape in operation.body.iter().chain(answer) {
            components = components.schemas_from_iter(shape.schemas.clone());
        }
        let described = described(operation, &Pair::of(operation, examples));
        let path = format!("/api{}", operation.path);
        paths.add_path_operation(path, vec![operation.method.clone()], described);
    }
    OpenApiBuilder::new()
        .info(
            InfoBuilder::new()
                .title("Chinwag")
                .version(env!("CARGO_PKG_VERSION"))
                .description(Some(INTRODUCTION))
                .build(),
        )
        .paths(paths)
        .components(Some(components.build()))
        .build()
}

fn described(operation: &Operation, example: &Pair<'_>) -> Described {
    let mut described = OperationBuilder::new()
        .summary(Some(operation.about))
        .operation_id(Some(operation_id(operation)))
        .tag(group(operation));
    for name in operation.path_parameters() {
        let schema = ObjectBuilder::new().schema_type(kind_of(name));
        described = described.parameter(
            ParameterBuilder::new()
                .name(name)
                .parameter_in(ParameterIn::Path)
                .required(Required::True)
                .schema(Some(schema)),
        );
    }
    for parameter in &operation.parameters {
        described = described.parameter(asked(parameter));
    }
    if let Some(shape) = &operation.body {
        let content = content(shape, example.request);
        let body = RequestBodyBuilder::new()
            .required(Some(Required::True))
            .content("application/json", content);
        described = described.request_body(Some(body.build()));
    }
    let done = ResponseBuilder::new().description("Done");
    let done = match &operation.answer {
        Answer::Json(shape) => done.content("application/json", content(shape, example.answer)),
        Answer::Other(media_type) => done.content(*media_type, Content::default()),
    };
    described = described.response(operation.status.to_string(), done);
    for status in refusals(operation) {
        let refused = ResponseBuilder::new()
            .description(meaning(status))
            .content("application/json", content(&Shape::of::<Refused>(), None));
        described = described.response(status.to_string(), refused);
    }
    if !operation.is_open {
        for scheme in ["token", "basic"] {
            let nothing: [&str; 0] = [];
            described = described.security(SecurityRequirement::new(scheme, nothing));
        }
    }
    described.build()
}

fn asked(parameter: &Parameter) -> ParameterBuilder {
    let (place, kind) = (
        if parameter.is_header {
            ParameterIn::Header
        } else {
            ParameterIn::Query
        },
        if parameter.is_number {
            Type::Integer
        } else {
            Type::String
        },
    );
    ParameterBuilder::new()
        .name(parameter.name.clone())
        .parameter_in(place)
        .required(Required::False)
        .description(Some(&parameter.about))
        .schema(Some(ObjectBuilder::new().schema_type(kind)))
}

fn content(shape: &Shape, example: Option<&Value>) -> Content {
    ContentBuilder::new()
        .schema(Some(Ref::from_schema_name(&shape.name)))
        .example(example.cloned())
        .build()
}

/// Ids are numbers, names are not.
fn kind_of(path_parameter: &str) -> Type {
    if path_parameter.ends_with("_id") {
        Type::Integer
    } else {
        Type::String
    }
}

/// The method and the words of the address: `get_chats_chat_id`.
fn operation_id(operation: &Operation) -> String {
    let path = operation.path.replace(['{', '}'], "");
    let path = path.replace(|c: char| !c.is_ascii_alphanumeric(), "_");
    format!("{}{path}", operation.verb().to_lowercase())
}

/// What the address begins with.
fn group(operation: &Operation) -> &'static str {
    operation.path[1..].split('/').next().unwrap_or_default()
}

/// What the page puts an operation under. The list of routes keeps those of one subject together.
fn subject(operation: &Operation) -> &'static str {
    match group(operation) {
        "users" => "People",
        "chats" => "Chats",
        "rooms" => "Rooms",
        "messages" => "Messages",
        "contacts" => "Contacts",
        "sessions" => "Sessions",
        "sms" => "SMS",
        "openapi.json" | "docs" => "This description",
        _ => "Accounts",
    }
}

/// Every status of a refusal.
fn refusals(operation: &Operation) -> Vec<u16> {
    let everywhere: &[u16] = match (operation.is_open, operation.verb()) {
        (true, "GET") => &[],
        (true, _) => &[429],
        (false, "GET") => &[401, 403],
        (false, _) => &[401, 403, 429],
    };
    let mut all = [operation.refusals, everywhere].concat();
    all.sort_unstable();
    all
}

fn meaning(status: u16) -> &'static str {
    match status {
        400 => "Something in the request is missing or wrong",
        401 => "The credential is not good",
        403 => "There is no credential, or this is not yours to do",
        404 => "It does not exist",
        409 => "The key was used for something else",
        410 => "It is too late for this",
        413 => "It is too long",
        429 => "That was too fast, or too much; Retry-After says when to come back",
        _ => "The provider failed",
    }
}

#[derive(Template)]
#[template(path = "pages/api.html")]
struct DocsPage {
    introduction: &'static str,
    subjects: Vec<Subject>,
}

/// What belongs together.
struct Subject {
    name: &'static str,
    operations: Vec<Shown>,
}

/// An operation, as the page shows it.
struct Shown {
    id: String,
    verb: &'static str,
    path: &'static str,
    about: &'static str,
    is_open: bool,
    parameters: Vec<(String, String)>,
    request: Option<String>,
    answer: Option<String>,
    status: u16,
    refusals: Vec<(u16, &'static str)>,
}

impl Shown {
    fn of(operation: &Operation, examples: &HashMap<&str, Vec<Value>>) -> Self {
        let pretty = |value: &Value| serde_json::to_string_pretty(value).unwrap_or_default();
        let example = Pair::of(operation, examples);
        let parameters = operation.parameters.iter();
        Self {
            id: operation_id(operation),
            verb: operation.verb(),
            path: operation.path,
            about: operation.about,
            is_open: operation.is_open,
            parameters: parameters
                .map(|one| (one.name.clone().into_owned(), one.about.clone()))
                .collect(),
            request: example.request.map(pretty),
            answer: example.answer.map(pretty),
            status: operation.status,
            refusals: refusals(operation)
                .into_iter()
                .map(|status| (status, meaning(status)))
                .collect(),
        }
    }
}
