"""Bots as programs: the one that comes along, and the sample of docs/BOTS.md as it stands there."""

import asyncio
import os
import pathlib
import re
import sys

from .server import REPOSITORY

CHINWAG_BOT = pathlib.Path(os.environ.get("CHINWAG_BOT_BIN", REPOSITORY / "target/debug/chinwag-bot")).resolve()
PATIENCE_SECONDS = 20


def sample_in(directory):
    """Writes the sample out of the page and gives its path."""
    page = (REPOSITORY / "docs/BOTS.md").read_text()
    (text,) = re.findall(r"^```python\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    path = pathlib.Path(directory) / "bot.py"
    path.write_text(text)
    return path


class Bot:
    """A running bot. `async with` ends it."""

    def __init__(self, command, log_path, **settings):
        self._command = command
        self._log_path = log_path
        # Only PATH comes along: the settings of whoever runs the checks must not leak into them.
        self._environment = {"PATH": os.environ["PATH"], **settings}
        self._process = None

    async def __aenter__(self):
        with self._log_path.open("wb") as log:
            self._process = await asyncio.create_subprocess_exec(*self._command, env=self._environment, stderr=log)
        return self

    async def __aexit__(self, *_failure):
        if self._process.returncode is None:
            self._process.kill()
            await self._process.wait()

    async def gives_up(self):
        """Its exit status and its last line."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            status = await self._process.wait()
        return status, self.log.splitlines()[-1]

    async def logs(self, words):
        """Waits until they are in its log."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while words not in self.log:
                await asyncio.sleep(0.02)

    @property
    def log(self):
        return self._log_path.read_text(errors="replace")


def commands(directory):
    """How each bot is started."""
    return {"chinwag-bot": [CHINWAG_BOT], "sample": [sys.executable, sample_in(directory)]}
