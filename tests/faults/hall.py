"""Rooms with many sockets in them, some people who speak at a steady pace, and all that can be said about it afterwards.

With thousands of sockets nobody can keep a journal of all they saw. So everybody folds what they hear, in order, into one number; who
heard what the database holds, each message once and in its place, has the same number in the end.
"""

import asyncio
import itertools
import sqlite3
import time
import zlib

import evidence
import wire
from scenario import percentile
from support.people import sign_in_program

# As many at a time: the development inbox, where their codes are, holds the last 200.
SIGN_INS = 16
CONNECTS = 50
# No more than the server would let one person have.
SOCKETS_PER_PERSON = 10
# Who was refused or lost comes back after up to this long, and up to twice as long each time: as the stock clients do.
FIRST_RETURN_SECONDS, LAST_RETURN_SECONDS = 0.2, 5.0
BODY_BYTES = 1_000


async def sign_in(url, count):
    """So many new people."""
    turns = asyncio.Semaphore(SIGN_INS)

    async def one():
        async with turns:
            return await sign_in_program(url, "Member")
    return await asyncio.gather(*(one() for _ in range(count)))


class Room:
    def __init__(self, conversation_id, name):
        self.id = conversation_id
        self.name = name
        self.members = []
        self.speakers = []


async def make_rooms(url, count, called="hall"):
    founder = (await sign_in(url, 1))[0]
    socket = await wire.Wire.connect(url, founder.token)
    rooms = []
    for number in range(count):
        name = f"{called}-{number}"
        answer = await socket.ask("room:create", name=name)
        rooms.append(Room(answer["conversation"]["id"], name))
    socket.abort()
    return rooms


async def let_in(url, rooms, sockets, dice, sockets_per_person=1, receive_buffer=None):
    """So many connected sockets of new people, spread over the rooms, each person in one of them."""
    people = await sign_in(url, -(-sockets // sockets_per_person))
    members = []
    for number, person in enumerate(people):
        room = rooms[number % len(rooms)]
        socket = await wire.Wire.connect(url, person.token)
        answer = await socket.ask("room:join", name=room.name)
        if not answer["ok"]:
            raise RuntimeError(f"the room was not joined: {answer}")
        socket.abort()
        own = min(sockets_per_person, sockets - len(members))
        members += [Member(url, person, room, dice, receive_buffer) for _ in range(own)]
    for some in in_portions(members, CONNECTS):
        await asyncio.gather(*(member.connect() for member in some))
    return members


def in_portions(things, size):
    return (things[at:at + size] for at in range(0, len(things), size))


class Member:
    """One socket in a room."""

    def __init__(self, url, person, room, dice, receive_buffer=None):
        self.cursor = 0
        self.chain = 0
        # Seconds from somebody's sending to our hearing, of what came by push.
        self.delays = []
        self.refusals = []
        self.socket = None
        self.room = room
        self._url, self._person, self._dice = url, person, dice
        self.receive_buffer = receive_buffer
        self._is_behind = False
        room.members.append(self)

    async def connect(self):
        """Connects, again if need be, and catches up."""
        pause = FIRST_RETURN_SECONDS
        while True:
            try:
                self.socket = await wire.Wire.connect(self._url, self._person.token, self._on_event, self.receive_buffer)
                await self.catch_up()
                return
            except (wire.Refused, OSError, TimeoutError) as error:
                if isinstance(error, wire.Refused):
                    self.refusals.append(str(error))
                await asyncio.sleep(self._dice.uniform(pause / 2, pause))
                pause = min(2 * pause, LAST_RETURN_SECONDS)

    async def catch_up(self):
        more = True
        while more or self._is_behind:
            self._is_behind = False
            answer = await self.socket.ask("sync", cursors={str(self.room.id): self.cursor})
            for message in answer["messages"]:
                self._take(message)
            more = answer["more"]

    def _on_event(self, name, payload):
        if name != "message:new":
            return
        message = payload["message"]
        if self._take(message):
            self.delays.append(time.monotonic() - float(message["body"].split(" ", 1)[0]))

    def _take(self, message):
        """Takes a message if it is the next one; what comes after a hole is fetched by whoever has noticed."""
        if message["conversation_id"] != self.room.id:
            # Never to be seen: it spoils the chain.
            self.chain = zlib.crc32(b"of another room", self.chain)
            return False
        if message["seq"] != self.cursor + 1:
            self._is_behind |= message["seq"] > self.cursor
            return False
        self.cursor += 1
        self.chain = link(self.chain, message["seq"], message["client_id"])
        return True


class Speaker:
    """Says something at a steady pace on a member's socket, and again until it is acknowledged."""

    def __init__(self, member, dice, per_second, body_bytes=BODY_BYTES):
        self.acknowledged = {}
        self.trips = []
        self.refused = []
        self._member, self._every, self._bytes = member, 1 / per_second, body_bytes
        self._phase = dice.random()
        self._numbers = itertools.count(1)
        self._says = set()
        member.room.speakers.append(self)

    async def speak(self, seconds):
        """Keeps the pace whatever the answers do, and comes back once everything is answered."""
        begins = time.monotonic() + self._phase * self._every
        for number in range(int(seconds / self._every)):
            await asyncio.sleep(begins + number * self._every - time.monotonic())
            saying = asyncio.create_task(self._say())
            self._says.add(saying)
            saying.add_done_callback(self._says.discard)
        await asyncio.gather(*self._says)

    async def _say(self):
        client_id = f"{id(self):x}-{next(self._numbers)}"
        began = time.monotonic()
        body = f"{began} {client_id}".ljust(self._bytes, ".")
        while True:
            try:
                answer = await self._member.socket.ask("message:send", conversation_id=self._member.room.id, body=body, client_id=client_id)
            except (OSError, TimeoutError):
                await asyncio.sleep(FIRST_RETURN_SECONDS)
                continue
            if answer["ok"]:
                self.acknowledged[client_id] = answer["message"]["seq"]
                self.trips.append(time.monotonic() - began)
                return
            self.refused.append(answer["error"]["code"])
            await asyncio.sleep(FIRST_RETURN_SECONDS)


def link(chain, seq, client_id):
    return zlib.crc32(f"{seq} {client_id}".encode(), chain)


def chains(database, room):
    """The chain of the room at each place, as the database has it, and what stands where."""
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as connection:
        rows = connection.execute("SELECT seq, client_id FROM messages WHERE conversation_id = ? ORDER BY seq", (room.id,)).fetchall()
    places = {client_id: seq for seq, client_id in rows}
    found, chain = [0], 0
    for seq, client_id in rows:
        chain = link(chain, seq, client_id)
        found.append(chain)
    return found, places


async def findings(server, rooms):
    """Lets everybody who is connected catch up, stops the server, and tells what must not be."""
    for member in itertools.chain(*(room.members for room in rooms)):
        await member.catch_up()
    server.stop()
    return {
        **compare(server.database, rooms),
        "contradictions in the database (I2, I3, I7)": evidence.contradictions(server.database),
        "damage to the database (I8)": evidence.damage(server.database),
        "panics": server.panics,
    }


def compare(database, rooms):
    """What people said and saw, against what the database holds."""
    lost, behind, unseen = [], [], []
    for room in rooms:
        known, places = chains(database, room)
        for speaker in room.speakers:
            lost += [f"{client_id} of {seq}" for client_id, seq in speaker.acknowledged.items() if places.get(client_id) != seq]
        for member in room.members:
            if member.cursor != len(known) - 1:
                behind.append(f"{member.cursor} of {len(known) - 1} in {room.name}")
            if member.cursor >= len(known) or member.chain != known[member.cursor]:
                unseen.append(f"somebody in {room.name}")
    return {
        "acknowledged messages lost (I1)": lost,
        "people who do not have everything after catching up (I5)": behind,
        "people who saw something else than the database holds, or in another order (I3, I5, I7)": unseen,
        "messages refused": [code for room in rooms for speaker in room.speakers for code in speaker.refused],
    }


def delays(members):
    """How many came by push, and after how long: p50 and p99."""
    all_of_them = list(itertools.chain(*(member.delays for member in members)))
    return len(all_of_them), percentile(all_of_them, 50), percentile(all_of_them, 99)


def forget_figures(rooms):
    """What was measured so far was not what is to be measured."""
    for room in rooms:
        for member in room.members:
            member.delays.clear()
        for speaker in room.speakers:
            speaker.trips.clear()


async def watch_memory(server, every_seconds, series):
    """Writes down what the server holds, as often as that, until it is cancelled."""
    while True:
        series.append(server.memory_mib)
        await asyncio.sleep(every_seconds)
