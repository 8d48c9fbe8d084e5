#!/usr/bin/env python3
"""Thousands of clients that send a byte now and then, or do not read what they asked for: each is hung up on, and nobody else waits.

    tests/faults/slow_clients.py [--long] [--slow 2000] [--seed N] [target/debug/chinwag]
"""

import asyncio
import socket
import time
import urllib.parse

import aiohttp

import hall
import scenario
import wire
from scenario import percentile
from service import Service

SHORT = {"slow": 150}
LONG = {"slow": 2_000}

# A head has ten seconds, each piece of a body as well, and whoever does not read has twenty.
HUNG_UP_WITHIN_SECONDS = 30
PATIENCE_SECONDS = 60
DRIP_SECONDS = 1.0
P99_SECONDS = 0.5
SMALL_BUFFER = 4_096
# Messages of the longest kind, in one long answer: more than the system would buffer.
LONG_MESSAGES, LONG_BODY = 900, "x" * 4_096
# So many at once: whoever sends more without reading what comes back is a slow client as well, and hung up on.
LOT = 50
READERS = 5


async def slow_clients(run):
    server = run.takes_care_of(Service(run.binary, {"LIMIT_CONNECTIONS_PER_ADDRESS": str(3 * run.sizes.slow)}))
    server.start()
    person, chat = await somebody_with_much_to_read(server)
    memory = server.memory_mib
    head = b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: "
    body = b"POST /api/phone HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"
    page = f"GET /api/chats/{chat}/messages HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {person.token}\r\n\r\n".encode()
    ways = {
        "heads that drip": [Slow(server.url, head, drip=b"x") for _ in range(run.sizes.slow)],
        # A body may come slowly, as long as it comes: only one that stops is given up.
        "bodies that stop": [Slow(server.url, body) for _ in range(run.sizes.slow)],
        "readers who do not read": [Slow(server.url, page, reads=False) for _ in range(READERS)],
    }
    trips = []
    caller = asyncio.create_task(call(server.url, trips))
    lasted = await asyncio.gather(*(asyncio.gather(*(client.lasts() for client in clients)) for clients in ways.values()))
    caller.cancel()
    for way, ends in zip(ways, lasted, strict=True):
        ended = [end for end in ends if end is not None]
        run.figure(f"{way}: clients, and how many were hung up on", f"{len(ends)}, {len(ended)}")
        if ended:
            run.seconds(f"{way}: the first of those after {min(ended):.1f} s, and the last", max(ended), HUNG_UP_WITHIN_SECONDS)
        run.found(f"{way}: clients who were never hung up on", [f"after {PATIENCE_SECONDS} s"] * ends.count(None))
        run.found(f"{way}: hung up on at once, as if there were no room: this run shows nothing", ["one"] * sum(end < 5 for end in ended))
    run.figure("answers to somebody else meanwhile", len(trips))
    run.seconds("p99 of those", percentile(trips, 99), P99_SECONDS)
    run.mebibytes("memory grown by", server.memory_mib - memory)
    run.found("nobody else was answered", ["none"] if not trips else [])
    run.found("the server ended", [] if server.is_running else ["it is not there"])
    run.found("panics", server.panics)


async def somebody_with_much_to_read(server):
    person, other = await hall.sign_in(server.url, 2)
    connected = await wire.Wire.connect(server.url, person.token)
    opened = await connected.ask("conversation:open", username=other.username)
    chat = opened["conversation"]["id"]
    for _ in range(LONG_MESSAGES // LOT):
        said = [connected.asked("message:send", {"conversation_id": chat, "body": LONG_BODY}) for _ in range(LOT)]
        await asyncio.gather(*said)
    connected.abort()
    return person, chat


async def call(url, trips):
    """Somebody in good health asks for a page again and again."""
    async with aiohttp.ClientSession(url, timeout=aiohttp.ClientTimeout(10)) as http:
        while True:
            began = time.monotonic()
            async with http.get("/login") as answer:
                await answer.read()
            trips.append(time.monotonic() - began)
            await asyncio.sleep(0.05)


class Slow:
    """Begins a request, and then drips or does nothing."""

    def __init__(self, url, begins, drip=b"", reads=True):
        address = urllib.parse.urlsplit(url)
        self._address = (address.hostname, address.port)
        self._begins, self._drip, self._reads = begins, drip, reads

    async def lasts(self):
        """For how long the server bears it; `None` where it still does."""
        loop, plain = asyncio.get_running_loop(), socket.socket()
        plain.setblocking(False)
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_BUFFER)
        try:
            await loop.sock_connect(plain, self._address)
            await loop.sock_sendall(plain, self._begins)
            if not self._reads:
                await scenario.until(lambda: has_come(plain), "the beginning of a long answer", PATIENCE_SECONDS)
            began = time.monotonic()
            while time.monotonic() - began < PATIENCE_SECONDS:
                if await self._is_over(loop, plain):
                    return time.monotonic() - began
            return None
        finally:
            plain.close()

    async def _is_over(self, loop, plain):
        try:
            if self._reads:
                await loop.sock_sendall(plain, self._drip)
                return not await asyncio.wait_for(loop.sock_recv(plain, 4_096), DRIP_SECONDS)
            await asyncio.sleep(DRIP_SECONDS)
            # What came stays where it is: sending tells whether anybody is there.
            await loop.sock_sendall(plain, b"\r\n")
        except TimeoutError:
            pass
        except OSError:
            return True
        return False


def has_come(plain):
    try:
        return bool(plain.recv(1, socket.MSG_PEEK))
    except BlockingIOError:
        return False


if __name__ == "__main__":
    scenario.main(__doc__, slow_clients, SHORT, LONG)
