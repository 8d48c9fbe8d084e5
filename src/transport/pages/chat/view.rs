//! What the pages show: the list alone, or a conversation beside it.

use super::super::Page;
use super::super::chat_list::ChatList;
use super::super::looks::{hue_of_conversation, picture_of};
use super::super::message_log::{Entry, MessageView, log, mark_mentions};
use super::super::problems::Problem;
use super::super::rooms::RoomView;
use super::super::times::long_label;
use crate::model::{Body, ClientId, Conversation, ConversationKind, Message, Timestamp, UserId};
use askama::Template;

#[derive(Template)]
#[template(path = "pages/chats.html")]
pub(super) struct HomePage {
    pub(super) page: Page,
    pub(super) list: ChatList,
}

#[derive(Template)]
#[template(path = "pages/chat.html")]
pub(super) struct ChatPage {
    pub(super) page: Page,
    pub(super) list: ChatList,
    pub(super) chat: ChatView,
    pub(super) modules: &'static [&'static str],
    /// Where the Refresh link of a page without script leads.
    pub(super) refresh: String,
    pub(super) problem: Option<Problem>,
}

impl ChatPage {
    /// A room under the heading of rooms.
    pub(super) fn section(conversation: &Conversation) -> &'static str {
        match conversation.kind {
            ConversationKind::Room => "room",
            ConversationKind::Direct | ConversationKind::Match => "chat",
        }
    }
}

/// The open conversation.
pub(super) struct ChatView {
    id: i64,
    title: String,
    /// What only rooms have.
    room: Option<RoomView>,
    username: String,
    peer_id: i64,
    hue: i64,
    initial: String,
    online: bool,
    /// `online`, `last seen today 14:05`, or nothing.
    state: String,
    last_seen: Option<String>,
    blocked: bool,
    counter: i64,
    last_seq: i64,
    read_seq: i64,
    unread: i64,
    peer_read_seq: i64,
    peer_delivered_seq: i64,
    entries: Vec<Entry>,
    /// What the script copies.
    blank: MessageView,
    /// The `seq` before which there is more.
    pub(super) earlier: Option<i64>,
    /// Whether the last message of the conversation is among those shown.
    pub(super) newest: bool,
    limit: usize,
    client_id: String,
    /// What was typed and refused.
    pub(super) unsent: String,
}

impl ChatView {
    pub(super) fn new(
        conversation: &Conversation,
        messages: &[Message],
        me: UserId,
        now: Timestamp,
    ) -> Self {
        let peer = conversation.peer.as_ref();
        let online = peer.is_some_and(|peer| peer.online);
        let last_seen = peer.and_then(|peer| peer.last_seen);
        let state = match last_seen {
            _ if online => "online".into(),
            Some(at) => format!("last seen {}", long_label(at, now)),
            None => String::new(),
        };
        Self {
            id: conversation.id.0,
            title: conversation.title.clone(),
            room: None,
            username: peer
                .map(|peer| peer.person.username.clone())
                .unwrap_or_default(),
            peer_id: peer.map_or(0, |peer| peer.person.id.0),
            hue: hue_of_conversation(conversation),
            initial: picture_of(conversation),
            online,
            state,
            last_seen: last_seen.map(|at| at.to_string()),
            blocked: peer.is_some_and(|peer| peer.blocked),
            counter: conversation.counter,
            last_seq: conversation.last_seq,
            unread: conversation.unread,
            read_seq: conversation.read_seq,
            peer_read_seq: peer.map_or(0, |peer| peer.read_seq),
            peer_delivered_seq: peer.map_or(0, |peer| peer.delivered_seq),
            entries: log(messages, conversation, me, now),
            blank: MessageView::blank(),
            earlier: None,
            newest: true,
            limit: Body::MAX_CHARS,
            client_id: ClientId::made_at(now, rand::random()).as_str().to_owned(),
            unsent: String::new(),
        }
    }

    /// The same in a room, whose members are there and by whose names messages are marked.
    pub(super) fn in_room(mut self, room: RoomView) -> Self {
        mark_mentions(&mut self.entries, &room.username);
        self.state = room.state();
        self.room = Some(room);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::modules;
    use super::super::super::samples::{NOW, conversation as with_ana, message, person};
    use super::*;

    fn rendered(conversation: &Conversation, messages: &[Message]) -> String {
        ChatPage {
            page: Page {
                section: "chat",
                ..Page::sample("Ana")
            },
            list: ChatList::new(UserId(1), vec![conversation.clone()], &[], NOW).open(5),
            chat: ChatView::new(conversation, messages, UserId(1), NOW),
            modules: &modules::CHAT,
            refresh: "/chats/5".into(),
            problem: None,
        }
        .render()
        .expect("it renders")
    }

    #[test]
    fn what_people_say_is_shown_as_text_and_whatever_changes_is_named() {
        let (me, ana) = (person(1, "Me"), person(2, "Ana"));
        let html = rendered(
            &with_ana(0),
            &[message(3, &ana, 2, "<script>"), message(4, &me, 1, "hi")],
        );
        assert!(html.contains("&#60;script&#62;") && html.contains(r#"data-message-id="4""#));
        assert!(
            html.contains(r#"data-client-id="c4""#) && !html.contains(r#"data-client-id="c3""#)
        );
        assert!(html.contains("New messages") && html.contains(r#"name="client_id" value="s-"#));
        assert!(!html.contains("style="), "the policy forbids inline styles");
    }

    #[test]
    fn a_blocked_person_cannot_be_written_to_but_can_be_unblocked() {
        let mut conversation = with_ana(0);
        conversation.peer.as_mut().expect("direct").blocked = true;
        let html = rendered(&conversation, &[]);
        assert!(html.contains("/people/2/unblock") && !html.contains("id=\"composer\""));
    }

    #[test]
    fn the_home_page_says_what_to_do_when_it_is_empty() {
        let page = Page {
            section: "chats",
            ..Page::sample("Chats")
        };
        let list = ChatList::new(UserId(1), vec![], &[], NOW);
        let html = HomePage { page, list }.render().expect("it renders");
        assert!(html.contains("No chats yet") && !html.contains(r#"id="no-chats" hidden"#));
    }
}
