"""What one guest's log entails, and nothing beyond it.

A log is a list of entries `{t, client, user_id, event, what}`, `t` in milliseconds by the clock of the machine. `what` has a `socket`
(`main` or `second`) and, by `event`:

- `ready`: {match} the first event of a connection; MatchState or null,
- `gone`: {why} the connection is no more, or is about to be ended by this side,
- `asks`: {request, name, payload} before an event is sent; `answered`: {request, name, answer}; `unanswered`: {request, name, connected},
- `hears`: {name, payload} any other event of the server.

The order of entries within a log is the order in which things happened at that guest. What the server did lies somewhere between an
`asks` and its `answered`; what it told of lies before the entry that says so. All intervals here are the certain part: somebody waits
from the *answer* that says so, and only until they *ask* for something else.
"""

import dataclasses
import datetime
import math

SEEKS = ("match:find", "match:next")
# What ends a match, or the waiting for one.
ENDS = ("match:next", "match:leave", "user:block", "report")


@dataclasses.dataclass(slots=True)
class Ask:
    name: str
    payload: dict
    sent: float
    place: int
    connection: "Connection"
    # The match that the guest believed to be in.
    within: int | None
    answered: float | None = None
    answer: dict | None = None
    is_lost: bool = False

    @property
    def is_ok(self):
        return self.answer is not None and self.answer["ok"]

    @property
    def ends(self):
        """The conversation that this is to end."""
        if self.name not in ENDS:
            return None
        return self.payload.get("conversation_id", self.within)


@dataclasses.dataclass(slots=True)
class Connection:
    socket: str
    began: float
    # The match that its `ready` told of.
    ready_in: int | None
    ended: float = math.inf
    # The beginnings and ends of matches that it told of, in their order: ("found" or "ended", conversation, t, payload).
    story: list = dataclasses.field(default_factory=list)
    # When it told of the end of a match, for each match as often as it did.
    ends: dict = dataclasses.field(default_factory=dict)
    # The messages that it brought: {conversation: [message, …]}.
    messages: dict = dataclasses.field(default_factory=dict)
    # Who typed or came and went: (event, conversation, payload).
    signs: list = dataclasses.field(default_factory=list)


@dataclasses.dataclass(slots=True)
class Claim:
    """The server told somebody that they are in a match."""

    conversation: int
    t: float
    place: int
    connection: Connection
    # When it was asked for, if this is an answer: the match was there at some time between then and `t`.
    asked: float | None
    # When they had begun to look for somebody; the match was made after that, if it is known.
    sought: float | None
    # What they may have wished for: every question that may have led to this.
    wishes: list
    seat: int
    own_name: str
    partner_name: str
    common_interests: frozenset
    started: float
    # When they were told that they wait no more, because they had cancelled, and asked for nobody since.
    cancelled: float | None

    @property
    def may_be_named(self):
        return any(wishes.get("as") == "username" for wishes in self.wishes)


@dataclasses.dataclass(slots=True)
class Wait:
    user: int
    # They had a place in the line no sooner than `asked` and no later than `joined`.
    asked: float
    joined: float
    # Between these they waited and were connected.
    begins: float
    ends: float
    interests: frozenset
    only_common: bool


@dataclasses.dataclass(slots=True)
class Absence:
    """Without any connection."""

    begins: float
    # Whether they looked for somebody before.
    sought: bool
    ends: float = math.inf


@dataclasses.dataclass(slots=True)
class Testimony:
    client: str
    user: int
    asks: list = dataclasses.field(default_factory=list)
    connections: list = dataclasses.field(default_factory=list)
    claims: list = dataclasses.field(default_factory=list)
    waits: list = dataclasses.field(default_factory=list)
    absences: list = dataclasses.field(default_factory=list)
    # They waited, were away from then to then, and were told that they wait no more.
    lost_places: list = dataclasses.field(default_factory=list)
    # When they first did what ends a match: {conversation: t}.
    left: dict = dataclasses.field(default_factory=dict)
    ended: float = 0.0


def testify(entries):
    return _Reader(entries[0]).read(entries)


def interests_in(wishes):
    """Case and spaces make no difference."""
    return frozenset(" ".join(interest.split()).casefold() for interest in wishes.get("interests") or [])


class _Reader:
    """Goes through a log once, and knows what the guest could know at each entry."""

    def __init__(self, first):
        self._told = Testimony(first["client"], first["user_id"])
        self._open = {}
        self._asked = {}
        # The match that the guest is in.
        self._within = None
        # What is certain of waiting now, and the place in the line, which outlives a connection: (asked, joined, wishes).
        self._wait = None
        self._in_line = None
        # When they began to look for somebody, with which wishes.
        self._sought = None
        self._wishes = {}
        # The questions that a match may come from. Only the answer to the last one settles that those before it are done with: until
        # then a match may be on its way that was made before they cancelled, and a question whose stranger left is still being asked.
        self._open_questions = []
        self._cancelled = None
        # Whether a question that was never answered may have been heard all the same.
        self._may_be_heard = False
        # Answers to what was asked before this place say nothing about the present.
        self._unsettled = -1

    def read(self, entries):
        on = {"ready": self._ready, "gone": self._gone, "hears": self._hears,
              "asks": self._asks, "answered": self._answered, "unanswered": self._unanswered}
        for place, entry in enumerate(entries):
            on[entry["event"]](entry["t"], place, entry["what"])
            self._told.ended = entry["t"]
        self._end_wait(self._told.ended)
        return self._told

    # Connections

    def _ready(self, t, place, what):
        match = what["match"] or {"state": "idle"}
        connection = Connection(what["socket"], t, match.get("conversation_id"))
        self._told.connections.append(connection)
        if not self._open and self._told.absences:
            self._told.absences[-1].ends = t
        self._open[what["socket"]] = connection
        if match["state"] == "matched":
            self._claim(match, t, place, connection, asked=None)
        elif match["state"] == "idle":
            if self._in_line and not self._may_be_heard and self._told.absences:
                self._told.lost_places.append((self._told.absences[-1].begins, t))
            self._within = None
            self._stop_looking(t)
        elif not any(ask.answered is None and not ask.is_lost for ask in self._asked.values()):
            self._begin_wait(t, match)

    def _gone(self, t, place, what):
        self._open.pop(what["socket"]).ended = t
        if not self._open:
            self._told.absences.append(Absence(t, self._sought is not None))
            self._end_wait(t)
            self._unsettled = place

    # Questions and answers

    def _asks(self, t, place, what):
        name, payload = what["name"], what["payload"]
        ask = Ask(name, payload, t, place, self._open[what["socket"]], self._within)
        self._asked[what["socket"], what["request"]] = ask
        self._told.asks.append(ask)
        if ask.ends is not None:
            self._told.left.setdefault(ask.ends, t)
        if name in SEEKS:
            self._cancelled = None
            self._open_questions.append(ask)
            if name == "match:find" and self._sought is not None and payload == self._wishes:
                return  # As often as one likes.
            self._leave_line(t, place)
            self._sought, self._wishes = self._sought or t, payload
        elif name in ("match:cancel", "match:leave"):
            self._leave_line(t, place)

    def _answered(self, t, place, what):
        ask = self._asked.pop((what["socket"], what["request"]))
        ask.answered, ask.answer = t, what["answer"]
        if not ask.is_ok:
            self._open_questions = [other for other in self._open_questions if other is not ask]
            return
        if ask.name == "match:cancel" and ask.place >= self._unsettled:
            self._cancelled = t
            self._stop_looking(t)
        elif ask.name in SEEKS:
            match = ask.answer["match"]
            if match["state"] == "matched":
                self._claim(match, t, place, ask.connection, asked=ask.sent)
            elif ask.place >= self._unsettled:
                self._begin_wait(t, ask.payload)
            if self._open_questions and ask is self._open_questions[-1]:
                self._settle(ask)
        if ask.ends is not None and ask.ends == self._within:
            self._within = None

    def _settle(self, last):
        """The last question is answered: they wait by it, or it is done with as well."""
        # The end of a match that they leave may be told after this answer.
        is_matched = self._within is not None and self._within not in self._told.left
        is_waiting = last.answer["match"]["state"] == "waiting" and not is_matched
        self._open_questions = [last] if is_waiting else []
        self._may_be_heard = False
        if is_waiting:
            # A stranger may have come and gone before this answer.
            self._sought = self._sought or last.sent

    def _unanswered(self, t, place, what):
        ask = self._asked.pop((what["socket"], what["request"]))
        ask.is_lost = True
        self._may_be_heard |= ask.name in SEEKS

    # News

    def _hears(self, t, place, what):
        connection, name, payload = self._open.get(what["socket"]), what["name"], what["payload"]
        if connection is None:
            return  # It was under way when this side hung up.
        if name == "match:found":
            connection.story.append(("found", payload["conversation_id"], t, payload))
            self._claim(payload, t, place, connection, asked=None)
        elif name == "match:ended":
            conversation = payload["conversation_id"]
            connection.story.append(("ended", conversation, t, payload))
            connection.ends.setdefault(conversation, []).append(t)
            if self._within == conversation:
                self._within = None
        elif name == "message:new":
            connection.messages.setdefault(payload["message"]["conversation_id"], []).append(payload["message"])
        elif name in ("typing", "match:partner"):
            connection.signs.append((name, payload["conversation_id"], payload))

    def _claim(self, match, t, place, connection, asked):
        self._told.claims.append(Claim(
            match["conversation_id"], t, place, connection, asked, self._sought,
            [ask.payload for ask in self._open_questions], match["you"]["id"], match["you"]["name"], match["partner"]["name"],
            interests_in({"interests": match["common_interests"]}), of_time(match["started_at"]),
            self._cancelled,
        ))
        self._within = match["conversation_id"]
        self._open_questions = [ask for ask in self._open_questions if ask.answered is None]
        self._cancelled = None
        self._unsettled = place
        self._stop_looking(t)

    # Waiting

    def _begin_wait(self, t, wishes):
        if self._wait is not None:
            return
        asked, joined, wishes = self._in_line = self._in_line or (self._sought or t, t, wishes)
        self._wait = Wait(self._told.user, asked, joined, t, math.inf, interests_in(wishes), bool(wishes.get("only_common")))

    def _end_wait(self, t):
        if self._wait is not None:
            self._wait.ends = t
            self._told.waits.append(self._wait)
            self._wait = None

    def _leave_line(self, t, place):
        self._end_wait(t)
        self._in_line = None
        self._unsettled = place

    def _stop_looking(self, t):
        self._end_wait(t)
        self._in_line = self._sought = None


def of_time(text):
    """Milliseconds since 1970 of a time on the wire."""
    return datetime.datetime.fromisoformat(text).timestamp() * 1_000
