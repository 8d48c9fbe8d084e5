"""Stands in for the rooms of the server: as much of the dialect as bots and the people who talk with them use.

TODO: goes when the server has `POST /login` and `/ws/chat`; the checks then start `support.server.Server`.
"""

import secrets
import socket

from aiohttp import web

STAMP = "2026-11-21 08:00:00"


class StandIn:
    """One server on one port. Accounts and tokens outlive a restart; connections do not."""

    def __init__(self, rooms=("general",)):
        self.rooms = {room: set() for room in rooms}
        self.accounts = {}
        self.tokens = {}
        self.connections = {}
        self._runner = None
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"

    async def start(self):
        app = web.Application()
        app.add_routes(
            [
                web.post("/register", self._register),
                web.post("/login", self._login),
                web.get("/ws/chat", self._chat),
                web.get("/ws/chat/", self._chat),
            ]
        )
        app.on_shutdown.append(self._hang_up)
        self._runner = web.AppRunner(app, shutdown_timeout=1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()

    async def stop(self):
        await self._runner.cleanup()

    async def log_out(self, username):
        """What `POST /logout` does."""
        self.tokens = {token: name for token, name in self.tokens.items() if name != username}
        await self.connections[username].send_json({"type": "notification", "code": "logged-out"})
        await self.connections[username].close()

    async def _register(self, request):
        account = await request.json()
        self.accounts[account["username"]] = account["password"]
        return web.json_response({"username": account["username"], "email": account["email"]})

    async def _login(self, request):
        account = await request.json()
        if self.accounts.get(account["username"]) != account["password"]:
            return web.json_response({"non_field_errors": ["Username/Password mismatch"]}, status=400)
        token = secrets.token_hex(20)
        self.tokens[token] = account["username"]
        return web.json_response({"token": token})

    async def _chat(self, request):
        connection = web.WebSocketResponse()
        await connection.prepare(request)
        me = self.tokens.get(request.query.get("token"))
        refusal = "not-authenticated" if me is None else "already-chatting" if me in self.connections else None
        if refusal:
            await connection.send_json({"type": "fatal", "code": refusal})
            await connection.close()
            return connection
        self.connections[me] = connection
        await connection.send_json({"type": "notification", "code": "api-motd", "content": "Send help."})
        try:
            async for message in connection:
                await self._take(me, message.json())
        finally:
            del self.connections[me]
            for room, members in self.rooms.items():
                if me in members:
                    members.discard(me)
                    await self._tell(room, "parted", me)
        return connection

    async def _take(self, me, frame):
        room, say = frame.get("room_name"), self.connections[me].send_json
        match frame:
            case {"type": "list"}:
                rooms = [{"name": name, "joined": me in members} for name, members in sorted(self.rooms.items())]
                await say({"type": "notification", "code": "list", "list": rooms})
            case {"type": "join"} if me in self.rooms[room]:
                await say({"type": "error", "code": "room:already-joined", "details": {"name": room}})
            case {"type": "join"}:
                self.rooms[room].add(me)
                await self._tell(room, "joined", me)
            case {"type": "message", "body": body}:
                await self._tell(room, "message", me, body=body)
            case {"type": "message", "command": command, "payload": payload}:
                await self._tell(room, "custom", me, command=command, payload=payload)

    async def _tell(self, room, code, user, **rest):
        users = sorted(self.rooms[room])
        for member in users:
            if code == "joined":
                present = [{"name": name, "you": name == member} for name in users]
                rest["status"] = {"users": present, "messages": []} if member == user else None
            happened = {"code": code, "you": member == user, "user": user, "room_name": room, "stamp": STAMP}
            await self.connections[member].send_json({"type": "room:notification", **happened, **rest})

    async def _hang_up(self, _app):
        for connection in list(self.connections.values()):
            await connection.close()
