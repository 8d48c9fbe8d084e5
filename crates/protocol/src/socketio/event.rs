//! The names of the events.

/// Client: say something.
pub const MESSAGE_SEND: &str = "message:send";
/// Client: change it.
pub const MESSAGE_EDIT: &str = "message:edit";
/// Client: take it back.
pub const MESSAGE_DELETE: &str = "message:delete";
/// Client: a page of history.
pub const HISTORY: &str = "history";
/// Client: catch up.
pub const SYNC: &str = "sync";
/// Client: I have read up to here.
pub const READ: &str = "read";
/// Client: my device has received up to here.
pub const DELIVERED: &str = "delivered";
/// Both ways: somebody writes.
pub const TYPING: &str = "typing";
/// Client: find or make a direct conversation.
pub const CONVERSATION_OPEN: &str = "conversation:open";
/// Client: all of mine.
pub const CONVERSATION_LIST: &str = "conversation:list";
/// Client: I do not want to hear them.
pub const USER_BLOCK: &str = "user:block";
/// Client: I do again.
pub const USER_UNBLOCK: &str = "user:unblock";
/// Server: the first event after CONNECT.
pub const READY: &str = "ready";
/// Server: a message was stored.
pub const MESSAGE_NEW: &str = "message:new";
/// Server: a message has another body.
pub const MESSAGE_EDITED: &str = "message:edited";
/// Server: a message is a tombstone.
pub const MESSAGE_DELETED: &str = "message:deleted";
/// Server: somebody received or read further.
pub const RECEIPT: &str = "receipt";
/// Server: somebody came or went.
pub const PRESENCE: &str = "presence";
/// Server: a conversation is new to you.
pub const CONVERSATION_NEW: &str = "conversation:new";
/// Server: your credential ended.
pub const SESSION_ENDED: &str = "session:ended";
/// Server: it is about to stop.
pub const SERVER_DRAINING: &str = "server:draining";
