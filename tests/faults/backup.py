#!/usr/bin/env python3
"""Copies the database while people talk, brings the copy to an empty folder, and counts what is missing there: nothing.

People talk in pairs without pause, each with several messages unacknowledged at any time, as in kill9.py. In the middle of it
`chinwag backup` makes a copy; they go on. Then `chinwag restore` brings the copy elsewhere, `chinwag verify` looks at it, a server
starts on it, and what was acknowledged before the copy was begun is compared with what everybody finds there (invariants.py).

    tests/faults/backup.py [--clients 8] [--seconds 3] [--keep] [target/debug/chinwag]

Exit code 0 means that every invariant held.
"""

import argparse
import asyncio
import dataclasses
import os
import pathlib
import subprocess
import sys

# The server and the people are those of the Python client checks.
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "clients/python"))

import evidence
import invariants
from kill9 import fall_silent, introduce, until
from support.server import DEFAULT_BINARY, Server
from talker import stock_client

PATIENCE_SECONDS = 60


def main():
    arguments = parse_arguments()
    print(f"backup: {arguments.clients} clients, {arguments.binary}", flush=True)
    server, restored = Server(arguments.binary), Server(arguments.binary)
    try:
        holds = asyncio.run(run(server, restored, arguments.clients, arguments.seconds))
    finally:
        for one in (server, restored):
            if arguments.keep:
                one.kill()
                print(f"kept in {one.directory}")
            else:
                one.remove()
    sys.exit(0 if holds else 1)


async def run(server, restored, clients, seconds):
    server.start()
    talkers = await introduce(server, clients)
    for talker in talkers:
        await talker.connect()
    # A load, and something to copy; there is nothing to wait for but time.
    await asyncio.sleep(seconds)
    await until(lambda: all(talker.acknowledged for talker in talkers), "everybody to have a message acknowledged")

    copy = server.directory / "copy.db"
    before = acknowledged(talkers)
    print(await asyncio.to_thread(errand, server, "backup", copy), flush=True)
    meanwhile = len(flat(acknowledged(talkers))) - len(flat(before))
    await until(lambda: all(talker.acknowledged > len(own) for talker, own in zip(talkers, before)), "everybody to go on")
    unanswered = await fall_silent(talkers)
    old = await Returned.come_back(talkers[0], server.url)
    for talker in talkers:
        await talker.disconnect()
    await old.disconnect()
    server.stop()

    print(await asyncio.to_thread(errand, restored, "restore", copy), flush=True)
    verdict = await asyncio.to_thread(errand, restored, "verify")
    print(verdict, flush=True)
    restored.start()
    returned = [await Returned.come_back(talker, restored.url) for talker in talkers]
    epochs = {one.epoch for one in returned}
    sources = await evidence.collect(restored, returned)
    findings = {
        "acknowledged before the copy was begun, and lost": invariants.lost(before, sources),
        "messages doubled": invariants.doubled(sources),
        "holes or repeats in the sequence": invariants.uneven(sources),
        "readers who disagree": invariants.disagreeing(sources),
        "inversions of one sender's order": invariants.inverted(sources),
        "refused messages that appeared all the same": invariants.resurrected([talker.journal.entries for talker in talkers], sources),
        "events never acknowledged": unanswered,
        "readers who were told the old epoch": [epoch for epoch in epochs if epoch == old.epoch],
        "damage to the restored database": evidence.damage(restored.database),
        "differing epochs of one database": list(epochs)[1:],
    }
    return report(findings, len(flat(before)), meanwhile, sources)


def acknowledged(talkers):
    """What each of them was promised so far."""
    return [[entry for entry in talker.journal.entries if entry["op"] == "acknowledged"] for talker in talkers]


def flat(lists):
    return [entry for entries in lists for entry in entries]


def errand(server, *arguments):
    """Runs a command of the program over a server's database, and gives back what it said."""
    environment = {"PATH": os.environ["PATH"], "DATABASE_URL": f"sqlite://{server.database}"}
    done = subprocess.run([server.binary, *arguments], env=environment, cwd=server.directory, capture_output=True, text=True,
                          timeout=PATIENCE_SECONDS)
    if done.returncode != 0:
        raise RuntimeError(f"{arguments[0]} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout.strip()


class Returned:
    """Somebody who comes back with the token that they had, and only reads."""

    @classmethod
    async def come_back(cls, talker, url):
        one = cls()
        one.person = dataclasses.replace(talker.person, url=url)
        one.conversation_id = talker.conversation_id
        one.client = stock_client()
        ready = asyncio.get_running_loop().create_future()
        one.client.on("ready", lambda answer: ready.done() or ready.set_result(answer))
        await one.client.connect(url, auth=one.person.auth)
        one.epoch = (await asyncio.wait_for(ready, PATIENCE_SECONDS))["epoch"]
        return one

    async def disconnect(self):
        await self.client.disconnect()


def report(findings, promised, meanwhile, sources):
    """Prints the counts; true when there is nothing to find and the load was real."""
    there = sum(len(of_conversation["database"]) for of_conversation in sources.values())
    print(f"{promised} messages acknowledged before the copy was begun, {meanwhile} while it was made, {there} restored")
    for what, examples in findings.items():
        print(f"  {len(examples):6} {what}")
        for example in examples[:5]:
            print(f"         e.g. {example}")
    if meanwhile == 0:
        print("  nobody spoke while the copy was made: this run shows nothing")
    holds = meanwhile > 0 and not any(findings.values())
    print("all invariants held" if holds else "INVARIANTS BROKEN")
    return holds


def parse_arguments():
    parser = argparse.ArgumentParser(description="backup under load, restored elsewhere: no acknowledged message lost")
    parser.add_argument("binary", nargs="?", type=pathlib.Path, default=DEFAULT_BINARY)
    parser.add_argument("--clients", type=int, default=8, help="an even number: they talk in pairs")
    parser.add_argument("--seconds", type=float, default=3, help="how long they have talked when the copy is begun")
    parser.add_argument("--keep", action="store_true", help="keep the journals and the databases")
    return parser.parse_args()


if __name__ == "__main__":
    main()
