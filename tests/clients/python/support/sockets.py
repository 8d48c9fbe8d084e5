"""Sockets of people: the stock python-socketio client with the few verbs that the checks need."""

import asyncio
import contextlib
import uuid

import socketio

PATIENCE_SECONDS = 20


class Socket:
    """A connected client that keeps what it hears."""

    def __init__(self, http):
        self.client = socketio.AsyncClient(http_session=http, reconnection_delay=0.05, reconnection_delay_max=0.2)
        self.ready = None
        self.messages = []
        self._something_heard = asyncio.Condition()
        self.client.on("ready", self._on_ready)
        self.client.on("message:new", self._on_message)

    async def ask(self, event, **payload):
        """Sends an event and waits for its acknowledgement."""
        return await self.client.call(event, payload, timeout=PATIENCE_SECONDS)

    async def say(self, conversation, body, client_id=None):
        """Sends a line; gives the whole answer."""
        client_id = client_id or str(uuid.uuid4())
        return await self.ask("message:send", conversation_id=conversation["id"], body=body, client_id=client_id)

    async def open_conversation(self, username):
        answer = await self.ask("conversation:open", username=username)
        assert answer["ok"], answer
        return answer["conversation"]

    async def until(self, condition, seconds=PATIENCE_SECONDS):
        """Waits until what was heard makes `condition()` true."""
        async with asyncio.timeout(seconds), self._something_heard:
            await self._something_heard.wait_for(condition)

    async def _on_ready(self, payload):
        self.ready = payload
        await self._tell()

    async def _on_message(self, payload):
        self.messages.append(payload["message"])
        await self._tell()

    async def _tell(self):
        async with self._something_heard:
            self._something_heard.notify_all()


@contextlib.asynccontextmanager
async def connected(person, transports=None):
    """A socket of that person, ready, and closed at the end of the block."""
    async with person.http_session() as http:
        socket = Socket(http)
        await socket.client.connect(person.url, transports=transports, auth=person.auth)
        try:
            await socket.until(lambda: socket.ready is not None)
            yield socket
        finally:
            await socket.client.disconnect()
