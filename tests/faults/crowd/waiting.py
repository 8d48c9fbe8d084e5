"""Who waited beside whom although they were permitted to meet, and for how long."""

import math


def overlaps(matches):
    """`[(milliseconds, one, other), …]` of all pairs of waits whose people might have been matched, as far as that is certain."""
    found = []
    active = []
    for wait in sorted(_all_waits(matches), key=lambda wait: wait.begins):
        active = [other for other in active if other.ends > wait.begins]
        for other in active:
            overlap = min(wait.ends, other.ends) - _permitted_from(wait, other, matches)
            if overlap > 0:
                found.append((overlap, other, wait))
        active.append(wait)
    return found


def waiting_times(matches):
    """From asking to knowing of the match, in milliseconds, the shortest first."""
    return sorted(
        claims[0].t - claims[0].sought for match in matches for claims in match.claims.values() if claims[0].sought is not None
    )


def _permitted_from(one, other, matches):
    """From when on both waited and were permitted to meet; never, if that is not certain."""
    rules, pair = matches.rules, frozenset((one.user, other.user))
    begin = max(one.begins, other.begins)
    if one.user == other.user:
        return math.inf
    if not one.interests & other.interests:
        begin = max(begin, _wide_from(one, rules), _wide_from(other, rules))
    if begin >= min(one.ends, other.ends):
        return math.inf
    if matches.avoided[pair] < min(one.ends, other.ends) or _may_have_met(one.user, other.user, matches):
        return math.inf
    if any(match.known_from() <= begin for match in matches.by_pair[pair]):
        # Then both have to have waited for a while in vain.
        return max(begin, max(one.joined, other.joined) + rules.again_ms)
    return begin


def _wide_from(wait, rules):
    if wait.only_common:
        return math.inf
    return wait.joined + rules.widen_ms if wait.interests else wait.joined


def _may_have_met(one, other, matches):
    """One of them had a partner who never heard of it, and that may have been the other one."""
    return any(mine in matches.alone and theirs in matches.maybe_found for mine, theirs in ((one, other), (other, one)))


def _all_waits(matches):
    return (wait for testimony in matches.testimonies.values() for wait in testimony.waits)
