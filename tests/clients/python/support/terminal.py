"""chinwag-terminal as a person meets it: in a pseudo-terminal, with a screen that can be read."""

import fcntl
import json
import os
import pathlib
import pty
import select
import signal
import struct
import subprocess
import termios
import time
import urllib.request

import pyte
from wcwidth import wcwidth

from .server import DEFAULT_BINARY

BINARY = pathlib.Path(os.environ.get("CHINWAG_TERMINAL_BIN", DEFAULT_BINARY.with_name("chinwag-terminal"))).resolve()

PATIENCE_SECONDS = 30

ENTER, TAB, ESCAPE = "\r", "\t", "\x1b"
UP, DOWN, PAGE_UP, END = "\x1b[A", "\x1b[B", "\x1b[5~", "\x1b[F"
CTRL_C, CTRL_Q, ALT_A, ALT_UP = "\x03", "\x11", "\x1ba", "\x1b[1;3A"

# What takes the screen, and what gives each of it back.
TAKEN = (b"\x1b[?1049h", b"\x1b[?1000h", b"\x1b[?1004h", b"\x1b[?2004h", b"\x1b[?25l")
LEFT = (b"\x1b[?1049l", b"\x1b[?1000l", b"\x1b[?1004l", b"\x1b[?2004l", b"\x1b[?25h")


def environment_of(server, home, **more):
    """What the program is started with: nothing of whoever runs the checks but PATH."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "TERM": "xterm-256color",
        "TZ": "UTC",
        "CHINWAG_SERVER": server.url,
        **more,
    }


class Terminal:
    """One run of the program."""

    def __init__(self, server, home, columns=80, rows=24, **environment):
        self._server = server
        self.screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self.screen)
        self.output = b""
        self._master, slave = pty.openpty()
        self._set_size(columns, rows)
        self._modes = termios.tcgetattr(slave)
        self._slave = slave
        self.process = subprocess.Popen(
            [BINARY],
            cwd=home,
            env=environment_of(server, home, **environment),
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            # The keys that end a program do so by way of the terminal that it belongs to.
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(PATIENCE_SECONDS)
        os.close(self._master)
        os.close(self._slave)

    @property
    def rows(self):
        return [self._row(y).rstrip() for y in range(self.screen.lines)]

    @property
    def text(self):
        return "\n".join(self.rows)

    def type(self, text):
        os.write(self._master, text.encode())

    def enter(self, line):
        self.type(line + ENTER)

    def see(self, *texts):
        """Waits until all of that is on the screen."""
        self.wait(lambda: all(text in self.text for text in texts), f"{texts} on the screen")

    def answer(self, question, line):
        """Answers what is asked on the plain terminal, once it is asked."""
        self.wait(lambda: self._last_row().endswith(question.strip()), f"the question {question!r}")
        self.enter(line)
        self.wait(lambda: not self._last_row().endswith(question.strip()), f"{line!r} to be taken")

    def asked(self, question):
        self.wait(lambda: self._last_row().endswith(question.strip()), f"the question {question!r}")

    def wait(self, is_so, what):
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not is_so():
            left = deadline - time.monotonic()
            assert left > 0 and self._hear(left), f"waited in vain for {what}:\n{self.text}"

    def end(self):
        """Waits until the program has ended by itself; its exit code."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while self.process.poll() is None:
            assert time.monotonic() < deadline, f"the program did not end:\n{self.text}"
            self._hear(0.05)
        while self._hear(0):
            pass
        return self.process.returncode

    def resize(self, columns, rows):
        self.screen.resize(rows, columns)
        self._set_size(columns, rows)
        self.process.send_signal(signal.SIGWINCH)

    def has_given_the_screen_back(self):
        """The terminal is as it was: its modes, its own screen, its mouse, its words about the focus, its cursor."""
        at = {end: self.output.rfind(end) for end in LEFT}
        taken = {begin: self.output.rfind(begin) for begin in TAKEN}
        is_left = all(end > begin for end, begin in zip(at.values(), taken.values(), strict=True))
        return is_left and termios.tcgetattr(self._slave) == self._modes

    def _row(self, y):
        """As `Screen.display` has it, which fails where one half of a wide letter was written over."""
        cells = [self.screen.buffer[y][x].data for x in range(self.screen.columns)]
        is_second_half = [False, *(bool(cell) and wcwidth(cell[0]) == 2 for cell in cells)]
        return "".join(cell or ("" if half else " ") for cell, half in zip(cells, is_second_half, strict=False))

    def _last_row(self):
        return next((row for row in reversed(self.rows) if row), "")

    def _hear(self, seconds):
        """Takes what the program has written; whether it was anything."""
        ready, _, _ = select.select([self._master], [], [], seconds)
        if not ready:
            return False
        heard = os.read(self._master, 65536)
        self.output += heard
        self._stream.feed(heard)
        return True

    def _set_size(self, columns, rows):
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


def register(terminal, server, username, phone):
    """Answers the questions of the first start."""
    terminal.answer("enter email: ", f"{username}@example.org")
    terminal.answer("enter country code: ", "1")
    terminal.answer("enter phone number (without country code): ", phone.removeprefix("+1"))
    terminal.asked("enter received sms token: ")
    terminal.answer("enter received sms token: ", code_for(server, phone))
    terminal.asked("enter username: ")
    terminal.enter(username)
    terminal.see("online as", "#general")


def code_for(server, phone):
    """The last code for that number, from the development inbox."""
    with urllib.request.urlopen(f"{server.url}/dev/inbox.json", timeout=PATIENCE_SECONDS) as answer:
        return next(sms["code"] for sms in json.load(answer) if sms["to"] == phone)


def remember(server, home, person):
    """Leaves a sign-in as an earlier start would have."""
    folder = home / ".config/chinwag"
    folder.mkdir(parents=True)
    account = {"server": server.url, "username": person.username, "token": person.token, "phone": "+12015550100"}
    (folder / "terminal.json").write_text(json.dumps({"accounts": [account]}))
