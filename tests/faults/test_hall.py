"""Of a crowd only one number each is kept: that is enough to find whoever saw something else than was said."""

import random
import sqlite3

import pytest

import hall

MESSAGES = ["a", "b", "c", "d"]


class Deaf(hall.Member):
    """Somebody without a socket, who is told things by hand."""

    def hears(self, seq, client_id, conversation_id=7):
        message = {"conversation_id": conversation_id, "seq": seq, "client_id": client_id, "body": f"0.0 {client_id}"}
        self._on_event("message:new", {"message": message})


@pytest.fixture
def room():
    return hall.Room(7, "hall-0")


@pytest.fixture
def member(room):
    return Deaf("", None, room, random.Random(0))


@pytest.fixture
def speaker(member):
    speaker = hall.Speaker(member, random.Random(0), 1)
    speaker.acknowledged = {client_id: seq for seq, client_id in enumerate(MESSAGES, start=1)}
    return speaker


@pytest.fixture
def database(tmp_path):
    path = tmp_path / "chinwag.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE messages (conversation_id BIGINT, seq BIGINT, client_id TEXT)")
        connection.executemany("INSERT INTO messages VALUES (7, ?, ?)", enumerate(MESSAGES, start=1))
    return path


def findings(database, room):
    return {what.split(" (")[0] for what, found in hall.compare(database, [room]).items() if found}


def hear_all(member):
    for seq, client_id in enumerate(MESSAGES, start=1):
        member.hears(seq, client_id)


def test_who_heard_everything_passes(database, room, member, speaker):
    hear_all(member)
    assert findings(database, room) == set()
    assert len(member.delays) == len(MESSAGES)


def test_what_is_heard_twice_is_taken_once(database, room, member, speaker):
    hear_all(member)
    hear_all(member)
    assert findings(database, room) == set()


def test_a_lost_message_is_found(database, room, member, speaker):
    hear_all(member)
    speaker.acknowledged["e"] = 5
    assert findings(database, room) == {"acknowledged messages lost"}


def test_a_message_in_another_place_is_found(database, room, member, speaker):
    hear_all(member)
    speaker.acknowledged["a"] = 2
    assert findings(database, room) == {"acknowledged messages lost"}


def test_who_has_not_everything_is_found(database, room, member):
    member.hears(1, "a")
    member.hears(3, "c")
    assert findings(database, room) == {"people who do not have everything after catching up"}


@pytest.mark.parametrize("order", ["bacd", "abcx"])
def test_who_heard_something_else_is_found(database, room, member, order):
    for seq, client_id in enumerate(order, start=1):
        member.hears(seq, client_id)
    assert findings(database, room) == {"people who saw something else than the database holds, or in another order"}


def test_who_heard_of_another_room_is_found(database, room, member):
    member.hears(1, "z", conversation_id=8)
    hear_all(member)
    assert findings(database, room) == {"people who saw something else than the database holds, or in another order"}


def test_who_heard_more_than_there_is_is_found(database, room, member):
    hear_all(member)
    member.hears(5, "e")
    assert len(findings(database, room)) == 2


def test_refusals_are_told(database, room, member, speaker):
    hear_all(member)
    speaker.refused.append("unavailable")
    assert findings(database, room) == {"messages refused"}
