"""Who waits for a stranger, for whom and for how long: each way to break a rule is named."""

import pytest

from crowd import checker
from crowd.waiting import overlaps
from made_up import RULES


@pytest.mark.parametrize("wishes, others", [
    ({}, {}),
    ({"interests": ["Cats"], "only_common": True}, {"interests": ["books", " cats"]}),
])
def test_permitted_partners_left_waiting_are_found(world, ana, bo, wishes, others):
    ana.seeks(**wishes)
    bo.seeks(**others)
    world.pass_time(1_100)
    assert world.findings() == {"permitted partners left waiting"}


def test_partners_of_different_interests_are_permitted_once_both_are_wide(world, ana, bo):
    ana.seeks(interests=["cats"])
    bo.seeks(interests=["books"])
    world.pass_time(10_900)
    ana.leaves("match:cancel")
    assert world.findings() == set()


def test_partners_of_different_interests_left_waiting_once_both_are_wide_are_found(world, ana, bo):
    ana.seeks(interests=["cats"])
    bo.seeks(interests=["books"])
    world.pass_time(11_200)
    assert world.findings() == {"permitted partners left waiting"}


@pytest.mark.parametrize("wishes", [{"interests": ["cats"], "only_common": True}, {"interests": ["cats"]}])
def test_who_wants_something_else_may_wait(world, ana, bo, wishes):
    ana.seeks(**wishes)
    bo.seeks()
    world.pass_time(5_000)
    assert world.findings() == set()


def test_who_is_not_connected_may_wait(world, ana, bo):
    ana.seeks()
    ana.goes()
    bo.seeks()
    world.pass_time(2_500)
    bo.leaves("match:cancel")
    ana.ready({"state": "waiting", "interests": [], "only_common": False})
    world.pass_time(2_500)
    assert world.findings() == set()


def test_who_came_back_to_wait_is_found_as_well(world, ana, bo):
    ana.seeks()
    ana.goes()
    bo.seeks()
    ana.ready({"state": "waiting", "interests": [], "only_common": False})
    world.pass_time(1_100)
    assert world.findings() == {"permitted partners left waiting"}


@pytest.mark.parametrize("away, findings", [(1_000, {"places in the line lost too soon"}), (3_100, set())])
def test_a_place_in_the_line_that_is_lost_too_soon_is_found(world, ana, away, findings):
    ana.seeks()
    ana.goes()
    world.pass_time(away)
    ana.ready()
    assert world.findings() == findings


@pytest.mark.parametrize("ends", [True, False])
def test_who_was_found_while_away_may_come_too_late_for_what_has_ended(world, ana, bo, ends):
    bo.seeks()
    bo.goes()
    world.match(ana, bo, asked=False, told=[ana])
    if ends:
        ana.leaves()
    world.pass_time(400)
    bo.ready()
    assert ("places in the line lost too soon" in world.findings()) is not ends


def test_one_match_that_ended_meanwhile_explains_one_lost_place(world, ana, bo, cy):
    for person in (bo, cy):
        person.seeks()
        person.goes()
    world.match(ana, bo, asked=False, told=[ana])
    ana.leaves()
    bo.ready()
    cy.ready()
    assert "places in the line lost too soon" in world.findings()


def test_who_met_before_may_wait_for_half_a_minute_and_not_for_longer(world, ana, bo):
    talk = world.match(ana, bo)
    ana.leaves()
    bo.hears_the_end(talk)
    ana.seeks()
    bo.seeks()
    world.pass_time(30_900)
    assert world.findings() == set()
    for person in (ana, bo):
        person.log[-1]["t"] += 1_000
    assert {what for what, found in checker.check([ana.log, bo.log], RULES)[1].items() if found} == {"permitted partners left waiting"}


def test_who_was_blocked_may_wait(world, ana, bo):
    talk = world.match(ana, bo)
    ana.leaves("user:block", conversation_id=talk)
    bo.hears_the_end(talk)
    ana.seeks()
    bo.seeks()
    world.pass_time(60_000)
    assert world.findings() == set()


def test_an_overlap_is_measured_from_the_second_answer_to_the_first_match(world, ana, bo):
    ana.seeks()
    bo.seeks()
    world.pass_time(40)
    world.match(ana, bo, asked=False)
    matches = checker.Matches([checker.testify(person.log) for person in (ana, bo)], RULES)
    assert [overlap for overlap, *_ in overlaps(matches)] == [50]
