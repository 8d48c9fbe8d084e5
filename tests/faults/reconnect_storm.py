#!/usr/bin/env python3
"""All sockets are dropped at once and come back at once, while people talk: everybody is let in again, and has everything.

Once by a cut of the network (RST for everybody), once by a `kill -9` of the server, after which the crowd waits at the door.

    tests/faults/reconnect_storm.py [--long] [--sockets 5000] [--speakers 20] [--rate 50] [--seed N] [target/debug/chinwag]
"""

import asyncio
import time

import hall
import scenario
from scenario import percentile
from service import Service

SHORT = {"sockets": 200, "speakers": 5, "rate": 50}
LONG = {"sockets": 5_000, "speakers": 20, "rate": 50}

# One room for so many: as in a large hall, each word is heard by hundreds.
SOCKETS_PER_ROOM = 500
# How long they go on talking after everybody is back.
AFTERWARDS_SECONDS = 1


async def reconnect_storm(run):
    server = run.takes_care_of(Service(run.binary))
    server.start()
    rooms = await hall.make_rooms(server.url, -(-run.sizes.sockets // SOCKETS_PER_ROOM))
    members = await hall.let_in(server.url, rooms, run.sizes.sockets, run.dice, hall.SOCKETS_PER_PERSON)
    speakers = [hall.Speaker(member, run.dice, run.sizes.rate / run.sizes.speakers) for member in members[::len(members) // run.sizes.speakers]]
    memory = server.memory_mib
    for way, storm in (("dropped", drop), ("killed", kill)):
        talking = [asyncio.create_task(speaker.speak(1)) for speaker in speakers]
        await asyncio.sleep(0.5)
        back = await storm(server, members)
        await asyncio.gather(*talking)
        # Words that are said now are heard by all.
        hall.forget_figures(rooms)
        await asyncio.gather(*(speaker.speak(AFTERWARDS_SECONDS) for speaker in speakers))
        run.seconds(f"{way}: half of {len(members)} sockets were back and had everything after", percentile(back, 50))
        run.seconds(f"{way}: the last one", max(back))
        run.seconds(f"{way}: from sending to hearing afterwards, p99", hall.delays(members)[2])
        run.mebibytes(f"{way}: server's memory (with all connected at first: {memory:.1f} MiB)", server.memory_mib)
    refusals = [why for member in members for why in member.refusals]
    run.figure("refusals at the door", f"{len(refusals)} {sorted(set(refusals))}")
    for what, examples in (await hall.findings(server, rooms)).items():
        run.found(what, examples)


async def drop(server, members):
    for member in members:
        member.socket.abort()
    return await all_return(members)


async def kill(server, members):
    server.kill()
    began = time.monotonic()
    coming = asyncio.create_task(all_return(members))
    await asyncio.to_thread(server.start)
    up = time.monotonic() - began
    return [seconds - up for seconds in await coming]


async def all_return(members):
    """Seconds until each has come back and has everything."""
    began = time.monotonic()

    async def one(member):
        await member.connect()
        return time.monotonic() - began
    return await asyncio.gather(*(one(member) for member in members))


if __name__ == "__main__":
    scenario.main(__doc__, reconnect_storm, SHORT, LONG)
