"""The rules of matching, checked from outside: what a thousand guests wrote down, laid side by side.

    python -m crowd.checker DIRECTORY     (in tests/faults) checks logs that were kept

It shares no code with those who wrote the logs nor with the server, and draws only conclusions that the logs entail (witness.py,
matches.py). Each function gives a list of sentences, empty when its rule holds.
"""

import collections
import dataclasses
import itertools
import json
import math
import pathlib
import sys

from crowd import waiting
from crowd.matches import Matches, Rules
from crowd.talks import disagreeing, disordered, doubled, misnamed, taken_after_the_end, third_voices, unheard
from crowd.witness import interests_in, testify


def check(logs, rules=Rules()):
    """`logs` is a list of lists of entries. Gives figures, and `{what would be wrong: [sentence, …]}`."""
    matches = Matches([testify(log) for log in logs if log], rules)
    together = waiting.overlaps(matches)
    findings = {
        "people matched with themselves": matched_with_themselves(matches),
        "pairs matched after one blocked or reported the other": met_after_a_block(matches),
        "pairs matched again too soon": met_again_too_soon(matches),
        "pairs matched against their wishes": matched_against_wishes(matches),
        "people matched who had cancelled": matched_after_cancelling(matches),
        "people in two matches, or waiting in one, at once": in_two_places(matches),
        "third people in a match": third_people(matches),
        "matches that only one person knows of": lonely(matches),
        "messages of a third voice, or in nobody's match": third_voices(matches),
        "messages acknowledged differently, or two as one": doubled(matches),
        "messages out of order": disordered(matches),
        "messages not seen, or seen twice": unheard(matches),
        "messages that read differently": disagreeing(matches),
        "messages taken after the end": taken_after_the_end(matches),
        "names or ids shown that nobody chose to show": misnamed(matches),
        "permitted partners left waiting": left_waiting(together, rules),
        "places in the line lost too soon": places_lost_too_soon(matches),
        "ends of a match that were not told": not_told(matches),
        "ends of a match that were told twice": told_twice(matches),
        "matches lost although nobody was away": lost_too_soon(matches),
        "refusals without a reason": refused(matches),
        "questions never answered": unanswered(matches),
    }
    return figures(matches, together), findings


# The rules


def matched_with_themselves(matches):
    found = []
    for match in matches:
        for user, claims in match.claims.items():
            if len({claim.seat for claim in claims}) > 1:
                found.append(f"{_who(matches, user)} has both seats of {match.conversation}")
    return found


def met_after_a_block(matches):
    found = []
    for testimony in matches.testimonies.values():
        for ask in testimony.asks:
            if ask.name in ("user:block", "report") and ask.is_ok:
                for match in matches.by_pair[matches.pair(ask.ends)]:
                    if match.began_after > ask.answered + matches.rules.clock_ms:
                        found.append(f"{_who(matches, *match.users)} in {match.conversation} after {ask.name} of {ask.ends}")
    return found


def met_again_too_soon(matches):
    found = []
    rules = matches.rules
    for pair, met in matches.by_pair.items():
        for before, again in itertools.pairwise(met):
            sought = [claims[0].sought for claims in again.claims.values()]
            parted_after = max(before.alive, before.known_from())
            if None in sought or again.known_from() - parted_after > rules.apart_ms:
                continue
            if again.known_from() - max(sought) < rules.again_ms - rules.clock_ms:
                found.append(f"{_who(matches, *pair)} in {again.conversation}, after {before.conversation}, "
                             f"{again.known_from() - max(sought):.0f} ms after the later one began to look")
    return found


def matched_against_wishes(matches):
    """Who named interests meets somebody who shares one; others only when both have waited for that in vain, and never with `only_common`."""
    found = []
    for match in matches:
        claims = [claims[0] for claims in match.claims.values()]
        if len(claims) != 2 or any(not _is_one_wish(claim.wishes) for claim in claims):
            continue
        common = frozenset.intersection(*(interests_in(claim.wishes[0]) for claim in claims))
        if any(claim.common_interests != common for claim in claims):
            found.append(f"{_who(matches, *match.users)} in {match.conversation}, who share {set(common)}, were told otherwise")
        if not common and any(_is_narrow(claim, match, matches.rules) for claim in claims):
            found.append(f"{_who(matches, *match.users)} in {match.conversation}")
    return found


def _is_one_wish(wishes):
    return bool(wishes) and all(other == wishes[0] for other in wishes)


def _is_narrow(claim, match, rules):
    """Whether somebody wanted nobody but those who share an interest, when the match was made."""
    wishes = claim.wishes[0]
    is_early = claim.sought is not None and match.known_from() < claim.sought + rules.widen_ms - rules.clock_ms
    return bool(wishes.get("only_common")) or bool(wishes.get("interests")) and is_early


def matched_after_cancelling(matches):
    """Who cancels while their match is being stored is told of it and, before anybody ends it, of its end. Who cancels when it was stored
    already is too late, although they may hear of the match only after that answer."""
    rules, found = matches.rules, []
    for match in matches:
        for user, claims in match.claims.items():
            told, first = matches.testimonies[user], claims[0]
            left = min(matches.testimonies[one].left.get(match.conversation, math.inf) for one in match.users)
            until = min(left, first.t + rules.told_within_ms)
            if first.cancelled is None or match.over < until or min(first.connection.ended, told.ended) <= until:
                continue
            if first.started > first.cancelled + rules.clock_ms or match.known_from() > first.cancelled + rules.told_within_ms:
                found.append(f"{told.client} in {match.conversation}")
    return found


def in_two_places(matches):
    found = []
    for user, told in matches.testimonies.items():
        places = [(match.known_from(user), match.alive, f"in {match.conversation}") for match in matches.by_user[user]]
        places += [(wait.begins, wait.ends, "waiting") for wait in told.waits]
        furthest = (-math.inf, "")
        for begin, end, place in sorted(places):
            if end <= begin:
                continue
            if begin + matches.rules.clock_ms < furthest[0]:
                found.append(f"{told.client} ({user}) was {place} at {begin:.0f} while {furthest[1]}")
            furthest = max(furthest, (end, place))
        found += _told_of_a_second(told)
    return found


def _told_of_a_second(told):
    """On one connection the end of a match is told before the next one begins, unless one ended it oneself."""
    for connection in told.connections:
        within = connection.ready_in
        for what, conversation, t, _ in connection.story:
            if what == "found":
                if within not in (None, conversation) and told.left.get(within, math.inf) >= t:
                    yield f"{told.client} ({told.user}) was told of {conversation} before the end of {within}"
                within = conversation
            elif within == conversation:
                within = None


def third_people(matches):
    return [f"{_who(matches, *match.users)} in {match.conversation}" for match in matches if len(match.users) > 2]


def lonely(matches):
    """Only somebody who looked for a partner and was away just then can be the other side and not know."""
    within = matches.rules.noticed_within_ms
    away = [absence for told in matches.testimonies.values() for absence in told.absences if absence.sought]
    return [
        f"{_who(matches, *match.users)} in {match.conversation}"
        for match in matches if len(match.users) == 1
        and not any(abs(absence.begins - match.known_from()) < within and absence.ends > match.known_from() for absence in away)
    ]


def left_waiting(together, rules):
    return [
        f"{one.user} and {other.user} waited beside each other for {overlap:.0f} ms until {min(one.ends, other.ends):.0f}"
        for overlap, one, other in together if overlap > rules.together_ms
    ]


def places_lost_too_soon(matches):
    """Who comes back soon still waits, or has been found. A server that begins anew knows of nobody who waits, and who was found while
    they were away may come too late: their partner has gone on."""
    rules = matches.rules
    lost = sorted((gone, t, user) for user, told in matches.testimonies.items() for gone, t in told.lost_places)
    found, explained = [], set()
    for gone, t, user in lost:
        if t - gone >= rules.reconnect_ms - rules.clock_ms or any(down < t and up > gone for down, up in rules.downs):
            continue
        missed = next((match for match in matches if match.conversation not in explained and _was_missed(match, user, gone, t, rules)), None)
        if missed:
            # One match that nobody else knows of was missed by one person.
            explained.add(missed.conversation)
        else:
            client = matches.testimonies[user].client
            found.append(f"{client} came back at {t:.0f} after {t - gone:.0f} ms and was told of neither a place nor a match")
    return found


def _was_missed(match, user, gone, t, rules):
    """Whether a match of that person, or of somebody who is the only one to know of it, began and ended while they were away."""
    is_theirs = user in match.users or len(match.users) == 1
    return is_theirs and gone - rules.noticed_within_ms < match.known_from() and match.over < t + rules.clock_ms


def not_told(matches):
    """Who is connected hears soon that a match is over, unless they ended it themselves."""
    return [
        f"{_who(matches, user)} of {match.conversation}, over at {match.over:.0f}"
        for match, user, connection in _listeners(matches)
        if not any(t < match.over + matches.rules.told_within_ms for t in connection.ends.get(match.conversation, ()))
    ]


def told_twice(matches):
    return [
        f"{told.client} of {conversation}"
        for told in matches.testimonies.values() for connection in told.connections
        for conversation, times in connection.ends.items() if len(times) > 1
    ]


def _listeners(matches):
    """Connections that knew of a match and outlived it, of people who did not end it themselves."""
    for match in matches:
        until = match.over + matches.rules.told_within_ms
        for user, claims in match.claims.items():
            told = matches.testimonies[user]
            if told.ended > until and told.left.get(match.conversation, math.inf) > until:
                for connection in {id(claim.connection): claim.connection for claim in claims}.values():
                    if connection.ended > until:
                        yield match, user, connection


def lost_too_soon(matches):
    found = []
    for told in matches.testimonies.values():
        for connection in told.connections:
            for what, conversation, t, payload in connection.story:
                match = matches.get(conversation)
                # The absence of somebody who never heard of the match cannot be known.
                if what == "ended" and payload["reason"] == "lost" and match and len(match.users) == 2:
                    if not any(_was_away(matches.testimonies[user], t, matches.rules) for user in match.users):
                        found.append(f"{conversation}, said to {told.client}")
    return found


def _was_away(told, t, rules):
    return any(
        absence.begins + rules.reconnect_ms < min(t, absence.ends) + rules.clock_ms and absence.ends > t - rules.noticed_within_ms
        for absence in told.absences
    )


def refused(matches):
    found = []
    for told in matches.testimonies.values():
        for ask in told.asks:
            if ask.answer is not None and not ask.answer["ok"]:
                code = ask.answer["error"]["code"]
                match = matches.get(ask.payload.get("conversation_id"))
                may_be_over = match is not None and min(match.ending, match.over) <= ask.answered + matches.rules.clock_ms
                if not (code == "ended" and may_be_over):
                    found.append(f"{told.client} asked {ask.name} and was refused: {code}: {ask.answer['error'].get('message')}")
    return found


def unanswered(matches):
    return [
        f"{told.client} asked {ask.name} at {ask.sent:.0f}"
        for told in matches.testimonies.values() for ask in told.asks
        if ask.answer is None and ask.connection.ended > ask.sent + 2 * matches.rules.told_within_ms
        and told.ended > ask.sent + 2 * matches.rules.told_within_ms
    ]


# The figures


@dataclasses.dataclass
class Figures:
    guests: int
    matches: int
    repeated_pairs: int
    messages: int
    sent_again: int
    disconnects: int
    stayed_away: int
    second_sockets: int
    blocks: int
    reports: int
    one_sided: int
    waits_p50_ms: float
    waits_p99_ms: float
    overlaps: int
    overlap_p99_ms: float
    overlap_max_ms: float
    ends_told_p99_ms: float


def figures(matches, together):
    told = matches.testimonies.values()
    asks = [ask for testimony in told for ask in testimony.asks if ask.is_ok]
    of = collections.Counter(ask.name for ask in asks)
    sent = [ask for ask in asks if ask.name == "message:send"]
    waits = waiting.waiting_times(matches)
    overlaps = sorted(overlap for overlap, *_ in together)
    absences = [absence for testimony in told for absence in testimony.absences if absence.ends < testimony.ended]
    return Figures(
        guests=len(told),
        matches=len(matches.by_conversation),
        repeated_pairs=sum(len(met) - 1 for met in matches.by_pair.values() if met),
        messages=sum(not ask.answer["duplicate"] for ask in sent),
        sent_again=sum(ask.answer["duplicate"] for ask in sent),
        disconnects=len(absences),
        stayed_away=sum(absence.ends - absence.begins > matches.rules.reconnect_ms for absence in absences),
        second_sockets=sum(connection.socket == "second" for testimony in told for connection in testimony.connections),
        blocks=of["user:block"],
        reports=of["report"],
        one_sided=sum(len(match.users) == 1 for match in matches),
        waits_p50_ms=percentile(waits, 0.5),
        waits_p99_ms=percentile(waits, 0.99),
        overlaps=len(overlaps),
        overlap_p99_ms=percentile(overlaps, 0.99),
        overlap_max_ms=overlaps[-1] if overlaps else 0,
        ends_told_p99_ms=percentile(times_until_told(matches), 0.99),
    )


def times_until_told(matches):
    return sorted(
        connection.ends[match.conversation][0] - match.over for match, _, connection in _listeners(matches)
        if match.conversation in connection.ends
    )


def percentile(ascending, share):
    return ascending[min(int(len(ascending) * share), len(ascending) - 1)] if ascending else 0


def report(figures, findings):
    """Prints both; true when there is nothing to find and there was something to look at."""
    for name, value in dataclasses.asdict(figures).items():
        print(f"  {value:12,.0f} {name.replace('_', ' ')}")
    print("violations:")
    for what, examples in findings.items():
        print(f"  {len(examples):6} {what}")
        for example in examples[:5]:
            print(f"         e.g. {example}")
    if figures.matches == 0:
        print("  nobody was matched: this run shows nothing")
    return figures.matches > 0 and not any(findings.values())


def read_logs(directory):
    """One log after the other: all of them would fill the memory."""
    for path in sorted(pathlib.Path(directory).glob("*.jsonl")):
        # As one list, so that the names of the fields are kept once.
        yield json.loads(f"[{','.join(path.read_text().splitlines())}]")


def _who(matches, *users):
    return " and ".join(f"{matches.testimonies[user].client} ({user})" for user in sorted(users))


if __name__ == "__main__":
    sys.exit(0 if report(*check(read_logs(sys.argv[1]))) else 1)
