-- The writer numbers messages one after the other, so that `AUTOINCREMENT` is not needed, which looks up and writes
-- back the last id of all with every insert: a seventh of what storing a message costs.
--
-- For no id to be given twice, the greater one of the newest message and `newest_message_gone` must never fall. Here
-- that begins with the last id given, whether its message is gone or not.
--
-- SQLite cannot take it away in place: the table is made anew, as https://sqlite.org/lang_altertable.html#otheralter says.
PRAGMA foreign_keys = OFF;
BEGIN IMMEDIATE;
CREATE TABLE messages_anew (
    id              INTEGER PRIMARY KEY NOT NULL,
    conversation_id BIGINT  NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    seq             BIGINT  NOT NULL,
    rev             BIGINT  NOT NULL,
    sender_id       BIGINT  NOT NULL,
    client_id       TEXT    NOT NULL,
    -- SHA-256 of what was first sent, so that a retry is told from another message after an edit.
    digest          BLOB    NOT NULL,
    body            TEXT    NOT NULL,
    sent_at         BIGINT  NOT NULL,
    edited_at       BIGINT,
    deleted         BOOLEAN NOT NULL DEFAULT FALSE,
    CONSTRAINT a_place_holds_one_message UNIQUE (conversation_id, seq),
    CONSTRAINT a_retry_is_known_by_its_client_id UNIQUE (client_id, sender_id)
);
INSERT INTO messages_anew
    SELECT id, conversation_id, seq, rev, sender_id, client_id, digest, body, sent_at, edited_at, deleted
      FROM messages ORDER BY id;
INSERT INTO server_facts (name, value) SELECT 'newest_message_gone', seq FROM sqlite_sequence WHERE name = 'messages';
DROP TABLE messages;
ALTER TABLE messages_anew RENAME TO messages;
CREATE UNIQUE INDEX a_change_has_one_revision ON messages (conversation_id, rev) WHERE rev <> seq;
CREATE TRIGGER the_newest_message_gone BEFORE DELETE ON messages
    WHEN old.id = (SELECT max(id) FROM messages)
BEGIN
    INSERT INTO server_facts (name, value) VALUES ('newest_message_gone', old.id)
        ON CONFLICT (name) DO UPDATE SET value = excluded.value
            WHERE CAST(value AS INTEGER) < old.id;
END;
COMMIT;
PRAGMA foreign_keys = ON;
