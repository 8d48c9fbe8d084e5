-- A second way into an account: an e-mail address, looked up ignoring case, and a password (bcrypt).
-- What was handed out or remembered under an earlier password ends when `password_set_at` moves.
ALTER TABLE users ADD COLUMN email TEXT;
ALTER TABLE users ADD COLUMN email_key TEXT;
ALTER TABLE users ADD COLUMN password TEXT;
ALTER TABLE users ADD COLUMN password_set_at BIGINT;
ALTER TABLE users ADD COLUMN is_admin BOOLEAN NOT NULL DEFAULT FALSE;
-- Whether others find them by name.
ALTER TABLE users ADD COLUMN is_listed BOOLEAN NOT NULL DEFAULT FALSE;
CREATE INDEX listed_people ON users (id) WHERE is_listed;
CREATE UNIQUE INDEX emails_are_unique ON users (email_key) WHERE email_key IS NOT NULL;

-- `api` tokens are made in the settings, `access` tokens by `GET /api/token`, `room` tokens by `POST /login`.
ALTER TABLE api_tokens ADD COLUMN kind TEXT NOT NULL DEFAULT 'api'
    CONSTRAINT api_token_kinds_are_known CHECK (kind IN ('api', 'access', 'room'));
-- What was made by a token ends with it.
ALTER TABLE api_tokens ADD COLUMN parent_id BIGINT REFERENCES api_tokens (id) ON DELETE CASCADE;
CREATE INDEX api_tokens_by_parent ON api_tokens (parent_id) WHERE parent_id IS NOT NULL;

-- What a mail about a forgotten password opens, once. `key` is the SHA-256 of the link's token.
CREATE TABLE password_resets (
    id         INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    key        TEXT   NOT NULL CONSTRAINT password_reset_keys_are_unique UNIQUE,
    user_id    BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    expires_at BIGINT NOT NULL
);
CREATE INDEX password_resets_by_user ON password_resets (user_id);
CREATE INDEX password_resets_by_expiry ON password_resets (expires_at);

-- Who had an SMS of their own sent: theirs are counted besides, and prove no number.
ALTER TABLE sms_sends ADD COLUMN user_id BIGINT REFERENCES users (id) ON DELETE SET NULL;
CREATE INDEX sms_sends_by_user ON sms_sends (user_id, sent_at) WHERE user_id IS NOT NULL;

-- Rooms: their name as it is compared, who made them, and when they were last renamed or given a topic.
ALTER TABLE conversations ADD COLUMN name_key TEXT;
ALTER TABLE conversations ADD COLUMN created_by BIGINT REFERENCES users (id) ON DELETE SET NULL;
ALTER TABLE conversations ADD COLUMN changed_at BIGINT;
CREATE UNIQUE INDEX room_names_are_unique ON conversations (name_key) WHERE name_key IS NOT NULL;
CREATE INDEX rooms_by_creator ON conversations (created_by) WHERE created_by IS NOT NULL;
INSERT INTO conversations (kind, title, name_key, topic, created_at)
    VALUES ('room', 'general', 'general', 'Everything and nothing', CAST(strftime('%s', 'now') AS INTEGER) * 1000);

-- Somebody who is in a room for as long as their connection lasts.
ALTER TABLE memberships ADD COLUMN is_passing BOOLEAN NOT NULL DEFAULT FALSE;
CREATE INDEX passing_memberships ON memberships (user_id) WHERE is_passing;

-- Reports of chats besides those of matches. A match is its own evidence; of a chat, which its people
-- can change and delete, the evidence is a copy.
DROP VIEW apart;
CREATE TABLE reports_with_outcome (
    id              INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    conversation_id BIGINT REFERENCES conversations (id) ON DELETE SET NULL,
    message_id      BIGINT REFERENCES messages (id) ON DELETE SET NULL,
    reporter_id     BIGINT NOT NULL REFERENCES users (id),
    reported_id     BIGINT NOT NULL REFERENCES users (id),
    reason          TEXT   NOT NULL,
    note            TEXT   NOT NULL,
    created_at      BIGINT NOT NULL,
    outcome         TEXT   CONSTRAINT report_outcomes_are_known CHECK (outcome IN ('dismissed', 'warned', 'suspended', 'banned')),
    handled_by      BIGINT REFERENCES users (id) ON DELETE SET NULL,
    handled_at      BIGINT,
    -- What the room was called: a report outlives it.
    place           TEXT
);
INSERT INTO reports_with_outcome (id, conversation_id, message_id, reporter_id, reported_id, reason, note, created_at)
    SELECT id, conversation_id, message_id, reporter_id, reported_id, reason, note, created_at FROM reports;
DROP TABLE reports;
ALTER TABLE reports_with_outcome RENAME TO reports;
CREATE INDEX reports_by_reporter ON reports (reporter_id, created_at);
CREATE INDEX reports_by_reported ON reports (reported_id, created_at);
CREATE INDEX reports_by_message ON reports (message_id) WHERE message_id IS NOT NULL;
CREATE INDEX reports_by_conversation ON reports (conversation_id, reporter_id);
CREATE INDEX reports_in_the_queue ON reports (id) WHERE handled_at IS NULL;
-- People go on talking after a report was handled, so that there may have to be another.
CREATE UNIQUE INDEX one_report_of_a_person_is_open ON reports (conversation_id, reporter_id, reported_id)
    WHERE handled_at IS NULL;
CREATE VIEW apart (one_id, other_id) AS
    SELECT blocker_id, blocked_id FROM blocks
    UNION ALL SELECT blocked_id, blocker_id FROM blocks
    UNION ALL SELECT blocker_id, blocked_id FROM match_blocks
    UNION ALL SELECT blocked_id, blocker_id FROM match_blocks
    UNION ALL SELECT reporter_id, reported_id FROM reports
    UNION ALL SELECT reported_id, reporter_id FROM reports;

CREATE TABLE report_evidence (
    report_id BIGINT NOT NULL REFERENCES reports (id) ON DELETE CASCADE,
    seq       BIGINT NOT NULL,
    sender_id BIGINT NOT NULL,
    -- Their name at that time.
    sender    TEXT   NOT NULL,
    body      TEXT   NOT NULL,
    sent_at   BIGINT NOT NULL,
    -- Whether it is the message that the report is about.
    is_subject BOOLEAN NOT NULL DEFAULT FALSE,
    PRIMARY KEY (report_id, seq)
) WITHOUT ROWID;

-- What those who look after the server have to say to somebody, until they have read it.
ALTER TABLE users ADD COLUMN notice TEXT;

-- What administrators did. Names outlive those whom they name.
CREATE TABLE audit_log (
    id       INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    admin_id BIGINT REFERENCES users (id) ON DELETE SET NULL,
    admin    TEXT   NOT NULL,
    act      TEXT   NOT NULL,
    subject  TEXT   NOT NULL,
    detail   TEXT   NOT NULL,
    done_at  BIGINT NOT NULL
);
