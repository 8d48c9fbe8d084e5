"""A Chinwag of one's own: the real binary on a free port and a fresh database."""

import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

REPOSITORY = pathlib.Path(__file__).resolve().parents[4]
DEFAULT_BINARY = pathlib.Path(os.environ.get("CHINWAG_BIN", REPOSITORY / "target/debug/chinwag"))

# The longest a start or an orderly stop may take; the server itself promises to stop within ten seconds.
PATIENCE_SECONDS = 30


class Server:
    """Start, stop, kill and start again, always on the same port and database."""

    def __init__(self, binary=DEFAULT_BINARY, environment=None):
        """`environment` is laid over the settings that every check has."""
        self._environment = environment or {}
        self.binary = pathlib.Path(binary).resolve()
        self.command = [self.binary]
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="chinwag-test-"))
        self.database = self.directory / "chinwag.db"
        self.log_path = self.directory / "server.log"
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._process = None

    @property
    def settings(self):
        """The whole environment of the server."""
        return {
            # Only PATH comes along: the settings of whoever runs the checks must not leak into them.
            "PATH": os.environ["PATH"],
            "MODE": "development",
            "HOST": "127.0.0.1",
            "PORT": str(self.port),
            "PUBLIC_URL": self.url,
            "DATABASE_URL": f"sqlite://{self.database}",
            "LIMITS": "off",
            **self._environment,
        }

    def start(self):
        """Starts the server and returns once it answers at /readyz."""
        with self.log_path.open("ab") as log:
            self._process = subprocess.Popen(self.command, cwd=self.directory, env=self.settings, stdout=log, stderr=log)
        self._wait_until_ready()

    def stop(self):
        """Asks the server to end and returns its exit code."""
        return self._end(signal.SIGTERM)

    def kill(self):
        """Ends the server as a power cut would."""
        return self._end(signal.SIGKILL)

    def restart(self):
        self.stop()
        self.start()

    def remove(self):
        """Kills the server and throws its database away."""
        self.kill()
        shutil.rmtree(self.directory)

    @property
    def pid(self):
        return self._process.pid

    @property
    def log(self):
        return self.log_path.read_text(errors="replace")

    def _end(self, by):
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(by)
        return self._process and self._process.wait(PATIENCE_SECONDS)

    def _wait_until_ready(self):
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                raise RuntimeError(f"the server ended before it was ready:\n{self.log}")
            if self._is_ready():
                return
            time.sleep(0.02)
        raise TimeoutError(f"/readyz did not answer within {PATIENCE_SECONDS} s:\n{self.log}")

    def _is_ready(self):
        try:
            with urllib.request.urlopen(f"{self.url}/readyz", timeout=1) as answer:
                return answer.status == 200
        except (urllib.error.URLError, OSError):
            return False


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
