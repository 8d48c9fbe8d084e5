#!/usr/bin/env python3
"""Kills the server under load, again and again, and counts what was lost: nothing.

People talk in pairs without pause, each with several messages unacknowledged at any time. At random moments the server gets
SIGKILL and is started again on the same database; the clients come back, send again what was not acknowledged, and catch up.
At the end what each of them wrote down is compared with the history, with `sync` and with the database (invariants.py).

    tests/faults/kill9.py [--rounds 20] [--clients 8] [--seed N] [--keep] [target/debug/chinwag]

Exit code 0 means that every invariant held. `--keep` keeps the journals and the database; the seed repeats the moments.
"""

import argparse
import asyncio
import itertools
import pathlib
import random
import sys
import time

# The server and the people are those of the Python client checks.
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "clients/python"))

import evidence
import invariants
from journal import Journal
from support.people import sign_in_program
from support.server import DEFAULT_BINARY, Server
from talker import Bystander, Talker

# How long after a start everybody must have caught up (I5), and how long we wait before we give up altogether.
HEAL_SECONDS = 5
PATIENCE_SECONDS = 60
# The load runs for up to this long between two kills.
LONGEST_ROUND_SECONDS = 1.5


def main():
    arguments = parse_arguments()
    seed = arguments.seed if arguments.seed is not None else random.SystemRandom().randrange(2**32)
    print(f"kill -9: {arguments.rounds} rounds, {arguments.clients} clients, seed {seed}, {arguments.binary}", flush=True)
    server = Server(arguments.binary)
    try:
        holds = asyncio.run(run(server, arguments.rounds, arguments.clients, random.Random(seed)))
    finally:
        if arguments.keep:
            server.kill()
            print(f"kept in {server.directory}")
        else:
            server.remove()
    sys.exit(0 if holds else 1)


async def run(server, rounds, clients, moments):
    server.start()
    bystander = Bystander(await sign_in_program(server.url, "Bystander"))
    talkers = await introduce(server, clients)
    await bystander.connect()
    for talker in talkers:
        await talker.connect()

    in_flight = healing = 0
    for round_number in range(1, rounds + 1):
        in_flight_now, healed_after = await kill_once(server, talkers, moments)
        in_flight += in_flight_now
        healing = max(healing, healed_after)
        acknowledged = sum(talker.acknowledged for talker in talkers)
        print(f"  round {round_number}: {acknowledged} acknowledged so far, {in_flight_now} in flight at the kill, "
              f"all caught up after {healed_after:.2f} s", flush=True)

    unanswered = await fall_silent(talkers)
    sources = await evidence.collect(server, talkers)
    await bystander.disconnect()
    journals = [talker.journal.entries for talker in talkers]
    findings = invariants.check(journals, sources)
    findings["events never acknowledged"] = unanswered
    findings["events heard by a bystander (I7)"] = bystander.heard
    findings[f"catching up took longer than {HEAL_SECONDS} s (I5)"] = [f"{healing:.2f} s"] if healing > HEAL_SECONDS else []
    findings["damage to the database (I8)"] = evidence.damage(server.database)
    return report(findings, journals, in_flight, healing)


async def introduce(server, clients):
    """Signs people in and seats them in pairs, each pair in a conversation of its own."""
    people = [await sign_in_program(server.url, f"Talker{'AB'[n % 2]}") for n in range(clients)]
    # Half of the pairs use the WebSocket alone, the others begin with polling and upgrade.
    transports = itertools.cycle([["websocket"], None])
    talkers = []
    for (first, second), names in zip(zip(people[::2], people[1::2], strict=True), transports):
        for person, peer in ((first, second), (second, first)):
            journal = Journal(server.directory / f"journal-{person.username}.jsonl")
            talkers.append(Talker(person, peer, names, journal))
    return talkers


async def kill_once(server, talkers, moments):
    """One round: waits until all talk, kills at a random moment, starts again and waits until all have caught up."""
    before = {talker: talker.acknowledged for talker in talkers}
    await until(lambda: all(talker.acknowledged > before[talker] for talker in talkers), "everybody to have a message acknowledged")
    # Not waiting for anything: the moment of the kill has to be arbitrary.
    await asyncio.sleep(moments.uniform(0, LONGEST_ROUND_SECONDS))
    in_flight = sum(talker.in_flight for talker in talkers)
    for talker in talkers:
        talker.lose_connection()
    server.kill()
    await asyncio.to_thread(server.start)
    started = time.monotonic()
    await until(lambda: all(talker.has_caught_up for talker in talkers), "everybody to have caught up")
    return in_flight, time.monotonic() - started


async def fall_silent(talkers):
    """Lets everybody finish what is under way; gives back what was never answered."""
    for talker in talkers:
        talker.stop_talking()
    try:
        await until(lambda: all(talker.in_flight == 0 for talker in talkers), "all answers")
    except TimeoutError:
        pass
    return [f"{talker.person.username}: {talker.in_flight} messages" for talker in talkers if talker.in_flight]


def report(findings, journals, in_flight, healing):
    """Prints the counts; true when there is nothing to find and the load was real."""
    acknowledged = [entry for entry in itertools.chain(*journals) if entry["op"] == "acknowledged"]
    duplicates = sum(entry["duplicate"] for entry in acknowledged)
    print(f"{len(acknowledged)} messages acknowledged, {in_flight} in flight at the kills, "
          f"{duplicates} of those had been committed and were answered as duplicates, slowest catching up {healing:.2f} s")
    for what, examples in findings.items():
        print(f"  {len(examples):6} {what}")
        for example in examples[:5]:
            print(f"         e.g. {example}")
    if in_flight == 0:
        print("  nothing was in flight at any kill: this run shows nothing")
    holds = in_flight > 0 and not any(findings.values())
    print("all invariants held" if holds else "INVARIANTS BROKEN")
    return holds


async def until(condition, what):
    """Waits for something that the talkers' handlers bring about."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {PATIENCE_SECONDS} s in vain for {what}")
        await asyncio.sleep(0.01)


def parse_arguments():
    parser = argparse.ArgumentParser(description="kill -9 under load: no acknowledged message lost, none doubled")
    parser.add_argument("binary", nargs="?", type=pathlib.Path, default=DEFAULT_BINARY)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--clients", type=int, default=8, help="an even number: they talk in pairs")
    parser.add_argument("--seed", type=int, help="repeats the moments of an earlier run")
    parser.add_argument("--keep", action="store_true", help="keep the journals and the database")
    return parser.parse_args()


if __name__ == "__main__":
    main()
