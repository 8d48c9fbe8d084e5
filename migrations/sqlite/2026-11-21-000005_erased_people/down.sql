ALTER TABLE users DROP COLUMN erased_at;
DROP INDEX audit_log_by_subject;
ALTER TABLE audit_log DROP COLUMN subject_id;
