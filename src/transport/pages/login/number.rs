//! The number: where the code goes.

use super::super::problems::{OnField, PageError, Problem};
use super::super::visitor::is_local_path;
use super::super::{Flash, Page, show, show_as};
use super::{Back, from, pending_code};
use crate::accounts::{PendingCode, Token};
use crate::app::App;
use crate::model::Country;
use crate::transport::address::ClientAddress;
use crate::transport::identity::Visitor;
use crate::transport::sessions::kept_in_failure;
use askama::Template;
use axum::Extension;
use axum::extract::{Form, Query, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

#[derive(Template)]
#[template(path = "pages/phone.html")]
struct PhonePage {
    page: Page,
    /// Names this request, so that a double click is one SMS.
    request: String,
    countries: Vec<CountryOption>,
    /// Where SMS go, in words.
    reach: String,
    phone: String,
    next: Option<String>,
    /// Whether there is a code that may be given back, as far as we know.
    code_pending: bool,
    problem: Option<Problem>,
}

struct CountryOption {
    code: String,
    name: String,
    dial: i32,
    selected: bool,
}

/// Where to go after signing in, and what led here.
#[derive(Deserialize)]
pub(in crate::transport::pages) struct Next {
    next: Option<String>,
    /// Why somebody was led here.
    why: Option<String>,
}

/// The form that asks for a code.
#[derive(Default, Deserialize)]
pub(in crate::transport::pages) struct NumberForm {
    #[serde(default)]
    country: String,
    #[serde(default)]
    phone: String,
    #[serde(default)]
    request: String,
    next: Option<String>,
}

/// `GET /login/phone`
pub(in crate::transport::pages) async fn phone_page(
    State(app): State<App>,
    visitor: Visitor,
    Query(query): Query<Next>,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    if visitor.person().await?.is_some() {
        return Ok(Redirect::to("/chats").into_response());
    }
    // The second request of a double click lands here, when the first one has proved the number.
    if let Some(signup) = visitor.signup().await?
        && app.accounts.can_sign_up(&signup).await?
    {
        return Ok(Redirect::to("/welcome").into_response());
    }
    // Whoever comes back to change the number finds what they typed.
    let pending = pending_code(&app, &visitor).await?;
    let code_pending = pending.is_some();
    let form = NumberForm {
        country: pending
            .as_ref()
            .map_or_else(
                || likely_country(&app, &headers),
                |pending| pending.phone.country(),
            )
            .code(),
        phone: pending
            .map(|pending| pending.phone.as_str().to_owned())
            .unwrap_or_default(),
        request: String::new(),
        next: query.next.filter(|next| is_local_path(next)),
    };
    let mut template = phone_template(&app, form, code_pending, None);
    let why = query.why.as_deref().and_then(Back::from_word);
    template.page.flash = why.map(|why| Flash::refused(why.sentence()));
    show(&template)
}

/// `POST /login/phone`
pub(in crate::transport::pages) async fn send_code(
    State(app): State<App>,
    Extension(address): Extension<ClientAddress>,
    visitor: Visitor,
    Form(form): Form<NumberForm>,
) -> Result<Response, PageError> {
    match try_send_code(&app, &visitor, address, &form).await {
        Ok(_) => Ok(Redirect::to("/verify").into_response()),
        Err(error) => {
            let problem = Problem::of(error, "phone")?;
            let code_pending = pending_code(&app, &visitor).await?.is_some();
            let heading = problem.heading;
            let template = phone_template(&app, form, code_pending, Some(problem));
            let response = show_as(heading, &template)?;
            // Also a provider that failed may have sent the code: it is taken in this browser only.
            Ok(kept_in_failure(response))
        }
    }
}

async fn try_send_code(
    app: &App,
    visitor: &Visitor,
    address: ClientAddress,
    form: &NumberForm,
) -> crate::error::Result<PendingCode> {
    let phone = app.parse_phone(&form.phone, Country::parse(&form.country))?;
    let challenge = Token::presented(&form.request).unwrap_or_else(|| Token::random(""));
    let previous = visitor.challenge().await?;
    let sending = app
        .accounts
        .start_phone_login(phone, from(address), challenge.clone(), previous.clone())
        .await?;
    let next = form.next.clone().filter(|next| is_local_path(next));
    visitor.remember_challenge(&challenge, next).await?;
    let sent = sending.sent().await;
    if sent.is_err() && app.accounts.pending_code(&challenge).await?.is_none() {
        visitor.forget_challenge(previous.as_ref()).await?;
    }
    sent
}

fn phone_template(
    app: &App,
    form: NumberForm,
    code_pending: bool,
    problem: Option<Problem>,
) -> PhonePage {
    let open = &app.accounts.settings().sms_countries;
    PhonePage {
        page: Page::new(&app.config, "Sign in"),
        // Each rendering is a request of its own: after a refusal, trying again is a new one.
        request: Token::random("").reveal().to_owned(),
        countries: country_options(open, &form.country),
        reach: reach_of(open),
        phone: form.phone,
        next: form.next.filter(|next| is_local_path(next)),
        code_pending,
        problem,
    }
}

fn country_options(open: &[Country], chosen: &str) -> Vec<CountryOption> {
    let mut options: Vec<_> = open
        .iter()
        .map(|country| CountryOption {
            code: country.code(),
            name: country.name(),
            dial: country.calling_code(),
            selected: country.code() == chosen,
        })
        .collect();
    options.sort_by(|a, b| a.name.cmp(&b.name));
    options
}

/// The countries that SMS go to, as a sentence can hold them.
fn reach_of(open: &[Country]) -> String {
    let mut names: Vec<_> = open.iter().copied().map(Country::name).collect();
    names.sort();
    match names.as_slice() {
        [] => "no country yet".into(),
        [one] => format!("numbers of one country only: {one}"),
        [first @ .., last] if names.len() <= 6 => format!("{} and {last}", first.join(", ")),
        _ => format!("{} countries, listed above", names.len()),
    }
}

/// The country of the browser's language if SMS go there, else the operator's default.
fn likely_country(app: &App, headers: &HeaderMap) -> Country {
    let languages = headers
        .get(header::ACCEPT_LANGUAGE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let open = &app.accounts.settings().sms_countries;
    region_in(languages)
        .and_then(Country::parse)
        .filter(|country| open.contains(country))
        .unwrap_or(app.config.default_country)
}

/// `PT` of `pt-PT,pt;q=0.9`.
fn region_in(accept_language: &str) -> Option<&str> {
    let first = accept_language.split([',', ';']).next()?;
    let (_, region) = first.trim().rsplit_once('-')?;
    (region.len() == 2).then_some(region)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;

    #[test]
    fn the_country_comes_from_the_first_language_that_names_one() {
        assert_eq!(region_in("pt-PT,pt;q=0.9,en;q=0.8"), Some("PT"));
        assert_eq!(region_in("en;q=0.9"), None);
        assert_eq!(region_in("zh-Hant-TW"), Some("TW"));
    }

    #[test]
    fn the_phone_page_keeps_what_was_typed_and_says_what_is_wrong() {
        let us = Country::parse("US").expect("a country");
        let html = PhonePage {
            page: Page::sample("Sign in"),
            request: "r".into(),
            countries: country_options(&[us], "US"),
            reach: reach_of(&[us]),
            phone: "<12>".into(),
            next: Some("/chats/7".into()),
            code_pending: true,
            problem: Problem::of(Error::invalid("phone", "Not possible."), "phone").ok(),
        }
        .render()
        .expect("it renders");
        assert!(
            html.contains(
                r#"value="&#60;12&#62;" aria-invalid="true" aria-describedby="phone-error""#
            ),
            "{html}"
        );
        assert!(
            html.contains("(+1)")
                && html.contains("Not possible.")
                && html.contains(r#"value="/chats/7""#)
                && html.contains(r#"href="/verify""#)
        );
    }
}
