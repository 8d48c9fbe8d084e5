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
/// Client: every room.
pub const ROOM_LIST: &str = "room:list";
/// Client: make a room.
pub const ROOM_CREATE: &str = "room:create";
/// Client: delete a room of mine.
pub const ROOM_DELETE: &str = "room:delete";
/// Client: come into a room.
pub const ROOM_JOIN: &str = "room:join";
/// Client: leave it.
pub const ROOM_LEAVE: &str = "room:leave";
/// Client: who is in a room of mine.
pub const ROOM_MEMBERS: &str = "room:members";
/// Both ways: a command to whoever in the room understands it.
pub const ROOM_COMMAND: &str = "room:command";
/// Client: I do not want to hear them.
pub const USER_BLOCK: &str = "user:block";
/// Client: I do again.
pub const USER_UNBLOCK: &str = "user:unblock";
/// Client: find a stranger to talk with.
pub const MATCH_FIND: &str = "match:find";
/// Client: stop looking.
pub const MATCH_CANCEL: &str = "match:cancel";
/// Client: leave the stranger.
pub const MATCH_LEAVE: &str = "match:leave";
/// Client: leave, and find another.
pub const MATCH_NEXT: &str = "match:next";
/// Client: I would like to keep in touch.
pub const MATCH_KEEP: &str = "match:keep";
/// Client: somebody misbehaves.
pub const REPORT: &str = "report";
/// Server: you wait for a stranger.
pub const MATCH_WAITING: &str = "match:waiting";
/// Server: you do not wait any more.
pub const MATCH_CANCELLED: &str = "match:cancelled";
/// Server: there is one.
pub const MATCH_FOUND: &str = "match:found";
/// Server: the stranger is not here, or is again.
pub const MATCH_PARTNER: &str = "match:partner";
/// Server: the match is over.
pub const MATCH_ENDED: &str = "match:ended";
/// Server: both want to keep in touch.
pub const MATCH_KEPT: &str = "match:kept";
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
/// Server: you are in it no more.
pub const CONVERSATION_REMOVED: &str = "conversation:removed";
/// Server: somebody came into a room.
pub const MEMBER_JOINED: &str = "member:joined";
/// Server: somebody left it.
pub const MEMBER_LEFT: &str = "member:left";
/// Server: a room has another name or topic.
pub const ROOM_CHANGED: &str = "room:changed";
/// Server: a message in a room names you.
pub const MENTION: &str = "mention";
/// Server: those who look after it have something to say to you.
pub const NOTICE_NEW: &str = "notice:new";
/// Server: your credential ended.
pub const SESSION_ENDED: &str = "session:ended";
/// Server: it is about to stop.
pub const SERVER_DRAINING: &str = "server:draining";
