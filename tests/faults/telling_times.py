#!/usr/bin/env python3
"""Asks for somebody who has an account and for nobody, in turn, and compares how long the answers take: they must not tell the two apart.

No bound is asserted. The figures are for a reader, who knows how quiet the machine was.

    tests/faults/telling_times.py [--long] [--times 200] [--seed N] [target/debug/chinwag]
"""

import asyncio
import base64
import itertools
import re
import time

import aiohttp

import hall
import scenario
from scenario import percentile
from service import Service

SHORT = {"times": 8}
LONG = {"times": 200}

KNOWN = {"email": "ana@example.org", "username": "ana", "name": "Ana", "password": "correct horse"}


async def telling_times(run):
    server = run.takes_care_of(Service(run.binary))
    server.start()
    # Somebody with a number, which the inbox tells.
    await hall.sign_in(server.url, 1)
    async with aiohttp.ClientSession(server.url) as http:
        async with http.post("/api/register", json=KNOWN) as answer:
            answer.raise_for_status()
        async with http.get("/dev/inbox.json") as answer:
            number = re.search(r"\+\d+", await answer.text()).group()
        fresh = itertools.count(1)
        for way, known, unknown in (
            ("Basic, a wrong password", lambda: basic(http, "ana"), lambda: basic(http, f"nobody{next(fresh)}")),
            ("a code for a number", lambda: code(http, number), lambda: code(http, f"+1201556{next(fresh):04}")),
        ):
            await compare(run, way, known, unknown)
    run.found("panics", server.panics)


async def compare(run, way, known, unknown):
    """Interleaved, in an order that nothing else could follow."""
    times = {known: [], unknown: []}
    statuses = set()
    for ask in run.dice.sample([known, unknown] * run.sizes.times, 2 * run.sizes.times):
        began = time.monotonic()
        statuses.add(await ask())
        times[ask].append(time.monotonic() - began)
    medians = {ask: percentile(of_one, 50) for ask, of_one in times.items()}
    run.seconds(f"{way}: median for who has an account", medians[known])
    run.seconds(f"{way}: median for nobody", medians[unknown])
    run.seconds(f"{way}: the middle half of all answers lies within", percentile(times[known] + times[unknown], 75) - percentile(times[known] + times[unknown], 25))
    run.found(f"{way}: answers of more than one kind", [f"{statuses}"] if len(statuses) != 1 else [])


async def basic(http, login):
    credentials = base64.b64encode(f"{login}:not the password".encode()).decode()
    async with http.get("/api/users", headers={"Authorization": f"Basic {credentials}"}) as answer:
        await answer.read()
        return answer.status


async def code(http, number):
    async with http.post("/api/phone", json={"phone": number}) as answer:
        await answer.read()
        return answer.status


if __name__ == "__main__":
    scenario.main(__doc__, telling_times, SHORT, LONG)
