"""People in rooms, over the room dialect: raw WebSocket frames at /ws/chat."""

import asyncio
import contextlib
import itertools

import aiohttp

from .people import Person

PASSWORD = "correct horse battery"
PATIENCE_SECONDS = 20

_numbers = itertools.count(1)


async def register(url, name):
    """Makes an account with a password, as bots have it, and gives its username."""
    username = f"{name}{next(_numbers)}"
    async with aiohttp.ClientSession(url) as http:
        await _post(http, "/register", username=username, password=PASSWORD, email=f"{username}@example.org")
    return username


async def log_in(url, username):
    """Somebody with that account and a token of their own."""
    async with aiohttp.ClientSession(url) as http:
        token = (await _post(http, "/login", username=username, password=PASSWORD))["token"]
    return Person(url, username, username, token=token)


async def log_out(person):
    """Ends every token that their account has for rooms."""
    async with _session(person) as http:
        await _post(http, "/logout")


async def make_room(person, room):
    async with _session(person) as http:
        await _post(http, "/api/rooms", name=room)


class Member:
    """Somebody on a connection of their own, in one room."""

    def __init__(self, socket, username, room):
        self._socket = socket
        self.username = username
        self.room = room
        # Who is there, as far as was heard.
        self.present = set()

    async def command(self, command, payload):
        await self._say(type="message", room_name=self.room, command=command, payload=payload)

    async def say(self, body):
        await self._say(type="message", room_name=self.room, body=body)

    async def hears_oneself(self, body):
        """Says something and waits until the room has it: everything before it was heard by then."""
        await self.say(body)
        assert await self.hears_from(self.username) == body

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
                self._note(frame)
                if all(frame.get(key) == value for key, value in wanted.items()):
                    return frame

    def _note(self, frame):
        match frame:
            case {"code": "joined", "user": username}:
                self.present.add(username)
            case {"code": "parted", "user": username}:
                self.present.discard(username)


@contextlib.asynccontextmanager
async def in_room(person, room):
    """That person, in that room until the end of the block."""
    async with _session(person) as http, http.ws_connect("/ws/chat") as socket:
        member = Member(socket, person.username, room)
        await member._until(code="api-motd")
        await member._say(type="join", room_name=room)
        joined = await member.sees_join(person.username)
        member.present.update(user["name"] for user in joined["status"]["users"])
        yield member


def _session(person):
    return aiohttp.ClientSession(person.url, headers={"Authorization": f"Token {person.token}"})


async def _post(http, path, **body):
    async with http.post(path, json=body) as answer:
        assert answer.ok, f"{path} answered {answer.status}: {await answer.text()}"
        return await answer.json() if answer.status != 204 else None
