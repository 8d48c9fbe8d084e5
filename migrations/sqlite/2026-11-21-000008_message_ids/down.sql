PRAGMA foreign_keys = OFF;
BEGIN IMMEDIATE;
CREATE TABLE messages_anew (
    id              INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    conversation_id BIGINT  NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    seq             BIGINT  NOT NULL,
    rev             BIGINT  NOT NULL,
    sender_id       BIGINT  NOT NULL,
    client_id       TEXT    NOT NULL,
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
DELETE FROM sqlite_sequence WHERE name = 'messages_anew';
INSERT INTO sqlite_sequence (name, seq)
    SELECT 'messages_anew',
           max(coalesce((SELECT max(id) FROM messages), 0),
               coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'messages'), 0),
               coalesce((SELECT CAST(value AS INTEGER) FROM server_facts WHERE name = 'newest_message_gone'), 0));
DELETE FROM server_facts WHERE name = 'newest_message_gone';
DROP TABLE messages;
ALTER TABLE messages_anew RENAME TO messages;
CREATE UNIQUE INDEX a_change_has_one_revision ON messages (conversation_id, rev) WHERE rev <> seq;
COMMIT;
PRAGMA foreign_keys = ON;
