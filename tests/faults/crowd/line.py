"""One socket of a guest: the stock python-socketio client, and everything that goes over it in the journal."""

import asyncio

import socketio

# So long may an answer take. Much longer than any takes, so that one that never comes is seen in the journal.
ANSWER_SECONDS = 20
# Between two attempts to connect.
AGAIN_SECONDS = 0.1


class Line:
    def __init__(self, url, token, http, journal, name, owner):
        self.is_ready = False
        self._is_closed = False
        self._url = url
        self._token = token
        self._journal = journal
        self._name = name
        self._owner = owner
        self._requests = 0
        self._waiting = {}
        self._client = socketio.AsyncClient(http_session=http, reconnection_delay=0.02, reconnection_delay_max=0.5)
        # Plain functions: the library calls them in the order in which things came, so the journal has that order too.
        self._client.on("ready", self._on_ready)
        self._client.on("*", self._on_event)
        self._client.on("disconnect", self._on_gone)

    async def connect(self):
        self._client.reconnection = True
        while True:
            try:
                # Who waits for `ready` need not wait for less; the library would give up after a second.
                return await self._client.connect(self._url, transports=["websocket"], auth={"token": self._token}, wait=False)
            except socketio.exceptions.ConnectionError:
                # The library tries again by itself only once it was connected.
                await asyncio.sleep(AGAIN_SECONDS)

    async def ask(self, name, payload):
        """Sends an event; its answer, or None when there is none."""
        if not self.is_ready:
            return None
        self._requests += 1
        request = self._requests
        self._write("asks", request=request, name=name, payload=payload)
        answered = self._waiting[request] = asyncio.get_running_loop().create_future()
        try:
            await self._client.emit(name, payload, callback=lambda answer: self._on_answer(request, name, answer))
            async with asyncio.timeout(ANSWER_SECONDS):
                return await answered
        except (socketio.exceptions.SocketIOError, ConnectionError, TimeoutError):
            # The end of the connection, or none of it: either way the journal says.
            self._waiting.pop(request, None)
            self._write("unanswered", request=request, name=name, connected=self.is_ready)
            return None

    async def tell(self, name, payload):
        """Sends what needs no answer."""
        if self.is_ready:
            await self._client.emit(name, payload)

    async def cut(self, for_good):
        """Loses the connection as a tunnel would. With `for_good` the client does not come back by itself."""
        self._note("cut")
        self._client.reconnection = not for_good
        if self._client.eio.ws is not None:
            await self._client.eio.ws.close()

    async def close(self):
        self._note("closed")
        # Also when it is just trying to come back; and one that comes back all the same is not listened to.
        self._is_closed, self._client.reconnection = True, False
        await self._client.shutdown()

    def _on_ready(self, payload):
        if self._is_closed:
            return
        self._write("ready", match=payload["match"])
        self.is_ready = True
        self._owner.learn(payload["match"])

    def _on_event(self, name, payload):
        if self._is_closed:
            return
        self._write("hears", name=name, payload=payload)
        self._owner.hear(name, payload)

    def _on_answer(self, request, name, answer):
        waiting = self._waiting.pop(request, None)
        if waiting is not None and not waiting.done():
            self._write("answered", request=request, name=name, answer=answer)
            waiting.set_result(answer)

    def _on_gone(self, reason):
        self._note(reason)
        # The library forgets who waits for an answer; nobody is to wait in vain.
        waiting, self._waiting = self._waiting, {}
        for answered in waiting.values():
            if not answered.done():
                answered.set_exception(ConnectionError(reason))
        self._owner.wake()

    def _note(self, why):
        """The connection is no more, as far as this side knows; only the first word of it counts."""
        if self.is_ready:
            self._write("gone", why=why)
        self.is_ready = False

    def _write(self, event, **what):
        self._journal.write(event, socket=self._name, **what)
