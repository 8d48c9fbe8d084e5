#!/usr/bin/env python3
"""Starts the server where it cannot or must not serve: one clear line, an exit code that is not 0, and soon.

A bad setting, a taken port, a folder that cannot be written, a database of a newer program, one that another server has, a file that
is no database, a file where the folder should be.

    tests/faults/bad_start.py [--long] [--times 5] [--seed N] [target/debug/chinwag]
"""

import os
import shutil
import socket
import sqlite3

import scenario
from service import Service

SHORT = {"times": 1}
LONG = {"times": 5}

WITHIN_SECONDS = 2
NOBODY = 65_534
BAD_SETTINGS = [
    ("PORT", "80000"),
    ("LIMITS", "some"),
    ("LIMIT_MESSAGES_PER_SECOND", "-1"),
    ("PUBLIC_URL", "nowhere"),
    ("DATABASE_URL", "mysql://x"),
]


async def bad_start(run):
    for _ in range(run.sizes.times):
        server = run.takes_care_of(Service(run.binary))
        make_database(server)
        refusals = [*settings(server), taken_port(server), newer_schema(server), another_server(server), no_database(server),
                    file_for_folder(server), read_only_folder(server)]
        for what, names, (code, said, took) in refusals:
            judge(run, what, names, code, said, took)


def judge(run, what, names, code, said, took):
    """`names` are the words without which nobody could tell what to do."""
    run.seconds(f"{what}: {said.strip()[:150]}", took, WITHIN_SECONDS)
    lines = said.splitlines()
    run.found("starts that were not refused", [f"{what}: exit code {code}"] if code == 0 else [])
    run.found("refusals that are not one line of ours", [f"{what}: {said}"] if len(lines) != 1 or not lines[0].startswith("chinwag: ") else [])
    run.found("refusals that do not say what is wrong", [f"{what}: no {name!r} in {said}" for name in names if name not in said])


def make_database(server):
    server.start()
    server.stop()


def settings(server):
    for name, value in BAD_SETTINGS:
        yield f"{name}={value}", [name, value], server.refuses_to_start(**{name: value})
    yield "production without a secret", ["SECRET_KEY"], server.refuses_to_start(MODE="production", LIMITS="on", SMS_BACKEND="twilio")


def taken_port(server):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        return "a taken port", [port, "PORT"], server.refuses_to_start(PORT=port, PUBLIC_URL=f"http://127.0.0.1:{port}")


def newer_schema(server):
    version = "99990101000000"
    change(server, f"INSERT INTO __diesel_schema_migrations (version) VALUES ('{version}')")
    outcome = server.refuses_to_start()
    change(server, f"DELETE FROM __diesel_schema_migrations WHERE version = '{version}'")
    return "a newer schema", [version, str(server.database)], outcome


def change(server, statement):
    with sqlite3.connect(server.database) as database:
        database.execute(statement)


def another_server(server):
    server.start()
    outcome = server.refuses_to_start(PORT="0", METRICS_ADDRESS="")
    server.stop()
    return "a database that is in use", [str(server.database)], outcome


def no_database(server):
    letter = server.directory / "letter.db"
    letter.write_text("Dear database,\n" * 1_000)
    return "a file that is no database", [str(letter)], server.refuses_to_start(DATABASE_URL=f"sqlite://{letter}")


def file_for_folder(server):
    path = server.directory / "letter.db/chinwag.db"
    return "a file for a folder", [str(path)], server.refuses_to_start(DATABASE_URL=f"sqlite://{path}")


def read_only_folder(server):
    folder = server.directory / "read-only"
    folder.mkdir()
    folder.chmod(0o555)
    if os.geteuid() == 0:
        # To root every folder can be written, so root becomes nobody, with a copy of the program that anybody can reach.
        server.directory.chmod(0o755)
        program = shutil.copy(server.binary, server.directory)
        server.command = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", program]
    outcome = server.refuses_to_start(DATABASE_URL=f"sqlite://{folder}/chinwag.db")
    return "a folder that cannot be written", [str(folder)], outcome


if __name__ == "__main__":
    scenario.main(__doc__, bad_start, SHORT, LONG)
