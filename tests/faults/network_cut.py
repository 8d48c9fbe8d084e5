#!/usr/bin/env python3
"""Cuts the network between people and server, or holds it silently, and mends it: everybody has everything, and nothing twice.

    tests/faults/network_cut.py [--long] [--cuts 40] [--people 8] [--seed N] [target/debug/chinwag]
"""

import asyncio

import scenario
from cable import Cable
from pairs import HEAL_SECONDS, Pairs
from service import Service

SHORT = {"cuts": 4, "people": 8}
LONG = {"cuts": 40, "people": 8}

# Held for longer than this, a connection is given up by both sides; the long form goes there.
PING_SECONDS = 18
LONGEST_CUT_SECONDS = 1.0
LONGEST_HOLD_SECONDS = 1.5


async def network_cut(run):
    server = run.takes_care_of(Service(run.binary))
    server.start()
    async with Cable(server.port) as cable:
        pairs = await Pairs.gather(server, run.sizes.people, url=cable.url)
        heals = {"cut": [], "held": [], "held for too long": []}
        in_flight = 0
        for number in range(run.sizes.cuts):
            await pairs.all_talk()
            await asyncio.sleep(run.dice.uniform(0, 0.5))
            in_flight += pairs.in_flight
            way = "cut" if number % 2 == 0 else "held"
            # Once in the long form, and long enough for the server to think that everybody has gone.
            if run.is_long and number == run.sizes.cuts - 1:
                way = "held for too long"
            heals[way].append(await break_once(run, pairs, cable, way))
        findings = await pairs.findings()
    run.figure("messages acknowledged", pairs.acknowledged)
    run.figure("in flight when the network went", in_flight)
    for way, times in heals.items():
        if times:
            run.seconds(f"{way} {len(times)} times: slowest catching up of everybody", max(times), HEAL_SECONDS)
    run.found("nothing was in flight at any cut: this run shows nothing", ["0"] if in_flight == 0 else [])
    for what, examples in findings.items():
        run.found(what, examples)


async def break_once(run, pairs, cable, way):
    """Seconds from the mending until everybody talks again and has everything."""
    if way == "cut":
        pairs.lose_step()
        cable.cut()
        await asyncio.sleep(run.dice.uniform(0, LONGEST_CUT_SECONDS))
    else:
        cable.hold()
        await asyncio.sleep(2 * PING_SECONDS if way == "held for too long" else run.dice.uniform(0.2, LONGEST_HOLD_SECONDS))
    cable.mend()
    return await pairs.all_talk() + await pairs.all_catch_up()


if __name__ == "__main__":
    scenario.main(__doc__, network_cut, SHORT, LONG)
