"""The raw dialect at /ws/chat with a stock WebSocket client: every frame and every error."""

import asyncio
import contextlib
import json
import re

import pytest
import websockets
from websockets.asyncio.client import connect

from support.people import sign_in_on_pages, sign_in_program
from support.sockets import connected

PATIENCE_SECONDS = 20
STAMP = re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$")


class Chatter:
    """A connection with the few verbs that the checks need."""

    def __init__(self, socket):
        self.socket = socket

    async def frame(self):
        async with asyncio.timeout(PATIENCE_SECONDS):
            text = await self.socket.recv()
        assert isinstance(text, str), "every frame is text"
        return json.loads(text)

    async def say(self, **fields):
        await self.socket.send(json.dumps(fields))

    async def ask(self, **fields):
        await self.say(**fields)
        return await self.frame()

    async def is_closed(self):
        """The code with which the server closes, which has to come next."""
        with pytest.raises(websockets.ConnectionClosed):
            await self.frame()
        return self.socket.close_code


def address(server, token=None, slash="/"):
    query = f"?token={token}" if token else ""
    return f"{server.url.replace('http', 'ws')}/ws/chat{slash}{query}"


@contextlib.asynccontextmanager
async def chatting(server, person):
    """A connection of that person, greeted, and closed at the end of the block."""
    async with connect(address(server, person.token)) as socket:
        chatter = Chatter(socket)
        greeting = await chatter.frame()
        assert greeting == {"type": "notification", "code": "api-motd", "content": greeting["content"]}
        assert "help" in greeting["content"]
        yield chatter


@contextlib.asynccontextmanager
async def two_in_a_room(server):
    """Kevin and JZ in a room of their own, and its name."""
    kevin, jz = await sign_in_program(server.url, "Kevin"), await sign_in_program(server.url, "JZ")
    name = f"room-of-{kevin.username}"
    async with connected(kevin) as socket:
        assert (await socket.ask("room:create", name=name))["ok"]
        assert (await socket.ask("room:leave", name=name))["ok"]
    async with chatting(server, kevin) as kevins, chatting(server, jz) as jzs:
        for chatter in (kevins, jzs):
            assert (await chatter.ask(type="join", room_name=name))["you"]
        assert (await kevins.frame())["user"] == jz.username
        yield kevins, jzs, name


def error(code, **details):
    return {"type": "error", "code": code} | ({"details": details} if details else {})


def without_stamp(frame):
    frame = dict(frame)
    assert STAMP.match(frame.pop("stamp"))
    return frame


@pytest.mark.parametrize("slash", ["", "/"])
@pytest.mark.parametrize("scheme", ["Token", "Bearer"])
async def test_a_token_connects_by_header(server, slash, scheme):
    kevin = await sign_in_program(server.url, "Kevin")
    headers = {"Authorization": f"{scheme} {kevin.token}"}
    async with connect(address(server, slash=slash), additional_headers=headers) as socket:
        assert (await Chatter(socket).frame())["code"] == "api-motd"


async def test_a_cookie_connects_from_our_pages_alone(server):
    kevin = await sign_in_on_pages(server.url, "Kevin")
    cookie = {"Cookie": "; ".join(f"{name}={value}" for name, value in kevin.cookies.items())}
    async with connect(address(server), additional_headers=cookie, origin=server.url) as socket:
        assert (await Chatter(socket).frame())["code"] == "api-motd"
    for origin in (None, "https://evil.example"):
        with pytest.raises(websockets.InvalidStatus) as refused:
            await connect(address(server), additional_headers=cookie, origin=origin)
        assert refused.value.response.status_code == 403


@pytest.mark.parametrize("token", [None, "nonsense", "0" * 40])
async def test_fatal_without_a_good_credential(server, token):
    async with connect(address(server, token)) as socket:
        chatter = Chatter(socket)
        assert await chatter.frame() == {"type": "fatal", "code": "not-authenticated"}
        assert await chatter.is_closed() == 1000


async def test_fatal_when_already_chatting(server):
    kevin = await sign_in_program(server.url, "Kevin")
    async with chatting(server, kevin) as first, connect(address(server, kevin.token)) as socket:
        second = Chatter(socket)
        assert await second.frame() == {"type": "fatal", "code": "already-chatting"}
        assert await second.is_closed() == 1000
        assert (await first.ask(type="help"))["code"] == "help"


async def test_help_and_list(server):
    async with two_in_a_room(server) as (kevins, jzs, name):
        answer = await kevins.ask(type="help")
        assert answer == {"type": "notification", "code": "help", "help": answer["help"]}
        assert answer["help"]
        await jzs.ask(type="part", room_name=name)
        await kevins.frame()
        for chatter, joined in ((kevins, True), (jzs, False)):
            answer = await chatter.ask(type="list")
            assert answer == {"type": "notification", "code": "list", "list": answer["list"]}
            assert {"name": name, "joined": joined} in answer["list"]
            assert {"name": "general", "joined": False} in answer["list"]


async def test_join_part_and_disconnect(server):
    kevin, jz = await sign_in_program(server.url, "Kevin"), await sign_in_program(server.url, "JZ")
    async with chatting(server, kevin) as kevins:
        await kevins.ask(type="join", room_name="general")
        async with chatting(server, jz) as jzs:
            found = await jzs.ask(type="join", room_name="general")
            told = await kevins.frame()
            joined = {"type": "room:notification", "code": "joined", "user": jz.username, "room_name": "general"}
            status = found.pop("status")
            assert without_stamp(found) == {**joined, "you": True}
            assert without_stamp(told) == {**joined, "you": False, "status": None}
            expected = [{"name": kevin.username, "you": False}, {"name": jz.username, "you": True}]
            assert status["users"] == sorted(expected, key=lambda user: user["name"])

            own = await jzs.ask(type="part", room_name="general")
            parted = {**joined, "code": "parted"}
            assert without_stamp(own) == {**parted, "you": True}
            assert without_stamp(await kevins.frame()) == {**parted, "you": False}

            await jzs.ask(type="join", room_name="general")
            await kevins.frame()
        assert without_stamp(await kevins.frame()) == {**parted, "you": False}


async def test_messages_and_both_forms_of_commands(server):
    async with two_in_a_room(server) as (kevins, jzs, name):
        await kevins.say(type="message", room_name=name, body=" Hello \n")
        for chatter, you in ((kevins, True), (jzs, False)):
            frame = await chatter.frame()
            assert (frame["code"], frame["you"], frame["body"], frame["room_name"]) == ("message", you, "Hello", name)
            assert set(frame) == {"type", "code", "you", "user", "room_name", "body", "stamp"}
        for kind in ("message", "custom"):
            await kevins.say(type=kind, room_name=name, command=" stock ", payload=" aapl.us")
            for chatter, you in ((kevins, True), (jzs, False)):
                frame = await chatter.frame()
                assert (frame["code"], frame["you"]) == ("custom", you)
                assert (frame["command"], frame["payload"]) == ("stock", " aapl.us")
                assert set(frame) == {"type", "code", "you", "user", "room_name", "command", "payload", "stamp"}


async def test_fifty_messages_of_history_newest_first(server):
    async with two_in_a_room(server) as (kevins, jzs, name):
        await jzs.ask(type="part", room_name=name)
        await kevins.frame()
        for n in range(55):
            await kevins.say(type="message", room_name=name, body=f"line {n}")
        stamps = [(await kevins.frame())["stamp"] for _ in range(55)]
        messages = (await jzs.ask(type="join", room_name=name))["status"]["messages"]
        assert [message["body"] for message in messages] == [f"line {n}" for n in reversed(range(5, 55))]
        assert [message["stamp"] for message in messages] == stamps[:4:-1]
        assert {(frozenset(message), message["you"]) for message in messages} == {
            (frozenset({"stamp", "user", "body", "you"}), False)
        }


async def test_every_error(server):
    async with two_in_a_room(server) as (kevins, jzs, name):
        for odd in ("", "hello", "[]", "7", b"\x00\xff", b'{"type":"help\xff"}'):
            await kevins.socket.send(odd)
            assert await kevins.frame() == error("invalid-format")
        await kevins.socket.send(b'{"type":"help"}')
        assert (await kevins.frame())["code"] == "help"
        say = {"type": "message", "room_name": name}
        custom = {"type": "custom", "room_name": name}
        for frame, expected in [
            ({"type": "join"}, error("invalid-format")),
            ({**say, "body": 7}, error("invalid-format")),
            ({**say, "body": "x" * 4097}, error("invalid-format", reason="too-long")),
            ({**custom, "command": "x", "payload": "y" * 4097}, error("invalid-format", reason="too-long")),
            ({"type": "dance"}, error("unsupported-command", type="dance")),
            ({"type": 7}, error("unsupported-command", type=7)),
            ({}, error("unsupported-command", type=None)),
            ({**say, "body": " \n"}, error("room:empty-message")),
            ({**say, "command": " ", "payload": "x"}, error("room:empty-custom")),
            ({**custom, "command": "x", "payload": ""}, error("room:empty-custom")),
            ({"type": "join", "room_name": name}, error("room:already-joined", name=name)),
            ({"type": "join", "room_name": "nowhere"}, error("room:invalid", name="nowhere")),
            ({"type": "part", "room_name": "nowhere"}, error("room:not-joined", name="nowhere")),
            ({**say, "room_name": "nowhere", "body": ""}, error("room:not-joined", name="nowhere")),
            ({**custom, "room_name": "nowhere", "command": "", "payload": ""}, error("room:not-joined", name="nowhere")),
        ]:
            assert await kevins.ask(**frame) == expected
        await kevins.say(**say, body="still here")
        assert (await jzs.frame())["body"] == "still here"


async def test_a_stop_closes_with_service_restart(server):
    kevin = await sign_in_program(server.url, "Kevin")
    async with chatting(server, kevin) as chatter:
        server.stop()
        assert await chatter.is_closed() == 1012
    server.start()
    async with chatting(server, kevin):
        pass
