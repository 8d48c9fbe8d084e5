//! Everything that can be pushed to anybody, and to whom.

use super::{
    Command, Conversation, ConversationId, MatchEnd, MatchState, Message, PartnerPresence, Profile,
    SessionId, Stay, Timestamp, TokenId, UserId,
};
use smallvec::SmallVec;
use std::sync::Arc;

/// Something that happened. Each transport's sink says in one `match` how it tells of it.
#[derive(Clone, Debug)]
pub enum Event {
    /// A message was stored.
    MessageSent(Arc<Message>),
    /// A message has another body now.
    MessageEdited(Arc<Message>),
    /// A message is a tombstone now.
    MessageDeleted(Arc<Message>),
    /// A member received or read further.
    Receipt(Receipt),
    /// Somebody writes, or stopped. A lease of six seconds.
    Typing {
        /// Where.
        conversation_id: ConversationId,
        /// Who, as the others see them.
        user: Profile,
        /// Who, to tell nobody of their own typing. Never leaves the server.
        author: UserId,
        /// Whether they began or stopped.
        on: bool,
    },
    /// Somebody came or went.
    Presence {
        /// Who.
        user_id: UserId,
        /// Came or went.
        online: bool,
        /// When they went.
        last_seen: Option<Timestamp>,
    },
    /// A conversation is new to the one it is addressed to, seen as they see it.
    ConversationAdded(Box<Conversation>),
    /// Those whom it is addressed to are in it no more: they left, or it is gone.
    ConversationRemoved(ConversationId),
    /// Somebody is in a room who was not.
    MemberJoined {
        /// Who and where.
        who: Attendance,
        /// For how long.
        stay: Stay,
    },
    /// Somebody is in a room no more.
    MemberLeft(Attendance),
    /// Somebody who is in a room to stay came in by a connection that tells who is there, or closed it.
    /// Their membership is as it was.
    MemberVisits {
        /// Who and where.
        who: Attendance,
        /// Came or closed.
        on: bool,
    },
    /// A room has another name or topic now.
    RoomChanged {
        /// Which.
        conversation_id: ConversationId,
        /// What it is called now.
        name: String,
        /// What it is about now.
        topic: String,
    },
    /// A command to whoever in a room understands it. Not stored.
    RoomCommand {
        /// Where.
        conversation_id: ConversationId,
        /// By whom.
        user: Profile,
        /// What, and with what.
        command: Command,
        /// When.
        sent_at: Timestamp,
    },
    /// A message in a room names the one it is addressed to.
    Mention(Arc<Message>),
    /// The one it is addressed to waits for a stranger.
    MatchWaiting(MatchState),
    /// They do not wait any more.
    MatchCancelled,
    /// There is one.
    MatchFound(MatchState),
    /// The stranger is not here, or is again.
    MatchPartner {
        /// In which match.
        conversation_id: ConversationId,
        /// How it is.
        presence: PartnerPresence,
    },
    /// The match is over.
    MatchEnded {
        /// Which.
        conversation_id: ConversationId,
        /// Why, as far as the one it is addressed to is told.
        reason: MatchEnd,
    },
    /// Both want to keep in touch: the conversation as the one it is addressed to sees it from now on.
    /// It is still a match while one of them has no account.
    MatchKept {
        /// Which match.
        conversation_id: ConversationId,
        /// Where they talk from now on.
        conversation: Box<Conversation>,
    },
    /// Those who look after the server have something to say to the one it is addressed to.
    NoticeGiven(String),
    /// A credential ended; its sockets must close.
    SessionEnded(SessionEnd),
}

/// Somebody who comes into a room or leaves it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attendance {
    /// Which room.
    pub conversation_id: ConversationId,
    /// What the room is called.
    pub room: String,
    /// Who.
    pub user: Profile,
    /// Whether they have a connection.
    pub online: bool,
    /// When.
    pub at: Timestamp,
}

/// How far a member of a conversation has got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// Where.
    pub conversation_id: ConversationId,
    /// Who.
    pub user_id: UserId,
    /// Received up to here.
    pub delivered_seq: i64,
    /// Read up to here.
    pub read_seq: i64,
}

/// Why a credential ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionEnd {
    /// Its owner ended it.
    SignedOut,
    /// A moderator suspended the account.
    Suspended,
    /// Its time was over.
    Expired,
}

/// An address that sockets listen at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Topic {
    /// Every socket of a user.
    User(UserId),
    /// The sockets of one browser session.
    Session(SessionId),
    /// The sockets of one API token.
    Token(TokenId),
    /// The sockets of everybody in a room: one address, however many they are.
    Room(ConversationId),
}

/// The addresses of one event: hardly ever more than the two of a chat.
pub type Topics = SmallVec<[Topic; 2]>;

/// An event with its addresses.
#[derive(Clone, Debug)]
pub struct Envelope {
    /// To whom.
    pub topics: Topics,
    /// What.
    pub event: Event,
}
