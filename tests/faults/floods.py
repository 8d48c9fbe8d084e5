#!/usr/bin/env python3
"""Floods beside a room in which people talk: passwords to hash, events of one socket, packets that make no sense.

Whoever floods is refused, and may be hung up on. The others are heard, each message once and in its place, and what the server took for
all that it gives back.

    tests/faults/floods.py [--long] [--passwords 500] [--seconds 30] [--odd 10000] [--seed N] [target/debug/chinwag]
"""

import asyncio
import base64
import contextlib
import itertools
import time

import aiohttp

import hall
import scenario
import wire
from scenario import percentile
from service import Service

# Passwords at once; how long the storm of events lasts; sockets, one after the other, that send what makes no sense.
SHORT = {"passwords": 200, "seconds": 3.0, "odd": 300}
LONG = {"passwords": 500, "seconds": 30.0, "odd": 10_000}

TALKERS = 5
# As many as one person may send, and some to spare.
RATE = 4
P99_SECONDS = 0.25
MEMORY_MIB = 200
# What the allocator keeps for the next time.
KEPT_MIB = 32
LONGEST_PASSWORD = "x" * 256
EVENTS_PER_SECOND = 5_000
# Sockets that send nonsense at the same time: a person may have ten.
AT_ONCE = 5
BINARY_BYTES = 900_000

ODD = [
    "", "4", "42", "42[", "42[[[", "42{}", '4299999999999999999999["history",{}]', '42["history",{"conversation_id":1', "43", "431[]",
    "45", '451-["x",{"_placeholder":true,"num":0}]', '4599999-["x"]', '451-["x",' + "[" * 50_000, "5", "6", "9", "\0", "\ufffd" * 20_000,
    '42["message:send",' + '{"a":' * 5_000, '421["message:send",' + "9" * 100_000 + "]",
]


async def floods(run):
    server = run.takes_care_of(Service(run.binary, {"TRUSTED_PROXIES": "127.0.0.1"}))
    server.start()
    rooms = await hall.make_rooms(server.url, 1)
    talkers = await hall.let_in(server.url, rooms, TALKERS, run.dice)
    flooder = (await hall.sign_in(server.url, 1))[0]
    # With the limits that everybody has: those of codes would have been in the way.
    server.stop()
    server.use_environment({"LIMITS": "on"})
    server.start()
    await asyncio.gather(*(member.connect() for member in talkers))
    speakers = [hall.Speaker(member, run.dice, RATE) for member in talkers]
    await asyncio.gather(*(speaker.speak(1) for speaker in speakers))
    for way, flood in (("passwords", passwords), ("events", events), ("odd packets", odd_packets)):
        hall.forget_figures(rooms)
        memory, series = server.memory_mib, []
        watch = asyncio.create_task(hall.watch_memory(server, 0.1, series))
        flooding = asyncio.create_task(flood(run, server, flooder))
        while not flooding.done():
            await asyncio.gather(*(speaker.speak(1) for speaker in speakers))
        await flooding
        watch.cancel()
        run.figure(f"{way}: messages of the others acknowledged", sum(len(speaker.trips) for speaker in speakers))
        run.seconds(f"{way}: from sending to hearing, p99", hall.delays(talkers)[2], P99_SECONDS)
        run.seconds(f"{way}: from sending to its acknowledgement, p99",
                    percentile([trip for speaker in speakers for trip in speaker.trips], 99), P99_SECONDS)
        grown, kept = max(series) - memory, server.memory_mib - memory
        run.mebibytes(f"{way}: memory grown by at most, and kept afterwards {kept:.1f} MiB", grown, MEMORY_MIB)
        run.found(f"{way}: memory that is not given back", [f"{kept:.1f} MiB"] if kept > KEPT_MIB else [])
        run.found(f"{way}: people who talked and were hung up on", ["one"] * sum(not member.socket.is_open for member in talkers))
    for what, examples in (await hall.findings(server, rooms)).items():
        run.found(what, examples)


async def passwords(run, server, _):
    """As many at once as were asked for, each of an account and an address of its own; 503 says when to come back."""
    codes, without_word, trips = [], [], []

    async def try_one(http, number):
        login = base64.b64encode(f"nobody{number}:{LONGEST_PASSWORD}".encode()).decode()
        headers = {"Authorization": f"Basic {login}", "X-Forwarded-For": somewhere(run)}
        began = time.monotonic()
        async with http.get("/api/users", headers=headers) as answer:
            codes.append(answer.status)
            if answer.status == 503 and "Retry-After" not in answer.headers:
                without_word.append(f"{number}")
        trips.append(time.monotonic() - began)

    # Connections of one proxy, which may have 200; the others wait on our side.
    connector = aiohttp.TCPConnector(limit=150)
    async with aiohttp.ClientSession(server.url, connector=connector, timeout=aiohttp.ClientTimeout(60)) as http:
        await asyncio.gather(*(try_one(http, number) for number in range(run.sizes.passwords)))
    counts = {code: codes.count(code) for code in sorted(set(codes))}
    run.figure("passwords: answers", " ".join(f"{count}x{code}" for code, count in counts.items()))
    run.seconds("passwords: slowest answer", max(trips))
    run.found("passwords: nobody was sent away: this run shows nothing", ["none"] if 503 not in counts else [])
    run.found("passwords: nobody was looked at", ["none"] if 401 not in counts else [])
    run.found("passwords: sent away without a word when to come back", without_word)
    run.found("passwords: other answers", [f"{code}" for code in counts if code not in (401, 503)])


def somewhere(run):
    """An address that nobody else has, most likely: those of one have their limits."""
    return "10." + ".".join(str(run.dice.randrange(256)) for _ in range(3))


async def events(run, server, flooder):
    """One socket says more than anybody could; when it is hung up on it comes back at once."""
    sent = answered = refused = connects = 0
    ends = time.monotonic() + run.sizes.seconds
    while time.monotonic() < ends:
        try:
            socket = await wire.Wire.connect(server.url, flooder.token, address=somewhere(run))
        except (wire.Refused, OSError):
            await asyncio.sleep(0.5)
            continue
        connects += 1
        asked = []
        while socket.is_open and time.monotonic() < ends:
            asked += [socket.asked("conversation:list", {}) for _ in range(EVENTS_PER_SECOND // 100)]
            await asyncio.sleep(0.01)
        answers = await asyncio.gather(*(asyncio.wait_for(one, wire.PATIENCE_SECONDS) for one in asked), return_exceptions=True)
        socket.abort()
        told = [answer for answer in answers if isinstance(answer, dict)]
        sent, answered = sent + len(asked), answered + len(told)
        refused += sum(not answer["ok"] for answer in told)
    run.figure("events: sent, answered, refused", f"{sent}, {answered}, {refused}")
    run.figure("events: times that it was let in", connects)
    run.found("events: nothing was refused: this run shows nothing", ["none"] if refused == 0 else [])


async def odd_packets(run, server, flooder):
    """Sockets that say nonsense, and some that say it in large binary parts."""
    numbers = itertools.count()
    deepest = run.sizes.odd
    closed = refused = 0

    async def say_nonsense():
        nonlocal closed, refused
        while (number := next(numbers)) < deepest:
            try:
                socket = await wire.Wire.connect(server.url, flooder.token, address=somewhere(run))
            except (wire.Refused, OSError):
                refused += 1
                await asyncio.sleep(0.3)
                continue
            socket.say_raw(ODD[number % len(ODD)])
            if number % 5 == 0:
                socket.say_raw('451-["x",{"_placeholder":true,"num":0}]')
                socket.say_raw(bytes(BINARY_BYTES))
            # An answer to what makes sense, or the end.
            with contextlib.suppress(OSError, TimeoutError):
                await asyncio.wait_for(socket.asked("conversation:list", {}), 5)
            closed += not socket.is_open
            socket.abort()
    await asyncio.gather(*(say_nonsense() for _ in range(AT_ONCE)))
    run.figure("odd packets: sockets that sent some, that were hung up on for it, that were refused at the door",
               f"{deepest - refused}, {closed}, {refused}")
    run.found("odd packets: hardly any socket was let in: this run shows nothing", ["none"] if deepest - refused < len(ODD) else [])


if __name__ == "__main__":
    scenario.main(__doc__, floods, SHORT, LONG)
