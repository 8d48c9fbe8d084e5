"""A person who talks without pause and reads along, over a connection that may end at any moment.

It does what the protocol asks of a good client: one `client_id` per message, kept over every retry; after a reconnect everything
unacknowledged again, in order; `sync` from its cursor on every `ready` and whenever a push does not follow what it has.
"""

import asyncio
import contextlib
import time
import uuid

import socketio

# How many messages of one person may be unacknowledged at a time.
WINDOW = 8
# How long somebody rests who was refused without being told for how long.
REST_SECONDS = 0.2


def stock_client():
    """python-socketio as it comes, but quick to return: the time to heal is measured from the start of the server."""
    return socketio.AsyncClient(reconnection_delay=0.05, reconnection_delay_max=0.25)


class Talker:
    def __init__(self, person, peer, transports, journal, pause=0.0):
        """`pause` is how long they think before each message, in seconds."""
        self.person = person
        self.journal = journal
        self.acknowledged = 0
        self.has_caught_up = False
        self.conversation_id = None
        self._peer = peer
        self._transports = transports
        self._pause = pause
        self._is_talking = True
        # Until when they rest, having been refused.
        self._rests_until = 0.0
        # Unacknowledged messages in the order of sending; the first `_sent` of them have gone out over this connection.
        self._outbox = []
        self._sent = 0
        self._numbers = 0
        # The last sequence number up to which everything was seen.
        self._cursor = 0
        self._is_connected = False
        self._something_to_send = asyncio.Event()
        self._sending = None
        # The catching up that is under way, and whether it has to ask again.
        self._syncing = None
        self._is_behind = False
        self.client = stock_client()
        self.client.on("ready", self._on_ready)
        self.client.on("disconnect", self._on_disconnect)
        self.client.on("message:new", self._on_message)

    @property
    def in_flight(self):
        return len(self._outbox)

    async def connect(self):
        await self.client.connect(self.person.url, transports=self._transports, auth=self.person.auth)
        answer = await self.client.call("conversation:open", {"username": self._peer.username})
        self.conversation_id = answer["conversation"]["id"]
        self._sending = asyncio.create_task(self._send())
        self._catch_up()

    def lose_connection(self):
        """The server is about to be killed: whatever was in step is so no longer."""
        self._is_connected = self.has_caught_up = False

    def stop_talking(self):
        """No new messages; what is under way is still sent until it is acknowledged."""
        self._is_talking = False

    async def disconnect(self):
        self._sending.cancel()
        self._syncing.cancel()
        await self.client.disconnect()

    # Sending

    async def _send(self):
        """The only task that sends messages, so that their order is that of the outbox."""
        while True:
            await self._something_to_send.wait()
            await asyncio.sleep(max(0.0, self._rests_until - time.monotonic()))
            if not self._is_connected:
                self._something_to_send.clear()
            elif self._sent < len(self._outbox):
                await self._emit(self._outbox[self._sent])
            elif self._is_talking and len(self._outbox) < WINDOW:
                self._outbox.append(self._new_draft())
                await asyncio.sleep(self._pause)
            else:
                self._something_to_send.clear()

    def _new_draft(self):
        self._numbers += 1
        client_id = str(uuid.uuid4())
        # The body repeats the client id and the number, because readers other than the sender see nothing else of them.
        body = f"{client_id} {self._numbers} of {self.person.username}"
        self.journal.write("sent", conversation_id=self.conversation_id, client_id=client_id, number=self._numbers)
        return {"conversation_id": self.conversation_id, "client_id": client_id, "body": body}

    async def _emit(self, draft):
        self._sent += 1
        try:
            await self.client.emit("message:send", draft, callback=lambda answer: self._on_answer(draft, answer))
        except socketio.exceptions.SocketIOError:
            # Gone before it could be sent; `ready` sends the outbox again from its beginning.
            self._is_connected = False

    def _on_answer(self, draft, answer):
        self._outbox.remove(draft)
        self._sent -= 1
        self._something_to_send.set()
        about = {"conversation_id": draft["conversation_id"], "client_id": draft["client_id"]}
        if answer["ok"]:
            self.acknowledged += 1
            self.journal.write("acknowledged", seq=answer["message"]["seq"], duplicate=answer["duplicate"], **about)
        else:
            self.journal.write("refused", code=answer["error"]["code"], **about)
            self._on_refusal(draft, answer["error"])

    def _on_refusal(self, draft, error):
        """Takes a rest. Half of what may be tried again is, the other half must never be seen: a refusal promises that."""
        if error["retryable"]:
            self._rests_until = time.monotonic() + error.get("retry_after_ms", REST_SECONDS * 1_000) / 1_000
            if uuid.UUID(draft["client_id"]).int % 2:
                self._outbox.append(draft)

    # Reading

    def _on_ready(self, _):
        self._is_connected = True
        self._sent = 0
        self._something_to_send.set()
        # The first one comes before the conversation is known.
        if self.conversation_id is not None:
            self._catch_up()

    def _on_disconnect(self, *_):
        self.lose_connection()

    def _on_message(self, push):
        conversation_id = push["message"]["conversation_id"]
        if self.conversation_id not in (None, conversation_id):
            self.journal.write("overheard", conversation_id=conversation_id, event="message:new")
            return
        if self._see(push["message"]):
            return
        self._is_behind = True
        if self._syncing is not None and self._syncing.done():
            self._catch_up()

    def _see(self, message):
        """Takes a message if it is the next one; false when something before it is missing."""
        if message["seq"] <= self._cursor:
            return True
        if message["seq"] > self._cursor + 1:
            return False
        self._cursor = message["seq"]
        self.journal.write("seen", conversation_id=message["conversation_id"], seq=message["seq"], body=message["body"])
        return True

    def _catch_up(self):
        """Asks for what is missing, in place of an earlier question whose answer was lost with its connection."""
        if self._syncing is not None:
            self._syncing.cancel()
        self._syncing = asyncio.create_task(self._sync())

    async def _sync(self):
        # An error is the end of the connection, and `ready` begins anew; without one nobody would be seen to catch up.
        with contextlib.suppress(socketio.exceptions.SocketIOError):
            more = True
            while more or self._is_behind:
                self._is_behind = False
                answer = await self.client.call("sync", {"cursors": {str(self.conversation_id): self._cursor}}, timeout=5)
                for message in answer["messages"]:
                    # A gap inside an answer of sync is not healed by another: it stays and shows as unseen at the end.
                    self._see(message)
                more = answer["more"]
            self.has_caught_up = self._is_connected


class Bystander:
    """Somebody without a conversation, who must hear nothing but what is said to everybody."""

    def __init__(self, person):
        self.heard = []
        self._person = person
        self._client = stock_client()
        for for_everybody in ("ready", "server:draining"):
            self._client.on(for_everybody, lambda _: None)
        self._client.on("*", lambda event, *payload: self.heard.append(f"{event} {payload}"))

    async def connect(self):
        await self._client.connect(self._person.url, auth=self._person.auth)

    async def disconnect(self):
        await self._client.disconnect()
