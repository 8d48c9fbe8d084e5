#!/usr/bin/env python3
"""Restarts the server in an orderly way (SIGTERM) under load, again and again: nothing is lost, and it is there again at once.

    tests/faults/drain.py [--long] [--restarts 20] [--people 8] [--seed N] [target/debug/chinwag]
"""

import asyncio
import time

import scenario
from pairs import HEAL_SECONDS, Pairs
from service import Service

SHORT = {"restarts": 2, "people": 8}
LONG = {"restarts": 20, "people": 8}

READY_WITHIN_SECONDS = 1
# The load runs for up to this long between two restarts.
LONGEST_ROUND_SECONDS = 1.5


async def drain(run):
    server = run.takes_care_of(Service(run.binary))
    server.start()
    pairs = await Pairs.gather(server, run.sizes.people)
    stops, starts, heals, in_flight, codes, silent = [], [], [], 0, [], 0
    for _ in range(run.sizes.restarts):
        await pairs.all_talk()
        # Not waiting for anything: the moment has to be arbitrary.
        await asyncio.sleep(run.dice.uniform(0, LONGEST_ROUND_SECONDS))
        in_flight += pairs.in_flight
        before = pairs.acknowledged
        pairs.reader.is_on = False
        began = time.monotonic()
        codes.append(await asyncio.to_thread(server.stop))
        stops.append(time.monotonic() - began)
        silent += pairs.acknowledged == before
        pairs.lose_step()
        starts.append(await asyncio.to_thread(server.start))
        pairs.reader.is_on = True
        heals.append(await pairs.all_catch_up())

    findings = await pairs.findings()
    run.figure("messages acknowledged", pairs.acknowledged)
    run.figure("in flight at the word to stop", in_flight)
    run.figure("of those had been committed, and their answer was lost", pairs.duplicates)
    run.seconds("slowest stop, from SIGTERM to the end", max(stops))
    run.seconds("slowest start, until ready", max(starts), READY_WITHIN_SECONDS)
    run.seconds("slowest catching up of everybody after a start", max(heals), HEAL_SECONDS)
    run.found("stops with another exit code than 0", [f"{code}" for code in codes if code != 0])
    run.found("nothing was in flight at any stop: this run shows nothing", ["0"] if in_flight == 0 else [])
    # It commits and answers what it has before it goes.
    run.found("nobody was acknowledged in any stop: this run shows nothing", ["0"] if silent == run.sizes.restarts else [])
    for what, examples in findings.items():
        run.found(what, examples)


if __name__ == "__main__":
    scenario.main(__doc__, drain, SHORT, LONG)
