#!/usr/bin/env python3
"""Kills the server under load, again and again, and counts what was lost: nothing.

People talk in pairs without pause, each with several messages unacknowledged at any time. At random moments the server gets
SIGKILL and is started again on the same database; the clients come back, send again what was not acknowledged, and catch up.

    tests/faults/kill9.py [--long] [--rounds 200] [--people 8] [--seed N] [--keep] [target/debug/chinwag]
"""

import asyncio

import scenario
from pairs import HEAL_SECONDS, Pairs
from service import Service

SHORT = {"rounds": 3, "people": 8}
LONG = {"rounds": 200, "people": 8}

# The load runs for up to this long between two kills.
LONGEST_ROUND_SECONDS = 1.5


async def kill9(run):
    server = run.takes_care_of(Service(run.binary))
    server.start()
    pairs = await Pairs.gather(server, run.sizes.people)
    in_flight, heals = 0, []
    for _ in range(run.sizes.rounds):
        await pairs.all_talk()
        # Not waiting for anything: the moment of the kill has to be arbitrary.
        await asyncio.sleep(run.dice.uniform(0, LONGEST_ROUND_SECONDS))
        in_flight += pairs.in_flight
        pairs.reader.is_on = False
        pairs.lose_step()
        await asyncio.to_thread(server.kill)
        await asyncio.to_thread(server.start)
        pairs.reader.is_on = True
        heals.append(await pairs.all_catch_up())

    findings = await pairs.findings()
    run.figure("messages acknowledged", pairs.acknowledged)
    run.figure("in flight at the kills", in_flight)
    run.figure("of those had been committed, and their answer was lost", pairs.duplicates)
    run.seconds("slowest catching up of everybody after a start", max(heals), HEAL_SECONDS)
    run.found("nothing was in flight at any kill: this run shows nothing", ["0"] if in_flight == 0 else [])
    for what, examples in findings.items():
        run.found(what, examples)


if __name__ == "__main__":
    scenario.main(__doc__, kill9, SHORT, LONG)
