"""The client of few bytes reads what any client would, however the network cuts it."""

import json
import struct

import pytest

from wire import Wire


class Page:
    """A transport on which nothing is sent anywhere."""

    def __init__(self):
        self.written = b""

    def get_extra_info(self, _name):
        return ("127.0.0.1", 1)

    def write(self, data):
        self.written += data

    def abort(self):
        pass


def frame(packet):
    body = packet.encode()
    if len(body) < 126:
        return struct.pack("!BB", 0x81, len(body)) + body
    if len(body) < 65_536:
        return struct.pack("!BBH", 0x81, 126, len(body)) + body
    return struct.pack("!BBQ", 0x81, 127, len(body)) + body


@pytest.fixture
async def wire():
    heard = []
    wire = Wire("token", lambda name, payload: heard.append((name, payload)))
    wire.heard = heard
    wire.connection_made(Page())
    return wire


@pytest.mark.parametrize("portion", [1, 7, 100_000])
async def test_frames_of_every_size_are_read_however_they_come(wire, portion):
    bodies = ["a", "b" * 1_000, "c" * 70_000]
    stream = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n" + b"".join(
        [frame('0{"sid":"x"}'), frame('40{"sid":"x"}'), frame('42["ready",{}]'), frame("2")]
        + [frame("42" + json.dumps(["message:new", {"body": body}])) for body in bodies])
    for at in range(0, len(stream), portion):
        wire.data_received(stream[at:at + portion])
    assert [payload.get("body") for _, payload in wire.heard] == [None, *bodies]
    assert wire.is_open and wire.ready.done()
    assert b'40{"token": "token"}' in wire._transport.written


async def test_answers_reach_who_asked_also_out_of_order(wire):
    wire.data_received(b"HTTP/1.1 101 \r\n\r\n" + frame("40{}"))
    first, second = wire.asked("a", {}), wire.asked("b", {})
    wire.data_received(frame('432[{"ok":true,"n":2}]') + frame('431[{"ok":true,"n":1}]'))
    assert (first.result()["n"], second.result()["n"]) == (1, 2)


async def test_what_was_not_answered_when_the_line_goes_fails(wire):
    wire.data_received(b"HTTP/1.1 101 \r\n\r\n" + frame("40{}"))
    answer = wire.asked("a", {})
    wire.connection_lost(None)
    with pytest.raises(ConnectionResetError):
        answer.result()
    assert wire.asked("b", {}).exception() is not None


async def test_a_refusal_at_the_door_is_told(wire):
    wire.data_received(b"HTTP/1.1 429 Too Many Requests\r\n\r\n")
    assert "429" in str(wire.ready.exception())
