"""People in rooms, over the room dialect: raw WebSocket frames at /ws/chat."""

import asyncio
import contextlib
import itertools

import aiohttp

PASSWORD = "correct horse battery"
PATIENCE_SECONDS = 20

_numbers = itertools.count(1)


async def register(url, name):
    """Makes an account and gives its username."""
    username = f"{name}{next(_numbers)}"
    account = {"username": username, "password": PASSWORD, "email": f"{username}@example.org"}
    async with aiohttp.ClientSession() as http, http.post(f"{url}/register", json=account) as answer:
        assert answer.status == 200, await answer.text()
    return username


class Member:
    """Somebody on a connection of their own, in one room."""

    def __init__(self, socket, username, room):
        self._socket = socket
        self.username = username
        self.room = room
        # Who was there at one's own coming.
        self.present = set()

    async def command(self, command, payload):
        await self._say(type="message", room_name=self.room, command=command, payload=payload)

    async def say(self, body):
        await self._say(type="message", room_name=self.room, body=body)

    async def hears_from(self, *usernames):
        """The next message of one of them in the room."""
        while True:
            frame = await self._until(code="message", room_name=self.room)
            if frame["user"] in usernames:
                return frame["body"]

    async def meets(self, username):
        """Waits until that person is in the room, who may have been there before."""
        if username not in self.present:
            await self.sees_join(username)

    async def sees_join(self, username):
        return await self._until(code="joined", user=username, room_name=self.room)

    async def _say(self, **frame):
        await self._socket.send_json(frame)

    async def _until(self, **wanted):
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                frame = await self._socket.receive_json()
                if all(frame.get(key) == value for key, value in wanted.items()):
                    return frame


@contextlib.asynccontextmanager
async def in_room(url, username, room):
    """That person, in that room until the end of the block."""
    async with aiohttp.ClientSession() as http:
        async with http.post(f"{url}/login", json={"username": username, "password": PASSWORD}) as answer:
            token = (await answer.json())["token"]
        async with http.ws_connect(f"{url}/ws/chat?token={token}") as socket:
            member = Member(socket, username, room)
            await member._until(code="api-motd")
            await member._say(type="join", room_name=room)
            joined = await member.sees_join(username)
            member.present = {user["name"] for user in joined["status"]["users"]}
            yield member
