//! Those who look after the server.

use super::TestApp;
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
}
