//! The script modules of the pages that have many, so that a browser fetches them side by side, not one by one.

/// Of the page of a conversation.
pub(super) const CHAT: [&str; 17] = [
    "js/chat.js",
    "js/lib/announcer.js",
    "js/lib/chat_list.js",
    "js/lib/composer.js",
    "js/lib/connection_bar.js",
    "js/lib/controls.js",
    "js/lib/ids.js",
    "js/lib/keys.js",
    "js/lib/link.js",
    "js/lib/live.js",
    "js/lib/message_log.js",
    "js/lib/notifications.js",
    "js/lib/outbox.js",
    "js/lib/storage.js",
    "js/lib/talk.js",
    "js/lib/times.js",
    "vendor/socket.io-client-4.8.4.esm.min.js",
];

/// Of the page of a room: the same, and what only rooms need.
pub(super) const ROOM: [&str; 22] = [
    "js/chat.js",
    "js/lib/announcer.js",
    "js/lib/chat_list.js",
    "js/lib/completion.js",
    "js/lib/composer.js",
    "js/lib/connection_bar.js",
    "js/lib/controls.js",
    "js/lib/ids.js",
    "js/lib/keys.js",
    "js/lib/link.js",
    "js/lib/live.js",
    "js/lib/members.js",
    "js/lib/mentions.js",
    "js/lib/message_log.js",
    "js/lib/notices.js",
    "js/lib/notifications.js",
    "js/lib/outbox.js",
    "js/lib/room.js",
    "js/lib/storage.js",
    "js/lib/talk.js",
    "js/lib/times.js",
    "vendor/socket.io-client-4.8.4.esm.min.js",
];

/// Of the page of talks with strangers.
pub(super) const MATCH: [&str; 25] = [
    "js/match.js",
    "js/lib/announcer.js",
    "js/lib/census.js",
    "js/lib/chime.js",
    "js/lib/composer.js",
    "js/lib/connection_bar.js",
    "js/lib/controls.js",
    "js/lib/ids.js",
    "js/lib/link.js",
    "js/lib/lobby.js",
    "js/lib/match_keys.js",
    "js/lib/match_line.js",
    "js/lib/message_log.js",
    "js/lib/notifications.js",
    "js/lib/outbox.js",
    "js/lib/personal.js",
    "js/lib/save_text.js",
    "js/lib/search.js",
    "js/lib/stage.js",
    "js/lib/storage.js",
    "js/lib/tags.js",
    "js/lib/talk.js",
    "js/lib/times.js",
    "js/lib/twice.js",
    "vendor/socket.io-client-4.8.4.esm.min.js",
];

#[cfg(test)]
mod tests {
    use super::super::statics;
    use super::*;

    #[test]
    fn every_module_is_announced_and_is_there() {
        for module in CHAT.iter().chain(&ROOM).chain(&MATCH) {
            assert!(statics::is_there(module), "{module}");
        }
        assert!(CHAT.iter().all(|module| ROOM.contains(module)));
        assert!(statics::is_there("css/match.css"));
    }
}
