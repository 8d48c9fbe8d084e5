-- Looking for people by a part of their name looks at everybody who is listed, in this order, until enough are
-- found. All that it asks of them is in the index: the rows lie elsewhere, each at a place of its own.
CREATE INDEX people_by_username
    ON users (username_key, name, username, kind, suspended_until, is_listed) WHERE is_listed;
