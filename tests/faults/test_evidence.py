"""What is read off the database is what stands in it: each way to spoil one is named."""

import sqlite3

import pytest

import evidence

SCHEMA = """
CREATE TABLE users (id INTEGER PRIMARY KEY);
CREATE TABLE conversations (id INTEGER PRIMARY KEY, kind TEXT, low_id BIGINT, high_id BIGINT, counter BIGINT, last_seq BIGINT);
CREATE TABLE messages (
    id INTEGER PRIMARY KEY, conversation_id BIGINT, seq BIGINT, rev BIGINT, sender_id BIGINT REFERENCES users (id), client_id TEXT, body TEXT);
INSERT INTO users VALUES (1), (2), (3);
INSERT INTO conversations VALUES (7, 'direct', 1, 2, 2, 2), (8, 'room', NULL, NULL, 1, 1), (9, 'direct', 1, 3, 0, 0);
INSERT INTO messages VALUES (1, 7, 1, 1, 1, 'a', 'a 1 of kevin'), (2, 7, 2, 2, 2, 'b', 'b 1 of jz'), (3, 8, 1, 1, 3, 'c', 'c 1 of sam');
"""


@pytest.fixture
def database(tmp_path):
    """Three people, a talk, a room, and a talk in which nothing was said: everything as it should be."""
    path = tmp_path / "chinwag.db"
    with sqlite3.connect(path) as connection:
        connection.executescript(SCHEMA)
    return path


def spoil(database, statement):
    with sqlite3.connect(database) as connection:
        connection.execute(statement)


def test_a_whole_database_passes(database):
    assert evidence.contradictions(database) == []
    assert evidence.damage(database) == []
    assert [line.sender for line in evidence.by_database(database, 7)] == ["kevin", "jz"]


@pytest.mark.parametrize("statement, finding", [
    ("DELETE FROM messages WHERE id = 1", "places are not 1 to n"),
    ("DELETE FROM messages WHERE id = 2", "a counter that does not fit"),
    ("UPDATE messages SET seq = 3 WHERE id = 2", "places are not 1 to n"),
    ("UPDATE conversations SET last_seq = 9 WHERE id = 8", "a counter that does not fit"),
    ("UPDATE conversations SET counter = 1 WHERE id = 9", "a counter that does not fit"),
    ("INSERT INTO messages VALUES (4, 8, 2, 2, 3, 'c', 'c 1 of sam')", "one client id twice"),
    ("UPDATE messages SET sender_id = 3 WHERE id = 2", "somebody who speaks in a direct conversation of others"),
])
def test_each_contradiction_is_found(database, statement, finding):
    spoil(database, statement)
    assert any(sentence.startswith(finding) for sentence in evidence.contradictions(database))


def test_a_reference_to_nobody_is_found(database):
    spoil(database, "DELETE FROM users WHERE id = 3")
    assert [sentence.split(":")[0] for sentence in evidence.damage(database)] == ["foreign key"]


def test_a_page_that_was_overwritten_is_found(database):
    with sqlite3.connect(database) as connection:
        (page,) = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'users'").fetchone()
        (size,) = connection.execute("PRAGMA page_size").fetchone()
    with database.open("r+b") as file:
        # Past the head of the page: where its cells are said to stand.
        file.seek((page - 1) * size + 8)
        file.write(b"\x00\x01" * 3)
    assert evidence.damage(database) != []


def test_a_client_id_beside_a_body_of_another_is_found(database):
    spoil(database, "UPDATE messages SET client_id = 'z' WHERE id = 1")
    with pytest.raises(AssertionError):
        evidence.by_database(database, 7)
