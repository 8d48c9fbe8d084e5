"""The bot and the Python sample of docs/BOTS.md: both do the same, for people in a room."""

import asyncio
import contextlib
import re

import pytest
from aiohttp import web

from support.bots import Bot, commands
from support.people import sign_in_program
from support.rooms import PASSWORD, in_room, log_in, log_out, make_room, register

HEADER = "Symbol,Date,Time,Open,High,Low,Close,Volume"
# What the quote service says is the last price of each.
CLOSES = {
    "aapl.us": "93.42",
    "wig": "61000.5",
    "nd": "N/D",
    "negative": "-5",
    "huge": "9" * 400,
    "nan": "NaN",
    "html": "<img src=x onerror=alert(1)>",
    "escapes": "\x1b[2J\x1b]0;owned\x075",
}

# Lets those go who wait for a slow answer.
IS_OVER = web.AppKey("is_over", asyncio.Event)


async def answer_quote(request):
    symbol = request.match_info["symbol"]
    match symbol:
        case "broken":
            raise web.HTTPInternalServerError()
        case "redirect":
            raise web.HTTPFound("/aapl.us")
        case "slow":
            await request.app[IS_OVER].wait()
        case "dripping":
            drip = web.StreamResponse()
            await drip.prepare(request)
            while not request.app[IS_OVER].is_set():
                await drip.write(b"x")
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(request.app[IS_OVER].wait(), 1)
            return drip
        case "big":
            return web.Response(text=f"{HEADER}\nBIG,,,,,,5," + "x" * 10_000_000)
    return web.Response(text=f"{HEADER}\r\n{symbol.upper()},2026-11-20,22:00:09,1,2,3,{CLOSES.get(symbol, 'N/D')},1234\r\n")


@pytest.fixture
async def quotes():
    app = web.Application()
    app[IS_OVER] = asyncio.Event()
    app.add_routes([web.get("/{symbol}", answer_quote)])
    runner = web.AppRunner(app, shutdown_timeout=0)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}/{{symbol}}"
    app[IS_OVER].set()
    await runner.cleanup()


@pytest.fixture(scope="module")
def server(server):
    """The server of this file, with a room `stocks` beside the one that every server has."""

    async def furnish():
        await make_room(await sign_in_program(server.url, "founder"), "stocks")

    asyncio.run(furnish())
    return server


@pytest.fixture(params=["chinwag-bot", "sample"])
def program(request, tmp_path, server, quotes):
    """Starts one of the two; `program(FINBOT_…=…)` lays settings over the usual ones."""
    settings = {"FINBOT_HOST": server.url, "FINBOT_PASSWORD": PASSWORD, "FINBOT_QUOTE_URL": quotes}

    def start(**more):
        both = {name: value for name, value in {**settings, **more}.items() if value is not None}
        return Bot(commands(tmp_path)[request.param], tmp_path / "bot.log", **both)

    return start


async def account_and_people(server, *names):
    """The username of a bot, and those who talk with it."""
    return [await register(server.url, "finbot"), *[await sign_in_program(server.url, name) for name in names]]


async def test_s2_47_and_s2_48_people_in_a_room_ask_and_all_of_them_hear(server, program):
    bot, alice, bob = await account_and_people(server, "alice", "bob")
    async with in_room(alice, "stocks") as alices, in_room(bob, "stocks") as bobs:
        async with program(FINBOT_USERNAME=bot):
            await alices.sees_join(bot)
            await alices.command("stock", "aapl.us")
            for member in (alices, bobs):
                assert await member.hears_from(bot) == "AAPL.US quote is $93.42 per share"
            await bobs.command("stock", "WIG")
            assert await alices.hears_from(bot) == "WIG quote is $61000.5 per share"


async def test_s2_48_nothing_else_of_the_service_reaches_the_room(server, program):
    bot, alice = await account_and_people(server, "alice")
    async with in_room(alice, "general") as alices, program(FINBOT_USERNAME=bot):
        await alices.sees_join(bot)
        for asked in ("nd", "negative", "huge", "nan", "html", "escapes", "broken", "redirect", "big", "slow", "dripping"):
            await alices.command("stock", asked)
            assert await alices.hears_from(bot) == f"I could not find stock data for {asked}"
        await alices.command("stock", "../<b>no such thing</b>")
        assert await alices.hears_from(bot) == "I could not find stock data for .. b no such thing b"


async def test_s2_47_other_commands_and_messages_are_ignored(server, program):
    bot, alice = await account_and_people(server, "alice")
    async with in_room(alice, "general") as alices, program(FINBOT_USERNAME=bot) as running:
        await alices.sees_join(bot)
        await alices.command("weather", "lisbon")
        await alices.say("/stock=wig")
        await alices.command("stock", "aapl.us")
        assert await alices.hears_from(bot) == "AAPL.US quote is $93.42 per share"
        for secret in (PASSWORD, alice.username, "lisbon", "aapl"):
            assert secret not in running.log
        assert not re.search(r"chinwag_[\w-]{20,}", running.log), "a token"


async def test_s2_47_two_bots_in_a_room_do_not_answer_each_other(server, program, tmp_path, quotes):
    bot, alice = await account_and_people(server, "alice")
    other = await register(server.url, "other")
    settings = {"FINBOT_HOST": server.url, "FINBOT_PASSWORD": PASSWORD, "FINBOT_QUOTE_URL": quotes}
    second = Bot(commands(tmp_path)["sample"], tmp_path / "other.log", FINBOT_USERNAME=other, **settings)
    async with in_room(alice, "general") as alices, program(FINBOT_USERNAME=bot):
        await alices.sees_join(bot)
        async with second:
            await alices.sees_join(other)
            for asked in ("nd", "wig", "aapl.us"):
                await alices.command("stock", asked)
            # Each says each answer once. One more of anything would come before the last.
            said = sorted([await alices.hears_from(bot, other) for _ in range(6)])
            assert said == sorted(
                2
                * [
                    "I could not find stock data for nd",
                    "WIG quote is $61000.5 per share",
                    "AAPL.US quote is $93.42 per share",
                ]
            )


async def test_s2_45_only_the_rooms_that_are_named_are_joined(server, program):
    bot, alice, bob = await account_and_people(server, "alice", "bob")
    async with in_room(alice, "stocks") as alices, in_room(bob, "general") as bobs:
        async with program(FINBOT_USERNAME=bot, FINBOT_ROOMS="stocks"):
            await alices.sees_join(bot)
            await bobs.command("stock", "wig")
            await alices.command("stock", "aapl.us")
            assert await alices.hears_from(bot) == "AAPL.US quote is $93.42 per share"
            await bobs.hears_oneself("Is anybody here?")
            assert bot not in bobs.present


async def test_s2_44_the_bot_comes_back_after_a_restart_of_the_server(server, program):
    bot, alice = await account_and_people(server, "alice")
    async with program(FINBOT_USERNAME=bot):
        for _ in range(3):
            async with in_room(alice, "general") as alices:
                await alices.meets(bot)
                await alices.command("stock", "wig")
                assert await alices.hears_from(bot) == "WIG quote is $61000.5 per share"
            await asyncio.to_thread(server.restart)


async def test_s2_44_the_bot_signs_in_again_when_it_was_signed_out(server, program):
    bot, alice = await account_and_people(server, "alice")
    async with in_room(alice, "general") as alices, program(FINBOT_USERNAME=bot):
        await alices.sees_join(bot)
        await log_out(await log_in(server.url, bot))
        await alices.sees_join(bot)
        await alices.command("stock", "aapl.us")
        assert await alices.hears_from(bot) == "AAPL.US quote is $93.42 per share"


async def test_s2_46_the_bot_waits_while_its_account_is_in_use(server, program):
    bot, alice = await account_and_people(server, "alice")
    async with in_room(alice, "general") as alices, contextlib.AsyncExitStack() as stack:
        async with in_room(await log_in(server.url, bot), "stocks"):
            running = await stack.enter_async_context(program(FINBOT_USERNAME=bot))
            await running.logs("already chatting")
        await alices.sees_join(bot)


async def test_s2_44_what_is_wrong_at_the_start_ends_the_bot(server, program):
    bot = await register(server.url, "finbot")
    for settings, named in [
        ({}, "FINBOT_USERNAME is not set"),
        ({"FINBOT_USERNAME": bot, "FINBOT_PASSWORD": None}, "FINBOT_PASSWORD is not set"),
        ({"FINBOT_USERNAME": bot, "FINBOT_PASSWORD": "wrong"}, "login failed"),
        ({"FINBOT_USERNAME": bot, "FINBOT_HOST": "127.0.0.1:9"}, "127.0.0.1"),
    ]:
        async with program(**settings) as running:
            status, line = await running.gives_up()
            assert status == 1
            assert named in line
