"""How a match ends, what is refused and what is never answered: each way to break a rule is named."""

import dataclasses

import pytest

from crowd import checker
from made_up import RULES


def test_an_end_that_is_not_told_is_found(world, ana, bo):
    world.match(ana, bo)
    ana.leaves()
    world.pass_time(2_100)
    bo.hears("presence")
    assert world.findings() == {"ends of a match that were not told"}


@pytest.mark.parametrize("comes_back", [True, False])
def test_a_partner_who_stayed_away_and_is_not_given_up_is_found(world, ana, bo, comes_back):
    world.match(ana, bo)
    bo.goes()
    world.pass_time(6_500)
    if comes_back:
        bo.ready()
        world.pass_time(2_500)
    ana.hears("presence")
    assert world.findings() == {"ends of a match that were not told"}


def test_a_server_that_begins_anew_gives_everybody_the_whole_time_again(world, ana, bo):
    world.match(ana, bo)
    for person in (ana, bo):
        person.goes()
    world.pass_time(2_000)
    down, up = ana.log[-1]["t"], world.now
    ana.ready(ana.matched(1))
    world.pass_time(2_900)
    bo.ready(bo.matched(1, seat=2))
    world.pass_time(2_100)
    for person in (ana, bo):
        person.goes()
    rules = dataclasses.replace(RULES, downs=((down, up),))
    assert not any(checker.check([ana.log, bo.log], rules)[1].values())


def test_an_end_that_is_told_twice_is_found(world, ana, bo):
    talk = world.match(ana, bo)
    ana.leaves()
    bo.hears_the_end(talk)
    bo.hears_the_end(talk)
    assert world.findings() == {"ends of a match that were told twice"}


def test_a_match_lost_although_everybody_was_there_is_found(world, ana, bo):
    talk = world.match(ana, bo)
    bo.goes()
    world.pass_time(1_000)
    bo.ready(bo.matched(talk, seat=2))
    for person in (ana, bo):
        person.hears_the_end(talk, "lost")
    assert world.findings() == {"matches lost although nobody was away"}


@pytest.mark.parametrize("name, code", [("match:find", "overloaded"), ("message:send", "not_found"), ("message:send", "ended")])
def test_a_refusal_without_a_reason_is_found(world, ana, bo, name, code):
    talk = world.match(ana, bo)
    request = ana.asks(name, conversation_id=talk, client_id="m1")
    ana.is_refused(request, name, code)
    assert world.findings() == {"refusals without a reason"}


def test_who_speaks_after_the_end_may_be_refused(world, ana, bo):
    talk = world.match(ana, bo)
    bo.leaves()
    request = ana.asks("message:send", conversation_id=talk, client_id="m1")
    ana.is_refused(request, "message:send", "ended")
    ana.hears_the_end(talk)
    assert world.findings() == set()


def test_a_question_that_is_never_answered_is_found(world, ana):
    ana.asks("match:find")
    world.pass_time(5_000)
    ana.hears("presence")
    assert world.findings() == {"questions never answered"}
