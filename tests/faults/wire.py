"""A Socket.IO client of few bytes and few cycles, to have thousands of: WebSocket frames by hand, on asyncio's bare transport.

It knows what such a load needs and nothing else: connect with a token, ask and be answered, hear pushes, answer pings. It may stop
reading. It does not come back by itself.
"""

import asyncio
import json
import socket
import struct
import urllib.parse

TEXT, BINARY, CLOSE = 0x1, 0x2, 0x8
# A mask of zeroes is a mask, and leaves the payload as it is.
MASK = bytes(4)
PATIENCE_SECONDS = 60


class Refused(Exception):
    """The server did not let the socket in."""


class Wire(asyncio.Protocol):
    def __init__(self, token, on_event, address=None):
        self.is_open = False
        self.ready = asyncio.get_running_loop().create_future()
        self.closed = asyncio.get_running_loop().create_future()
        self._token = token
        self._address = address
        self._on_event = on_event
        self._heard = b""
        self._is_upgraded = False
        self._answers = {}
        self._asked = 0
        self._transport = None

    @classmethod
    async def connect(cls, url, token, on_event=lambda name, payload: None, receive_buffer=None, address=None):
        """A socket that has been told `ready`. With a small `receive_buffer` it is soon full once nobody reads.

        A server that trusts us as its proxy takes it for one from `address`.
        """
        place = urllib.parse.urlsplit(url)
        plain = socket.socket()
        plain.setblocking(False)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if receive_buffer is not None:
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
            # Segments as on a real network: with those of the loopback the other side would buffer megabytes.
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 1_400)
        try:
            await asyncio.get_running_loop().sock_connect(plain, (place.hostname, place.port))
        except BaseException:
            plain.close()
            raise
        _, wire = await asyncio.get_running_loop().create_connection(lambda: cls(token, on_event, address), sock=plain)
        try:
            wire.ready_payload = await asyncio.wait_for(wire.ready, PATIENCE_SECONDS)
        except BaseException:
            wire.abort()
            raise
        return wire

    async def ask(self, event, **payload):
        return await asyncio.wait_for(self.asked(event, payload), PATIENCE_SECONDS)

    def asked(self, event, payload):
        """Sends at once, in the order of the calls; gives a future of the answer."""
        answer = asyncio.get_running_loop().create_future()
        if not self.is_open:
            answer.set_exception(ConnectionResetError())
            return answer
        self._asked += 1
        self._answers[self._asked] = answer
        self._say(f"42{self._asked}{json.dumps([event, payload], separators=(',', ':'))}")
        return answer

    @property
    def port(self):
        """Ours: by it the system's table of connections can be searched."""
        return self._transport.get_extra_info("sockname")[1]

    def stop_reading(self):
        self._transport.pause_reading()

    def abort(self):
        """Gone without a word."""
        if self._transport is not None:
            self._transport.abort()

    # asyncio's side

    def connection_made(self, transport):
        self._transport = transport
        host, port, *_ = transport.get_extra_info("peername")
        passed_on = f"X-Forwarded-For: {self._address}\r\n" if self._address else ""
        transport.write(
            f"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            f"{passed_on}Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode())

    def data_received(self, data):
        self._heard = self._heard + data if self._heard else data
        if not self._is_upgraded and not self._takes_head():
            return
        while (frame := self._next_frame()) is not None:
            self._on_frame(*frame)

    def connection_lost(self, error):
        self.is_open = False
        lost = error or ConnectionResetError()
        for future in (self.ready, *self._answers.values()):
            if not future.done():
                future.set_exception(lost)
                # Whoever does not wait for it any more does not mind.
                future.exception()
        self._answers.clear()
        if not self.closed.done():
            self.closed.set_result(None)

    # The frames

    def _takes_head(self):
        end = self._heard.find(b"\r\n\r\n")
        if end < 0:
            return False
        status = self._heard[9:12]
        if status != b"101":
            self._refuse(status.decode())
            return False
        self._heard = self._heard[end + 4:]
        self._is_upgraded = True
        return True

    def _next_frame(self):
        heard = self._heard
        if len(heard) < 2:
            return None
        length, begin = heard[1] & 0x7F, 2
        if length == 126:
            begin = 4
        elif length == 127:
            begin = 10
        if len(heard) < begin:
            return None
        if length >= 126:
            length = int.from_bytes(heard[2:begin], "big")
        if len(heard) < begin + length:
            return None
        self._heard = heard[begin + length:]
        return heard[0] & 0x0F, heard[begin:begin + length]

    def _on_frame(self, kind, payload):
        if kind == CLOSE:
            self._transport.close()
        elif kind == TEXT:
            self._on_packet(payload.decode())

    def _on_packet(self, packet):
        if packet == "2":
            self._say("3")
        elif packet.startswith("0"):
            self._say("40" + json.dumps({"token": self._token}))
        elif packet.startswith("40"):
            self.is_open = True
        elif packet.startswith("42"):
            name, payload = json.loads(packet[2:])
            if name == "ready" and not self.ready.done():
                self.ready.set_result(payload)
            self._on_event(name, payload)
        elif packet.startswith("43"):
            number, _, answer = packet[2:].partition("[")
            waiting = self._answers.pop(int(number), None)
            if waiting is not None and not waiting.done():
                (answer,) = json.loads("[" + answer)
                waiting.set_result(answer)
        elif packet.startswith("44"):
            self._refuse(packet[2:])

    def _refuse(self, why):
        if not self.ready.done():
            self.ready.set_exception(Refused(why))
        self._transport.abort()

    def say_raw(self, packet):
        """A frame of whatever is given, as text or, where it is bytes, as binary."""
        if isinstance(packet, bytes):
            self._send(BINARY, packet)
        else:
            self._send(TEXT, packet.encode())

    def _say(self, packet):
        self._send(TEXT, packet.encode())

    def _send(self, kind, body):
        if len(body) < 126:
            head = struct.pack("!BB", 0x80 | kind, 0x80 | len(body))
        elif len(body) < 65_536:
            head = struct.pack("!BBH", 0x80 | kind, 0x80 | 126, len(body))
        else:
            head = struct.pack("!BBQ", 0x80 | kind, 0x80 | 127, len(body))
        self._transport.write(head + MASK + body)
