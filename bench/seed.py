#!/usr/bin/env python3
"""Fills a database with the people whom the load plays, and with what they have said.

    bench/seed.py {chinwag|peer} DATABASE [MESSAGES]

`chinwag` wants a database that has its tables, of a server that was started once and stopped; `peer` makes those of
peers/schema.sql. The people are the same in both, and src/people.rs knows them: 1 to 1,000 talk in pairs and with eight others each, and
1,001 to 2,000 are in one room. Every conversation of two has an equal share of MESSAGES, and those whose history the load reads have
at least as many as it reads: so databases differ in how much was said, and in nothing else.
"""

import argparse
import base64
import hashlib
import math
import pathlib
import random
import sqlite3
import time

PAIRED = 1_000
PEOPLE = 2_000
FIRST_PAIR = 1_001
ROOM = 2_000
FIRST_OTHER = 10_001
# Everybody who is paired talks with those at these distances as well, before and after them in a circle.
DISTANCES = (2, 4, 6, 8)
# The first pairs are those whose history is read, and so far back.
READ_PAIRS = 16
READ_LENGTH = 200
BODY = "Words of the length that people use when they write to each other, which is about a hundred letters."

NOW = int(time.time() * 1_000)
YEAR = 365 * 24 * 3_600 * 1_000


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", choices=["chinwag", "peer"])
    parser.add_argument("database")
    parser.add_argument("messages", type=int, nargs="?", default=0)
    arguments = parser.parse_args()

    database = sqlite3.connect(arguments.database, isolation_level=None)
    # Nobody else reads it yet, and what goes wrong is made again.
    database.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -400000;")
    if arguments.kind == "peer":
        database.executescript(pathlib.Path(__file__).with_name("peers").joinpath("schema.sql").read_text())
    two = pairs() + others()
    length = math.ceil(arguments.messages / len(two))
    talks = [(*talk, max(length, READ_LENGTH) if n < READ_PAIRS else length) for n, talk in enumerate(two)]
    database.execute("BEGIN")
    fill = fill_chinwag if arguments.kind == "chinwag" else fill_peer
    fill(database, talks)
    database.execute("COMMIT")
    database.execute("PRAGMA journal_mode = WAL")


def pairs():
    """Conversations as (id, one, other), the smaller one first."""
    return [(FIRST_PAIR + first // 2, first, first + 1) for first in range(1, PAIRED, 2)]


def others():
    met = [(one, (one - 1 + distance) % PAIRED + 1) for distance in DISTANCES for one in range(1, PAIRED + 1)]
    return [(number, *sorted(two)) for number, two in enumerate(met, FIRST_OTHER)]


def said(talks):
    """Both in turn, and everywhere at once: in the table a conversation lies as scattered as in life. The client ids are of no
    order, as foreign clients make them."""
    dice = random.Random(1)
    for seq in range(1, max(length for *_, length in talks) + 1):
        for number, *two, length in talks:
            if seq > length:
                continue
            sent_at = NOW - YEAR + YEAR * seq // (length + 1)
            yield number, seq, two[seq % 2], f"{dice.getrandbits(128):032x}", BODY, sent_at


def fill_chinwag(database, talks):
    people = range(1, PEOPLE + 1)
    database.executemany(
        "INSERT INTO users (id, kind, name, username, username_key, created_at) VALUES (?, 'person', ?2, ?2, ?2, ?3)",
        ((person, f"bench{person}", NOW) for person in people),
    )
    database.executemany(
        "INSERT INTO api_tokens (key, user_id, label, created_at, expires_at) VALUES (?, ?, 'bench', ?, ?)",
        ((hashlib.sha256(token(person).encode()).hexdigest(), person, NOW, NOW + YEAR) for person in people),
    )
    database.executemany(
        "INSERT INTO sessions (key, user_id, data, created_at, last_used_at, expires_at) VALUES (?, ?, ?, ?4, ?4, ?5)",
        ((session_key(person), person, f'{{"user":{person}}}', NOW, NOW + YEAR) for person in people),
    )
    database.executemany(
        "INSERT INTO conversations (id, kind, low_id, high_id, counter, last_seq, created_at)"
        " VALUES (?, 'direct', ?, ?, ?4, ?4, ?5)",
        ((*talk, NOW - YEAR) for talk in talks),
    )
    database.execute(
        "INSERT INTO conversations (id, kind, title, name_key, topic, created_at) VALUES (?, 'room', 'bench', 'bench', '', ?)",
        (ROOM, NOW - YEAR),
    )
    database.executemany(
        "INSERT INTO memberships (user_id, conversation_id, read_seq, delivered_seq, joined_at) VALUES (?, ?, ?3, ?3, ?4)",
        ((*member, NOW - YEAR) for member in members(talks)),
    )
    database.executemany(
        "INSERT INTO messages (conversation_id, seq, rev, sender_id, client_id, body, sent_at, digest)"
        " VALUES (?1, ?2, ?2, ?3, ?4, ?5, ?6, randomblob(32))",
        said(talks),
    )


def fill_peer(database, talks):
    people = range(1, PEOPLE + 1)
    database.executemany("INSERT INTO users VALUES (?, ?)", ((person, f"bench{person}") for person in people))
    database.executemany("INSERT INTO tokens VALUES (?, ?)", ((token(person), person) for person in people))
    database.executemany("INSERT INTO conversations VALUES (?, ?)", ((number, length) for number, *_, length in talks))
    database.execute("INSERT INTO conversations VALUES (?, 0)", (ROOM,))
    database.executemany("INSERT INTO memberships VALUES (?, ?)", (member[:2] for member in members(talks)))
    database.executemany(
        "INSERT INTO messages (conversation_id, seq, sender_id, client_id, body, sent_at) VALUES (?, ?, ?, ?, ?, ?)",
        said(talks),
    )


def members(talks):
    """As (person, conversation, length): everybody has read everything."""
    in_talks = [(person, number, length) for number, *two, length in talks for person in two]
    return in_talks + [(person, ROOM, 0) for person in range(PAIRED + 1, PEOPLE + 1)]


def token(person):
    return f"chinwag_bench_{person:040}"


def session_key(person):
    """Of the cookie `{person:021}A`, which stands for 16 bytes."""
    number = base64.urlsafe_b64decode(f"{person:021}A==")
    return hashlib.sha256(number[::-1]).hexdigest()


if __name__ == "__main__":
    main()
