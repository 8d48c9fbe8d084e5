#!/usr/bin/env python3
"""Copies the database while people talk, brings the copy to an empty folder, and counts what is missing there: nothing.

People talk in pairs without pause, each with several messages unacknowledged at any time. In the middle of it `chinwag backup` makes a
copy; they go on. Then `chinwag restore` brings the copy elsewhere, `chinwag verify` looks at it, a server starts on it, and what was
acknowledged before the copy was begun is compared with what everybody finds there.

    tests/faults/backup.py [--long] [--people 8] [--seconds 30] [--seed N] [--keep] [target/debug/chinwag]
"""

import asyncio
import dataclasses
import os
import subprocess

import evidence
import invariants
import scenario
from pairs import Pairs
from service import Service
from talker import stock_client

# How long they have talked when the copy is begun.
SHORT = {"people": 8, "seconds": 3.0}
LONG = {"people": 8, "seconds": 30.0}

PATIENCE_SECONDS = 60


async def backup(run):
    server, restored = (run.takes_care_of(Service(run.binary)) for _ in range(2))
    server.start()
    pairs = await Pairs.gather(server, run.sizes.people)
    # A load, and something to copy; there is nothing to wait for but time.
    await asyncio.sleep(run.sizes.seconds)
    await pairs.all_talk()

    copy = server.directory / "copy.db"
    promised = pairs.promises()
    print(f"  {await asyncio.to_thread(errand, server, 'backup', copy)}", flush=True)
    meanwhile = pairs.acknowledged - sum(map(len, promised))
    await pairs.all_talk()
    old = await Returned.come_back(pairs.talkers[0], server.url)
    await old.disconnect()
    for what, examples in (await pairs.findings()).items():
        run.found(what, examples)

    print(f"  {await asyncio.to_thread(errand, restored, 'restore', copy)}", flush=True)
    print(f"  {await asyncio.to_thread(errand, restored, 'verify')}", flush=True)
    restored.start()
    returned = [await Returned.come_back(talker, restored.url) for talker in pairs.talkers]
    sources = await evidence.collect(restored, returned)
    run.figure("messages acknowledged before the copy was begun", sum(map(len, promised)))
    run.figure("acknowledged while it was made", meanwhile)
    run.figure("restored", sum(len(of_conversation["database"]) for of_conversation in sources.values()))
    run.found("nobody spoke while the copy was made: this run shows nothing", ["0"] if meanwhile == 0 else [])
    for what, examples in at_the_new_place(promised, pairs, sources, restored).items():
        run.found(f"restored: {what}", examples)
    epochs = {one.epoch for one in returned}
    run.found("restored: differing epochs of one database", list(epochs)[1:])
    run.found("restored: readers who were told the old epoch", [epoch for epoch in epochs if epoch == old.epoch])


def at_the_new_place(promised, pairs, sources, restored):
    journals = [talker.journal.entries for talker in pairs.talkers]
    return {
        "acknowledged before the copy was begun, and lost": invariants.lost(promised, sources),
        "messages doubled": invariants.doubled(sources),
        "holes or repeats in the sequence": invariants.uneven(sources),
        "readers who disagree": invariants.disagreeing(sources),
        "inversions of one sender's order": invariants.inverted(sources),
        "refused messages that appeared all the same": invariants.resurrected(journals, sources),
        "damage to the database": evidence.damage(restored.database),
        "panics": restored.panics,
    }


def errand(server, *arguments):
    """Runs a command of the program over a server's database, and gives back what it said."""
    environment = {"PATH": os.environ["PATH"], "DATABASE_URL": f"sqlite://{server.database}"}
    done = subprocess.run([server.binary, *arguments], env=environment, cwd=server.directory, capture_output=True, text=True,
                          timeout=PATIENCE_SECONDS)
    if done.returncode != 0:
        raise RuntimeError(f"{arguments[0]} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout.strip().replace("\n", "\n  ")


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


if __name__ == "__main__":
    scenario.main(__doc__, backup, SHORT, LONG)
