"""People who talk in pairs without pause while something goes wrong, and all that can be said about it afterwards.

Each of them writes a journal, sends again what was not acknowledged and catches up. A bystander listens,
a reader asks for pages, and at the end the checker compares what all of them saw (invariants.py, evidence.py).
"""

import asyncio
import itertools
import time

import aiohttp

import evidence
import invariants
from journal import Journal
from scenario import percentile, until
from support.people import sign_in_program
from talker import Bystander, Talker

# How long after the end of a fault everybody must have caught up (I5).
HEAL_SECONDS = 5
ASKS_EVERY_SECONDS = 0.05
# Until when a page must be there, however the writer fares.
PAGE_WITHIN_SECONDS = 2


class Pairs:
    def __init__(self, server, talkers, bystander, reader):
        self.server = server
        self.talkers = talkers
        self.reader = reader
        # How many messages were there at the end although the last that was heard of them was a refusal.
        self.risen = 0
        self._bystander = bystander

    @classmethod
    async def gather(cls, server, people, url=None, pause=0.0):
        """Signs people in and lets them talk, each pair in a conversation of its own. `url` is where their sockets go."""
        members = [await sign_in_program(server.url, f"Talker{'AB'[n % 2]}") for n in range(people)]
        bystander = Bystander(await sign_in_program(server.url, "Bystander"))
        await bystander.connect()
        # Half of the pairs use the WebSocket alone, the others begin with polling and upgrade.
        transports = itertools.cycle([["websocket"], None])
        talkers = []
        for (first, second), names in zip(zip(members[::2], members[1::2], strict=True), transports):
            for person, peer in ((first, second), (second, first)):
                person.url = url or person.url
                talkers.append(Talker(person, peer, names, Journal(server.directory / f"journal-{person.username}.jsonl"), pause))
        for talker in talkers:
            await talker.connect()
        return cls(server, talkers, bystander, Reader(server.url, talkers[0]))

    @property
    def acknowledged(self):
        return sum(talker.acknowledged for talker in self.talkers)

    @property
    def in_flight(self):
        return sum(talker.in_flight for talker in self.talkers)

    @property
    def duplicates(self):
        """Messages that were tried again although they had been committed: the answer was lost."""
        return sum(entry["op"] == "acknowledged" and entry["duplicate"] for talker in self.talkers for entry in talker.journal.entries)

    def promises(self):
        """What each of them has had acknowledged so far."""
        return [[entry for entry in talker.journal.entries if entry["op"] == "acknowledged"] for talker in self.talkers]

    def acknowledged_ids(self):
        return {entry["client_id"] for talker in self.talkers for entry in talker.journal.entries if entry["op"] == "acknowledged"}

    def count(self, op):
        return sum(entry["op"] == op for talker in self.talkers for entry in talker.journal.entries)

    async def all_talk(self, seconds=60):
        """Waits until everybody has another message acknowledged; how long that took."""
        began = time.monotonic()
        before = {talker: talker.acknowledged for talker in self.talkers}
        await until(lambda: all(talker.acknowledged > before[talker] for talker in self.talkers), "everybody to be acknowledged", seconds)
        return time.monotonic() - began

    async def all_are_refused(self, seconds=60):
        """Waits until everybody was refused something more."""
        def refusals():
            return {talker: sum(entry["op"] == "refused" for entry in talker.journal.entries) for talker in self.talkers}
        before = refusals()
        await until(lambda: all(count > before[talker] for talker, count in refusals().items()), "everybody to be refused", seconds)

    def lose_step(self):
        """Everybody is about to lose the connection: nobody has caught up until they come back."""
        for talker in self.talkers:
            talker.lose_connection()

    async def all_catch_up(self, seconds=60):
        """Waits until everybody has everything; how long that took."""
        began = time.monotonic()
        await until(lambda: all(talker.has_caught_up for talker in self.talkers), "everybody to have caught up", seconds)
        return time.monotonic() - began

    def round_trips(self, since=0.0, before=float("inf")):
        """Seconds from a message's first try in that time to its acknowledgement."""
        trips = []
        for talker in self.talkers:
            sent = {entry["client_id"]: entry["at"] for entry in talker.journal.entries if entry["op"] == "sent"}
            answered = (entry for entry in talker.journal.entries if entry["op"] == "acknowledged")
            trips += [entry["at"] - sent[entry["client_id"]] for entry in answered if since <= sent[entry["client_id"]] < before]
        return trips

    async def findings(self, excuses=(), undecided=()):
        """Lets everybody finish, ends them and the server, and tells what must not be. The codes are those of `invariants.check`."""
        await self.reader.stop()
        unanswered = await self._fall_silent()
        sources = await evidence.collect(self.server, self.talkers)
        await self._bystander.disconnect()
        journals = [talker.journal.entries for talker in self.talkers]
        self.risen = len(invariants.resurrected(journals, sources))
        return {
            **invariants.check(journals, sources, excuses, undecided),
            "events never acknowledged": unanswered,
            "events heard by a bystander (I7)": self._bystander.heard,
            "pages that could not be read": self.reader.failures,
            "contradictions in the database (I2, I3, I7)": evidence.contradictions(self.server.database),
            "damage to the database (I8)": evidence.damage(self.server.database),
            "panics": self.server.panics,
        }

    async def _fall_silent(self):
        for talker in self.talkers:
            talker.stop_talking()
        try:
            await until(lambda: self.in_flight == 0, "all answers")
        except TimeoutError:
            pass
        return [f"{talker.person.username}: {talker.in_flight} messages" for talker in self.talkers if talker.in_flight]


class Reader:
    """Asks for a page of a conversation again and again, by REST, and notes what comes."""

    def __init__(self, url, talker):
        self.failures = []
        self.times = []
        self._url = url
        self._talker = talker
        # What is not there cannot be read: a script says when the server is meant to be down.
        self.is_on = True
        self._reading = asyncio.create_task(self._read())

    async def stop(self):
        self._reading.cancel()
        await asyncio.gather(self._reading, return_exceptions=True)

    def restarts_counting(self):
        self.times.clear()

    def told(self):
        """How many pages there were, and in how long most of them came."""
        return len(self.times), percentile(self.times, 99)

    async def _read(self):
        headers = {"Authorization": f"Bearer {self._talker.person.token}"}
        async with aiohttp.ClientSession(self._url, headers=headers, timeout=aiohttp.ClientTimeout(PAGE_WITHIN_SECONDS)) as http:
            while True:
                if self.is_on:
                    await self._read_once(http)
                await asyncio.sleep(ASKS_EVERY_SECONDS)

    async def _read_once(self, http):
        began = time.monotonic()
        page = {"ordered-by-desc": "message_id", "limit": 20}
        try:
            async with http.get(f"/api/chats/{self._talker.conversation_id}/messages", params=page) as answer:
                await answer.read()
                failure = None if answer.status == 200 else f"{answer.status}"
        except (aiohttp.ClientError, TimeoutError) as error:
            failure = type(error).__name__
        if failure is None:
            self.times.append(time.monotonic() - began)
        elif self.is_on:
            self.failures.append(f"{failure} after {time.monotonic() - began:.2f} s")
