ALTER TABLE memberships DROP COLUMN mentioned_seq;
ALTER TABLE users DROP COLUMN suspension_reason;
