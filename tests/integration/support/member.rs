//! Somebody with a password, and the forms that ask for it.

use super::{Answer, Person, TestApp, html};
use chinwag::accounts::{NewAccount, Password};
use chinwag::model::{DisplayName, Username};

/// The password of everybody who has one here.
pub(crate) const PASSWORD: &str = "correct horse";

impl TestApp {
    /// Somebody with a password; their id.
    pub(crate) async fn registers(&self, username: &str) -> i64 {
        let new = NewAccount {
            email: None,
            username: Username::parse(username).expect("a username"),
            name: DisplayName::parse(username).expect("a name"),
            password: Password::parse(PASSWORD).expect("a password"),
        };
        let made = self.accounts().register(new).await;
        made.expect("an account").id.0
    }
}

impl Person {
    /// Opens a page and sends a form of it, with what the page put into it.
    pub(crate) async fn fills_in(
        &self,
        page: &str,
        action: &str,
        fields: &[(&str, &str)],
    ) -> Answer {
        let shown = self.opens(page).await;
        let token =
            html::hidden(&shown.body, "form_token").unwrap_or_else(|| panic!("no form: {page}"));
        let fields = [fields, &[("form_token", token.as_str())]].concat();
        self.submits(action, &fields).await
    }

    /// Somebody new who made an account with a password, and is signed in.
    pub(crate) async fn registered(app: &TestApp, username: &str) -> Self {
        let person = Self::new(app);
        let email = format!("{username}@example.org");
        let fields = [
            ("name", username),
            ("username", username),
            ("email", &email),
            ("password", PASSWORD),
            ("again", PASSWORD),
        ];
        let answer = person.fills_in("/register", "/register", &fields).await;
        assert_eq!(
            (answer.status, answer.location()),
            (303, "/chats"),
            "{answer:?}"
        );
        person
    }

    /// Signs in by the form, to stay.
    pub(crate) async fn enters(&self, login: &str, password: &str) -> Answer {
        let fields = [("login", login), ("password", password), ("keep", "on")];
        self.fills_in("/login", "/login", &fields).await
    }
}
