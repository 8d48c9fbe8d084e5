"""Faults of the disk and of the clock, put between the server and libc (shim/libc_faults.c)."""

import mmap
import os
import pathlib
import shutil
import struct
import subprocess

SOURCE = pathlib.Path(__file__).resolve().parent / "shim/libc_faults.c"
FIELDS = ["syncs_fail", "clock_offset_s", "syncs", "syncs_failed", "clock_reads"]


class LibcFaults:
    """Commands to one server's shim, and what it has counted."""

    def __init__(self, directory):
        """Builds the shim in `directory`. Raises `FileNotFoundError` where there is no C compiler."""
        compiler = os.environ.get("CC") or shutil.which("cc")
        if compiler is None:
            raise FileNotFoundError("no C compiler (cc) to build the shim with")
        self._library = directory / "libc_faults.so"
        subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o", self._library, SOURCE, "-ldl"], check=True)
        self._page = directory / "libc_faults.control"
        self._page.write_bytes(bytes(8 * len(FIELDS)))
        with self._page.open("r+b") as file:
            self._fields = mmap.mmap(file.fileno(), 8 * len(FIELDS))

    @property
    def environment(self):
        """What the server is to be started with."""
        return {"LD_PRELOAD": str(self._library), "CHINWAG_FAULTS": str(self._page)}

    def fail_syncs(self, fail):
        self._set("syncs_fail", int(fail))

    def set_clock(self, offset_s):
        self._set("clock_offset_s", offset_s)

    def __getitem__(self, field):
        (value,) = struct.unpack_from("<q", self._fields, 8 * FIELDS.index(field))
        return value

    def _set(self, field, value):
        struct.pack_into("<q", self._fields, 8 * FIELDS.index(field), value)
