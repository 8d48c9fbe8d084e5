//! Those who look after the server.

use super::{Account, Answer, Caller, PASSWORD, Person, TestApp, html};
use chinwag::model::{Actor, ReportId, TokenId, UserId, UserKind, Via};
use chinwag::moderation::{Admin, Moderation, Note, Outcome, ReportFile};

impl TestApp {
    /// The verbs behind the pages of administration.
    pub(crate) fn moderation(&self) -> &Moderation {
        &self.app().moderation
    }

    /// Somebody who was made an administrator, as the verbs know them.
    pub(crate) async fn administrator(&self, user: i64) -> Admin {
        self.runs(&format!(
            "UPDATE users SET is_admin = TRUE WHERE id = {user}"
        ));
        let actor = Actor {
            user: UserId(user),
            kind: UserKind::Person,
            via: Via::Token(TokenId(0)),
        };
        self.moderation().admin(actor).await.expect("they are one")
    }

    /// Suspends or bans somebody.
    pub(crate) async fn sanctions(&self, admin: &Admin, user: i64, outcome: Outcome, why: &str) {
        let note = Note::parse(why).expect("a note");
        let done = self.app().sanction(admin, UserId(user), outcome, note);
        done.await.expect("it is done");
    }

    /// A report with its evidence.
    pub(crate) async fn report_file(&self, admin: &Admin, report: i64) -> ReportFile {
        let file = self
            .moderation()
            .report_file(admin, ReportId(report), None)
            .await;
        file.expect("the report")
    }

    /// A token for somebody who has an account with that number.
    pub(crate) async fn signs_in(&self, number: &str) -> Account {
        let api = Caller::new(self);
        let challenge = api.asks_for_code(number).await.field("challenge");
        let pin = self.code_for(number);
        let answer = api.gives_code(&challenge, &pin).await.json();
        Account {
            id: answer["user_id"].as_i64().expect("an id"),
            username: answer["username"].as_str().expect("a name").into(),
            number: number.into(),
            token: answer["token"].as_str().expect("a token").into(),
        }
    }
}

impl Person {
    /// An administrator who has come in.
    pub(crate) async fn administrator(app: &TestApp, username: &str) -> Self {
        let id = app.registers(username).await;
        app.administrator(id).await;
        let person = Self::new(app);
        person.enters_administration(username, PASSWORD).await;
        person
    }

    /// Fills in the form at the door.
    pub(crate) async fn enters_administration(&self, username: &str, password: &str) -> Answer {
        let fields = [("username", username), ("password", password)];
        self.answers("/admin/", &fields).await
    }

    /// Opens a page of administration that asks something, and sends its form, also where it is not shown.
    pub(crate) async fn answers(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let page = self.opens(path).await;
        let token = html::hidden(&page.body, "form_token").unwrap_or_default();
        let fields = [fields, &[("form_token", token.as_str())]].concat();
        self.submits(path, &fields).await
    }
}
