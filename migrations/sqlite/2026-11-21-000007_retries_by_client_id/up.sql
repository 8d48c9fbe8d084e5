-- A retry is looked for by its `client_id` first: clients number in the order of time, so that new entries stand side by
-- side. With the sender first, every message changed a page of its own.
--
-- Nor is the sender a reference any more: it would need an index by sender, which has the same price. Accounts whose words
-- are still there are never deleted, and `verify` looks.
--
-- SQLite cannot change a constraint in place: the table is made anew, as https://sqlite.org/lang_altertable.html#otheralter says.
PRAGMA foreign_keys = OFF;
BEGIN IMMEDIATE;
CREATE TABLE messages_anew (
    id              INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
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
-- No id is given twice, not even that of a message that is gone.
DELETE FROM sqlite_sequence WHERE name = 'messages_anew';
INSERT INTO sqlite_sequence (name, seq) SELECT 'messages_anew', seq FROM sqlite_sequence WHERE name = 'messages';
DROP TABLE messages;
ALTER TABLE messages_anew RENAME TO messages;
CREATE UNIQUE INDEX a_change_has_one_revision ON messages (conversation_id, rev) WHERE rev <> seq;
COMMIT;
PRAGMA foreign_keys = ON;
