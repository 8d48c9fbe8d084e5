//! What the page shows: who looks, which part of it they see, and the talk that is on it.

use super::super::looks::{hue_of, initial_of};
use super::super::message_log::{Entry, MessageView, log};
use super::super::{Page, modules};
use crate::matching::{Census, MatchSettings};
use crate::model::{
    Account, Appearance, Body, Conversation, Interest, Match, Message, Timestamp, UserId, UserKind,
    Wishes, in_words,
};
use askama::Template;

/// What can be wrong with a stranger. The words are those of the report.
const REASONS: [&str; 5] = [
    "Harassment or threats",
    "Sexual content",
    "Seems under age",
    "Spam or scam",
    "Something else",
];

#[derive(Template)]
#[template(path = "pages/match.html")]
pub(super) struct MatchPage {
    pub(super) page: Page,
    pub(super) state: Stage,
    pub(super) me: Me,
    pub(super) talk: Option<TalkView>,
    /// The talk before, which can still be read.
    pub(super) last: Option<LastTalk>,
    pub(super) census: Census,
    /// Whether there are messages before those shown.
    pub(super) more: bool,
    /// What the script copies.
    pub(super) blank: MessageView,
    pub(super) reasons: [&'static str; 5],
    pub(super) modules: &'static [&'static str],
    pub(super) limit: usize,
    pub(super) interests_max: usize,
    pub(super) interest_chars: usize,
    pub(super) widen_secs: u64,
    /// How long a talk can be read after its end, in words.
    pub(super) retention: String,
}

impl MatchPage {
    /// The page as it is for somebody who is idle.
    pub(super) fn lobby(page: Page, me: Me, settings: &MatchSettings, census: Census) -> Self {
        Self {
            page: Page {
                section: "match",
                ..page
            },
            state: Stage::Lobby,
            me,
            talk: None,
            last: None,
            census,
            more: false,
            blank: MessageView::blank(),
            reasons: REASONS,
            modules: &modules::MATCH,
            limit: Body::MAX_CHARS,
            interests_max: Wishes::INTERESTS_MAX,
            interest_chars: Interest::MAX_CHARS,
            widen_secs: settings.widen_after.as_secs(),
            retention: in_words(settings.kept_for),
        }
    }
}

/// Which part of the page is shown first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    Lobby,
    Searching,
    Talk,
    Ended,
}

impl Stage {
    fn as_str(self) -> &'static str {
        match self {
            Self::Lobby => "lobby",
            Self::Searching => "searching",
            Self::Talk => "talk",
            Self::Ended => "ended",
        }
    }
}

/// Whoever looks; 0 while they are nobody here.
#[derive(Default)]
pub(super) struct Me {
    id: i64,
    /// Nothing for guests: a number is no name.
    username: Option<String>,
    name: String,
    accepted: bool,
}

impl Me {
    pub(super) fn new(account: &Account) -> Self {
        let is_guest = account.kind == UserKind::Guest;
        let profile = &account.profile;
        Self {
            id: profile.id.0,
            username: (!is_guest).then(|| profile.username.clone()),
            name: if is_guest {
                String::new()
            } else {
                profile.name.clone()
            },
            accepted: account.follows_match_rules,
        }
    }
}

/// A talk that has ended.
pub(super) struct LastTalk {
    id: i64,
    partner: String,
}

impl From<Match> for LastTalk {
    fn from(ended: Match) -> Self {
        Self {
            id: ended.conversation_id.0,
            partner: ended.partner.alias,
        }
    }
}

/// The talk, open or ended.
pub(super) struct TalkView {
    id: i64,
    you: i64,
    partner: String,
    hue: i64,
    initial: String,
    opening: String,
    counter: i64,
    read_seq: i64,
    /// Why it ended; empty while it has not.
    reason: &'static str,
    asked: bool,
    /// Whether both have asked to keep in touch.
    kept: bool,
    entries: Vec<Entry>,
}

impl TalkView {
    pub(super) fn new(
        found: &Match,
        conversation: &Conversation,
        messages: &[Message],
        me: UserId,
        now: Timestamp,
    ) -> Self {
        Self {
            id: found.conversation_id.0,
            you: found.you.number,
            partner: found.partner.alias.clone(),
            hue: hue_of(UserId(found.partner.number)),
            initial: initial_of(&found.partner.alias),
            opening: opening(
                &found.partner.alias,
                &found.common_interests,
                found.end.is_some(),
            ),
            counter: conversation.counter,
            read_seq: conversation.read_seq,
            reason: found.end.map_or("", |(_, reason)| reason.as_str()),
            asked: found.asked_to_keep,
            kept: found.kept,
            entries: log(messages, conversation, me, now),
        }
    }
}

/// The first line of a talk; `static/js/lib/stage.js` writes the same.
fn opening(partner: &str, common: &[Interest], is_over: bool) -> String {
    let whom = if partner == Appearance::STRANGER {
        "a stranger".into()
    } else {
        format!("@{partner}")
    };
    let are = if is_over { "were" } else { "are" };
    let common: Vec<_> = common.iter().map(Interest::as_str).collect();
    match common.as_slice() {
        [] => format!("You {are} talking with {whom}."),
        liked => format!(
            "You {are} talking with {whom}. You both like: {}.",
            liked.join(", ")
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::samples::{NOW, conversation, message, person};
    use super::*;
    use crate::model::{ConversationId, MatchEnd, PartnerPresence, Seat};
    use std::time::Duration;

    fn lobby(me: Me) -> MatchPage {
        let page = Page {
            matching: true,
            ..Page::sample("Random")
        };
        let settings = MatchSettings {
            reconnect_within: Duration::from_secs(30),
            kept_for: Duration::from_secs(24 * 60 * 60),
            widen_after: Duration::from_secs(10),
            limits_enforced: true,
            reports_per_day: None,
        };
        MatchPage::lobby(page, me, &settings, Census::default())
    }

    fn found(end: Option<(Timestamp, MatchEnd)>) -> Match {
        let seat = |number, alias: &str| Seat {
            number,
            alias: alias.into(),
        };
        Match {
            conversation_id: ConversationId(5),
            partner: seat(2, Appearance::STRANGER),
            presence: PartnerPresence::Here,
            you: seat(1, "me"),
            common_interests: vec![Interest::parse("Climbing").expect("one")],
            started_at: NOW,
            asked_to_keep: false,
            kept: false,
            end,
        }
    }

    fn talking(end: Option<(Timestamp, MatchEnd)>) -> String {
        let stranger = person(2, "Stranger");
        let messages = [message(3, &stranger, 2, "<script>")];
        let talk = TalkView::new(&found(end), &conversation(0), &messages, UserId(77), NOW);
        let state = if end.is_some() {
            Stage::Ended
        } else {
            Stage::Talk
        };
        let page = MatchPage {
            state,
            talk: Some(talk),
            ..lobby(Me::default())
        };
        page.render().expect("it renders")
    }

    #[test]
    fn a_visitor_finds_the_rules_and_no_account_is_asked_for() {
        let html = lobby(Me::default()).render().expect("it renders");
        assert!(html.contains(r#"data-state="lobby""#) && html.contains(r#"data-me="0""#));
        assert!(html.contains("18 or older") && html.contains("24 hours after it ends"));
        assert!(!html.contains("Appear as") && !html.contains(r#"rail__item" href="/chats""#));
        assert!(html.contains("<noscript>") && !html.contains("style="));
    }

    #[test]
    fn whoever_has_a_name_chooses_whether_to_show_it() {
        let me = Me {
            id: 7,
            username: Some("ana".into()),
            name: "Ana".into(),
            accepted: true,
        };
        let html = lobby(me).render().expect("it renders");
        assert!(html.contains("Appear as @<bdi>ana</bdi>") && html.contains("Stay anonymous"));
        assert!(html.contains(r#"name="accept" checked"#) && html.contains(r#"value="Ana""#));
    }

    #[test]
    fn a_talk_is_shown_as_text_and_says_what_both_like() {
        let html = talking(None);
        assert!(html.contains(r#"data-state="talk""#) && html.contains(r#"data-you="1""#));
        assert!(html.contains("You are talking with a stranger. You both like: climbing."));
        assert!(html.contains("&#60;script&#62;") && html.contains(r#"data-reason="""#));
    }

    #[test]
    fn a_talk_that_has_ended_says_why() {
        let html = talking(Some((NOW, MatchEnd::Lost)));
        assert!(html.contains(r#"data-state="ended""#) && html.contains(r#"data-reason="lost""#));
    }

    #[test]
    fn the_first_line_names_whom_it_is_with() {
        assert_eq!(opening("ana", &[], false), "You are talking with @ana.");
        assert_eq!(opening("ana", &[], true), "You were talking with @ana.");
    }
}
