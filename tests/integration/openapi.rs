//! The description of the API says what there is, and nothing else.

use crate::support::{Caller, Scripter, TestApp};
use http::Method;
use serde_json::{Value, json};

async fn description(app: &TestApp) -> Value {
    let answer = Caller::new(app).get("/api/openapi.json").await;
    assert_eq!(
        (answer.status, answer.header("content-type")),
        (200, "application/json")
    );
    answer.json()
}

#[tokio::test]
async fn every_operation_is_described_and_nothing_else() {
    let app = TestApp::new().await;
    let ann = app.scripter("ann").await;
    let description = description(&app).await;
    assert_eq!(description["openapi"], "3.1.0");
    let paths = description["paths"].as_object().expect("paths");
    assert!(paths.len() > 15, "it has read them");
    for (path, operations) in paths {
        let address = path.replace(['{', '}'], "").replace("_id", "");
        let address = address.split('/').map(|part| match part {
            "user" | "chat" | "message" | "contact" | "session" => "999",
            part => part,
        });
        let address = address.collect::<Vec<_>>().join("/");
        for method in [
            Method::GET,
            Method::POST,
            Method::PUT,
            Method::PATCH,
            Method::DELETE,
        ] {
            let answer = ann.asks(method.clone(), &address, Some("{}")).await;
            let described = &operations[method.as_str().to_lowercase()];
            assert_eq!(
                answer.status == 405,
                described.is_null(),
                "{method} {path}: {}",
                answer.status
            );
            if let Some(answers) = described["responses"].as_object() {
                let status = answer.status.to_string();
                assert!(
                    answers.contains_key(&status),
                    "{method} {path} answers {status}"
                );
            }
        }
    }
}

/// What is mounted comes from the list that is described: there is no other way to mount anything.
#[test]
fn nothing_is_mounted_past_the_list() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/transport/api");
    let mut mounting = 0;
    for file in std::fs::read_dir(folder).expect("the folder") {
        let text = std::fs::read_to_string(file.expect("a file").path()).expect("a text");
        mounting += text.matches(".route(").count()
            + text.matches(".nest(").count()
            + text.matches(".route_service(").count();
    }
    assert_eq!(mounting, 2, "with and without a slash");
}

#[tokio::test]
async fn every_operation_has_an_example_that_the_protocol_page_holds() {
    let app = TestApp::new().await;
    let description = description(&app).await;
    for (path, operations) in description["paths"].as_object().expect("paths") {
        for (method, operation) in operations.as_object().expect("operations") {
            if path.ends_with("/docs") || path.ends_with("/openapi.json") {
                continue;
            }
            let answer = operation["responses"].as_object().expect("answers");
            let done = answer
                .iter()
                .find(|(status, _)| status.starts_with('2'))
                .expect("an answer")
                .1;
            let content = &done["content"]["application/json"];
            let wrong = check(&content["schema"], &content["example"], &description);
            assert_eq!(wrong, None, "{method} {path}");
            if let Some(body) = operation.get("requestBody") {
                let content = &body["content"]["application/json"];
                let wrong = check(&content["schema"], &content["example"], &description);
                assert_eq!(wrong, None, "the body of {method} {path}");
            }
        }
    }
}

#[tokio::test]
async fn real_answers_have_the_described_shape() {
    let app = TestApp::new().await;
    let (ann, dima) = (app.scripter("ann").await, app.scripter("dima").await);
    let description = description(&app).await;
    let chat = ann.begins_chat(&dima).await;
    let message = ann.says(chat, &["hello"]).await;
    let added = ann
        .posts("/api/contacts", json!({ "username": "dima", "name": "D" }))
        .await;
    let contact = added.json()["data"]["contact_id"].clone();
    let described = Described {
        description: &description,
        who: &ann,
    };
    for (path, address) in [
        ("/api/users", "/api/users".to_owned()),
        ("/api/users/{user_id}", format!("/api/users/{}", dima.id)),
        ("/api/users/{user_id}", "/api/users/999".into()),
        ("/api/chats", "/api/chats".into()),
        ("/api/chats/{chat_id}", format!("/api/chats/{chat}")),
        ("/api/chats/{chat_id}", "/api/chats/999".into()),
        (
            "/api/chats/{chat_id}/messages",
            format!("/api/chats/{chat}/messages"),
        ),
        (
            "/api/chats/{chat_id}/messages/{message_id}",
            format!("/api/chats/{chat}/messages/{message}"),
        ),
        ("/api/contacts", "/api/contacts".into()),
        (
            "/api/contacts/{contact_id}",
            format!("/api/contacts/{contact}"),
        ),
        ("/api/sessions", "/api/sessions".into()),
        ("/api/token", "/api/token".into()),
    ] {
        described.asks("get", path, &address, json!({})).await;
    }
    let messages = format!("/api/chats/{chat}/messages");
    let one = format!("{messages}/{message}");
    for (method, path, address, body) in [
        ("post", "/api/chats", "/api/chats", json!({})),
        (
            "post",
            "/api/chats/{chat_id}/messages",
            &messages,
            json!({ "texts": ["x"] }),
        ),
        (
            "post",
            "/api/chats/{chat_id}/messages",
            &messages,
            json!({ "texts": [] }),
        ),
        (
            "put",
            "/api/chats/{chat_id}/messages/{message_id}",
            &one,
            json!({ "text": "y" }),
        ),
        (
            "delete",
            "/api/chats/{chat_id}/messages/{message_id}",
            &one,
            json!({}),
        ),
        (
            "delete",
            "/api/chats/{chat_id}",
            &format!("/api/chats/{chat}"),
            json!({}),
        ),
        (
            "post",
            "/api/chats",
            "/api/chats",
            json!({ "companion_id": dima.id }),
        ),
        (
            "post",
            "/api/sms",
            "/api/sms",
            json!({ "to": "+12015550199", "body": "x" }),
        ),
        (
            "delete",
            "/api/contacts/{contact_id}",
            &format!("/api/contacts/{contact}"),
            json!({}),
        ),
        ("post", "/api/guests", "/api/guests", json!({})),
    ] {
        described.asks(method, path, address, body).await;
    }
}

struct Described<'a> {
    description: &'a Value,
    who: &'a Scripter,
}

impl Described<'_> {
    async fn asks(&self, method: &str, path: &str, address: &str, body: Value) {
        let verb = method.to_uppercase().parse().expect("a method");
        let body = (method != "get").then(|| body.to_string());
        let answer = self.who.asks(verb, address, body.as_deref()).await;
        let status = answer.status.to_string();
        let described = &self.description["paths"][path][method]["responses"][&status];
        assert!(
            described.is_object(),
            "{method} {path} answers {status}: {answer:?}"
        );
        let schema = &described["content"]["application/json"]["schema"];
        assert_eq!(
            check(schema, &answer.json(), self.description),
            None,
            "{method} {address}"
        );
    }
}

/// What is wrong with a value, by as much of JSON Schema as the description uses. Nothing that is not
/// described may be there.
fn check(schema: &Value, value: &Value, description: &Value) -> Option<String> {
    if let Some(reference) = schema["$ref"].as_str() {
        let schema = description.pointer(reference.trim_start_matches('#'));
        return check(schema.expect("what is referred to"), value, description);
    }
    if let Some(several) = schema["oneOf"].as_array() {
        let fits = several
            .iter()
            .filter(|one| check(one, value, description).is_none());
        return (fits.count() != 1).then(|| format!("{value} is not one of {schema}"));
    }
    let kinds: Vec<_> = match &schema["type"] {
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
        kind => kind.as_str().into_iter().collect(),
    };
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    if !kinds.is_empty() && !kinds.contains(&kind) {
        return Some(format!("{value} is no {kinds:?}"));
    }
    if let Some(list) = value.as_array() {
        return list
            .iter()
            .find_map(|one| check(&schema["items"], one, description));
    }
    let (Some(fields), Some(known)) = (value.as_object(), schema["properties"].as_object()) else {
        return None;
    };
    let required = schema["required"].as_array().into_iter().flatten();
    let missing = required
        .filter_map(Value::as_str)
        .find(|name| !fields.contains_key(*name));
    if let Some(missing) = missing {
        return Some(format!("{missing} is missing in {value}"));
    }
    fields
        .iter()
        .find_map(|(name, value)| match known.get(name) {
            Some(schema) => check(schema, value, description),
            None => Some(format!("{name} is not described")),
        })
}

#[tokio::test]
async fn the_page_lists_every_operation_and_loads_nothing_from_elsewhere() {
    let app = TestApp::new().await;
    let page = Caller::new(&app).get("/api/docs").await;
    assert_eq!(
        (page.status, page.header("content-type")),
        (200, "text/html; charset=utf-8")
    );
    assert!(
        page.header("content-security-policy")
            .contains("default-src 'none'")
    );
    let body = &page.body;
    for path in description(&app).await["paths"]
        .as_object()
        .expect("paths")
        .keys()
    {
        assert!(body.contains(&format!("<code>{path}</code>")), "{path}");
    }
    for forbidden in [
        "<script", "style=", "http://", "https://", "onclick", "@import",
    ] {
        assert!(!body.contains(forbidden), "{forbidden}");
    }
    for sheet in [
        "/static/docs/css/all.css",
        "/static/docs/css/docs.css",
        "/static/docs/icons/mark.svg",
    ] {
        assert!(body.contains(sheet));
        assert_eq!(Caller::new(&app).get(sheet).await.status, 200);
    }
}

#[tokio::test]
async fn what_is_switched_off_is_not_described() {
    let app = crate::support::Setup::relaxed()
        .with("MATCH_ENABLED", "false")
        .start()
        .await;
    let description = description(&app).await;
    assert!(description["paths"]["/api/guests"].is_null());
    assert!(description["paths"]["/api/users"].is_object());
}
