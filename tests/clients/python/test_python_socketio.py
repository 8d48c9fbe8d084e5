"""The stock python-socketio client: connecting, a thousand messages each way, and retries that never double."""

import asyncio
import uuid

import engineio.payload
import pytest
import socketio

from support.people import Person, sign_in_on_pages, sign_in_program
from support.sockets import connected

MESSAGES = 1_000
# How many of one side may be unacknowledged at a time.
WINDOW = 50

TRANSPORTS = [["polling"], ["websocket"], None]


@pytest.mark.parametrize("transports", TRANSPORTS)
async def test_a_token_and_a_cookie_connect(server, transports):
    kevin = await sign_in_program(server.url, "Kevin")
    jz = await sign_in_on_pages(server.url, "JZ")
    for person in (kevin, jz):
        async with connected(person, transports) as socket:
            assert socket.ready["user"]["username"] == person.username
            assert (await socket.ask("conversation:list"))["ok"]


async def test_a_made_up_token_is_refused(server):
    stranger = Person(server.url, "Stranger", "stranger", token="f" * 40)
    client = socketio.AsyncClient(reconnection=False)
    refusals = []
    client.on("connect_error", refusals.append)
    with pytest.raises(socketio.exceptions.ConnectionError):
        await client.connect(stranger.url, auth=stranger.auth)
    assert [refusal["message"] for refusal in refusals] == ["not_authenticated"]


@pytest.mark.parametrize("transports", [["polling"], ["websocket"]])
async def test_a_thousand_messages_each_way_arrive_in_order_each_once(server, transports, monkeypatch):
    # This client refuses an answer to a poll with more than 16 packets, from whatever server. Its documentation says to raise
    # that where much arrives at once, as it does here.
    monkeypatch.setattr(engineio.payload.Payload, "max_decode_packets", 1_000)
    kevin = await sign_in_program(server.url, "Kevin")
    jz = await sign_in_on_pages(server.url, "JZ")
    async with connected(kevin, transports) as kevins, connected(jz, transports) as jzs:
        conversation = await kevins.open_conversation(jz.username)

        answers = await asyncio.gather(
            send_a_thousand(kevins, conversation, "kevin"),
            send_a_thousand(jzs, conversation, "jz"),
        )

        for side, theirs in zip(("kevin", "jz"), answers, strict=True):
            assert all(answer["ok"] and not answer["duplicate"] for answer in theirs)
            assert [answer["message"]["body"] for answer in theirs] == bodies(side)
        for socket in (kevins, jzs):
            await socket.until(lambda socket=socket: len(socket.messages) >= 2 * MESSAGES, seconds=30)
            assert [message["seq"] for message in socket.messages] == list(range(1, 2 * MESSAGES + 1))
            for side, person in (("kevin", kevin), ("jz", jz)):
                theirs = [m["body"] for m in socket.messages if m["sender"]["username"] == person.username]
                assert theirs == bodies(side)


async def test_a_retry_gets_the_original_answer_also_after_a_restart(server):
    kevin = await sign_in_program(server.url, "Kevin")
    jz = await sign_in_program(server.url, "JZ")
    client_id = str(uuid.uuid4())
    async with connected(kevin) as kevins:
        conversation = await kevins.open_conversation(jz.username)
        original = await kevins.say(conversation, "Only once", client_id)
        assert original["duplicate"] is False
        assert await kevins.say(conversation, "Only once", client_id) == {**original, "duplicate": True}

    for end in (server.stop, server.kill):
        end()
        server.start()
        async with connected(kevin) as kevins, connected(jz) as jzs:
            assert await kevins.say(conversation, "Only once", client_id) == {**original, "duplicate": True}
            history = await jzs.ask("history", conversation_id=conversation["id"])
            assert [message["body"] for message in history["messages"]] == ["Only once"]


async def test_the_client_comes_back_by_itself_after_a_restart_and_catches_up(server):
    kevin = await sign_in_program(server.url, "Kevin")
    jz = await sign_in_program(server.url, "JZ")
    async with connected(jz) as jzs:
        conversation = await jzs.open_conversation(kevin.username)
        begun = await jzs.say(conversation, "Said before")
        jzs.ready = None
        server.restart()
        async with connected(kevin) as kevins:
            missed = await kevins.say(conversation, "Said early")
            await jzs.until(lambda: jzs.ready is not None, seconds=30)
            answer = await jzs.ask("sync", cursors={str(conversation["id"]): begun["message"]["rev"]})
            assert [message["id"] for message in answer["messages"]] == [missed["message"]["id"]]


async def test_an_unknown_event_is_acknowledged(server):
    async with connected(await sign_in_program(server.url, "Kevin")) as socket:
        answer = await socket.ask("no:such:event", anything=1)
        assert answer["ok"] is False
        assert answer["error"]["code"] == "unknown_event"


async def send_a_thousand(socket, conversation, side):
    """Sends with a bounded number in flight; the answers come in the order of sending."""
    answers, in_flight = [], []
    for body in bodies(side):
        if len(in_flight) == WINDOW:
            answers.append(await in_flight.pop(0))
        in_flight.append(asyncio.ensure_future(socket.say(conversation, body)))
        # The task has to run up to its send before the next one may, or the order of sending is left to chance.
        await asyncio.sleep(0)
    return answers + await asyncio.gather(*in_flight)


def bodies(side):
    return [f"{side} says {n}" for n in range(MESSAGES)]
