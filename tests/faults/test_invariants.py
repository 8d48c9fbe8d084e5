"""The checker finds what it is there to find: a whole history passes, and each way to break it is named."""

import copy

import pytest

import invariants
from evidence import Line

TALK = 7


def line(seq, number, sender):
    return Line(seq, f"{sender}-{number}", number, sender)


@pytest.fixture
def history():
    """Two people, two messages each, read by both and by the database: everything as it should be."""
    lines = [line(1, 1, "kevin"), line(2, 1, "jz"), line(3, 2, "kevin"), line(4, 2, "jz")]
    sources = {TALK: {name: list(lines) for name in ("history as kevin", "sync as jz", "database")}}
    journals = []
    for sender in ("kevin", "jz"):
        own = [at for at in lines if at.sender == sender]
        journals.append(
            [{"op": "sent", "conversation_id": TALK, "client_id": at.client_id, "number": at.number} for at in own]
            + [{"op": "acknowledged", "conversation_id": TALK, "client_id": at.client_id, "seq": at.seq, "duplicate": False} for at in own]
            + [{"op": "seen", "conversation_id": TALK, "seq": at.seq, "body": f"{at.client_id} {at.number} of {at.sender}"} for at in lines]
        )
    return journals, sources


def names_of_findings(journals, sources):
    return {what.split("(")[-1].rstrip(")") for what, found in invariants.check(journals, sources).items() if found}


def test_a_whole_history_passes(history):
    assert names_of_findings(*history) == set()


def test_a_lost_message_is_found_in_the_one_source_that_lost_it(history):
    journals, sources = history
    del sources[TALK]["sync as jz"][3]
    assert len(invariants.lost(journals, sources)) == 1
    assert {"I1", "I3"} <= names_of_findings(journals, sources)


def test_a_message_lost_everywhere_is_found(history):
    journals, sources = history
    for lines in sources[TALK].values():
        del lines[3]
    assert len(invariants.lost(journals, sources)) == 3


def test_a_doubled_message_is_found(history):
    journals, sources = history
    for lines in sources[TALK].values():
        lines.append(lines[0]._replace(seq=5))
    assert len(invariants.doubled(sources)) == 3


def test_a_hole_in_the_sequence_is_found(history):
    journals, sources = history
    for lines in sources[TALK].values():
        lines[3] = lines[3]._replace(seq=9)
    assert len(invariants.uneven(sources)) == 3


def test_an_inversion_is_found(history):
    journals, sources = history
    for lines in sources[TALK].values():
        lines[0], lines[2] = lines[2]._replace(seq=1), lines[0]._replace(seq=3)
    assert len(invariants.inverted(sources, journals)) == 3


def test_readers_who_disagree_are_found(history):
    journals, sources = history
    lines = sources[TALK]["sync as jz"]
    lines[2], lines[3] = lines[3]._replace(seq=3), lines[2]._replace(seq=4)
    assert len(invariants.disagreeing(sources)) == 1


@pytest.mark.parametrize("spoil", [lambda seen: seen.pop(), lambda seen: seen.append(seen[-1]), lambda seen: seen.reverse()])
def test_a_reader_who_missed_repeated_or_mixed_up_something_is_found(history, spoil):
    journals, sources = history
    seen = [copy.copy(entry) for entry in journals[1] if entry["op"] == "seen"]
    spoil(seen)
    journals[1] = [entry for entry in journals[1] if entry["op"] != "seen"] + seen
    assert len(invariants.unseen(journals, sources)) == 1


def test_a_refused_message_that_appears_is_found(history):
    journals, sources = history
    journals[0].append({"op": "refused", "conversation_id": TALK, "client_id": "kevin-1", "code": "overloaded"})
    assert len(invariants.resurrected(journals, sources)) == 1
    assert len(invariants.refused(journals)) == 1


def test_a_refused_message_that_was_tried_again_may_appear_and_may_come_late(history):
    journals, sources = history
    refusal = {"op": "refused", "conversation_id": TALK, "client_id": "kevin-1", "code": "unavailable"}
    acknowledged = journals[0].index(next(entry for entry in journals[0] if entry["op"] == "acknowledged" and entry["client_id"] == "kevin-1"))
    journals[0].insert(acknowledged, refusal)
    for lines in sources[TALK].values():
        lines[0], lines[2] = lines[2]._replace(seq=1), lines[0]._replace(seq=3)
    assert invariants.resurrected(journals, sources) == []
    assert invariants.inverted(sources, journals) == []
    assert invariants.refused(journals, excuses=("unavailable",)) == []


def test_a_message_refused_at_its_last_try_that_appears_is_found(history):
    journals, sources = history
    journals[1].append({"op": "refused", "conversation_id": TALK, "client_id": "jz-2", "code": "unavailable"})
    assert len(invariants.resurrected(journals, sources)) == 1


def test_what_is_heard_of_a_conversation_of_others_is_found(history):
    journals, sources = history
    journals[0].append({"op": "overheard", "conversation_id": 8, "event": "message:new"})
    assert names_of_findings(journals, sources) == {"I7"}
