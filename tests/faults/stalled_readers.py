#!/usr/bin/env python3
"""People stop reading while rooms flow: memory stays bounded, the others do not notice, and who comes back has everything.

    tests/faults/stalled_readers.py [--long] [--seconds 300] [--stalled 100] [--healthy 40] [--rooms 4] [--rate 200] [--seed N] [target/debug/chinwag]
"""

import asyncio
import time

import hall
import scenario
from scenario import percentile
from service import Service

SHORT = {"seconds": 7, "stalled": 20, "healthy": 5, "rooms": 1, "rate": 200}
LONG = {"seconds": 300, "stalled": 100, "healthy": 40, "rooms": 4, "rate": 200}

DROPPED_WITHIN_SECONDS = 45
MEMORY_MIB = 64
P99_SECONDS = 0.25
SMALL_BUFFER = 4_096


async def stalled_readers(run):
    server = run.takes_care_of(Service(run.binary))
    server.start()
    rooms = await hall.make_rooms(server.url, run.sizes.rooms)
    healthy = await hall.let_in(server.url, rooms, run.sizes.healthy, run.dice)
    stalled = await hall.let_in(server.url, rooms, run.sizes.stalled, run.dice, receive_buffer=SMALL_BUFFER)
    speakers = [hall.Speaker(member, run.dice, run.sizes.rate / run.sizes.healthy) for member in healthy]
    # What a server needs for such rooms at all is not what is to be shown.
    await asyncio.gather(*(speaker.speak(1) for speaker in speakers))
    hall.forget_figures(rooms)

    memory, series, dropped = server.memory_mib, [], []
    began = time.monotonic()
    for member in stalled:
        member.socket.stop_reading()
    watches = [asyncio.create_task(hall.watch_memory(server, 0.1, series)), asyncio.create_task(notice_drops(server, stalled, dropped))]
    await asyncio.gather(*(speaker.speak(run.sizes.seconds) for speaker in speakers))
    # The system takes some megabytes for each before it is the server's turn: a short form goes on until that is over.
    while len(dropped) < len(stalled) and time.monotonic() - began < DROPPED_WITHIN_SECONDS:
        await asyncio.gather(*(speaker.speak(1) for speaker in speakers))
    for watch in watches:
        watch.cancel()

    show(run, healthy, speakers)
    run.figure("stalled readers, and how many were hung up on meanwhile", f"{len(stalled)}, {len(dropped)}")
    if dropped:
        run.seconds("the last of those, after they stopped to read", max(dropped) - began, DROPPED_WITHIN_SECONDS)
    run.mebibytes("server's memory before", memory)
    run.mebibytes("grown by at most", max(series) - memory, MEMORY_MIB)
    run.mebibytes("and in the end", server.memory_mib - memory)
    slow = int(server.counted("slow_readers_total"))
    run.figure("readers that the server says it hung up on for being slow", slow)
    run.found("stalled readers who were never hung up on", ["one"] * (len(stalled) - len(dropped)))
    run.found("another number than that of those who stalled", [f"{slow} of {len(stalled)}"] if slow != len(stalled) else [])
    run.found("healthy readers who were hung up on", ["one"] * sum(not member.socket.is_open for member in healthy))

    for member in stalled:
        member.socket.abort()
        # By a better network: they have a lot to fetch.
        member.receive_buffer = None
    began = time.monotonic()
    await asyncio.gather(*(member.connect() for member in stalled))
    run.seconds("all of them came back and have everything, after", time.monotonic() - began)
    for what, examples in (await hall.findings(server, rooms)).items():
        run.found(what, examples)


def show(run, healthy, speakers):
    run.figure("messages acknowledged", sum(len(speaker.acknowledged) for speaker in speakers))
    pushes, median, most = hall.delays(healthy)
    run.figure("pushes to healthy readers", pushes)
    run.seconds("from sending to hearing, healthy readers, p50", median)
    run.seconds("from sending to hearing, healthy readers, p99", most, P99_SECONDS)
    run.seconds("from sending to its acknowledgement, p99", percentile([trip for speaker in speakers for trip in speaker.trips], 99), P99_SECONDS)


async def notice_drops(server, stalled, dropped):
    """Who does not read does not notice either: the system's table of connections does."""
    ports = {member.socket.port for member in stalled}
    while ports:
        gone = ports - await asyncio.to_thread(server.open_ports)
        dropped += [time.monotonic()] * len(gone)
        ports -= gone
        await asyncio.sleep(0.2)


if __name__ == "__main__":
    scenario.main(__doc__, stalled_readers, SHORT, LONG)
