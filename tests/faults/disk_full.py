#!/usr/bin/env python3
"""Fills the disk under load: nothing is acknowledged that is not stored, reads go on, and with room again all goes on by itself.

The database stands on a tmpfs of its own, which takes the right to mount; then the log does so as well, since both are often on one disk.
Without that right no file of the server may grow (RLIMIT_FSIZE), which looks much the same from inside; the long form does both.

    tests/faults/disk_full.py [--long] [--fillings 5] [--people 8] [--seed N] [target/debug/chinwag]
"""

import asyncio
import contextlib
import subprocess
import time

import scenario
from pairs import HEAL_SECONDS, Pairs
from service import Service

SHORT = {"fillings": 1, "people": 4}
LONG = {"fillings": 5, "people": 8}

DISK_MIB = 24
# How long the disk is full beyond the moment when everybody was refused. A look of /readyz at the disk is good for a second.
SHORTEST_FULL_SECONDS = 1.1
LONGEST_FULL_SECONDS = 2.0
EXCUSES = {"unavailable", "overloaded"}
# The server itself does not want to hear of it (SIGXFSZ); a full disk sends no signal either.
WITHOUT_SIGNAL = ["env", "--ignore-signal=XFSZ"]


async def disk_full(run):
    may_mount = True
    try:
        await on_small_disk(run, "a full disk", log_too=False)
        await on_small_disk(run, "a full disk with the log on it", log_too=True)
    except PermissionError:
        may_mount = False
        run.figure("nothing may be mounted here; instead, no file of the server may grow", "-")
    if run.is_long or not may_mount:
        await with_limited_files(run)


async def on_small_disk(run, way, log_too):
    server = Service(run.binary)
    disk = server.directory / "disk"
    disk.mkdir()
    mount = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_MIB}m", "tmpfs", disk], capture_output=True, text=True)
    if mount.returncode != 0:
        server.remove()
        raise PermissionError(mount.stderr)
    try:
        server.use_database(disk / "chinwag.db")
        if log_too:
            server.log_path = disk / "server.log"
        ballast = disk / "ballast"
        await fill(run, server, way, lambda: fill_up(ballast), ballast.unlink)
    finally:
        server.kill()
        subprocess.run(["umount", "--lazy", disk], check=True)
        server.remove()


async def with_limited_files(run):
    server = run.takes_care_of(Service(run.binary, through=WITHOUT_SIGNAL))
    begin, end = lambda: server.limit_files(largest_file(server)), lambda: server.limit_files(None)
    await fill(run, server, "files that cannot grow", begin, end, seen_from_outside=False)


async def fill(run, server, way, begin, end, seen_from_outside=True):
    """Makes the disk full and empties it again, as often as wanted, while people talk.

    A disk that has no room can be asked whether it has; then /readyz must not say that all is well.
    """
    server.start()
    pairs = await Pairs.gather(server, run.sizes.people)
    recoveries, refusals, pages_read, wrongly, unready = [], [], [], [], 0
    for _ in range(run.sizes.fillings):
        await pairs.all_talk()
        await asyncio.to_thread(begin)
        await pairs.all_are_refused()
        pairs.reader.restarts_counting()
        refused, acknowledged = pairs.count("refused"), pairs.acknowledged
        await asyncio.sleep(run.dice.uniform(SHORTEST_FULL_SECONDS, LONGEST_FULL_SECONDS))
        refusals.append(pairs.count("refused") - refused)
        wrongly += [f"{pairs.acknowledged - acknowledged}"] if pairs.acknowledged != acknowledged else []
        unready += not await asyncio.to_thread(server.is_ready)
        pages, slowest = pairs.reader.told()
        pages_read.append(pages)
        end()
        began = time.monotonic()
        await pairs.all_talk()
        recoveries.append(time.monotonic() - began)
        await pairs.all_catch_up()
    pid = server.pid if server.is_running else None
    findings = await pairs.findings(EXCUSES)
    run.figure(f"{way}: messages acknowledged", pairs.acknowledged)
    run.figure(f"{way}: refused as not stored, and fewest of those while it was full", f"{pairs.count('refused')}, {min(refusals)}")
    run.figure(f"{way}: pages read meanwhile, the last time", pages)
    run.seconds(f"{way}: p99 of those", slowest)
    run.seconds(f"{way}: slowest recovery, until everybody was acknowledged again", max(recoveries), HEAL_SECONDS)
    if seen_from_outside:
        run.found(f"{way}: /readyz said that all is well", ["while everything was refused"] * (run.sizes.fillings - unready))
    run.found(f"{way}: no page could be read meanwhile", ["none"] * pages_read.count(0))
    run.found(f"{way}: nobody was refused while it was full: this run shows nothing", ["none"] * refusals.count(0))
    run.found(f"{way}: acknowledgements while everybody was refused", wrongly)
    run.found(f"{way}: the server ended", ["it is not there"] if pid is None else [])
    for what, examples in findings.items():
        run.found(f"{way}: {what}", examples)


def fill_up(ballast):
    """Takes whatever room is left, down to the last page."""
    with ballast.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(4_096))


def largest_file(server):
    return max(path.stat().st_size for path in server.directory.glob("chinwag.db*"))


if __name__ == "__main__":
    scenario.main(__doc__, disk_full, SHORT, LONG)
