"""What there is at the end, told by everybody who can tell: `history`, `sync` and REST of each member, and the database itself."""

import sqlite3
import typing

import aiohttp


REST_PAGE = 1_000


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
        of_conversation[f"REST as {talker.person.username}"] = await by_rest(talker)
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


async def by_rest(talker):
    """Its lists show no places; but they are in the order of places, and where nothing was deleted those begin at 1 and have no holes."""
    texts = []
    headers = {"Authorization": f"Bearer {talker.person.token}"}
    async with aiohttp.ClientSession(talker.person.url, headers=headers) as http:
        while True:
            page = {"ordered-by": "message_id", "limit": REST_PAGE, "offset": len(texts)}
            async with http.get(f"/api/chats/{talker.conversation_id}/messages", params=page) as answer:
                answer.raise_for_status()
                found = (await answer.json())["data"]
            texts += [message["text"] for message in found]
            if len(found) < REST_PAGE:
                return [Line.of(place, text) for place, text in enumerate(texts, start=1)]


def by_database(path, conversation_id):
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
        rows = database.execute(
            "SELECT seq, body, client_id FROM messages WHERE conversation_id = ? ORDER BY seq", (conversation_id,)
        ).fetchall()
    lines = [Line.of(seq, body) for seq, body, _ in rows]
    assert [line.client_id for line in lines] == [client_id for *_, client_id in rows], "a client id beside a body that is not its own"
    return lines


def client_ids(path):
    """Those of every message that is committed now."""
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
        return {client_id for (client_id,) in database.execute("SELECT client_id FROM messages")}


def damage(path):
    """What SQLite itself finds wrong with the file."""
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
        found = [text for (text,) in database.execute("PRAGMA integrity_check") if text != "ok"]
        return found + [f"foreign key: {row}" for row in database.execute("PRAGMA foreign_key_check")]


def contradictions(path):
    """Where the database contradicts itself, in any conversation: places that are not 1 to n, counters that do not fit, a message twice."""
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
        return [f"{what}: {row}" for what, query in CONTRADICTIONS.items() for row in database.execute(query)]


CONTRADICTIONS = {
    "places are not 1 to n (conversation, messages, first, last)": """
        SELECT conversation_id, count(*), min(seq), max(seq) FROM messages
        GROUP BY conversation_id HAVING min(seq) != 1 OR max(seq) != count(*)""",
    "a counter that does not fit (conversation, last_seq, counter, messages, highest rev)": """
        SELECT c.id, c.last_seq, c.counter, count(m.id), coalesce(max(m.rev), 0) FROM conversations c
        LEFT JOIN messages m ON m.conversation_id = c.id
        GROUP BY c.id HAVING c.last_seq != count(m.id) OR c.counter != coalesce(max(m.rev), 0)""",
    "one client id twice (sender, client id, times)": """
        SELECT sender_id, client_id, count(*) FROM messages GROUP BY sender_id, client_id HAVING count(*) > 1""",
    "somebody who speaks in a direct conversation of others (message, sender)": """
        SELECT m.id, m.sender_id FROM messages m JOIN conversations c ON c.id = m.conversation_id
        WHERE c.kind = 'direct' AND m.sender_id NOT IN (c.low_id, c.high_id)""",
}
