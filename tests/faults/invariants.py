"""The invariants of delivery, checked from outside: what the clients wrote down against what every source shows.

`journals` is a list of the entries of each client (journal.py), `sources` is `{conversation_id: {source: [Line, …]}}` (evidence.py).
Each function gives a list of sentences, empty when its invariant holds.
"""

import collections
import itertools


def check(journals, sources, excuses=(), undecided=()):
    """All of them: `{what would be wrong: [sentence, …]}`.

    `excuses` are the codes of refusals for which the fault gives a reason, `undecided` those that leave open what became of the message.
    """
    return {
        "acknowledged messages lost (I1)": lost(journals, sources),
        "messages doubled (I2)": doubled(sources),
        "holes or repeats in the sequence (I3)": uneven(sources),
        "readers who disagree (I3)": disagreeing(sources),
        "inversions of one sender's order (I4)": inverted(sources, journals),
        "messages not seen exactly once in order by a reader (I5)": unseen(journals, sources),
        "refused messages that appeared all the same (I6)": resurrected(journals, sources, undecided),
        "messages heard by who is not in the conversation (I7)": overheard(journals),
        "refusals without a reason for one": refused(journals, excuses),
    }


def lost(journals, sources):
    found = []
    for entry in _entries(journals, "acknowledged"):
        for source, lines in sources[entry["conversation_id"]].items():
            at = entry["seq"] - 1
            # Sequences are dense, so the place is known; a shifted one counts as lost from where it was promised.
            if at >= len(lines) or (lines[at].seq, lines[at].client_id) != (entry["seq"], entry["client_id"]):
                found.append(f"{entry['client_id']} was acknowledged at {entry['seq']} and is not there in {source}")
    return found


def doubled(sources):
    found = []
    for source, lines in _all(sources):
        counts = collections.Counter(line.client_id for line in lines)
        found += [f"{client_id} is there {count} times in {source}" for client_id, count in counts.items() if count > 1]
    return found


def uneven(sources):
    found = []
    for source, lines in _all(sources):
        for expected, line in enumerate(lines, start=1):
            if line.seq != expected:
                found.append(f"{line.seq} where {expected} should be in {source}")
                break
    return found


def disagreeing(sources):
    found = []
    for of_conversation in sources.values():
        (first, lines), *others = of_conversation.items()
        found += [f"{other} differs from {first}" for other, theirs in others if theirs != lines]
    return found


def inverted(sources, journals=()):
    """Who was refused and tries again speaks later than they first wanted to: those messages have no order to keep."""
    tried_again = {entry["client_id"] for entry in _entries(journals, "refused")}
    found = []
    for source, lines in _all(sources):
        last = {}
        for line in lines:
            if line.client_id in tried_again:
                continue
            if line.number <= last.get(line.sender, 0):
                found.append(f"{line.sender}: {line.number} after {last[line.sender]} in {source}")
            last[line.sender] = line.number
    return found


def unseen(journals, sources):
    found = []
    for entries in journals:
        seen = [(entry["conversation_id"], entry["seq"], entry["body"].split(" ")[0]) for entry in entries if entry["op"] == "seen"]
        for conversation_id in {entry["conversation_id"] for entry in entries if entry["op"] != "overheard"}:
            expected = [(conversation_id, line.seq, line.client_id) for line in sources[conversation_id]["database"]]
            actual = [what for what in seen if what[0] == conversation_id]
            if actual != expected:
                differing = next(at for at, pair in enumerate(itertools.zip_longest(actual, expected)) if pair[0] != pair[1])
                found.append(f"a reader of {conversation_id} saw {len(actual)} of {len(expected)}, differing from place {differing + 1}")
    return found


def resurrected(journals, sources, undecided=()):
    """A refusal says that nothing was done: what was refused is there only if a later try was acknowledged."""
    present = {line.client_id for _, lines in _all(sources) for line in lines}
    found = []
    for entries in journals:
        fates = {entry["client_id"]: entry for entry in entries if entry["op"] in ("acknowledged", "refused")}
        final = [entry for entry in fates.values() if entry["op"] == "refused" and entry["code"] not in undecided]
        found += [f"{entry['client_id']} was refused as {entry['code']}" for entry in final if entry["client_id"] in present]
    return found


def overheard(journals):
    return [f"{entry['event']} of {entry['conversation_id']}" for entry in _entries(journals, "overheard")]


def refused(journals, excuses=()):
    return [f"{entry['client_id']}: {entry['code']}" for entry in _entries(journals, "refused") if entry["code"] not in excuses]


def _entries(journals, op):
    return [entry for entry in itertools.chain(*journals) if entry["op"] == op]


def _all(sources):
    for of_conversation in sources.values():
        yield from of_conversation.items()
