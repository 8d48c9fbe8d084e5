#!/usr/bin/env python3
"""Thousands of connections that do nothing, while some people talk for minutes: memory stays flat, and nobody waits.

    tests/faults/idle.py [--long] [--idle 10000] [--rate 100] [--settle 0.03] [--minutes 10] [--seed N] [target/debug/chinwag]
"""

import asyncio
import time

import hall
import scenario
from scenario import percentile
from service import Service

# Settling is only to ramp up, in minutes like the rest. The library's queue of a connection takes a second block of
# memory after 32 pings, one every ten seconds, and never a third: `--settle 6` shows what is thereafter.
SHORT = {"idle": 200, "rate": 100, "settle": 0.03, "minutes": 0.05}
LONG = {"idle": 10_000, "rate": 100, "settle": 0.03, "minutes": 10.0}

# Those who talk, in rooms of five.
TALKERS, ROOMS = 20, 4
# The idle ones are in rooms where nobody speaks.
IDLE_PER_ROOM = 1_000
P99_SECONDS = 0.25
SERIES_LINES = 10
# Flat: the second half of the time holds no more than the first did, but for this.
GROWTH_MIB = 16


async def idle(run):
    server = run.takes_care_of(Service(run.binary))
    server.start()
    rooms = await hall.make_rooms(server.url, ROOMS)
    silent_rooms = await hall.make_rooms(server.url, max(1, run.sizes.idle // IDLE_PER_ROOM), "silent")
    empty = server.memory_mib
    began = time.monotonic()
    silent = await hall.let_in(server.url, silent_rooms, run.sizes.idle, run.dice, hall.SOCKETS_PER_PERSON)
    run.figure("idle connections made in", f"{time.monotonic() - began:.1f} s")
    run.figure("KiB each", f"{(server.memory_mib - empty) * 1_024 / len(silent):.1f}")
    talkers = await hall.let_in(server.url, rooms, TALKERS, run.dice)
    speakers = [hall.Speaker(member, run.dice, run.sizes.rate / TALKERS) for member in talkers]
    made = server.memory_mib
    await asyncio.gather(*(speaker.speak(run.sizes.settle * 60) for speaker in speakers))
    run.mebibytes("grown while it settled", server.memory_mib - made)
    hall.forget_figures(rooms)

    series = []
    seconds = run.sizes.minutes * 60
    watch = asyncio.create_task(hall.watch_memory(server, seconds / 100, series))
    busy = server.cpu_seconds
    await asyncio.gather(*(speaker.speak(seconds) for speaker in speakers))
    watch.cancel()
    busy = server.cpu_seconds - busy

    for at in range(0, len(series), max(1, len(series) // SERIES_LINES)):
        run.mebibytes(f"memory after {at * seconds / 100:.0f} s", series[at])
    run.mebibytes("grown from the first look to the last", series[-1] - series[0])
    first, second = series[:len(series) // 2], series[len(series) // 2:]
    run.mebibytes("the most of the second half over the most of the first", max(second) - max(first), GROWTH_MIB)
    pushes, median, most = hall.delays(talkers)
    run.figure("messages acknowledged, and pushes heard", f"{sum(len(speaker.trips) for speaker in speakers)}, {pushes}")
    run.seconds("from sending to hearing, p50", median)
    run.seconds("from sending to hearing, p99", most, P99_SECONDS)
    run.seconds("from sending to its acknowledgement, p99", percentile([trip for speaker in speakers for trip in speaker.trips], 99), P99_SECONDS)
    run.figure("of one core for all of it", f"{100 * busy / seconds:.0f} %")
    run.found("idle connections that ended", ["one"] * sum(not member.socket.is_open for member in silent))
    for what, examples in (await hall.findings(server, [*rooms, *silent_rooms])).items():
        run.found(what, examples)


if __name__ == "__main__":
    scenario.main(__doc__, idle, SHORT, LONG)
