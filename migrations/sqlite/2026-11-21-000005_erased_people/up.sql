-- Whom a line is about, whatever they were called then: names change, and are free again once somebody is erased.
ALTER TABLE audit_log ADD COLUMN subject_id BIGINT REFERENCES users (id) ON DELETE SET NULL;
CREATE INDEX audit_log_by_subject ON audit_log (subject_id) WHERE subject_id IS NOT NULL;
-- When somebody was erased. Until now it was known by the moment until when they are suspended.
ALTER TABLE users ADD COLUMN erased_at BIGINT;
UPDATE users SET erased_at = CAST(strftime('%s', 'now') AS INTEGER) * 1000 WHERE suspended_until = 253402300799000;
