"""The server under a fault: what it is started through, what it holds and spends, and whether it panicked."""

import os
import pathlib
import resource
import subprocess
import time
import urllib.request

import scenario  # noqa: F401  (puts the Python client checks on the path)
from support.server import PATIENCE_SECONDS, Server, free_port

# In /proc/net/tcp.
ESTABLISHED = "01"


class Service(Server):
    def __init__(self, binary, environment=None, through=()):
        """`through` is a command that starts the server as itself, such as `env` with its options."""
        self._metrics_address = f"127.0.0.1:{free_port()}"
        super().__init__(binary, {"METRICS_ADDRESS": self._metrics_address, **(environment or {})})
        self.command = [*through, self.binary]

    def use_database(self, path):
        self.database = path

    def use_environment(self, environment):
        self._environment = {**self._environment, **environment}

    def is_ready(self):
        return self._is_ready()

    def start(self):
        """Starts it; gives back how long it took until /readyz said so, in seconds."""
        began = time.monotonic()
        super().start()
        return time.monotonic() - began

    def refuses_to_start(self, **environment):
        """Starts it with settings that it must not take: its exit code, what it said, and after how long."""
        began = time.monotonic()
        ended = subprocess.run(
            self.command, cwd=self.directory, env={**self.settings, **environment}, capture_output=True, text=True, timeout=PATIENCE_SECONDS)
        return ended.returncode, ended.stdout + ended.stderr, time.monotonic() - began

    def limit_files(self, size):
        """No file of the server grows beyond that many bytes from now on; `None` takes it back."""
        _, most = resource.prlimit(self.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(self.pid, resource.RLIMIT_FSIZE, (most if size is None else size, most))

    @property
    def is_running(self):
        return self._process.poll() is None

    @property
    def memory_mib(self):
        """What is resident now."""
        for line in pathlib.Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1_024
        raise RuntimeError("the server has no memory: it has ended")

    @property
    def cpu_seconds(self):
        """What it has spent since it started."""
        fields = pathlib.Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def open_ports(self):
        """The ports of those whose connection the server still holds open."""
        with open("/proc/net/tcp") as table:
            rows = [line.split() for line in table.readlines()[1:]]
        here = f"{self.port:04X}"
        return {int(row[2].split(":")[1], 16) for row in rows if row[1].endswith(here) and row[3] == ESTABLISHED}

    def counted(self, name):
        """What the page of figures says of `chinwag_<name>`, all labels together."""
        with urllib.request.urlopen(f"http://{self._metrics_address}/metrics", timeout=PATIENCE_SECONDS) as page:
            lines = page.read().decode().splitlines()
        own = [line for line in lines if line.split("{")[0].split(" ")[0] == f"chinwag_{name}"]
        return sum(float(line.rpartition(" ")[2]) for line in own)

    @property
    def panics(self):
        return [line for line in self.log.splitlines() if "panicked" in line]
