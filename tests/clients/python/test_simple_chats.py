"""The quickstart of the Simple chats API, typed in with curl from the first line to the last.

`simple_chats.console` holds its commands and what they print. Its ids and dates are those of another server: an id may be any
other here, as long as it is the same one everywhere, and a date any other that is written so. Two slips are mended: the first
chat is 12 from the beginning, and the message that is asked for is the one that is shown. `...` is for what it does not print.
"""

import email.utils
import json
import pathlib
import re
import shlex
import subprocess

QUICKSTART = pathlib.Path(__file__).with_name("simple_chats.console").read_text()
DATE = re.compile(r"^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} -0000$")
# What the attributes that end in `_id` are ids of, where the name does not say it.
PEOPLE = {"user1_id", "user2_id", "companion_id", "sender_id", "receiver_id"}
ADDRESSES = {"users": "user", "chats": "chat", "messages": "message"}
PATIENCE_SECONDS = "20"


class Reader:
    """Somebody who follows the quickstart, and knows by now which of its ids are which here."""

    def __init__(self, url):
        self._url = url
        self._ids = {}
        self._token = None

    def types(self, command):
        """The JSON that a command prints here."""
        program, *arguments = shlex.split(command)
        assert program == "curl"
        arguments = [self._as_it_is_here(argument) for argument in arguments]
        curl = [program, "--noproxy", "*", "--silent", "--show-error", "--fail-with-body", "--max-time", PATIENCE_SECONDS]
        done = subprocess.run([*curl, *arguments], capture_output=True, check=False, text=True)
        assert done.returncode == 0, f"{command}: {done.stdout} {done.stderr}"
        answer = json.loads(done.stdout)
        if "token" in answer:
            self._token = answer["token"]
        return answer

    def compares(self, printed, ours, name=None):
        """Fails unless both say the same."""
        if isinstance(printed, dict):
            assert printed.keys() == ours.keys()
            # Ids first: sentences name them.
            for key in sorted(printed, key=lambda key: not key.endswith("_id")):
                self.compares(printed[key], ours[key], key)
        elif isinstance(printed, list):
            assert len(printed) == len(ours), ours
            for theirs, mine in zip(printed, ours, strict=True):
                self.compares(theirs, mine)
        elif name.endswith("_id"):
            self._is_the_same_id(kind_of(name), printed, ours)
        elif name == "token":
            assert ours and isinstance(ours, str)
        elif DATE.match(str(printed)):
            assert DATE.match(ours), ours
            assert email.utils.format_datetime(email.utils.parsedate_to_datetime(ours)) == ours
        elif name == "message":
            assert re.sub(r"^Message (\d+) ", lambda m: f"Message {self._ids['message', int(m[1])]} ", printed) == ours
        else:
            assert (type(printed), printed) == (type(ours), ours)

    def _is_the_same_id(self, kind, theirs, ours):
        assert isinstance(ours, int) and ours > 0
        assert self._ids.setdefault((kind, theirs), ours) == ours
        same_kind = [here for (other, _), here in self._ids.items() if other == kind]
        assert same_kind.count(ours) == 1, f"{ours} is the id of more than one {kind}"

    def _as_it_is_here(self, argument):
        argument = argument.replace("TOKEN", self._token or "")
        argument = re.sub(r'("companion_id": )(\d+)', lambda m: m[1] + str(self._ids["user", int(m[2])]), argument)
        if not argument.startswith("localhost/api"):
            return argument
        here = re.sub(r"/(users|chats|messages)/(\d+)", lambda m: f"/{m[1]}/{self._ids[ADDRESSES[m[1]], int(m[2])]}", argument)
        return self._url + here.removeprefix("localhost")


def kind_of(name):
    return "user" if name in PEOPLE else name.removesuffix("_id")


def examples():
    """Every command with what it prints; nothing where the quickstart leaves it out."""
    for part in QUICKSTART.split("$ ")[1:]:
        command, _, printed = part.partition("\n")
        printed = printed.strip()
        yield command, None if printed == "..." else json.loads(printed)


def registers(reader, username, name):
    account = {"email": f"{username}@gmail.com", "username": username, "name": name, "password": "12345678"}
    reader.types(f"curl -H 'Content-Type: application/json' -d {shlex.quote(json.dumps(account))} localhost/api/register")


def test_the_quickstart_prints_what_its_document_says(server):
    reader = Reader(server.url)
    commands = list(examples())
    assert len(commands) == 20, "all of the document"
    for number, (command, printed) in enumerate(commands):
        answer = reader.types(command)
        if printed is not None:
            reader.compares(printed, answer)
        if number == 0:
            # Two more people, whom the document finds there later.
            registers(reader, "dima", "Dmytro Afanasev")
            registers(reader, "ann", "Ann")
