-- When somebody said that they are of age and follow the rules of talking with strangers.
ALTER TABLE users ADD COLUMN match_rules_at BIGINT;

-- What a conversation between strangers has besides: both sides' interests, as a JSON list, how it
-- ended, and whether a report sealed its messages as evidence.
CREATE TABLE matches (
    conversation_id  INTEGER PRIMARY KEY NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    common_interests TEXT    NOT NULL,
    end_reason       TEXT    CONSTRAINT match_ends_are_known CHECK (end_reason IN ('left', 'lost', 'blocked', 'reported', 'moderator')),
    sealed           BOOLEAN NOT NULL DEFAULT FALSE
);

-- The two of a match. `seat` stands for their id and `alias` for their names as long as they are
-- strangers; once they keep in touch the seat is gone, and the alias is the name that they chose, if any.
-- `address` is a keyed hash.
CREATE TABLE match_people (
    user_id          BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    conversation_id  BIGINT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    seat             BIGINT CONSTRAINT a_match_has_two_seats CHECK (seat IN (1, 2)),
    alias            TEXT,
    address          TEXT   NOT NULL,
    asked_to_keep_at BIGINT,
    keep_name        TEXT,
    ended_at         BIGINT,
    PRIMARY KEY (user_id, conversation_id),
    CONSTRAINT a_seat_is_taken_once UNIQUE (conversation_id, seat),
    CONSTRAINT strangers_have_an_alias CHECK (seat IS NULL OR alias IS NOT NULL)
) WITHOUT ROWID;
CREATE UNIQUE INDEX nobody_is_in_two_matches ON match_people (user_id) WHERE ended_at IS NULL;
CREATE INDEX match_people_by_end ON match_people (user_id, ended_at);
CREATE INDEX match_people_by_conversation ON match_people (conversation_id);

-- Strangers who are never to meet again. Apart from `blocks`, whose list shows names.
CREATE TABLE match_blocks (
    blocker_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    blocked_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (blocker_id, blocked_id),
    CONSTRAINT nobody_avoids_themselves CHECK (blocker_id <> blocked_id)
);
CREATE INDEX match_blocks_by_blocked ON match_blocks (blocked_id);

-- A complaint, with the conversation as its evidence: that is kept for as long as the report is.
CREATE TABLE reports (
    id              INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    conversation_id BIGINT NOT NULL REFERENCES conversations (id),
    message_id      BIGINT REFERENCES messages (id),
    reporter_id     BIGINT NOT NULL REFERENCES users (id),
    reported_id     BIGINT NOT NULL REFERENCES users (id),
    reason          TEXT   NOT NULL,
    note            TEXT   NOT NULL,
    created_at      BIGINT NOT NULL,
    CONSTRAINT one_reports_a_conversation_once UNIQUE (conversation_id, reporter_id)
);
CREATE INDEX reports_by_reporter ON reports (reporter_id, created_at);
CREATE INDEX reports_by_reported ON reports (reported_id, created_at);
CREATE INDEX reports_by_message ON reports (message_id) WHERE message_id IS NOT NULL;

-- Who is never to meet whom, seen from both sides: blocked or reported, as strangers or as people.
CREATE VIEW apart (one_id, other_id) AS
    SELECT blocker_id, blocked_id FROM blocks
    UNION ALL SELECT blocked_id, blocker_id FROM blocks
    UNION ALL SELECT blocker_id, blocked_id FROM match_blocks
    UNION ALL SELECT blocked_id, blocker_id FROM match_blocks
    UNION ALL SELECT reporter_id, reported_id FROM reports
    UNION ALL SELECT reported_id, reporter_id FROM reports;

-- Who may not be matched for a time: a user, an address (its keyed hash), or both.
CREATE TABLE match_bans (
    id         INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    user_id    BIGINT REFERENCES users (id) ON DELETE CASCADE,
    address    TEXT,
    reason     TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    CONSTRAINT a_ban_binds_somebody CHECK (user_id IS NOT NULL OR address IS NOT NULL)
);
CREATE INDEX match_bans_by_user ON match_bans (user_id, expires_at);
CREATE INDEX match_bans_by_address ON match_bans (address, expires_at);

CREATE INDEX conversations_by_end ON conversations (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX guests_by_age ON users (created_at) WHERE kind = 'guest';
