-- What a peer keeps: as much of a chat as the load needs. Times are UTC milliseconds since 1970.

CREATE TABLE users (
    id       INTEGER PRIMARY KEY NOT NULL,
    username TEXT NOT NULL
);

-- `token` is what the client shows: a peer need not hash it.
CREATE TABLE tokens (
    token   TEXT    PRIMARY KEY NOT NULL,
    user_id INTEGER NOT NULL REFERENCES users (id)
) WITHOUT ROWID;

CREATE TABLE conversations (
    id       INTEGER PRIMARY KEY NOT NULL,
    last_seq INTEGER NOT NULL DEFAULT 0
);

CREATE TABLE memberships (
    user_id         INTEGER NOT NULL REFERENCES users (id),
    conversation_id INTEGER NOT NULL REFERENCES conversations (id),
    PRIMARY KEY (user_id, conversation_id)
) WITHOUT ROWID;

CREATE TABLE messages (
    id              INTEGER PRIMARY KEY NOT NULL,
    conversation_id INTEGER NOT NULL REFERENCES conversations (id),
    seq             INTEGER NOT NULL,
    sender_id       INTEGER NOT NULL REFERENCES users (id),
    client_id       TEXT    NOT NULL,
    body            TEXT    NOT NULL,
    sent_at         INTEGER NOT NULL,
    UNIQUE (conversation_id, seq)
);
