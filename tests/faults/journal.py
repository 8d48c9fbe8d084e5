"""What one client did and saw, written down as it happened and never changed afterwards."""

import json
import time


class Journal:
    """An append-only file of JSON lines, also kept in memory for the comparison at the end.

    `op` is one of
    - `sent`: {conversation_id, client_id, number} before the first try; `number` counts this sender's messages,
    - `acknowledged`: {conversation_id, client_id, seq, duplicate},
    - `refused`: {conversation_id, client_id, code}; a later `acknowledged` is that of another try,
    - `overheard`: {conversation_id, event} of a conversation that is not theirs,
    - `seen`: {conversation_id, seq, body}, by push or by sync, after the client removed what it had already.
    """

    def __init__(self, path):
        self.entries = []
        self._file = path.open("a", buffering=1)

    def write(self, op, **fields):
        entry = {"op": op, "at": time.time(), **fields}
        self.entries.append(entry)
        self._file.write(json.dumps(entry) + "\n")
