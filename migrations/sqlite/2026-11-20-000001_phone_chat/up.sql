-- Times are UTC milliseconds since 1970. Ids may have gaps; order within a conversation is `seq`.

CREATE TABLE server_facts (
    name  TEXT PRIMARY KEY NOT NULL,
    value TEXT NOT NULL
);

CREATE TABLE users (
    id              INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    kind            TEXT   NOT NULL CONSTRAINT users_kind_is_known CHECK (kind IN ('person', 'guest', 'bot')),
    name            TEXT   NOT NULL,
    username        TEXT   NOT NULL,
    -- NFKC and lower case: what two spellings of one username share.
    username_key    TEXT   NOT NULL CONSTRAINT usernames_are_unique UNIQUE,
    phone           TEXT   CONSTRAINT phones_are_unique UNIQUE,
    theme           TEXT   NOT NULL DEFAULT 'system' CONSTRAINT users_theme_is_known CHECK (theme IN ('system', 'light', 'dark')),
    suspended_until BIGINT,
    last_seen_at    BIGINT,
    created_at      BIGINT NOT NULL
);

-- Browser sessions, signed in or on the way there. `key` is the SHA-256 of the cookie's id: the
-- database alone opens no session.
CREATE TABLE sessions (
    id           INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    key          TEXT   NOT NULL CONSTRAINT session_keys_are_unique UNIQUE,
    user_id      BIGINT REFERENCES users (id) ON DELETE CASCADE,
    data         TEXT   NOT NULL,
    user_agent   TEXT   NOT NULL DEFAULT '',
    created_at   BIGINT NOT NULL,
    last_used_at BIGINT NOT NULL,
    expires_at   BIGINT NOT NULL
);
CREATE INDEX sessions_by_user ON sessions (user_id);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

CREATE TABLE api_tokens (
    id           INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    key          TEXT   NOT NULL CONSTRAINT api_token_keys_are_unique UNIQUE,
    user_id      BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    label        TEXT   NOT NULL,
    created_at   BIGINT NOT NULL,
    last_used_at BIGINT,
    expires_at   BIGINT NOT NULL
);
CREATE INDEX api_tokens_by_user ON api_tokens (user_id);

-- One proof of a number under way: the code that was sent last, and how often it was tried.
-- `key` is the SHA-256 of the challenge, `code_mac` a keyed hash of challenge and code.
CREATE TABLE phone_challenges (
    id          INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    key         TEXT   NOT NULL CONSTRAINT phone_challenge_keys_are_unique UNIQUE,
    phone       TEXT   NOT NULL,
    code_mac    TEXT   NOT NULL,
    failures    BIGINT NOT NULL DEFAULT 0,
    next_try_at BIGINT NOT NULL,
    sends       BIGINT NOT NULL DEFAULT 1,
    sent_at     BIGINT NOT NULL,
    expires_at  BIGINT NOT NULL,
    -- Set once the code was given right: the SHA-256 of what makes the account, and until when.
    signup_key  TEXT   CONSTRAINT phone_signup_keys_are_unique UNIQUE,
    used_at     BIGINT
);
CREATE INDEX phone_challenges_by_expiry ON phone_challenges (expires_at);

-- What was sent and what was guessed, for the limits that cost money: kept for a day, so that a
-- restart forgets none. Addresses are keyed hashes.
CREATE TABLE sms_sends (
    id       INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    phone    TEXT    NOT NULL,
    prefix   TEXT    NOT NULL,
    country  TEXT    NOT NULL,
    address  TEXT    NOT NULL,
    network  TEXT    NOT NULL,
    verified BOOLEAN NOT NULL DEFAULT FALSE,
    sent_at  BIGINT  NOT NULL
);
CREATE INDEX sms_sends_by_time ON sms_sends (sent_at);
CREATE INDEX sms_sends_by_phone ON sms_sends (phone, sent_at);
CREATE INDEX sms_sends_by_prefix ON sms_sends (prefix, sent_at);
CREATE INDEX sms_sends_by_country ON sms_sends (country, sent_at);
CREATE INDEX sms_sends_by_address ON sms_sends (address, sent_at);
CREATE INDEX sms_sends_by_network ON sms_sends (network, sent_at);

CREATE TABLE code_failures (
    id        INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    phone     TEXT   NOT NULL,
    address   TEXT   NOT NULL,
    failed_at BIGINT NOT NULL
);
CREATE INDEX code_failures_by_time ON code_failures (failed_at);
CREATE INDEX code_failures_by_phone ON code_failures (phone, failed_at);
CREATE INDEX code_failures_by_address ON code_failures (address, failed_at);

CREATE TABLE contacts (
    id         INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    owner_id   BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    person_id  BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    label      TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    CONSTRAINT a_person_is_listed_once UNIQUE (owner_id, person_id),
    CONSTRAINT nobody_lists_themselves CHECK (owner_id <> person_id)
);
CREATE INDEX contacts_by_person ON contacts (person_id);

-- Who asked for people by number or name, so that asking in sequence stops early.
CREATE TABLE contact_lookups (
    id       INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    owner_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    asked_at BIGINT NOT NULL
);
CREATE INDEX contact_lookups_by_owner ON contact_lookups (owner_id, asked_at);

CREATE TABLE blocks (
    blocker_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    blocked_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (blocker_id, blocked_id),
    CONSTRAINT nobody_blocks_themselves CHECK (blocker_id <> blocked_id)
);
CREATE INDEX blocks_by_blocked ON blocks (blocked_id);

CREATE TABLE conversations (
    id         INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    kind       TEXT   NOT NULL CONSTRAINT conversations_kind_is_known CHECK (kind IN ('direct', 'room', 'match')),
    -- The two people of a direct conversation, the smaller id first: a pair has one conversation.
    low_id     BIGINT REFERENCES users (id) ON DELETE CASCADE,
    high_id    BIGINT REFERENCES users (id) ON DELETE CASCADE,
    title      TEXT,
    topic      TEXT,
    counter    BIGINT NOT NULL DEFAULT 0,
    last_seq   BIGINT NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL,
    ended_at   BIGINT,
    CONSTRAINT a_pair_has_one_conversation UNIQUE (low_id, high_id),
    CONSTRAINT a_direct_conversation_has_its_pair CHECK ((kind = 'direct') = (low_id IS NOT NULL AND high_id IS NOT NULL)),
    CONSTRAINT the_pair_is_in_order CHECK (low_id < high_id)
);

CREATE TABLE memberships (
    user_id         BIGINT  NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    conversation_id BIGINT  NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    read_seq        BIGINT  NOT NULL DEFAULT 0,
    delivered_seq   BIGINT  NOT NULL DEFAULT 0,
    muted           BOOLEAN NOT NULL DEFAULT FALSE,
    joined_at       BIGINT  NOT NULL,
    PRIMARY KEY (user_id, conversation_id)
);
CREATE INDEX memberships_by_conversation ON memberships (conversation_id);

CREATE TABLE messages (
    id              INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    conversation_id BIGINT  NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    seq             BIGINT  NOT NULL,
    rev             BIGINT  NOT NULL,
    sender_id       BIGINT  NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    client_id       TEXT    NOT NULL,
    -- SHA-256 of what was first sent, so that a retry is told from another message after an edit.
    digest          BLOB    NOT NULL,
    body            TEXT    NOT NULL,
    sent_at         BIGINT  NOT NULL,
    edited_at       BIGINT,
    deleted         BOOLEAN NOT NULL DEFAULT FALSE,
    CONSTRAINT a_place_holds_one_message UNIQUE (conversation_id, seq),
    CONSTRAINT a_retry_is_known_by_its_client_id UNIQUE (sender_id, client_id)
);
CREATE UNIQUE INDEX a_change_has_one_revision ON messages (conversation_id, rev);
