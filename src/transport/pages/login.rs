//! Signing in by phone, page by page: number, code, and for new people a name.
//!
//! What is on its way — the challenge, the proof — is kept in the browser's session, so that a code is
//! worth nothing in another browser.

use super::problems::{OnField, PageError, Problem};
use super::visitor::is_local_path;
use super::{Flash, Page, show, show_as};
use crate::accounts::{PendingCode, Proof, Requester, Token};
use crate::app::App;
use crate::error::Error;
use crate::model::{Country, DisplayName, UserId, Username};
use crate::transport::address::ClientAddress;
use crate::transport::identity::Visitor;
use askama::Template;
use axum::Extension;
use axum::extract::{Form, Query, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

const STALE: &str = "That code is no longer valid. Please ask for a new one.";

#[derive(Template)]
#[template(path = "pages/start.html")]
struct StartPage {
    page: Page,
}

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
    problem: Option<Problem>,
}

struct CountryOption {
    code: String,
    name: String,
    dial: i32,
    selected: bool,
}

#[derive(Template)]
#[template(path = "pages/verify.html")]
struct VerifyPage {
    page: Page,
    sent_to: String,
    code: String,
    keep: bool,
    /// Seconds until another code may be asked for, by the server's clock.
    resend_in: u64,
    resend_in_label: String,
    problem: Option<Problem>,
}

#[derive(Template)]
#[template(path = "pages/welcome.html")]
struct WelcomePage {
    page: Page,
    name: String,
    username: String,
    problem: Option<Problem>,
}

/// Where to go after signing in.
#[derive(Deserialize)]
pub(super) struct Next {
    next: Option<String>,
}

/// The form that asks for a code.
#[derive(Default, Deserialize)]
pub(super) struct NumberForm {
    #[serde(default)]
    country: String,
    #[serde(default)]
    phone: String,
    #[serde(default)]
    request: String,
    next: Option<String>,
}

/// The form that gives it back.
#[derive(Default, Deserialize)]
pub(super) struct CodeForm {
    #[serde(default)]
    code: String,
    keep: Option<String>,
}

/// The form of a new person.
#[derive(Default, Deserialize)]
pub(super) struct WelcomeForm {
    #[serde(default)]
    name: String,
    #[serde(default)]
    username: String,
}

/// `GET /`
pub(super) async fn start(State(app): State<App>, visitor: Visitor) -> Result<Response, PageError> {
    if visitor.actor().await?.is_some() {
        return Ok(Redirect::to("/chats").into_response());
    }
    let flash = visitor.take_flash().await?;
    let page = Page::new(&app.config, "Welcome").saying(flash);
    show(&StartPage { page })
}

/// `GET /login/phone`
pub(super) async fn phone_page(
    State(app): State<App>,
    visitor: Visitor,
    Query(query): Query<Next>,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    if visitor.actor().await?.is_some() {
        return Ok(Redirect::to("/chats").into_response());
    }
    // Whoever comes back to change the number finds what they typed.
    let pending = match visitor.challenge().await? {
        Some(challenge) => app.accounts.pending_code(&challenge).await?,
        None => None,
    };
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
    let mut template = phone_template(&app, form, None);
    template.page.flash = visitor.take_flash().await?;
    show(&template)
}

/// `POST /login/phone`
pub(super) async fn send_code(
    State(app): State<App>,
    Extension(address): Extension<ClientAddress>,
    visitor: Visitor,
    Form(form): Form<NumberForm>,
) -> Result<Response, PageError> {
    match try_send_code(&app, &visitor, address, &form).await {
        Ok(_) => Ok(Redirect::to("/verify").into_response()),
        Err(error) => {
            let problem = Problem::of(error, "phone")?;
            show_as(problem.status, &phone_template(&app, form, Some(problem)))
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
    let pending = app
        .accounts
        .start_phone_login(phone, from(address), challenge.clone(), previous)
        .await?;
    let next = form.next.clone().filter(|next| is_local_path(next));
    visitor.remember_challenge(&challenge, next).await?;
    Ok(pending)
}

/// `GET /verify`
pub(super) async fn verify_page(
    State(app): State<App>,
    visitor: Visitor,
) -> Result<Response, PageError> {
    if visitor.actor().await?.is_some() {
        return Ok(Redirect::to("/chats").into_response());
    }
    verify_with(&app, &visitor, CodeForm::default(), None).await
}

/// `POST /verify`
pub(super) async fn check_code(
    State(app): State<App>,
    Extension(address): Extension<ClientAddress>,
    visitor: Visitor,
    Form(form): Form<CodeForm>,
) -> Result<Response, PageError> {
    let Some(challenge) = visitor.challenge().await? else {
        return back_to_number(&visitor, STALE).await;
    };
    let keep = form.keep.is_some();
    let proof = match code_in(&form.code) {
        Some(code) => {
            app.accounts
                .check_code(&challenge, &code, from(address))
                .await
        }
        // Nothing that could be a code costs no try.
        None => Err(Error::invalid("code", "The code has six digits.")),
    };
    match proof {
        Ok(Proof::Known(user)) => {
            let next = visitor.enter(user, keep).await?;
            Ok(Redirect::to(&next).into_response())
        }
        Ok(Proof::New(signup)) => {
            visitor.remember_signup(&signup, keep).await?;
            Ok(Redirect::to("/welcome").into_response())
        }
        Err(Error::Gone(message)) => back_to_number(&visitor, message).await,
        Err(error) => {
            let problem = Problem::of(error, "code")?;
            verify_with(&app, &visitor, form, Some(problem)).await
        }
    }
}

/// `POST /verify/resend`
pub(super) async fn resend_code(
    State(app): State<App>,
    Extension(address): Extension<ClientAddress>,
    visitor: Visitor,
) -> Result<Response, PageError> {
    let Some(challenge) = visitor.challenge().await? else {
        return back_to_number(&visitor, STALE).await;
    };
    match app.accounts.resend_code(challenge, from(address)).await {
        Ok(_) => {
            visitor
                .flash(Flash::done(
                    "A new code is on its way. The one before is no longer valid.",
                ))
                .await?;
            Ok(Redirect::to("/verify").into_response())
        }
        Err(Error::Gone(message)) => back_to_number(&visitor, message).await,
        Err(error) => {
            let problem = Problem::of(error, "code")?;
            verify_with(&app, &visitor, CodeForm::default(), Some(problem)).await
        }
    }
}

/// `GET /welcome`
pub(super) async fn welcome_page(
    State(app): State<App>,
    visitor: Visitor,
) -> Result<Response, PageError> {
    match visitor.signup().await? {
        Some(signup) if app.accounts.can_sign_up(&signup).await? => {
            show(&welcome_template(&app, WelcomeForm::default(), None))
        }
        _ => back_to_number(&visitor, "Please prove your number first.").await,
    }
}

/// `POST /welcome`
pub(super) async fn finish(
    State(app): State<App>,
    visitor: Visitor,
    Form(form): Form<WelcomeForm>,
) -> Result<Response, PageError> {
    let Some(signup) = visitor.signup().await? else {
        return back_to_number(&visitor, "Please prove your number first.").await;
    };
    match try_finish(&app, signup, &form).await {
        Ok(user) => {
            let keep = visitor.keeps_signed_in().await?;
            let next = visitor.enter(user, keep).await?;
            Ok(Redirect::to(&next).into_response())
        }
        Err(Error::Gone(message)) => back_to_number(&visitor, message).await,
        Err(error) => {
            let problem = Problem::of(error, "name")?;
            show_as(problem.status, &welcome_template(&app, form, Some(problem)))
        }
    }
}

async fn try_finish(app: &App, signup: Token, form: &WelcomeForm) -> crate::error::Result<UserId> {
    let name = DisplayName::parse(&form.name)?;
    let username = match form.username.trim() {
        "" => None,
        chosen => Some(Username::parse(chosen.strip_prefix('@').unwrap_or(chosen))?),
    };
    let person = app.accounts.finish_signup(&signup, name, username).await?;
    Ok(person.id)
}

/// `POST /logout`
pub(super) async fn sign_out(visitor: Visitor) -> Result<Redirect, PageError> {
    visitor.sign_out().await?;
    Ok(Redirect::to("/"))
}

fn from(address: ClientAddress) -> Requester {
    Requester { address: address.0 }
}

async fn back_to_number(visitor: &Visitor, message: &str) -> Result<Response, PageError> {
    visitor.flash(Flash::refused(message)).await?;
    Ok(Redirect::to("/login/phone").into_response())
}

fn phone_template(app: &App, form: NumberForm, problem: Option<Problem>) -> PhonePage {
    let open = &app.accounts.settings().sms_countries;
    PhonePage {
        page: Page::new(&app.config, "Sign in"),
        // A refused form keeps its name: trying again is the same request, unless nothing was sent.
        request: Token::presented(&form.request)
            .unwrap_or_else(|| Token::random(""))
            .reveal()
            .to_owned(),
        countries: country_options(open, &form.country),
        reach: reach_of(open),
        phone: form.phone,
        next: form.next.filter(|next| is_local_path(next)),
        problem,
    }
}

fn country_options(open: &[Country], chosen: &str) -> Vec<CountryOption> {
    let mut options: Vec<_> = open
        .iter()
        .map(|country| CountryOption {
            code: country.code(),
            name: spoken_name(*country),
            dial: country.calling_code(),
            selected: country.code() == chosen,
        })
        .collect();
    options.sort_by(|a, b| a.name.cmp(&b.name));
    options
}

/// The official name as people write it: `United States of America`.
fn spoken_name(country: Country) -> String {
    let name = country.name();
    name.strip_prefix("The ")
        .unwrap_or(&name)
        .replace(" Of ", " of ")
        .replace(" And ", " and ")
}

/// The countries that SMS go to, as a sentence can hold them.
fn reach_of(open: &[Country]) -> String {
    let mut names: Vec<_> = open.iter().copied().map(spoken_name).collect();
    names.sort();
    match names.as_slice() {
        [] => "no country yet".into(),
        [one] => format!("{one} numbers only"),
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

async fn verify_with(
    app: &App,
    visitor: &Visitor,
    form: CodeForm,
    problem: Option<Problem>,
) -> Result<Response, PageError> {
    let pending = match visitor.challenge().await? {
        Some(challenge) => app.accounts.pending_code(&challenge).await?,
        None => None,
    };
    let Some(pending) = pending else {
        return back_to_number(visitor, STALE).await;
    };
    let flash = visitor.take_flash().await?;
    let status = problem
        .as_ref()
        .map_or(axum::http::StatusCode::OK, |problem| problem.status);
    let left = pending.resend_at.remaining(app.clock.now());
    let resend_in = u64::try_from(left.as_millis().div_ceil(1_000)).unwrap_or(u64::MAX);
    show_as(
        status,
        &verify_template(&app.config, &pending, form, problem, resend_in, flash),
    )
}

fn verify_template(
    config: &crate::config::Config,
    pending: &PendingCode,
    form: CodeForm,
    problem: Option<Problem>,
    resend_in: u64,
    flash: Option<Flash>,
) -> VerifyPage {
    VerifyPage {
        page: Page::new(config, "Enter the code").saying(flash),
        sent_to: pending.phone.masked(),
        code: form.code.chars().take(200).collect(),
        keep: form.keep.is_some(),
        resend_in,
        resend_in_label: super::problems::wait_words(std::time::Duration::from_secs(resend_in)),
        problem,
    }
}

fn welcome_template(app: &App, form: WelcomeForm, problem: Option<Problem>) -> WelcomePage {
    WelcomePage {
        page: Page::new(&app.config, "Welcome"),
        name: form.name,
        username: form.username,
        problem,
    }
}

/// The six digits in what was typed or pasted: `123 456`, or the whole SMS.
fn code_in(text: &str) -> Option<String> {
    let separated = |c: char| !(c.is_ascii_digit() || c == ' ' || c == '-' || c == '\u{a0}');
    text.split(separated)
        .map(|run| run.chars().filter(char::is_ascii_digit).collect::<String>())
        .find(|digits| digits.len() == 6)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_found_however_it_is_pasted() {
        let sms = "Your Chinwag verification code is 123456. Do not share it with anyone.\n\n@chat.example #123456";
        for text in ["123456", " 123 456 ", "123-456", sms] {
            assert_eq!(code_in(text).as_deref(), Some("123456"), "{text}");
        }
        for text in ["", "12345", "1234567", "abc"] {
            assert_eq!(code_in(text), None, "{text}");
        }
    }

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
        );
    }

    #[test]
    fn the_verify_and_welcome_pages_show_their_problems_beside_the_field() {
        let html = VerifyPage {
            page: Page::sample("Enter the code"),
            sent_to: "+1 ••• ••23".into(),
            code: "000000".into(),
            keep: true,
            resend_in: 42,
            resend_in_label: "42 seconds".into(),
            problem: Problem::of(Error::invalid("code", "That's not the code."), "code").ok(),
        }
        .render()
        .expect("it renders");
        assert!(
            html.contains("code-error")
                && html.contains("data-resend-in=\"42\"")
                && html.contains("checked")
        );
        let html = WelcomePage {
            page: Page::sample("Welcome"),
            name: "Ana".into(),
            username: "ana".into(),
            problem: Problem::of(Error::conflict("username", "It is taken."), "name").ok(),
        }
        .render()
        .expect("it renders");
        assert!(html.contains("username-error") && !html.contains("name-error\"> "));
    }

    #[test]
    fn the_start_page_leads_to_signing_in_and_says_when_it_is_development() {
        let html = StartPage {
            page: Page::sample("Welcome"),
        }
        .render()
        .expect("it renders");
        assert!(html.contains("/login/phone") && html.contains("Development: codes appear in"));
    }
}
