"""What one guest did and saw, written down as it happened and never changed afterwards. The words are told in witness.py."""

import json
import time

# Lines kept back before they are written together.
LINES = 200


class Journal:
    def __init__(self, path, client, user_id):
        self._path = path
        self._about = {"client": client, "user_id": user_id}
        self._lines = []

    def write(self, event, **what):
        self._lines.append(json.dumps({"t": now(), **self._about, "event": event, "what": what}))
        if len(self._lines) >= LINES:
            self.flush()

    def flush(self):
        if self._lines:
            with self._path.open("a") as file:
                file.write("\n".join(self._lines) + "\n")
            self._lines = []


_began = time.time() - time.monotonic()


def now():
    """Milliseconds since 1970 by a clock that only goes forward."""
    return round((_began + time.monotonic()) * 1_000, 3)
