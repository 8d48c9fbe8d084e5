-- A message's revision is its place until it is changed, so that only changed ones need an index of their own:
-- one entry less to write with every message.
DROP INDEX a_change_has_one_revision;
CREATE UNIQUE INDEX a_change_has_one_revision ON messages (conversation_id, rev) WHERE rev <> seq;
