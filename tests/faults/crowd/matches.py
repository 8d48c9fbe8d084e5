"""What all logs together entail about each match: who was in it, from when until when at least, and by when it was over."""

import collections
import dataclasses
import math


@dataclasses.dataclass(frozen=True)
class Rules:
    """What the server was told, and what it promises."""

    # MATCH_RECONNECT_SECS.
    reconnect_ms: float = 3_000
    # Nobody is to wait for longer than this beside a permitted partner.
    together_ms: float = 1_000
    # Who likes something in particular takes anybody after that.
    widen_ms: float = 10_000
    # Two who met are kept apart for so long, unless nobody else came while both waited.
    apart_ms: float = 600_000
    again_ms: float = 30_000
    # An end is told within this, and a closed connection noticed.
    told_within_ms: float = 2_000
    noticed_within_ms: float = 1_000
    # Clocks of two processes on one machine may differ by this.
    clock_ms: float = 20
    # When the server was not there: [(from, to), …].
    downs: tuple = ()


@dataclasses.dataclass(slots=True)
class Match:
    conversation: int
    # What each person was told of it, in the order of their log: {user: [Claim, …]}.
    claims: dict = dataclasses.field(default_factory=dict)
    # A moment at which it was still there for sure: the latest.
    alive: float = -math.inf
    # By when it was over for sure: the earliest.
    over: float = math.inf
    # When somebody first did what might end it, or was away for as long as ends it.
    ending: float = math.inf

    @property
    def users(self):
        return frozenset(self.claims)

    def known_from(self, user=None):
        """When that person, or the first of them, knew of it."""
        return min(claims[0].t for of, claims in self.claims.items() if user in (None, of))

    @property
    def began_after(self):
        """The match was made later than this, as far as anybody can tell."""
        first = [claims[0] for claims in self.claims.values()]
        return max([claim.started for claim in first] + [claim.sought for claim in first if claim.sought is not None])


class Matches:
    """`testimonies` by user, matches by conversation, and what follows from both."""

    def __init__(self, testimonies, rules):
        self.testimonies = {testimony.user: testimony for testimony in testimonies}
        self.user_of = {testimony.client: testimony.user for testimony in testimonies}
        self.rules = rules
        self.by_conversation = {}
        for testimony in testimonies:
            for claim in testimony.claims:
                match = self.by_conversation.setdefault(claim.conversation, Match(claim.conversation))
                match.claims.setdefault(testimony.user, []).append(claim)
        for testimony in testimonies:
            self._note_life_and_end(testimony)
        self.by_pair = collections.defaultdict(list)
        self.by_user = collections.defaultdict(list)
        for match in sorted(self, key=lambda match: match.began_after):
            if len(match.users) == 2:
                self.by_pair[match.users].append(match)
            for user in match.users:
                self.by_user[user].append(match)
        # Since when two are never to meet again: a block or report was under way.
        self.avoided = collections.defaultdict(lambda: math.inf)
        for testimony in testimonies:
            for ask in testimony.asks:
                if ask.name in ("user:block", "report"):
                    pair = self.pair(ask.ends)
                    self.avoided[pair] = min(self.avoided[pair], ask.sent)
        # Whose partner never heard of it; and who was away when that may have happened to them.
        self.alone = {user for match in self if len(match.users) == 1 for user in match.users}
        self.maybe_found = {user for user, told in self.testimonies.items() if any(absence.sought for absence in told.absences)}

    def __iter__(self):
        return iter(self.by_conversation.values())

    def get(self, conversation):
        return self.by_conversation.get(conversation)

    def pair(self, conversation):
        match = self.get(conversation)
        return match.users if match else frozenset()

    def _note_life_and_end(self, testimony):
        for ask in testimony.asks:
            if ask.name == "message:send" and ask.is_ok and not ask.answer["duplicate"]:
                self._alive(ask.payload["conversation_id"], ask.sent)
            if ask.ends is not None and ask.is_ok:
                self._over(ask.ends, ask.answered)
        for conversation, t in testimony.left.items():
            self._ending(conversation, t)
        for claim in testimony.claims:
            if claim.asked is not None:
                self._alive(claim.conversation, claim.asked)
        for connection in testimony.connections:
            for conversation, times in connection.ends.items():
                self._over(conversation, times[0])
        for conversation, end in losses(testimony, self.rules):
            self._ending(conversation, end)
            # The server notices an absence a little later than it begins.
            self._over(conversation, end + self.rules.noticed_within_ms)
        for conversation, end in forgotten(testimony):
            self._over(conversation, end)

    def _alive(self, conversation, t):
        if match := self.get(conversation):
            match.alive = max(match.alive, t)

    def _over(self, conversation, t):
        if match := self.get(conversation):
            match.over = min(match.over, t)

    def _ending(self, conversation, t):
        if match := self.get(conversation):
            match.ending = min(match.ending, t)


def losses(testimony, rules):
    """Matches of somebody who did not come back in time, and when they are lost."""
    for absence in testimony.absences:
        # A server that begins anew gives everybody the whole time again.
        counted_from = max([absence.begins, *(up for down, up in rules.downs if down < absence.ends and up > absence.begins)])
        if absence.ends - counted_from > rules.reconnect_ms + rules.told_within_ms:
            for conversation in _in_at(testimony, absence.begins):
                yield conversation, counted_from + rules.reconnect_ms


def forgotten(testimony):
    """Matches that are not told of any more when somebody comes back."""
    returns = {absence.ends for absence in testimony.absences}
    for connection in testimony.connections:
        if connection.began in returns:
            for conversation in _in_at(testimony, connection.began):
                if conversation != connection.ready_in:
                    yield conversation, connection.began


def _in_at(testimony, t):
    """The last match that somebody was told of before `t`."""
    return [claim.conversation for claim in testimony.claims if claim.t < t][-1:]
