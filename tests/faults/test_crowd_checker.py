"""The checker of the crowd finds what it is there to find: a day without fault passes, and each way to break a rule is named.

Logs are made up: everybody writes what they do and see into one of their own, and the clock moves by ten milliseconds an entry.
"""

import dataclasses
import datetime
import itertools

import pytest

from crowd import checker
from crowd.matches import Rules
from crowd.waiting import overlaps

RULES = Rules(reconnect_ms=3_000, widen_ms=10_000)


class World:
    """The time, and what goes on at the server as far as anybody can see it."""

    def __init__(self):
        self.now = 1_000_000.0
        self.people = {}
        self.conversations = itertools.count(1)
        self.messages = itertools.count(1)
        self.lengths = {}

    def person(self, name):
        self.people[name] = Person(self, name, 100 + len(self.people))
        return self.people[name].ready()

    def match(self, *people, asked=True, seats=(1, 2), told=None, common=()):
        """The people find each other; those who are `told` hear of it."""
        conversation = next(self.conversations)
        if asked:
            for person in people:
                person.seeks()
        for person, seat in zip(people, seats):
            if told is None or person in told:
                person.hears("match:found", **person.matched(conversation, seat, common))
        return conversation

    def say(self, sender, conversation, *readers, seat=1, body=None, seq=None, answer=True):
        """Somebody says something, and whoever is there sees it."""
        client_id = f"m{next(self.messages)}"
        body = body or f"{sender.name} 1 {client_id}"
        request = sender.asks("message:send", conversation_id=conversation, body=body, client_id=client_id)
        self.lengths[conversation] = seq or self.lengths.get(conversation, 0) + 1
        message = {"id": int(client_id[1:]), "conversation_id": conversation, "seq": self.lengths[conversation], "body": body,
                   "client_id": client_id, "sender": {"id": seat, "username": "Stranger", "name": "Stranger"}}
        for reader in readers:
            reader.hears("message:new", message=message)
        if answer:
            sender.is_answered(request, "message:send", message=message, duplicate=False)
        return message

    def pass_time(self, ms):
        self.now += ms

    def findings(self):
        for person in self.people.values():
            if person.is_here:
                person.goes()
        return {what for what, found in checker.check([person.log for person in self.people.values()], RULES)[1].items() if found}


class Person:
    def __init__(self, world, name, user):
        self.name, self.user, self.log = name, user, []
        self.is_here = False
        self._world = world
        self._requests = itertools.count(1)

    def writes(self, event, socket="main", **what):
        self._world.now += 10
        self.log.append({"t": self._world.now, "client": self.name, "user_id": self.user, "event": event, "what": {"socket": socket, **what}})

    def ready(self, match=None, socket="main"):
        self.writes("ready", match=match, socket=socket)
        self.is_here = True
        return self

    def asks(self, name, socket="main", **payload):
        request = next(self._requests)
        self.writes("asks", socket, request=request, name=name, payload=payload)
        return request

    def is_answered(self, request, name, socket="main", **answer):
        self.writes("answered", socket, request=request, name=name, answer={"ok": True, **answer})

    def is_refused(self, request, name, code):
        self.writes("answered", request=request, name=name, answer={"ok": False, "error": {"code": code, "message": code}})

    def hears(self, name, socket="main", **payload):
        self.writes("hears", socket, name=name, payload=payload)

    def seeks(self, name="match:find", **wishes):
        """Asks, and is told to wait."""
        request = self.asks(name, **wishes)
        self.is_answered(request, name, match={"state": "waiting"})

    def finds(self, conversation, seat=1):
        self.hears("match:found", **self.matched(conversation, seat))

    def matched(self, conversation, seat=1, common=()):
        began = datetime.datetime.fromtimestamp(self._world.now / 1_000, datetime.UTC).isoformat()
        return {"state": "matched", "conversation_id": conversation, "you": {"id": seat, "name": "Stranger"},
                "partner": {"name": "Stranger", "presence": "here"}, "common_interests": list(common), "started_at": began}

    def leaves(self, name="match:leave", **payload):
        request = self.asks(name, **payload)
        self.is_answered(request, name)

    def hears_the_end(self, conversation, reason="left"):
        self.hears("match:ended", conversation_id=conversation, reason=reason)

    def goes(self):
        self.writes("gone", why="cut")
        self.is_here = False


@pytest.fixture
def world():
    return World()


@pytest.fixture
def ana(world):
    return world.person("ana")


@pytest.fixture
def bo(world):
    return world.person("bo")


@pytest.fixture
def cy(world):
    return world.person("cy")


def test_a_day_without_fault_passes(world, ana, bo, cy):
    talk = world.match(ana, bo)
    world.say(ana, talk, ana, bo)
    bo.hears("typing", conversation_id=talk, user={"id": 1})
    world.say(bo, talk, bo, ana, seat=2)
    ana.leaves()
    bo.hears_the_end(talk)
    other = world.match(bo, cy)
    first = world.say(bo, other, bo, cy)
    request = cy.asks("history", conversation_id=other)
    cy.is_answered(request, "history", messages=[first])
    cy.leaves("user:block", conversation_id=other)
    bo.hears_the_end(other)
    figures, _ = checker.check([person.log for person in (ana, bo, cy)], RULES)
    assert world.findings() == set()
    assert (figures.guests, figures.matches, figures.messages, figures.blocks) == (3, 2, 3, 1)


def test_a_day_with_lost_connections_passes(world, ana, bo):
    talk = world.match(ana, bo)
    request = ana.asks("message:send", conversation_id=talk, body="ana 1 m1", client_id="m1")
    ana.goes()
    ana.writes("unanswered", request=request, name="message:send", connected=False)
    ana.ready(ana.matched(talk))
    again = ana.asks("message:send", conversation_id=talk, body="ana 1 m1", client_id="m1")
    message = {"id": 1, "conversation_id": talk, "seq": 1, "body": "ana 1 m1", "client_id": "m1",
               "sender": {"id": 1, "username": "Stranger", "name": "Stranger"}}
    ana.is_answered(again, "message:send", message=message, duplicate=True)
    bo.hears("message:new", message=message)
    bo.goes()
    world.pass_time(5_500)
    ana.hears_the_end(talk, "lost")
    bo.ready()
    assert world.findings() == set()


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


def cancels(person, name="match:find"):
    """In the same breath as asking for somebody."""
    finding = person.asks(name)
    cancelling = person.asks("match:cancel")
    person.is_answered(finding, name, match={"state": "waiting"})
    person.is_answered(cancelling, "match:cancel")


def test_who_is_matched_after_cancelling_is_found(world, ana, bo):
    cancels(ana)
    bo.seeks()
    world.match(ana, bo, asked=False)
    world.pass_time(2_100)
    assert world.findings() == {"people matched who had cancelled"}


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


def test_a_writer_who_is_named_is_found(world, ana, bo):
    talk = world.match(ana, bo)
    message = world.say(ana, talk, ana)
    bo.hears("message:new", message={**message, "sender": {"id": 1, "username": "User100", "name": "Stranger"}})
    assert world.findings() == {"names or ids shown that nobody chose to show"}


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
