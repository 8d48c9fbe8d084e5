"""The checker of the crowd finds what it is there to find. A day without fault passes; the files beside this one break the rules."""

from crowd import checker
from made_up import RULES


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
