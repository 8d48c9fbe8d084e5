DROP INDEX a_change_has_one_revision;
CREATE UNIQUE INDEX a_change_has_one_revision ON messages (conversation_id, rev);
