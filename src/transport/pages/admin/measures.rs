//! What is done to people: asked about first, and then done.

use super::super::Flash;
use super::super::problems::PageError;
use super::question::{self, AnswerForm, NoteFor, Question};
use super::{Acting, Entered};
use crate::app::App;
use crate::error::{Error, Result};
use crate::model::UserId;
use crate::moderation::Outcome;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};

/// What can be done to somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Choice {
    Warn,
    Suspend,
    Lift,
    Ban,
    Unban,
    SignOut,
}

impl Choice {
    /// # Errors
    /// `NotFound` when it is none of these.
    fn parse(word: &str) -> Result<Self> {
        match word {
            "warn" => Ok(Self::Warn),
            "suspend" => Ok(Self::Suspend),
            "lift" => Ok(Self::Lift),
            "ban" => Ok(Self::Ban),
            "unban" => Ok(Self::Unban),
            "sign-out" => Ok(Self::SignOut),
            _ => Err(Error::NotFound),
        }
    }

    fn as_str(self) -> &'static str {
        match self {
            Self::Warn => "warn",
            Self::Suspend => "suspend",
            Self::Lift => "lift",
            Self::Ban => "ban",
            Self::Unban => "unban",
            Self::SignOut => "sign-out",
        }
    }

    fn question(self, id: i64, whom: &str) -> Question {
        let (title, text, button, note) = match self {
            Self::Warn => (
                format!("Warn @{whom}?"),
                "They see your note on every page, until they say that they have read it.",
                "Warn",
                NoteFor::Them,
            ),
            Self::Suspend => (
                format!("Suspend @{whom}?"),
                "They are signed out at once and cannot come back meanwhile. Who tries is told until when and why. Their match ends.",
                "Suspend",
                NoteFor::Them,
            ),
            Self::Lift => (
                format!("Give @{whom} the account back?"),
                "They can sign in again at once.",
                "Lift the suspension",
                NoteFor::Log,
            ),
            Self::Ban => (
                format!("Ban @{whom} from matching?"),
                "They meet no strangers meanwhile, and are told until when and why. Their match ends. Chats go on.",
                "Ban from matching",
                NoteFor::Them,
            ),
            Self::Unban => (
                format!("Let @{whom} be matched again?"),
                "All bans of theirs end, also those that bind their network.",
                "Lift the bans",
                NoteFor::Log,
            ),
            Self::SignOut => (
                format!("Sign @{whom} out everywhere?"),
                "Every browser is signed out, and every program's token ends. They can sign in again at once.",
                "Sign out everywhere",
                NoteFor::Log,
            ),
        };
        Question {
            title,
            text: text.into(),
            action: format!("/admin/people/{id}/{}", self.as_str()),
            back: format!("/admin/people/{id}"),
            button,
            tab: "people",
            danger: matches!(self, Self::Suspend | Self::Ban | Self::SignOut),
            has_term: matches!(self, Self::Suspend | Self::Ban),
            has_network: self == Self::Ban,
            note,
        }
    }

    fn done(self, whom: &str) -> String {
        match self {
            Self::Warn => format!("@{whom} is warned."),
            Self::Suspend => format!("@{whom} is suspended."),
            Self::Lift => format!("@{whom} has the account back."),
            Self::Ban => format!("@{whom} is banned from matching."),
            Self::Unban => format!("@{whom} can be matched again."),
            Self::SignOut => format!("@{whom} is signed out everywhere."),
        }
    }
}

/// `GET /admin/people/{id}/{act}`
pub(super) async fn ask(
    State(app): State<App>,
    entered: Entered,
    Path((id, choice)): Path<(i64, String)>,
) -> Result<Response, PageError> {
    let choice = Choice::parse(&choice)?;
    let whom = username(&app, &entered, id).await?;
    question::ask(&app, &entered, choice.question(id, &whom)).await
}

/// `POST /admin/people/{id}/{act}`
pub(super) async fn act(
    State(app): State<App>,
    Path((id, choice)): Path<(i64, String)>,
    Acting { entered, form }: Acting<AnswerForm>,
) -> Result<Response, PageError> {
    let choice = Choice::parse(&choice)?;
    let whom = username(&app, &entered, id).await?;
    if let Err(error) = try_act(&app, &entered, UserId(id), choice, &form).await {
        let question = choice.question(id, &whom);
        return question::ask_again(&app, &entered, question, form, error).await;
    }
    let flash = Flash::done(choice.done(&whom));
    entered.visitor.flash(flash).await?;
    Ok(Redirect::to(&format!("/admin/people/{id}")).into_response())
}

async fn username(app: &App, entered: &Entered, id: i64) -> Result<String> {
    let moderation = &app.moderation;
    moderation.username(&entered.admin, UserId(id)).await
}

async fn try_act(
    app: &App,
    entered: &Entered,
    user: UserId,
    choice: Choice,
    form: &AnswerForm,
) -> Result<()> {
    let (admin, note) = (&entered.admin, form.note()?);
    let moderation = &app.moderation;
    match choice {
        Choice::Warn => app.sanction(admin, user, Outcome::Warn, note).await,
        Choice::Suspend => {
            let outcome = Outcome::Suspend(form.term()?);
            app.sanction(admin, user, outcome, note).await
        }
        Choice::Ban => {
            let outcome = Outcome::Ban {
                time: form.term()?,
                network: form.network(),
            };
            app.sanction(admin, user, outcome, note).await
        }
        Choice::Lift => moderation.lift_suspension(admin, user, note).await,
        Choice::Unban => moderation.lift_bans(admin, user, note).await,
        Choice::SignOut => moderation.end_sessions(admin, user, note).await,
    }
}
