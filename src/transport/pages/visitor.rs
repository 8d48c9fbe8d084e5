//! What a browser's session remembers between two pages: a sign-in on its way, and a sentence for the
//! next page. Who the visitor is, [`identity`](crate::transport::identity) knows.

use super::{Flash, Page};
use crate::accounts::Token;
use crate::error::Result;
use crate::model::{Actor, UserId};
use crate::transport::identity::{SignedIn, Visitor};

const CHALLENGE: &str = "challenge";
const SIGNUP: &str = "signup";
const KEEP: &str = "keep";
const NEXT: &str = "next";
const FLASH: &str = "flash";

impl Visitor {
    /// The code that is on its way to this browser's owner.
    pub(super) async fn challenge(&self) -> Result<Option<Token>> {
        let text = self.get::<Option<String>>(CHALLENGE).await?.flatten();
        Ok(text.and_then(|text| Token::presented(&text)))
    }

    /// Remembers that a code is on its way, and where to go afterwards: at once, since the browser may
    /// not wait for the answer while the SMS comes.
    pub(super) async fn remember_challenge(
        &self,
        challenge: &Token,
        next: Option<String>,
    ) -> Result<()> {
        self.insert(CHALLENGE, challenge.reveal()).await?;
        self.insert(NEXT, next).await?;
        self.save().await
    }

    /// Takes that back, where the code did not go out: an earlier one may be good yet.
    pub(super) async fn forget_challenge(&self, previous: Option<&Token>) -> Result<()> {
        self.insert(CHALLENGE, previous.map(Token::reveal)).await?;
        self.save().await
    }

    /// The proof that makes an account.
    pub(super) async fn signup(&self) -> Result<Option<Token>> {
        let text: Option<String> = self.get(SIGNUP).await?;
        Ok(text.and_then(|text| Token::presented(&text)))
    }

    /// Remembers the proof that makes an account, and whether "Keep me signed in" was ticked.
    pub(super) async fn remember_signup(&self, signup: &Token, keep: bool) -> Result<()> {
        self.insert(SIGNUP, signup.reveal()).await?;
        self.insert(KEEP, keep).await
    }

    /// Whether the box "Keep me signed in" was ticked, a page ago.
    pub(super) async fn keeps_signed_in(&self) -> Result<bool> {
        Ok(self.get(KEEP).await?.unwrap_or_default())
    }

    /// Signs in, and says where to go. What is there says `words` once.
    pub(super) async fn enter(&self, user: UserId, keep: bool, words: &str) -> Result<String> {
        let next = self.get::<Option<String>>(NEXT).await?.flatten();
        self.welcome(user, keep, words).await?;
        Ok(next
            .filter(|next| is_local_path(next))
            .unwrap_or_else(|| "/chats".into()))
    }

    /// Signs in, with a sentence for the page that this leads to.
    pub(super) async fn welcome(&self, user: UserId, keep: bool, words: &str) -> Result<()> {
        self.sign_in(user, keep).await?;
        self.insert(FLASH, Flash::done(words)).await
    }

    /// [`Visitor::welcome`] for who gave their password.
    pub(super) async fn welcome_by_password(
        &self,
        actor: Actor,
        keep: bool,
        words: &str,
    ) -> Result<()> {
        self.sign_in_by_password(actor, keep).await?;
        self.insert(FLASH, Flash::done(words)).await
    }

    /// A sentence for the next page, in a browser that has a session: whoever walks in without one,
    /// a crawler mostly, is not given one for its sake.
    pub(super) async fn flash(&self, flash: Flash) -> Result<()> {
        if !self.has_session() {
            return Ok(());
        }
        self.insert(FLASH, flash).await
    }

    /// The sentence of the request before, once.
    pub(super) async fn take_flash(&self) -> Result<Option<Flash>> {
        self.take(FLASH).await
    }
}

impl SignedIn {
    /// The frame of a page in that section, in this person's colours, with what the request before
    /// had to say.
    pub(super) async fn page(
        &self,
        app: &crate::app::App,
        title: &str,
        section: &'static str,
    ) -> Result<Page> {
        let flash = self.visitor.take_flash().await?;
        let page = Page::new(&app.config, title)
            .of(&self.account)
            .saying(flash);
        Ok(Page { section, ..page })
    }
}

/// Whether a redirect there stays on this server. Browsers read `//host` and `/\host` as another one.
pub(super) fn is_local_path(path: &str) -> bool {
    path.starts_with('/')
        && !path.starts_with("//")
        && !path.contains('\\')
        && path.chars().all(|c| !c.is_control())
}

/// What holds of any text: asked of random ones below, and of worse ones by `fuzz/`.
#[cfg(any(test, fuzzing))]
pub(crate) fn promises(path: &str) {
    if is_local_path(path) {
        let here = url::Url::parse("https://chat.example/login").expect("an address");
        // As a browser reads it.
        assert!(
            here.join(path)
                .is_ok_and(|there| there.origin() == here.origin())
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn nobody_is_redirected_to_another_server() {
        assert!(is_local_path("/chats/7"));
        for elsewhere in [
            "",
            "https://evil.example",
            "//evil.example",
            "/\\evil.example",
            "/\n/evil",
        ] {
            assert!(!is_local_path(elsewhere), "{elsewhere:?}");
        }
    }
    proptest! {
        #[test]
        fn a_browser_stays_where_it_is(path in "/(\\PC|[/\\\\.:@\t]){0,12}") {
            promises(&path);
        }
    }
}
