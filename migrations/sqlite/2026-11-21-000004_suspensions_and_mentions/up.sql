-- The last message that names them: while it is beyond `read_seq` they have yet to see it.
ALTER TABLE memberships ADD COLUMN mentioned_seq BIGINT NOT NULL DEFAULT 0;
-- Why they are suspended; they are told.
ALTER TABLE users ADD COLUMN suspension_reason TEXT;
