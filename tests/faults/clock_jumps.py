#!/usr/bin/env python3
"""Sets the server's clock, by hours and by years, at the start and under load: order stays, nobody is sent away, nothing panics.

What the server asks of libc goes through a shim that adds to the time of day on command (shim/libc_faults.c). No jump under load goes ten years
forward: that ends what has a date of expiry, as it must.

    tests/faults/clock_jumps.py [--long] [--servers 4] [--rounds 5] [--people 8] [--seed N] [target/debug/chinwag]
"""

import asyncio

import aiohttp

import scenario
from cable import Cable
from libc_faults import LibcFaults
from pairs import Pairs
from service import Service

SHORT = {"servers": 1, "rounds": 1, "people": 4}
LONG = {"servers": 4, "rounds": 5, "people": 8}

HOUR = 60 * 60
YEARS = 10 * 365 * 24 * HOUR
# How wrong a server's clock is when it begins, and how far it jumps from there, in seconds.
STARTS = [-YEARS, -HOUR, HOUR, YEARS]
JUMPS = [HOUR, -HOUR, -YEARS, 0]
# A number gets its next code after half a minute; nobody may have to wait much longer because a clock went back.
LONGEST_WAIT_SECONDS = 60
LONGEST_STAY_SECONDS = 0.5
PAUSE_SECONDS = 0.01


async def clock_jumps(run):
    for start in run.dice.sample(STARTS, run.sizes.servers):
        await one_server(run, start)
    await codes(run)


async def one_server(run, start):
    """A server that begins with its clock wrong by so much, and whose clock then jumps relative to that."""
    server, faults = with_shim(run)
    faults.set_clock(start)
    server.start()
    async with Cable(server.port) as cable:
        pairs = await Pairs.gather(server, run.sizes.people, cable.url, PAUSE_SECONDS)
        for _ in range(run.sizes.rounds):
            for jump in run.dice.sample(JUMPS, len(JUMPS)):
                faults.set_clock(start + jump)
                await pairs.all_talk()
                await asyncio.sleep(run.dice.uniform(0, LONGEST_STAY_SECONDS))
                # Whoever comes back at that time is let in all the same.
                pairs.lose_step()
                cable.cut()
                cable.mend()
                await pairs.all_catch_up()
                await pairs.all_talk()
        findings = await pairs.findings()
    way = f"started {words(start)}"
    run.figure(f"{way}: messages acknowledged", pairs.acknowledged)
    run.figure(f"{way}: times that the server asked for the time of day", faults["clock_reads"])
    run.found("the shim is not in the way: this run shows nothing", ["nobody asked"] if faults["clock_reads"] == 0 else [])
    for what, examples in findings.items():
        run.found(f"{way}: {what}", examples)


async def codes(run):
    """A code that was sent before the clock jumped is still good after, and another can be asked for in time."""
    server, faults = with_shim(run, {"LIMITS": "on"})
    server.start()
    async with aiohttp.ClientSession(server.url) as http:
        for number, jump in enumerate((-YEARS, -HOUR, 60), start=1):
            phone = f"+1201555{number:04}"
            challenge = (await post(http, "/api/phone", phone=phone))["challenge"]
            faults.set_clock(jump)
            async with http.get("/dev/inbox.json") as inbox:
                code = next(sms["code"] for sms in await inbox.json() if sms["to"] == phone)
            verified = await post(http, "/api/phone/verify", challenge=challenge, pin=code)
            run.found("codes that were not taken after a jump", [] if "signup" in verified else [f"{words(jump)}: {verified}"])
            again = await post(http, "/api/phone", phone=phone)
            wait = again.get("resend_in", again.get("retry_after", 0))
            run.figure(f"{words(jump)}: until the next code", f"{wait} s")
            run.found("people who have to wait for their next code because the clock jumped",
                      [f"{words(jump)}: {wait} s"] if wait > LONGEST_WAIT_SECONDS else [])
            faults.set_clock(0)
    run.found("panics", server.panics)


async def post(http, path, **body):
    async with http.post(path, json=body) as answer:
        return {**await answer.json(), "retry_after": int(answer.headers.get("Retry-After", 0))}


def with_shim(run, environment=None):
    server = run.takes_care_of(Service(run.binary, environment))
    try:
        faults = LibcFaults(server.directory)
    except FileNotFoundError as why:
        raise scenario.Skipped(str(why)) from why
    server.use_environment(faults.environment)
    return server, faults


def words(offset):
    size, unit = (abs(offset) // HOUR // 24 // 365, "years") if abs(offset) >= YEARS else (abs(offset) // 60, "minutes")
    return f"{size} {unit} {'early' if offset < 0 else 'late'}"


if __name__ == "__main__":
    scenario.main(__doc__, clock_jumps, SHORT, LONG)
