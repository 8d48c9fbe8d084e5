"""Logs that are made up: everybody writes what they do and see into one of their own, and the clock moves by ten milliseconds an entry."""

import datetime
import itertools

from crowd import checker
from crowd.matches import Rules

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
