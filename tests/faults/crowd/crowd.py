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
    orders = await listen()
    guests = await arrive(http, config)
    tell(connected=len(guests))

    await order(orders, "start")
    unfinished = {guest.name for guest in guests}

    def count(guest):
        if guest.rounds == config["rounds"]:
            unfinished.discard(guest.name)
            if not unfinished:
                tell(finished=len(guests))

    async def stop():
        await order(orders, "stop")
        for guest in guests:
            guest.stop()

    # A guest who fails ends it all at once.
    async with asyncio.TaskGroup() as lives:
        lives.create_task(stop())
        for guest in guests:
            lives.create_task(guest.live(count))
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


async def listen():
    orders = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(orders), sys.stdin)
    return orders


async def order(orders, word):
    said = (await orders.readline()).decode().strip()
    if said != word:
        raise RuntimeError(f"expected the order {word}, not {said!r}")


def tell(**news):
    print(json.dumps(news), flush=True)


if __name__ == "__main__":
    asyncio.run(main())
