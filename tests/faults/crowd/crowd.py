"""Guests of python-socketio, beside those of crowd.js and with the same habits. matching.py starts this and says when: `start`
once everybody is connected, `stop` once everybody has had their rounds. What is told back are lines of JSON."""

import asyncio
import json
import pathlib
import random
import sys

import aiohttp

from crowd.guest import Guest
from crowd.journal import Journal

# As many at a time come in.
ARRIVING = 10


async def main():
    config = json.loads(sys.argv[1])
    # One for all: the library leaves those of its own open when a connection breaks.
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http:
        await run(http, config)


async def run(http, config):
    guests = await arrive(http, config)
    tell(connected=len(guests))

    await order("start")
    unfinished = {guest.name for guest in guests}

    def count(guest):
        if guest.rounds == config["rounds"]:
            unfinished.discard(guest.name)
            if not unfinished:
                tell(finished=len(guests))

    lives = [asyncio.create_task(guest.live(count)) for guest in guests]
    stopped = asyncio.create_task(order("stop"))
    # A guest who fails must not be noticed at the end only.
    await asyncio.wait([stopped, *lives], return_when=asyncio.FIRST_COMPLETED)
    for guest in guests:
        guest.stop()
    await asyncio.gather(stopped, *lives)
    tell(rounds=sum(guest.rounds for guest in guests))


async def arrive(http, config):
    guests = []
    names = iter(f"py{number}" for number in range(1, config["clients"] + 1))

    async def one_after_the_other():
        for name in names:
            async with http.post(f"{config['url']}/api/guests") as response:
                if response.status != 201:
                    raise RuntimeError(f"/api/guests answered {response.status}: {await response.text()}")
                account = await response.json()
            journal = Journal(pathlib.Path(config["directory"]) / f"{name}.jsonl", name, account["user_id"])
            guest = Guest(name, account, http, config, random.Random(f"{config['seed']} {name}"), journal)
            guests.append(guest)
            await guest.connect()

    await asyncio.gather(*(one_after_the_other() for _ in range(ARRIVING)))
    return guests


async def order(word):
    said = (await asyncio.to_thread(sys.stdin.readline)).strip()
    if said != word:
        raise RuntimeError(f"expected the order {word}, not {said!r}")


def tell(**news):
    print(json.dumps(news), flush=True)


if __name__ == "__main__":
    asyncio.run(main())
