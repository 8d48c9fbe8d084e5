#!/usr/bin/env python3
"""Lets every fsync fail under load: nothing is acknowledged meanwhile, reads go on, and afterwards all goes on by itself.

What the server asks of libc goes through a shim that says EIO on command (shim/libc_faults.c). A second server is killed while its disk is
like that. What it refused last may be there afterwards: it was written, only not for certain. So then a refusal as `unavailable`, which
asks for another try, leaves the message undecided; nothing acknowledged is lost, and nothing tried again is there twice.

    tests/faults/fsync_errors.py [--long] [--failures 10] [--people 8] [--kills 5] [--seed N] [target/debug/chinwag]
"""

import asyncio
import time

import scenario
from libc_faults import LibcFaults
from pairs import HEAL_SECONDS, Pairs
from service import Service

SHORT = {"failures": 1, "people": 4, "kills": 1}
LONG = {"failures": 10, "people": 8, "kills": 5}

# Who was refused tries again within this time, so that somebody is refused in it.
SHORTEST_FAILURE_SECONDS = 0.5
LONGEST_FAILURE_SECONDS = 2.0
EXCUSES = {"unavailable", "overloaded"}


async def fsync_errors(run):
    await fail(run, "it goes on", run.sizes.failures, kill=False)
    await fail(run, "it is killed", run.sizes.kills, kill=True)


async def fail(run, way, times, kill):
    server = run.takes_care_of(Service(run.binary))
    try:
        faults = LibcFaults(server.directory)
    except FileNotFoundError as why:
        raise scenario.Skipped(str(why)) from why
    server.use_environment(faults.environment)
    server.start()
    pairs = await Pairs.gather(server, run.sizes.people)
    wrongly, recoveries, refused, failed, pages = [], [], [], [], []
    for _ in range(times):
        await pairs.all_talk()
        faults.fail_syncs(True)
        await pairs.all_are_refused()
        # Answers come in the order of commits: whoever was refused has had every earlier acknowledgement.
        before = pairs.acknowledged
        refused_before, failed_before = pairs.count("refused"), faults["syncs_failed"]
        pairs.reader.restarts_counting()
        await asyncio.sleep(run.dice.uniform(SHORTEST_FAILURE_SECONDS, LONGEST_FAILURE_SECONDS))
        refused.append(pairs.count("refused") - refused_before)
        failed.append(faults["syncs_failed"] - failed_before)
        pages.append(pairs.reader.told()[0])
        wrongly += [f"{pairs.acknowledged - before} acknowledged"] if pairs.acknowledged != before else []
        recoveries.append(await recover(server, faults, pairs, kill))

    findings = await pairs.findings(EXCUSES, EXCUSES if kill else ())
    run.figure(f"{way}: messages acknowledged, refused as not stored", f"{pairs.acknowledged}, {pairs.count('refused')}")
    run.figure(f"{way}: messages that were there although refused", pairs.risen)
    run.figure(f"{way}: syncs, and how many of them failed", f"{faults['syncs']}, {faults['syncs_failed']}")
    run.figure(f"{way}: fewest refused in one failure, fewest pages read", f"{min(refused)}, {min(pages)}")
    run.seconds(f"{way}: slowest recovery, until everybody was acknowledged again and had everything", max(recoveries), HEAL_SECONDS)
    shown_nothing = [f"failure {n}" for n, counts in enumerate(zip(refused, failed), start=1) if 0 in counts]
    run.found(f"{way}: nobody was refused or no sync failed meanwhile: this run shows nothing", shown_nothing)
    run.found(f"{way}: no page could be read meanwhile", ["none"] * pages.count(0))
    run.found(f"{way}: acknowledgements while no sync succeeded", wrongly)
    for what, examples in findings.items():
        run.found(f"{way}: {what}", examples)


async def recover(server, faults, pairs, kill):
    """Mends the disk; how long it takes until all goes on."""
    if kill:
        pairs.reader.is_on = False
        await asyncio.to_thread(server.kill)
        pairs.lose_step()
    faults.fail_syncs(False)
    began = time.monotonic()
    if kill:
        await asyncio.to_thread(server.start)
        pairs.reader.is_on = True
    await pairs.all_talk()
    await pairs.all_catch_up()
    return time.monotonic() - began


if __name__ == "__main__":
    scenario.main(__doc__, fsync_errors, SHORT, LONG)
