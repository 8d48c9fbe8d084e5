//! One's own list of people.

use super::chat::see_person;
use super::person_row::PersonRow;
use super::problems::{OnField, PageError, Problem};
use super::{Flash, Page, show, show_as};
use crate::accounts::Who;
use crate::app::App;
use crate::conversations::With;
use crate::error::Error;
use crate::model::{ContactId, Label};
use crate::transport::identity::SignedIn;
use askama::Template;
use axum::extract::{Form, Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

#[derive(Template)]
#[template(path = "pages/contacts.html")]
struct ContactsPage {
    page: Page,
    people: Vec<PersonRow>,
    who: String,
    name: String,
    problem: Option<Problem>,
}

/// The form that adds somebody.
#[derive(Default, Deserialize)]
pub(super) struct NewContact {
    #[serde(default)]
    who: String,
    #[serde(default)]
    name: String,
}

/// The form that renames somebody.
#[derive(Deserialize)]
pub(super) struct Rename {
    #[serde(default)]
    name: String,
}

/// `GET /contacts`
pub(super) async fn list(State(app): State<App>, me: SignedIn) -> Result<Response, PageError> {
    show(&contacts_page(&app, &me, NewContact::default(), None).await?)
}

/// `POST /contacts`
pub(super) async fn add(
    State(app): State<App>,
    me: SignedIn,
    Form(form): Form<NewContact>,
) -> Result<Response, PageError> {
    match try_add(&app, &me, &form).await {
        Ok(text) => {
            me.visitor.flash(Flash::done(text)).await?;
            Ok(Redirect::to("/contacts").into_response())
        }
        Err(error) => {
            let problem = Problem::of(error, "who")?;
            let heading = problem.heading;
            show_as(
                heading,
                &contacts_page(&app, &me, form, Some(problem)).await?,
            )
        }
    }
}

async fn try_add(app: &App, me: &SignedIn, form: &NewContact) -> crate::error::Result<String> {
    let who = parse_who(app, &form.who)?;
    // Who has a number only is not told by it what somebody is called.
    let label = match (form.name.trim(), &who) {
        ("", Who::Username(_)) => None,
        _ => Some(Label::parse(&form.name)?),
    };
    let contact = app.accounts.add_contact(me.actor, who, label).await?;
    Ok(format!("{} is in your contacts.", contact.label))
}

/// A number if it looks like one, else a username, with or without its `@`.
fn parse_who(app: &App, text: &str) -> crate::error::Result<Who> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Error::invalid(
            "who",
            "Please give a phone number or a username.",
        ));
    }
    let looks_dialled = text
        .chars()
        .all(|c| c.is_ascii_digit() || "+()-./ \u{a0}".contains(c))
        && text.chars().filter(char::is_ascii_digit).count() >= 5;
    if !looks_dialled {
        return Ok(Who::Username(
            text.strip_prefix('@').unwrap_or(text).to_owned(),
        ));
    }
    match app.parse_phone(text, None) {
        Ok(phone) => Ok(Who::Phone(phone)),
        Err(Error::Invalid { message, .. }) => Err(Error::invalid("who", message)),
        Err(other) => Err(other),
    }
}

/// `POST /contacts/{id}/rename`
pub(super) async fn rename(
    State(app): State<App>,
    me: SignedIn,
    Path(id): Path<i64>,
    Form(form): Form<Rename>,
) -> Result<Redirect, PageError> {
    let flash = match Label::parse(&form.name) {
        Ok(label) => {
            app.accounts
                .rename_contact(me.actor, ContactId(id), label)
                .await?;
            Flash::done("Saved. Only you see this name.")
        }
        Err(error) => Flash::refused(format!("The name was not changed. {error}")),
    };
    me.visitor.flash(flash).await?;
    Ok(Redirect::to("/contacts"))
}

/// `POST /contacts/{id}/delete`
pub(super) async fn delete(
    State(app): State<App>,
    me: SignedIn,
    Path(id): Path<i64>,
) -> Result<Redirect, PageError> {
    app.accounts.delete_contact(me.actor, ContactId(id)).await?;
    me.visitor
        .flash(Flash::done("Removed from your contacts. Your chat stays."))
        .await?;
    Ok(Redirect::to("/contacts"))
}

/// `POST /contacts/{id}/open`
pub(super) async fn open(
    State(app): State<App>,
    me: SignedIn,
    Path(id): Path<i64>,
) -> Result<Redirect, PageError> {
    let person = app.accounts.contact_person(me.actor, ContactId(id)).await?;
    let conversation = app
        .conversations
        .open(me.actor, With::Known(person))
        .await?;
    Ok(Redirect::to(&format!("/chats/{}", conversation.id)))
}

async fn contacts_page(
    app: &App,
    me: &SignedIn,
    form: NewContact,
    problem: Option<Problem>,
) -> Result<ContactsPage, PageError> {
    let contacts = app.accounts.contacts(me.actor).await?;
    let mut people: Vec<_> = contacts.iter().map(PersonRow::of_contact).collect();
    for person in &mut people {
        see_person(app, person);
    }
    Ok(ContactsPage {
        page: me.page(app, "Contacts", "contacts").await?,
        people,
        who: form.who,
        name: form.name,
        problem,
    })
}

#[cfg(test)]
mod tests {
    use super::super::samples::person;
    use super::*;

    #[test]
    fn everybody_is_shown_with_what_can_be_done() {
        let blocked = PersonRow {
            blocked: true,
            ..PersonRow::of_profile(&person(8, "Bo"))
        };
        let html = ContactsPage {
            page: Page::sample("Contacts"),
            people: vec![PersonRow::of_profile(&person(7, "<Ana>")), blocked],
            who: "@nobody".into(),
            name: String::new(),
            problem: Problem::of(Error::invalid("who", "Nobody was found."), "who").ok(),
        }
        .render()
        .expect("it renders");
        assert!(html.contains("&#60;Ana&#62;") && html.contains("/people/8/unblock"));
        assert!(
            html.contains(r#"value="@nobody" aria-invalid="true" aria-describedby="who-error""#),
            "{html}"
        );
    }
}
