"""Who is matched with whom: each way to break a rule is named."""

import pytest


def test_somebody_matched_with_themselves_is_found(world, ana):
    ana.seeks()
    ana.ready({"state": "waiting"}, socket="second")
    ana.finds(1, seat=1)
    ana.hears("match:found", socket="second", **ana.matched(1, seat=2))
    assert "people matched with themselves" in world.findings()


@pytest.mark.parametrize("how", ["user:block", "report"])
def test_a_pair_that_meets_after_a_block_or_a_report_is_found(world, ana, bo, how):
    talk = world.match(ana, bo)
    ana.leaves(how, conversation_id=talk)
    bo.hears_the_end(talk)
    world.pass_time(700_000)
    world.match(ana, bo)
    assert world.findings() == {"pairs matched after one blocked or reported the other"}


def test_a_match_that_was_made_before_the_block_was_known_proves_nothing(world, ana, bo):
    talk = world.match(ana, bo)
    ana.leaves()
    bo.hears_the_end(talk)
    world.pass_time(700_000)
    other = world.match(ana, bo)
    ana.leaves("user:block", conversation_id=talk)
    ana.leaves()
    bo.hears_the_end(other)
    assert world.findings() == set()


def test_a_pair_that_meets_again_too_soon_is_found(world, ana, bo):
    talk = world.match(ana, bo)
    ana.leaves()
    bo.hears_the_end(talk)
    world.match(ana, bo)
    assert world.findings() == {"pairs matched again too soon"}


def test_a_pair_may_meet_again_when_nobody_else_came(world, ana, bo):
    talk = world.match(ana, bo)
    ana.leaves()
    bo.hears_the_end(talk)
    ana.seeks()
    bo.seeks()
    world.pass_time(30_100)
    world.match(ana, bo, asked=False)
    assert world.findings() == set()


@pytest.mark.parametrize("wishes", [{"interests": ["cats"], "only_common": True}, {"interests": ["cats"]}])
def test_a_match_against_the_wishes_is_found(world, ana, bo, wishes):
    ana.seeks(**wishes)
    bo.seeks(interests=["books"])
    world.match(ana, bo, asked=False)
    assert world.findings() == {"pairs matched against their wishes"}


def test_a_match_made_before_a_cancel_is_by_the_wishes_from_before_it(world, ana, bo):
    bo.seeks(interests=["cats"])
    cancels(ana, interests=["cats"])
    question = ana.asks("match:find")
    talk = world.match(ana, bo, asked=False, common=["cats"])
    for person in (ana, bo):
        person.hears_the_end(talk)
    ana.is_answered(question, "match:find", match={"state": "waiting"})
    assert world.findings() == set()


def test_a_question_whose_stranger_left_at_once_is_still_being_asked(world, ana, bo, cy):
    bo.seeks(interests=["books"])
    question = ana.asks("match:find", interests=["books", "cats"])
    talk = world.match(ana, bo, asked=False, common=["books"])
    for person in (bo, ana):
        person.hears_the_end(talk)
    ana.is_answered(question, "match:find", match={"state": "waiting"})
    cy.seeks(interests=["cats"])
    other = ana.asks("match:find")
    met = world.match(ana, cy, asked=False, common=["cats"])
    ana.is_answered(other, "match:find", match=ana.matched(met, common=["cats"]))
    assert world.findings() == set()


def test_wishes_that_are_settled_are_the_only_ones(world, ana, bo):
    cancels(ana, interests=["cats"])
    ana.seeks()
    bo.seeks(interests=["cats"])
    world.match(ana, bo, asked=False, common=["cats"])
    assert world.findings() == {"pairs matched against their wishes"}


def test_who_waited_in_vain_meets_anybody(world, ana, bo):
    ana.seeks(interests=["cats"])
    world.pass_time(10_100)
    bo.seeks()
    world.match(ana, bo, asked=False)
    assert world.findings() == set()


def test_who_is_told_of_an_interest_that_they_do_not_share_is_found(world, ana, bo):
    ana.seeks(interests=["cats", "books"])
    bo.seeks(interests=["Cats"])
    world.match(ana, bo, asked=False, common=["cats", "books"])
    assert world.findings() == {"pairs matched against their wishes"}


def test_who_shares_an_interest_meets_at_once(world, ana, bo):
    ana.seeks(interests=["cats", "books"], only_common=True)
    bo.seeks(interests=[" Cats"])
    world.match(ana, bo, asked=False, common=["cats"])
    assert world.findings() == set()


def cancels(person, **wishes):
    """In the same breath as asking for somebody."""
    finding = person.asks("match:find", **wishes)
    cancelling = person.asks("match:cancel")
    person.is_answered(finding, "match:find", match={"state": "waiting"})
    person.is_answered(cancelling, "match:cancel")


def test_who_is_matched_after_cancelling_is_found(world, ana, bo):
    cancels(ana)
    world.pass_time(100)
    bo.seeks()
    world.match(ana, bo, asked=False)
    world.pass_time(2_100)
    assert world.findings() == {"people matched who had cancelled"}


def test_a_match_that_takes_long_to_be_stored_is_one_that_they_had_cancelled(world, ana, bo):
    bo.seeks()
    cancels(ana)
    began = ana.matched(1)
    world.pass_time(2_100)
    bo.hears("match:found", **{**began, "you": {"id": 2, "name": "Stranger"}})
    ana.hears("match:found", **began)
    world.pass_time(2_100)
    assert world.findings() == {"people matched who had cancelled"}


def test_a_cancel_may_be_answered_before_the_match_that_it_came_too_late_for_is_told_of(world, ana, bo):
    bo.seeks()
    ana.seeks()
    cancelling = ana.asks("match:cancel")
    began = ana.matched(1)
    bo.hears("match:found", **{**began, "you": {"id": 2, "name": "Stranger"}})
    ana.is_answered(cancelling, "match:cancel")
    ana.hears("match:found", **began)
    world.pass_time(2_100)
    assert world.findings() == set()


def test_who_is_found_in_the_moment_of_cancelling_hears_of_the_end(world, ana, bo):
    bo.seeks()
    cancels(ana)
    talk = world.match(ana, bo, asked=False)
    for person in (ana, bo):
        person.hears_the_end(talk)
    world.pass_time(2_100)
    assert world.findings() == set()


def test_somebody_in_two_matches_at_once_is_found(world, ana, bo, cy):
    first = world.match(ana, bo)
    world.match(ana, cy)
    world.pass_time(100)
    world.say(ana, first, ana, bo)
    assert "people in two matches, or waiting in one, at once" in world.findings()


def test_two_matches_on_two_sockets_prove_nothing_by_their_order_alone(world, ana, bo, cy):
    ana.ready(socket="second")
    first = world.match(ana, bo)
    bo.leaves()
    ana.hears_the_end(first)
    second = world.match(ana, cy)
    ana.hears("match:ended", socket="second", conversation_id=first, reason="left")
    ana.hears("match:found", socket="second", **ana.matched(second))
    assert world.findings() == set()


def test_somebody_who_waits_while_in_a_match_is_found(world, ana, bo):
    talk = world.match(ana, bo)
    ana.seeks()
    world.pass_time(100)
    world.say(bo, talk, ana, bo, seat=2)
    assert "people in two matches, or waiting in one, at once" in world.findings()


def test_a_second_match_before_the_end_of_the_first_is_told_is_found(world, ana, bo, cy):
    world.match(ana, bo)
    bo.leaves()
    world.match(ana, cy)
    assert "people in two matches, or waiting in one, at once" in world.findings()


def test_a_third_person_in_a_match_is_found(world, ana, bo, cy):
    world.match(ana, bo, cy, seats=(1, 2, 2))
    assert world.findings() == {"third people in a match"}


def test_a_match_of_which_only_one_knows_is_found(world, ana, bo):
    world.match(ana, bo, told=[ana])
    world.pass_time(1_100)
    assert world.findings() == {"matches that only one person knows of"}


def test_a_partner_who_lost_the_connection_just_then_need_not_know(world, ana, bo):
    bo.seeks()
    ana.seeks()
    bo.goes()
    talk = world.match(ana, bo, asked=False, told=[ana])
    world.pass_time(5_500)
    ana.hears_the_end(talk, "lost")
    bo.ready()
    assert world.findings() == set()
