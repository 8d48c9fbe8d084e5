#!/usr/bin/env python3
"""A crowd of guests finds strangers, talks and goes on, while connections end at random; then all their logs are compared.

Nine in ten guests use the official JavaScript client, the others python-socketio (crowd/). Every one writes down what they did and
saw, and a checker that knows nothing else tells which rule of matching was broken: none (crowd/checker.py).

    tests/faults/matching.py [--clients 1000] [--rounds 100] [--seed N] [--kills 0] [--pause MS] [--keep] [target/debug/chinwag]

With `--kills` the server gets SIGKILL as often and is started again on the same database while all this goes on. Exit code 0 means that every rule held. The logs are kept when one did not, or with `--keep`; the seed repeats the choices.
"""

import argparse
import asyncio
import json
import pathlib
import random
import resource
import shutil
import sys
import tempfile
import time

# The server is that of the Python client checks.
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "clients/python"))

from crowd import checker
from crowd.matches import Rules
from support.server import DEFAULT_BINARY, Server

HERE = pathlib.Path(__file__).resolve().parent
# How long somebody may be gone, and looks for a common interest alone: less than by default, so that both pass often.
RECONNECT_SECONDS = 3
WIDEN_SECONDS = 5
# The longest that a crowd may be silent: it is to say when everybody is connected, and when everybody has had their rounds.
PATIENCE_SECONDS = 1_800
ENDING_SECONDS = 10
# A server that is to be killed lives no longer than this.
LONGEST_LIFE_SECONDS = 8


def main():
    arguments = parse_arguments()
    seed = arguments.seed if arguments.seed is not None else random.SystemRandom().randrange(2**32)
    print(f"matching: {arguments.clients} clients, {arguments.rounds} rounds, seed {seed}, {arguments.binary}", flush=True)
    allow_many_sockets()
    logs = pathlib.Path(tempfile.mkdtemp(prefix="chinwag-crowd-"))
    server = Server(arguments.binary, {"MATCH_RECONNECT_SECS": str(RECONNECT_SECONDS), "MATCH_WIDEN_SECS": str(WIDEN_SECONDS)})
    holds = False
    try:
        server.start()
        downs = asyncio.run(run(server, arguments, seed, logs))
        holds = check(logs, server.log, downs)
    finally:
        if arguments.keep or not holds:
            server.kill()
            print(f"the logs are kept in {logs}, the server's in {server.log_path}")
        else:
            shutil.rmtree(logs)
            server.remove()
    sys.exit(0 if holds else 1)


async def run(server, arguments, seed, logs):
    config = {
        "url": server.url,
        "directory": str(logs),
        "rounds": arguments.rounds,
        "seed": seed,
        "reconnect_ms": RECONNECT_SECONDS * 1_000,
        # The more they are the slower each one is: people are to wait for each other and not for a machine that is full.
        "pause_ms": 2 * arguments.clients if arguments.pause is None else arguments.pause,
        "habits": json.loads((HERE / "crowd/habits.json").read_text()),
    }
    python = arguments.clients // 10
    crowds = [
        await Crowd.begin(["node", "crowd/crowd.js"], {**config, "clients": arguments.clients - python}),
        await Crowd.begin([sys.executable, "-m", "crowd.crowd"], {**config, "clients": python}),
    ]
    try:
        await together(crowd.hears("connected") for crowd in crowds)
        began = time.monotonic()
        killing = asyncio.create_task(kill_again_and_again(server, arguments.kills, random.Random(seed)))
        await together(crowd.told("start", "finished") for crowd in crowds)
        downs = await killing
        rounds = await together(crowd.told("stop", "rounds") for crowd in crowds)
        print(f"{sum(rounds)} rounds in {time.monotonic() - began:.1f} s", flush=True)
        return downs
    finally:
        for crowd in crowds:
            await crowd.end()


async def kill_again_and_again(server, kills, moments):
    """Gives back when the server was not there, in milliseconds since 1970."""
    downs = []
    for _ in range(kills):
        # Not waiting for anything: the moment has to be arbitrary.
        await asyncio.sleep(moments.uniform(1, LONGEST_LIFE_SECONDS))
        down = time.time() * 1_000
        server.kill()
        await asyncio.to_thread(server.start)
        downs.append((down, time.time() * 1_000))
    return downs


class Crowd:
    """A process full of guests."""

    @classmethod
    async def begin(cls, command, config):
        crowd = cls()
        crowd._process = await asyncio.create_subprocess_exec(
            *command, json.dumps(config), cwd=HERE, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE)
        return crowd

    async def told(self, order, news):
        """Gives an order and waits for what comes of it."""
        self._process.stdin.write(f"{order}\n".encode())
        return await self.hears(news)

    async def hears(self, news):
        async with asyncio.timeout(PATIENCE_SECONDS):
            line = await self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"a crowd ended before it said {news}")
        return json.loads(line)[news]

    async def end(self):
        """It has ended by itself, unless something went wrong."""
        if self._process.returncode is None:
            self._process.stdin.close()
            try:
                await asyncio.wait_for(self._process.wait(), ENDING_SECONDS)
            except TimeoutError:
                self._process.kill()
                await self._process.wait()


async def together(doings):
    return await asyncio.gather(*doings)


def check(logs, server_log, downs):
    began = time.monotonic()
    rules = Rules(reconnect_ms=RECONNECT_SECONDS * 1_000, widen_ms=WIDEN_SECONDS * 1_000, downs=tuple(downs))
    figures, findings = checker.check(checker.read_logs(logs), rules)
    # The server compares its own books as well, and says when they differ.
    findings["errors in the server's log"] = [line for line in server_log.splitlines() if " ERROR " in line or "panicked" in line]
    holds = checker.report(figures, findings)
    print(f"{'all rules held' if holds else 'RULES BROKEN'} (checked in {time.monotonic() - began:.1f} s)")
    return holds


def allow_many_sockets():
    """The server and the crowds inherit this limit; a thousand sockets are more than many shells allow."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def parse_arguments():
    parser = argparse.ArgumentParser(description="a crowd is matched at random, and its logs are compared")
    parser.add_argument("binary", nargs="?", type=pathlib.Path, default=DEFAULT_BINARY)
    parser.add_argument("--clients", type=int, default=1_000, help="should be many more than there are rounds: nobody meets anybody twice")
    parser.add_argument("--rounds", type=int, default=100, help="that everybody has at least")
    parser.add_argument("--seed", type=int, help="repeats the choices of an earlier run")
    parser.add_argument("--kills", type=int, default=0, help="how often the server is killed while they talk")
    parser.add_argument("--pause", type=float, help="the longest that a guest does nothing, in milliseconds; two per client by default")
    parser.add_argument("--keep", action="store_true", help="keep the logs and the database")
    return parser.parse_args()


if __name__ == "__main__":
    main()
