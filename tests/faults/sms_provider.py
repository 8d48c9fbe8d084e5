#!/usr/bin/env python3
"""The SMS provider is slow, broken, rude or not there: nobody who chats notices, and nobody gets an SMS twice.

    tests/faults/sms_provider.py [--long] [--requests 20] [--slow-seconds 12] [--people 8] [--seed N] [target/debug/chinwag]
"""

import asyncio
import collections
import time

import aiohttp

import scenario
from pairs import Pairs
from scenario import percentile
from service import Service
from twilio_stub import MOODS, SENT_NOTHING, TwilioStub, number

# Requests of each kind. The server gives up on an answer after ten seconds.
SHORT = {"requests": 5, "slow_seconds": 1.0, "people": 4}
LONG = {"requests": 50, "slow_seconds": 12.0, "people": 8}

# Those who chat think for a moment before each message: their round trips are to be those of a server that is not full.
PAUSE_SECONDS = 0.02
QUIET_SECONDS = 1
P99_SECONDS = 0.25
# They come at random moments of this: our own side of it is to stay out of the round trips.
SECONDS_PER_REQUEST = 0.1
# The first try, and two more while it is certain that nothing was sent.
TRIES = 3


async def sms_provider(run):
    server = run.takes_care_of(Service(run.binary))
    server.start()
    pairs = await Pairs.gather(server, run.sizes.people, pause=PAUSE_SECONDS)
    async with TwilioStub(run.sizes.slow_seconds) as stub:
        # Everybody signed in by the development inbox; from now on codes go another way.
        pairs.reader.is_on = False
        await asyncio.to_thread(server.stop)
        pairs.lose_step()
        server.use_environment(stub.environment)
        await asyncio.to_thread(server.start)
        pairs.reader.is_on = True
        await pairs.all_catch_up()
        quiet = await chat_for(pairs, asyncio.sleep(QUIET_SECONDS))
        statuses = {mood: collections.Counter() for mood in MOODS}
        moody = await chat_for(pairs, ask_all(run, server, statuses))
        # And now it is not there at all.
        stub.refuse()
        asked = len(stub.requests)
        statuses["not there"] = collections.Counter()
        refusing = await chat_for(pairs, ask(run, server, [f"+12015559{person:03}" for person in range(run.sizes.requests)], statuses["not there"]))
        findings = await pairs.findings()

    sent = collections.Counter(to for _, to, _ in stub.requests)
    run.found("requests that reached a provider who was not there", ["one"] * (len(stub.requests) - asked))
    for mood, answers in statuses.items():
        requests = sum(sent[number(mood, person)] for person in range(run.sizes.requests)) if mood in MOODS else 0
        told = ", ".join(f"{count} × {status}" for status, count in sorted(answers.items()))
        run.figure(f"requests reached the provider; its mood: {mood}; people were answered {told}", requests)
    for what, trips in (("well", quiet), ("moody", moody), ("not there", refusing)):
        run.seconds(f"round trip of a message while the provider is {what}, p50 of {len(trips)}", percentile(trips, 50))
        run.seconds(f"round trip of a message while the provider is {what}, p99", percentile(trips, 99), P99_SECONDS)
    run.found("numbers that were sent more than one SMS", [f"{to}: {count}" for to, count in sent.items() if count > may_be_asked(to)])
    run.found("requests without the right credentials", ["one"] * (len(stub.requests) - stub.authorized))
    unanswered = [f"{mood}: {answers}" for mood, answers in statuses.items() if sum(answers.values()) != run.sizes.requests]
    run.found("people who were not answered", unanswered)
    for what, examples in findings.items():
        run.found(what, examples)


def may_be_asked(to):
    return TRIES if MOODS[int(to[8:10])] in SENT_NOTHING else 1


async def chat_for(pairs, doing):
    """Round trips of what was said while that was done."""
    began = time.time()
    await doing
    return pairs.round_trips(began, time.time())


async def ask_all(run, server, statuses):
    people = range(run.sizes.requests)
    await asyncio.gather(*(ask(run, server, [number(mood, person) for person in people], statuses[mood]) for mood in MOODS))


async def ask(run, server, numbers, statuses):
    """Asks for a code for each number, without waiting for one before the next, and counts the answers."""
    async with aiohttp.ClientSession(server.url, connector=aiohttp.TCPConnector(limit=0), timeout=aiohttp.ClientTimeout(30)) as http:
        async def one(phone):
            await asyncio.sleep(run.dice.uniform(0, SECONDS_PER_REQUEST * len(numbers)))
            async with http.post("/api/phone", json={"phone": phone}) as answer:
                statuses[answer.status] += 1
        await asyncio.gather(*map(one, numbers))


if __name__ == "__main__":
    scenario.main(__doc__, sms_provider, SHORT, LONG)
