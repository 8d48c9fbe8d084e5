"""A network cable between clients and server: a TCP relay that can be cut, held and mended."""

import asyncio
import contextlib

CHUNK = 64 * 1024


class Cable:
    """`async with Cable(port) as cable`: whoever connects to `cable.url` reaches the server's port."""

    def __init__(self, port):
        self._port = port
        self._lets_in = True
        self._flows = asyncio.Event()
        self._flows.set()
        self._open = set()
        self._relays = set()

    async def __aenter__(self):
        self._listener = await asyncio.start_server(self._relay, "127.0.0.1", 0, limit=CHUNK, backlog=1_024)
        self.url = f"http://127.0.0.1:{self._listener.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_failure):
        self._listener.close()
        self.cut()
        for relay in self._relays:
            relay.cancel()

    def cut(self):
        """Every connection ends at once, with what was on its way, and no new one is made."""
        self._lets_in = False
        for writer in self._open:
            writer.transport.abort()

    def hold(self):
        """Nothing comes through any more, and nobody is told."""
        self._flows.clear()

    def mend(self):
        self._lets_in = True
        self._flows.set()

    async def _relay(self, reader, writer):
        self._relays.add(asyncio.current_task())
        try:
            if not self._lets_in:
                return
            await self._flows.wait()
            there_reader, there_writer = await asyncio.open_connection("127.0.0.1", self._port, limit=CHUNK)
            ends = {writer, there_writer}
            self._open |= ends
            try:
                await asyncio.gather(self._pump(reader, there_writer), self._pump(there_reader, writer))
            finally:
                self._open -= ends
                there_writer.transport.abort()
        except OSError:
            # The server is not there, or one side has gone: so is the other.
            pass
        finally:
            writer.transport.abort()
            self._relays.discard(asyncio.current_task())

    async def _pump(self, reader, writer):
        with contextlib.suppress(ConnectionError):
            while chunk := await reader.read(CHUNK):
                await self._flows.wait()
                writer.write(chunk)
                await writer.drain()
        # What waits to be written still is; half a connection is of no use to a relay.
        writer.close()
