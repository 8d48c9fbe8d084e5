"""What is said in a match, and who hears of it: each way to break a rule is named."""

import pytest


def test_a_message_of_a_third_voice_is_found(world, ana, bo, cy):
    talk = world.match(ana, bo)
    world.say(cy, talk, ana, bo)
    assert world.findings() == {"messages of a third voice, or in nobody's match"}


@pytest.mark.parametrize("name, payload", [("typing", {"user": {"id": 1}}), ("match:partner", {}), ("match:ended", {"reason": "left"})])
def test_an_outsider_who_hears_of_a_match_is_found(world, ana, bo, cy, name, payload):
    talk = world.match(ana, bo)
    cy.hears(name, conversation_id=talk, **payload)
    assert "messages of a third voice, or in nobody's match" in world.findings()


def test_an_outsider_who_sees_a_message_is_found(world, ana, bo, cy):
    talk = world.match(ana, bo)
    world.say(ana, talk, ana, bo, cy)
    assert world.findings() == {"messages of a third voice, or in nobody's match"}


def test_a_message_under_the_seat_of_the_other_one_is_found(world, ana, bo):
    talk = world.match(ana, bo)
    world.say(ana, talk, ana, bo, seat=2)
    assert "messages of a third voice, or in nobody's match" in world.findings()


def test_a_message_acknowledged_as_another_one_is_found(world, ana, bo):
    talk = world.match(ana, bo)
    world.say(ana, talk, ana, bo)
    world.lengths[talk] = 0
    world.say(ana, talk)
    assert "messages acknowledged differently, or two as one" in world.findings()


def test_a_message_stored_twice_is_found(world, ana, bo):
    talk = world.match(ana, bo)
    first = world.say(ana, talk, ana, bo)
    request = ana.asks("message:send", conversation_id=talk, body=first["body"], client_id=first["client_id"])
    ana.is_answered(request, "message:send", message={**first, "id": 99, "seq": 2}, duplicate=False)
    assert "messages acknowledged differently, or two as one" in world.findings()


def test_messages_out_of_order_are_found(world, ana, bo):
    talk = world.match(ana, bo)
    world.say(ana, talk, ana, bo, seq=2)
    world.say(ana, talk, ana, bo, seq=1)
    assert world.findings() == {"messages out of order"}


def test_a_message_that_a_reader_missed_is_found(world, ana, bo):
    talk = world.match(ana, bo)
    world.pass_time(100)
    world.say(ana, talk, ana)
    world.say(ana, talk, ana, bo)
    assert world.findings() == {"messages not seen, or seen twice"}


def test_a_message_missed_before_the_end_is_found(world, ana, bo):
    talk = world.match(ana, bo)
    world.pass_time(100)
    world.say(ana, talk, ana)
    ana.leaves()
    bo.hears_the_end(talk)
    assert world.findings() == {"messages not seen, or seen twice"}


def test_a_message_seen_twice_is_found(world, ana, bo):
    talk = world.match(ana, bo)
    world.say(ana, talk, ana, bo, bo)
    assert "messages not seen, or seen twice" in world.findings()


def test_a_message_that_a_history_lacks_is_found(world, ana, bo):
    talk = world.match(ana, bo)
    world.say(ana, talk, ana, bo)
    world.pass_time(100)
    request = bo.asks("history", conversation_id=talk)
    bo.is_answered(request, "history", messages=[])
    assert world.findings() == {"messages not seen, or seen twice"}


def test_a_message_that_reads_differently_is_found(world, ana, bo):
    talk = world.match(ana, bo)
    message = world.say(ana, talk, ana)
    bo.hears("message:new", message={**message, "body": "ana 1 else"})
    assert world.findings() == {"messages that read differently"}


def test_a_message_taken_after_the_end_is_found(world, ana, bo):
    talk = world.match(ana, bo)
    ana.leaves()
    bo.hears_the_end(talk)
    world.pass_time(100)
    world.say(bo, talk, seat=2)
    assert "messages taken after the end" in world.findings()


@pytest.mark.parametrize("spoil", [
    lambda match: match["you"].update(name="User100"),
    lambda match: match["partner"].update(name="User101"),
    lambda match: match["partner"].update(user_id=101),
])
def test_a_name_or_an_id_that_nobody_chose_to_show_is_found(world, ana, bo, spoil):
    bo.seeks()
    ana.seeks()
    bo.finds(1, seat=2)
    match = ana.matched(1)
    spoil(match)
    ana.hears("match:found", **match)
    assert world.findings() == {"names or ids shown that nobody chose to show"}


def test_a_name_may_be_chosen_by_two_sockets_before_the_end_of_the_last_match_is_told(world, ana, bo, cy):
    talk = world.match(ana, bo)
    ana.ready(ana.matched(talk), socket="second")
    going_on = ana.asks("match:next", **{"as": "username"})
    finding = ana.asks("match:find", socket="second", **{"as": "username"})
    ana.is_answered(finding, "match:find", socket="second", match={"state": "waiting"})
    for socket in ("second", "main"):
        ana.hears("match:ended", socket, conversation_id=talk, reason="left")
    ana.is_answered(going_on, "match:next", match={"state": "waiting"})
    bo.hears_the_end(talk)
    cy.seeks()
    ana.hears("match:found", **ana.matched(talk + 1) | {"you": {"id": 1, "name": "User100"}})
    cy.hears("match:found", **cy.matched(talk + 1, seat=2) | {"partner": {"name": "User100", "presence": "here"}})
    ana.writes("gone", "second", why="cut")
    assert world.findings() == set()


def test_a_writer_who_is_named_is_found(world, ana, bo):
    talk = world.match(ana, bo)
    message = world.say(ana, talk, ana)
    bo.hears("message:new", message={**message, "sender": {"id": 1, "username": "User100", "name": "Stranger"}})
    assert world.findings() == {"names or ids shown that nobody chose to show"}
