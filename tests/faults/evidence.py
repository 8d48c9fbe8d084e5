"""What there is at the end, told by everybody who can tell: `history` and `sync` of each member, and the database itself."""

import sqlite3
import typing


class Line(typing.NamedTuple):
    """One message as a source shows it. The talkers repeat client id and number in the body."""

    seq: int
    client_id: str
    number: int
    sender: str

    @staticmethod
    def of(seq, body):
        client_id, number, _, sender = body.split(" ")
        return Line(seq, client_id, int(number), sender)


async def collect(server, talkers):
    """Reads every conversation from every source: `{conversation_id: {source: [Line, …]}}`. Ends talkers and server."""
    sources = {}
    for talker in talkers:
        of_conversation = sources.setdefault(talker.conversation_id, {})
        of_conversation[f"history as {talker.person.username}"] = await by_history(talker)
        of_conversation[f"sync as {talker.person.username}"] = await by_sync(talker)
    for talker in talkers:
        await talker.disconnect()
    server.stop()
    for conversation_id, of_conversation in sources.items():
        of_conversation["database"] = by_database(server.database, conversation_id)
    return sources


async def by_history(talker):
    lines, before = [], {}
    while True:
        page = await talker.client.call("history", {"conversation_id": talker.conversation_id, "limit": 100, **before}, timeout=30)
        lines = [Line.of(message["seq"], message["body"]) for message in page["messages"]] + lines
        if not page["more"]:
            return lines
        before = {"before": page["messages"][0]["seq"]}


async def by_sync(talker):
    lines, cursor = [], 0
    while True:
        page = await talker.client.call("sync", {"cursors": {str(talker.conversation_id): cursor}, "limit": 200}, timeout=30)
        lines += [Line.of(message["seq"], message["body"]) for message in page["messages"]]
        if not page["more"]:
            return lines
        cursor = page["messages"][-1]["rev"]


def by_database(path, conversation_id):
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
        rows = database.execute(
            "SELECT seq, body, client_id FROM messages WHERE conversation_id = ? ORDER BY seq", (conversation_id,)
        ).fetchall()
    lines = [Line.of(seq, body) for seq, body, _ in rows]
    assert [line.client_id for line in lines] == [client_id for *_, client_id in rows], "a client id beside a body that is not its own"
    return lines


def damage(path):
    """What SQLite itself finds wrong with the file."""
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
        found = [text for (text,) in database.execute("PRAGMA integrity_check") if text != "ok"]
        return found + [f"foreign key: {row}" for row in database.execute("PRAGMA foreign_key_check")]
