DROP TABLE audit_log;
DROP TABLE report_evidence;
DROP VIEW apart;
CREATE TABLE reports_of_matches (
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
INSERT OR IGNORE INTO reports_of_matches
    SELECT r.id, r.conversation_id, r.message_id, r.reporter_id, r.reported_id, r.reason, r.note, r.created_at
      FROM reports r JOIN matches m ON m.conversation_id = r.conversation_id;
DROP TABLE reports;
ALTER TABLE reports_of_matches RENAME TO reports;
CREATE INDEX reports_by_reporter ON reports (reporter_id, created_at);
CREATE INDEX reports_by_reported ON reports (reported_id, created_at);
CREATE INDEX reports_by_message ON reports (message_id) WHERE message_id IS NOT NULL;
CREATE VIEW apart (one_id, other_id) AS
    SELECT blocker_id, blocked_id FROM blocks
    UNION ALL SELECT blocked_id, blocker_id FROM blocks
    UNION ALL SELECT blocker_id, blocked_id FROM match_blocks
    UNION ALL SELECT blocked_id, blocker_id FROM match_blocks
    UNION ALL SELECT reporter_id, reported_id FROM reports
    UNION ALL SELECT reported_id, reporter_id FROM reports;

DROP INDEX passing_memberships;
ALTER TABLE memberships DROP COLUMN is_passing;
DELETE FROM conversations WHERE kind = 'room';
DROP INDEX rooms_by_creator;
DROP INDEX room_names_are_unique;
ALTER TABLE conversations DROP COLUMN changed_at;
ALTER TABLE conversations DROP COLUMN created_by;
ALTER TABLE conversations DROP COLUMN name_key;
DROP INDEX sms_sends_by_user;
ALTER TABLE sms_sends DROP COLUMN user_id;
DROP TABLE password_resets;
DROP INDEX api_tokens_by_parent;
ALTER TABLE api_tokens DROP COLUMN parent_id;
ALTER TABLE api_tokens DROP COLUMN kind;
DROP INDEX emails_are_unique;
DROP INDEX listed_people;
ALTER TABLE users DROP COLUMN notice;
ALTER TABLE users DROP COLUMN is_listed;
ALTER TABLE users DROP COLUMN is_admin;
ALTER TABLE users DROP COLUMN password_set_at;
ALTER TABLE users DROP COLUMN password;
ALTER TABLE users DROP COLUMN email_key;
ALTER TABLE users DROP COLUMN email;
