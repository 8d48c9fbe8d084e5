#!/usr/bin/env python3
"""Another process takes the write lock of the database, for a moment and for long: sends wait or are refused, and nothing is lost.

    tests/faults/locked.py [--long] [--locks "1 10 60"] [--people 8] [--seed N] [target/debug/chinwag]
"""

import asyncio
import subprocess
import sys
import time

import evidence
import scenario
from pairs import HEAL_SECONDS, Pairs
from service import Service

# Seconds each.
SHORT = {"locks": "1", "people": 4}
LONG = {"locks": "1 10 60", "people": 8}

EXCUSES = {"unavailable", "overloaded"}
# Somebody else altogether: the locks of a file belong to a process.
HOLDER = """
import sqlite3, sys
database = sqlite3.connect(sys.argv[1], timeout=30, isolation_level=None)
database.execute("BEGIN IMMEDIATE")
print("locked", flush=True)
sys.stdin.readline()
database.execute("ROLLBACK")
"""


async def locked(run):
    server = run.takes_care_of(Service(run.binary))
    server.start()
    pairs = await Pairs.gather(server, run.sizes.people)
    wrongly, recoveries = [], []
    for seconds in map(float, run.sizes.locks.split()):
        await pairs.all_talk()
        before = pairs.count("refused")
        holder = await asyncio.to_thread(take_lock, server.database)
        pairs.reader.restarts_counting()
        # Nobody can commit any more: so what is there now is all that may be acknowledged until the lock is given back.
        committed = evidence.client_ids(server.database)
        await asyncio.sleep(seconds)
        wrongly += [f"{client_id} in {seconds} s" for client_id in pairs.acknowledged_ids() - committed]
        pages, slowest = pairs.reader.told()
        waiting, refused = pairs.in_flight, pairs.count("refused") - before
        await asyncio.to_thread(holder.communicate, "enough\n")
        began = time.monotonic()
        await pairs.all_talk()
        await pairs.all_catch_up()
        recoveries.append(time.monotonic() - began)
        run.figure(f"locked for {seconds:.0f} s: messages in flight at its end, and refused, to be tried again", f"{waiting}, {refused}")
        run.figure(f"locked for {seconds:.0f} s: pages read meanwhile", pages)
        run.found("nothing waited for the lock or was refused: this run shows nothing", [f"{seconds:.0f} s"] if waiting + refused == 0 else [])
        run.found("no page could be read meanwhile", [f"{seconds:.0f} s"] if pages == 0 else [])
        run.seconds(f"locked for {seconds:.0f} s: p99 of those", slowest)
        run.seconds(f"locked for {seconds:.0f} s: until everybody was acknowledged again and had everything", recoveries[-1], HEAL_SECONDS)

    findings = await pairs.findings(EXCUSES)
    run.figure("messages acknowledged", pairs.acknowledged)
    run.found("acknowledgements while somebody else held the lock", wrongly)
    for what, examples in findings.items():
        run.found(what, examples)


def take_lock(database):
    holder = subprocess.Popen([sys.executable, "-c", HOLDER, database], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    if holder.stdout.readline() != "locked\n":
        raise RuntimeError("the lock could not be taken")
    return holder


if __name__ == "__main__":
    scenario.main(__doc__, locked, SHORT, LONG)
