#!/usr/bin/env python3
"""The chat on Flask-SocketIO and gevent, in the events and shapes of docs/PROTOCOL.md, as far as the load needs them.

    serve.py DATABASE      PORT says where it listens
"""

# Before anything else is imported, as gevent wants it.
from gevent import monkey

monkey.patch_all()

import os
import sqlite3
import sys
import time
from datetime import UTC, datetime

from flask import Flask, request
from flask_socketio import SocketIO, join_room
from gevent.event import AsyncResult
from gevent.queue import Queue

SYNC_MAX = 200
GROUP_MAX = 1_024

app = Flask(__name__)
io = SocketIO(app, async_mode="gevent", serve_client=False)
# Greenlets take turns only where they wait, and nothing waits inside a statement.
database = sqlite3.connect(sys.argv[1], isolation_level=None)
database.row_factory = sqlite3.Row
database.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -16000;")
# Drafts whose senders wait for the commit, each with the result that they wait for.
drafts = Queue()
users = {}


@app.get("/readyz")
def ready():
    return "ready"


@io.on("connect")
def enter(auth):
    user = database.execute(
        "SELECT id, username FROM users JOIN tokens ON user_id = id WHERE token = ?", (auth["token"],)
    ).fetchone()
    if user is None:
        raise ConnectionRefusedError("not_authenticated")
    users[request.sid] = user
    conversations = conversations_of(user)
    for conversation in conversations:
        join_room(room(conversation["id"]))
    io.emit("ready", {"user": dict(user), "conversations": conversations, "match": None}, to=request.sid)


@io.on("disconnect")
def leave(_reason):
    users.pop(request.sid, None)


@io.on("message:send")
def send(draft):
    stored = AsyncResult()
    drafts.put((users[request.sid], draft, stored))
    message = stored.get()
    if message is None:
        error = {"code": "not_found", "message": "There is no such thing here.", "retryable": False}
        return {"ok": False, "error": error}
    return {"ok": True, "message": message, "duplicate": False}


@io.on("sync")
def sync(wanted):
    cursors = wanted["cursors"]
    changed = [c for c in conversations_of(users[request.sid]) if c["counter"] > cursors.get(str(c["id"]), 0)]
    messages = []
    for conversation in changed:
        # One more than may be told tells whether there is more.
        after, wanted = cursors.get(str(conversation["id"]), 0), SYNC_MAX + 1 - len(messages)
        messages += messages_after(conversation["id"], after, wanted)
        if len(messages) > SYNC_MAX:
            break
    return {"ok": True, "conversations": changed, "messages": messages[:SYNC_MAX], "more": len(messages) > SYNC_MAX}


def commit_groups():
    """Stores what waits in one commit, then tells everybody."""
    while True:
        group = [drafts.get()]
        while len(group) < GROUP_MAX and not drafts.empty():
            group.append(drafts.get())
        database.execute("BEGIN IMMEDIATE")
        messages = [insert(user, draft) for user, draft, _ in group]
        database.execute("COMMIT")
        for message, (_, _, stored) in zip(messages, group):
            if message is not None:
                io.emit("message:new", {"message": message}, to=room(message["conversation_id"]))
            stored.set(message)


def insert(user, draft):
    conversation = draft["conversation_id"]
    membership = "SELECT 1 FROM memberships WHERE user_id = ? AND conversation_id = ?"
    if database.execute(membership, (user["id"], conversation)).fetchone() is None:
        return None
    advance = "UPDATE conversations SET last_seq = last_seq + 1 WHERE id = ? RETURNING last_seq"
    [(seq,)] = database.execute(advance, (conversation,)).fetchall()
    now = int(time.time() * 1_000)
    [(number,)] = database.execute(
        "INSERT INTO messages (conversation_id, seq, sender_id, client_id, body, sent_at) VALUES (?, ?, ?, ?, ?, ?) RETURNING id",
        (conversation, seq, user["id"], draft["client_id"], draft["body"], now),
    ).fetchall()
    return message_of(number, conversation, seq, user["id"], user["username"], draft["client_id"], draft["body"], now)


def conversations_of(user):
    rows = database.execute(
        "SELECT id, last_seq AS counter FROM memberships JOIN conversations ON id = conversation_id WHERE user_id = ?",
        (user["id"],),
    )
    return [dict(row) for row in rows]


def messages_after(conversation, seq, limit):
    rows = database.execute(
        "SELECT m.id, conversation_id, seq, sender_id, username, client_id, body, sent_at"
        " FROM messages m JOIN users u ON u.id = sender_id WHERE conversation_id = ? AND seq > ? ORDER BY seq LIMIT ?",
        (conversation, seq, limit),
    )
    return [message_of(*row) for row in rows]


def message_of(number, conversation, seq, sender_id, username, client_id, body, sent_at):
    at = datetime.fromtimestamp(sent_at / 1_000, UTC).isoformat(timespec="milliseconds")
    return {
        "id": number,
        "conversation_id": conversation,
        "seq": seq,
        "rev": seq,
        "sender": {"id": sender_id, "username": username, "name": username},
        "body": body,
        "client_id": client_id,
        "sent_at": at.replace("+00:00", "Z"),
    }


def room(conversation):
    return f"conversation:{conversation}"


if __name__ == "__main__":
    io.start_background_task(commit_groups)
    io.run(app, host="127.0.0.1", port=int(os.environ["PORT"]), log_output=False)
