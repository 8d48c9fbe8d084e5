"""An SMS provider that is well, slow, broken or rude, as the number it is to send to wants it."""

import asyncio
import base64
import re
import time
import urllib.parse

# The last digits but two of a number choose what becomes of its SMS: +1 201 555 M M n n.
MOODS = ["well", "slow", "500", "429", "401", "400", "hangs up", "half an answer", "endless"]
SLOW_SECONDS = 3.0
# After these the provider has certainly sent nothing, so the server may ask again.
SENT_NOTHING = {"429"}
HEAD_MAX = 64 * 1024


def number(mood, person):
    return f"+1201555{MOODS.index(mood):02}{person:02}"


class TwilioStub:
    """`async with TwilioStub() as stub`: `stub.requests` are the numbers that it was asked to send to, in order."""

    def __init__(self, slow_seconds=SLOW_SECONDS):
        self.requests = []
        self.authorized = 0
        self._slow_seconds = slow_seconds
        self._open = set()

    async def __aenter__(self):
        self._listener = await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=HEAD_MAX)
        self.port = self._listener.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_failure):
        self.refuse()

    @property
    def environment(self):
        return {
            "SMS_BACKEND": "twilio",
            "TWILIO_API_BASE": f"http://127.0.0.1:{self.port}",
            "TWILIO_ACCOUNT_SID": "AC0",
            "TWILIO_AUTH_TOKEN": "secret",
            "TWILIO_PHONE_NUMBER": "+12015559999",
        }

    def refuse(self):
        """From now on nobody is let in, and who is there has to go."""
        self._listener.close()
        for writer in self._open:
            writer.transport.abort()

    async def _serve(self, reader, writer):
        self._open.add(writer)
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                length = int(re.search(r"content-length: (\d+)", head, re.IGNORECASE)[1])
                form = urllib.parse.parse_qs((await reader.readexactly(length)).decode())
                self.authorized += base64.b64encode(b"AC0:secret").decode() in head
                to = form["To"][0]
                self.requests.append((time.monotonic(), to, form["Body"][0]))
                await self._answer(writer, MOODS[int(to[8:10])])
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            # Whoever asked has gone, or all of this is over.
            pass
        finally:
            self._open.discard(writer)
            writer.close()

    async def _answer(self, writer, mood):
        if mood == "slow":
            await asyncio.sleep(self._slow_seconds)
        if mood in ("well", "slow"):
            say(writer, "201 Created", '{"sid": "SM0"}')
        elif mood in ("500", "429", "401", "400"):
            say(writer, f"{mood} Whatever", '{"code": 20000, "message": "no"}')
        elif mood == "hangs up":
            raise ConnectionAbortedError
        elif mood == "half an answer":
            writer.write(b"HTTP/1.1 201 Cre")
            await writer.drain()
            raise ConnectionAbortedError
        elif mood == "endless":
            # The head is all there, and the body never comes to its end.
            writer.write(b"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n{")
            await writer.drain()
            await asyncio.sleep(self._slow_seconds)
            raise ConnectionAbortedError


def say(writer, status, body):
    writer.write(f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode())
