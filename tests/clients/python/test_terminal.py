"""chinwag-terminal, the whole program: in a pseudo-terminal against the real server, and as a pipe.

What follows from `update(state, event)` alone is tested beside it, in crates/terminal.
"""

import contextlib
import json
import os
import pathlib
import socket
import sqlite3
import stat
import subprocess
import urllib.request

import pytest

from support.people import sign_in_program
from support.server import Server
from support.sockets import connected
from support.terminal import (
    ALT_A,
    BINARY,
    CTRL_C,
    CTRL_Q,
    DOWN,
    PATIENCE_SECONDS,
    TAB,
    Terminal,
    code_for,
    environment_of,
    register,
    remember,
)

HOSTILE = [
    "\x1b[2J\x1b[31;5m\x1b]0;owned\x07\x1bc\x9b10A\x1b[?1049l",
    "\u202e\u2067\u200f\u061cdrawkcab שלום " * 20,
    "日" * 4096,
    "x" + "\u0301" * 300,
    "👨‍👩‍👧‍👦🏳️‍🌈1️⃣☝🏽",
    "\n" * 30 + ".",
]


@pytest.fixture
def homes(tmp_path):
    """A home for each person."""

    def home(name):
        path = tmp_path / name
        path.mkdir(exist_ok=True)
        return path

    return home


@contextlib.asynccontextmanager
async def at_a_terminal(server, home, name, **more):
    """Somebody who has registered before, at a terminal of their own."""
    person = await sign_in_program(server.url, name)
    remember(server, home, person)
    with Terminal(server, home, **more) as terminal:
        terminal.see("online as", "#general")
        yield terminal, person


def windows(terminal):
    """The rows of the message window, without its frame."""
    return [row[24:-1].rstrip() for row in terminal.rows[1:] if row[:1] == "│" and row[22:24] == "││"]


def assert_is_whole(terminal):
    """Every frame is where it belongs, whatever stands in it."""
    screen, below = terminal.screen, terminal.screen.lines - 5
    assert terminal.rows[0].startswith("┌channels─") and "┐┌#general─" in terminal.rows[0]
    for y in range(1, below + 1):
        row = [screen.buffer[y][x].data for x in (0, 22, 23, screen.columns - 1)]
        assert row in (["│"] * 4, ["└", "┘", "└", "┘"]), f"{y}: {row}\n{terminal.text}"
    assert "online as" in terminal.rows[-1]


def test_s0_01_to_05_and_09_from_the_first_start_to_the_first_message_and_no_question_later(server, homes):
    home = homes("ana")
    with Terminal(server, home) as terminal:
        register(terminal, server, "terminal-ana", "+12015550901")
        terminal.enter("Hello from the terminal")
        terminal.see("terminal-ana  Hello from the terminal")
        terminal.type(CTRL_C)
        assert terminal.end() == 0
        assert terminal.has_given_the_screen_back()
    assert stat.S_IMODE((home / ".config/chinwag/terminal.json").stat().st_mode) == 0o600
    with Terminal(server, home) as terminal:
        terminal.see("online as terminal-ana", "Hello from the terminal")
        assert b"enter " not in terminal.output


def test_s0_13_who_is_new_is_in_general_and_makes_it_where_it_is_missing(homes):
    server = Server()
    server.start()
    try:
        server.stop()
        with contextlib.closing(sqlite3.connect(server.database)) as database, database:
            assert database.execute("DELETE FROM conversations WHERE name_key = 'general'").rowcount == 1
        server.start()
        with Terminal(server, homes("ana")) as terminal:
            register(terminal, server, "maker", "+12015550903")
            terminal.enter("made by me")
            terminal.see("maker  made by me")
        server.stop()
        with contextlib.closing(sqlite3.connect(server.database)) as database:
            members = database.execute(
                "SELECT users.username, conversations.created_by = users.id FROM conversations"
                " JOIN memberships ON memberships.conversation_id = conversations.id"
                " JOIN users ON users.id = memberships.user_id WHERE conversations.name_key = 'general'"
            ).fetchall()
        assert members == [("maker", 1)]
    finally:
        server.remove()


def test_s0_06_to_08_wrong_answers_are_asked_for_again_and_a_wrong_token_ends_it(server, homes):
    home = homes("ana")
    with Terminal(server, home) as terminal:
        for wrong, why in [("", "email is required"), ("ana", "that is not an email address")]:
            terminal.asked("enter email:")
            terminal.enter(wrong)
            terminal.see(why)
        terminal.asked("enter email:")
        terminal.enter("ana@example.org")
        terminal.answer("enter country code: ", "1")
        terminal.answer("enter phone number (without country code): ", "2015550902")
        terminal.asked("enter received sms token:")
        right = code_for(server, "+12015550902")
        terminal.enter("000000" if right != "000000" else "111111")
        assert terminal.end() == 3
        assert "registration failed: Invalid pin" in terminal.text
    assert not (home / ".config/chinwag/terminal.json").exists()


def test_s0_12_ctrl_c_at_a_question_ends_it_with_a_line(server, homes):
    with Terminal(server, homes("ana")) as terminal:
        terminal.asked("enter email:")
        terminal.type(CTRL_C)
        assert terminal.end() == 130
        assert "cancelled" in terminal.rows


async def test_s0_11_a_sign_in_that_is_not_good_any_more_ends_it(server, homes):
    person = await sign_in_program(server.url, "Ana")
    person.token = "chinwag_" + "x" * 43
    remember(server, homes("ana"), person)
    with Terminal(server, homes("ana")) as terminal:
        assert terminal.end() == 3
        assert "does not accept the remembered sign-in any more" in terminal.text.replace("\n", " ")


def test_s0_15_a_server_that_is_not_there_or_no_address_ends_it(server, homes):
    with socket.socket() as taken:
        # Bound and never listening: whoever knocks there is refused.
        taken.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{taken.getsockname()[1]}"
        with Terminal(server, homes("ana"), CHINWAG_SERVER=nobody) as terminal:
            assert terminal.end() == 4
            assert "cannot be reached: connection refused" in terminal.text.replace("\n", "")
            assert "enter email" not in terminal.text
    for address, code, why in [("", 2, "CHINWAG_SERVER is set, but empty"), ("a b", 2, "no address of a server")]:
        with Terminal(server, homes("ana"), CHINWAG_SERVER=address) as terminal:
            assert terminal.end() == code
            assert why in terminal.text.replace("\n", "")


async def test_s0_20_to_22_tab_arrows_size_and_ctrl_q(server, homes):
    async with at_a_terminal(server, homes("ana"), "Ana") as (terminal, _):
        terminal.enter("/+channel aaa-beside")
        terminal.see("#aaa-beside created")
        terminal.type(TAB + DOWN)
        terminal.see("┌#aaa-beside─")
        for columns, rows in [(200, 60), (40, 10), (80, 24)]:
            terminal.resize(columns, rows)
            # The right lower corner of the box for what is written.
            terminal.wait(
                lambda: terminal.screen.buffer[rows - 2][columns - 1].data == "┘"  # noqa: B023
                and "online" in terminal.rows[-1],
                f"a screen of {columns} by {rows}",
            )
        terminal.type(CTRL_Q)
        assert terminal.end() == 0
        assert terminal.has_given_the_screen_back()


async def test_s0_35_37_38_and_40_channels_are_made_and_deleted_and_an_sms_is_sent(server, homes):
    async with (
        at_a_terminal(server, homes("ana"), "Ana") as (ana, person),
        connected(person) as elsewhere,
    ):

        async def rooms():
            return {room["name"]: room["joined"] for room in (await elsewhere.ask("room:list"))["rooms"]}

        ana.enter("/+channel made-here")
        ana.see("#made-here created", "made-here", "┌#general─")
        assert (await rooms())["made-here"]
        ana.enter("/-channel nowhere")
        ana.see("There is no channel #nowhere.")
        ana.enter("/-channel made-here")
        ana.see("#made-here deleted", "┌#general─")
        assert "made-here" not in await rooms()
        ana.wait(lambda: not any(row.startswith("│ made-here") for row in ana.rows), "the list without it")
        ana.enter("/msg nobody-of-this-name hi")
        ana.see("There is nobody called nobody-of-this-name.")
        ana.enter("/sms +12015550177 see you at  noon")
        ana.see("sms sent to +12015550177")
    with urllib.request.urlopen(f"{server.url}/dev/inbox.json", timeout=PATIENCE_SECONDS) as answer:
        sent = [sms for sms in json.load(answer) if sms["to"] == "+12015550177"]
    assert len(sent) == 1
    assert "see you at  noon" in json.dumps(sent)


async def test_s0_42_two_copies_of_one_person_share_what_is_remembered(server, homes):
    async with at_a_terminal(server, homes("ana"), "Ana") as (one, _):
        with Terminal(server, homes("ana")) as other:
            other.see("online as", "#general")
            one.enter("said in one")
            other.see("  said in one")
            other.enter("said in the other")
            one.see("  said in the other")
            other.type(CTRL_C)
            assert other.end() == 0
        one.enter("still there")
        one.see("  still there")


async def test_what_is_said_and_left_at_once_is_said(server, homes):
    async with (
        at_a_terminal(server, homes("ana"), "Ana") as (ana, _),
        at_a_terminal(server, homes("bo"), "Bo") as (bo, _),
    ):
        ana.type("bye for now\r" + CTRL_C)
        assert ana.end() == 0
        assert "bye for now" not in ana.text
        bo.see("  bye for now")


async def test_what_is_not_sent_is_told_on_leaving(server, homes):
    async with at_a_terminal(server, homes("ana"), "Ana") as (ana, _):
        server.kill()
        try:
            ana.see("○ offline: ")
            ana.enter("never sent")
            ana.see("◷ never sent")
            ana.type(CTRL_C)
            assert ana.end() == 6
            assert "not sent: never sent" in ana.text
        finally:
            server.start()


async def test_a_start_reads_only_what_it_shows(server, homes):
    person = await sign_in_program(server.url, "Ana")
    remember(server, homes("ana"), person)
    async with connected(person) as ana, connected(await sign_in_program(server.url, "Zoe")) as zoe:
        room = (await zoe.ask("room:create", name="aside"))["conversation"]
        await ana.ask("room:join", name="aside")
        assert (await zoe.say(room, "unread until opened"))["ok"]
    for _ in range(2):
        with Terminal(server, homes("ana")) as terminal:
            terminal.wait(lambda: any(row.startswith("│ aside") and " 1 │" in row for row in terminal.rows), "the count")  # noqa: B023
            terminal.see("┌#general─")
            terminal.enter("another start")
            terminal.see("  another start")
            terminal.type(CTRL_C)
            assert terminal.end() == 0


async def test_s0_28_and_42_two_copies_and_a_socket_io_client_talk_beside_each_other(server, homes):
    async with (
        at_a_terminal(server, homes("ana"), "Ana") as (ana, ana_person),
        at_a_terminal(server, homes("bo"), "Bo", columns=200, rows=60) as (bo, _),
        connected(await sign_in_program(server.url, "Zoe")) as zoe,
    ):
        room = (await zoe.ask("room:join", name="general"))["conversation"]
        ana.enter("said by ana")
        bo.see("said by ana")
        bo.enter(f"hello @{ana_person.username}")
        ana.see(f"hello @{ana_person.username}")
        # The bell, since a pseudo-terminal has no desktop.
        assert b"\x07" in ana.output
        assert (await zoe.say(room, "said by zoe"))["ok"]
        for terminal in (ana, bo):
            terminal.see("said by ana", "hello @", "said by zoe")


async def test_s0_27_and_43_nothing_said_is_kept_on_disk_and_no_port_is_listened_on(server, homes):
    home = homes("ana")
    async with at_a_terminal(server, home, "Ana") as (terminal, _):
        terminal.enter("kept nowhere but on the server")
        terminal.see("  kept nowhere but on the server")
        assert listening_sockets(terminal.process.pid) == set()
        terminal.type(CTRL_C)
        assert terminal.end() == 0
    kept = [path.read_bytes() for path in home.rglob("*") if path.is_file()]
    assert kept
    assert not any(b"kept nowhere" in content for content in kept)


def listening_sockets(pid):
    """The inodes of sockets of that process that listen."""
    listening = set()
    for table in ("tcp", "tcp6"):
        for line in pathlib.Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A":
                listening.add(fields[9])
    assert listening, "the server at least listens"
    own = {os.readlink(link).removeprefix("socket:[").rstrip("]") for link in pathlib.Path(f"/proc/{pid}/fd").iterdir()}
    return listening & own


async def test_unread_marks_and_the_jump_to_them(server, homes):
    async with (
        at_a_terminal(server, homes("ana"), "Ana") as (ana, person),
        connected(await sign_in_program(server.url, "Zoe")) as zoe,
    ):
        ana.enter("/+channel marked")
        ana.see("#marked created")
        room = (await zoe.ask("room:join", name="marked"))["conversation"]
        for body in ("one", f"two, @{person.username}!"):
            assert (await zoe.say(room, body))["ok"]
        ana.wait(lambda: any(row.startswith("│ marked") and "@ 2 │" in row for row in ana.rows), "the marks")
        ana.type(ALT_A)
        ana.see("┌#marked─", "─ new ─", "two, @")


async def test_a_hostile_message_leaves_the_screen_whole(server, homes):
    async with (
        at_a_terminal(server, homes("ana"), "Ana") as (ana, _),
        at_a_terminal(server, homes("bo"), "Bo", columns=200, rows=60) as (bo, _),
        connected(await sign_in_program(server.url, "Zoe")) as zoe,
    ):
        room = (await zoe.ask("room:join", name="general"))["conversation"]
        for n, body in enumerate(HOSTILE):
            assert (await zoe.say(room, body))["ok"]
            assert (await zoe.say(room, f"after {n}"))["ok"]
            for terminal in (ana, bo):
                terminal.see(f"  after {n}")
                assert_is_whole(terminal)
        assert b"\x1b]0;owned" not in ana.output + bo.output


async def test_a_restart_of_the_server_loses_nothing_and_says_nothing_twice(server, homes):
    async with (
        at_a_terminal(server, homes("ana"), "Ana") as (ana, _),
        at_a_terminal(server, homes("bo"), "Bo", columns=200, rows=60) as (bo, _),
    ):
        ana.enter("first word")
        bo.see("first word")
        server.kill()
        for terminal in (ana, bo):
            terminal.see("○ offline: ")
        said = [f"word {n} of {name}" for name in ("ana", "bo") for n in range(3)]
        for word in said:
            (ana if word.endswith("ana") else bo).enter(word)
        ana.see("◷ word 2 of ana", "◷ 3 to send")
        server.start()
        for terminal in (ana, bo):
            terminal.see("● online as", "without a connection", *said)
            shown = [row for row in windows(terminal) if "word " in row]
            assert not any("◷" in row for row in shown)
            assert [sum(word in row for row in shown) for word in said] == [1] * len(said)
        order = [[row for row in windows(terminal) if " of " in row] for terminal in (ana, bo)]
        assert order[0] == order[1]


async def test_a_pipe_writes_what_is_said_and_says_what_it_reads(server, homes):
    person = await sign_in_program(server.url, "Ana")
    remember(server, homes("ana"), person)

    def pipe(room, text, **environment):
        return subprocess.run(
            [BINARY, "--pipe", room],
            cwd=homes("ana"),
            env=environment_of(server, homes(environment.pop("home", "ana")), **environment),
            input=text,
            text=True,
            errors="surrogateescape",
            capture_output=True,
            timeout=PATIENCE_SECONDS,
            check=False,
        )

    done = pipe("general", "".join(f"line {n}\n" for n in range(50)) + "\n\x1b[31mred\n")
    assert done.returncode == 0, done.stderr
    assert "\x1b" not in done.stdout
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert lines[0] == {"type": "entered", "room": "general"}
    heard = [line for line in lines if line["type"] == "message"]
    assert [line["body"] for line in heard] == [f"line {n}" for n in range(50)] + ["\x1b[31mred"]
    assert {line["sender"] for line in heard} == {person.username}

    for length in (5000, 200_000):
        refused = pipe("#general", f"before {length}\n" + "x" * length + f"\nafter {length}\n")
        lines = [json.loads(line) for line in refused.stdout.splitlines()]
        assert [line["body"] for line in lines if line["type"] == "message"] == [f"before {length}", f"after {length}"]
        assert [line["type"] for line in lines].count("refused") == 1
        assert refused.returncode == 6
    strange = pipe("general", "one\n\udce9t\udce9\nlast\n")
    heard = [json.loads(line) for line in strange.stdout.splitlines()]
    assert [line["body"] for line in heard[1:]] == ["one", "\ufffdt\ufffd", "last"]
    assert strange.returncode == 0
    assert pipe("nowhere-at-all", "hi\n").returncode == 5
    assert pipe("general", "hi\n", home="stranger").returncode == 3
    assert pipe("general", "hi\n", CHINWAG_SERVER="").returncode == 2
    server.stop()
    try:
        assert pipe("general", "hi\n").returncode == 4
    finally:
        server.start()


async def test_a_pipe_goes_on_after_a_restart_and_ends_quietly_when_its_reader_goes(server, homes):
    remember(server, homes("ana"), await sign_in_program(server.url, "Ana"))
    with subprocess.Popen(
        [BINARY, "--pipe", "general", "--follow"],
        cwd=homes("ana"),
        env=environment_of(server, homes("ana")),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        bufsize=1,
    ) as pipe:

        def until(**wanted):
            for line in pipe.stdout:
                if wanted.items() <= json.loads(line).items():
                    return
            raise AssertionError(f"no {wanted}")

        until(type="entered")
        pipe.stdin.write("before\n")
        until(type="message", body="before")
        server.kill()
        until(type="offline")
        pipe.stdin.write("meanwhile\n")
        server.start()
        until(type="message", body="meanwhile")
        pipe.stdout.close()
        pipe.stdin.write("to nobody\n")
        assert pipe.wait(PATIENCE_SECONDS) in (0, 6)
        assert "Broken pipe" not in pipe.stderr.read()
