"""What was said in the matches: by whom, how often, in which order, and under which name."""

import collections

# How somebody is called who chose no name, and all that is told of a partner and of a writer.
STRANGER = "Stranger"
OF_A_PARTNER = {"name", "presence", "until"}
OF_A_WRITER = {"id", "username", "name"}


def third_voices(matches):
    """Only the two of a match write there, and only they hear of it."""
    found = []
    for told, conversation, message in _seen(matches):
        match, writer = matches.get(conversation), matches.user_of.get(_writer(message))
        if not _may_hear(matches, told.user, match):
            found.append(f"{told.client} saw {message['body']!r} of {conversation}")
        elif not _may_hear(matches, writer, match):
            found.append(f"{message['body']!r} stands in {conversation}")
        elif writer in match.claims and message["sender"]["id"] != match.claims[writer][0].seat:
            found.append(f"{message['body']!r} is said to be by {message['sender']['id']} in {conversation}")
    for told in matches.testimonies.values():
        for connection in told.connections:
            signs = [*connection.signs, *(("the end", conversation, None) for conversation in connection.ends)]
            for what, conversation, payload in signs:
                match = matches.get(conversation)
                if not _may_hear(matches, told.user, match):
                    found.append(f"{told.client} heard {what} of {conversation}")
                elif what == "typing" and told.user in match.claims and payload["user"]["id"] == match.claims[told.user][0].seat:
                    found.append(f"{told.client} heard of their own typing in {conversation}")
    return found


def _may_hear(matches, user, match):
    """Somebody of the match, or who may have come back too late to be told that they were in it."""
    return match is not None and (user in match.claims or len(match.users) == 1 and user in matches.maybe_found)


def doubled(matches):
    """One client id is one message, at one place; another one is another message."""
    found = []
    kept, ids, places = collections.defaultdict(set), collections.defaultdict(set), collections.defaultdict(set)
    first = collections.Counter()
    for told, ask, message in _acknowledged(matches):
        name = (told.client, ask.payload["client_id"])
        kept[name].add((message["conversation_id"], message["id"], message["seq"]))
        ids[message["id"]].add(name)
        places[message["conversation_id"], message["seq"]].add(name)
        first[name] += not ask.answer["duplicate"]
    found += [f"{name} is {as_what}" for name, as_what in kept.items() if len(as_what) > 1]
    found += [f"{name} was new {count} times" for name, count in first.items() if count > 1]
    found += [f"{what} is {names}" for what, names in (*ids.items(), *places.items()) if len(names) > 1]
    return found


def disordered(matches):
    """Messages of one sender stand in the order of sending; every reader sees one ascending order."""
    found = []
    for told in matches.testimonies.values():
        # By the first time that each was sent: a second try changes nothing.
        numbers = collections.defaultdict(dict)
        for ask in told.asks:
            if ask.name == "message:send":
                said = numbers[ask.payload["conversation_id"]]
                said.setdefault(ask.payload["client_id"], None)
                if ask.is_ok:
                    said[ask.payload["client_id"]] = ask.answer["message"]["seq"]
        for conversation, said in numbers.items():
            if not _ascends([seq for seq in said.values() if seq is not None]):
                found.append(f"what {told.client} sent to {conversation}")
        for conversation, messages in _readings(told):
            if not _ascends([message["seq"] for message in messages]):
                found.append(f"what {told.client} read of {conversation}")
    return found


def unheard(matches):
    """Who was connected saw every message, once; so does who reads the history."""
    sent = _sent(matches)
    found = []
    for told in matches.testimonies.values():
        knew = {(id(claim.connection), claim.conversation): claim.t for claim in reversed(told.claims)}
        for connection in told.connections:
            for conversation in connection.messages.keys() | connection.ends.keys():
                since = knew.get((id(connection), conversation))
                if since is None:
                    continue
                heard = connection.messages.get(conversation, [])
                until = max((message["seq"] for message in heard), default=0)
                due = {number for number, (at, _, seq) in sent[conversation].items()
                       if at > since + matches.rules.clock_ms and (seq < until or conversation in connection.ends)}
                found += _compare(told, conversation, due, heard)
        for ask in told.asks:
            if ask.name == "history" and ask.is_ok:
                conversation = ask.payload["conversation_id"]
                due = {number for number, (_, at, _) in sent[conversation].items() if at < ask.sent - matches.rules.clock_ms}
                found += _compare(told, conversation, due, ask.answer["messages"])
    return found


def _sent(matches):
    """`{conversation: {message id: (when it was first sent, when it was acknowledged, seq)}}`."""
    sent = collections.defaultdict(dict)
    first = {}
    for told in matches.testimonies.values():
        for ask in told.asks:
            if ask.name == "message:send":
                first.setdefault((told.user, ask.payload["client_id"]), ask.sent)
    for told, ask, message in _acknowledged(matches):
        at = first[told.user, ask.payload["client_id"]]
        sent[message["conversation_id"]].setdefault(message["id"], (at, ask.answered, message["seq"]))
    return sent


def disagreeing(matches):
    """A message reads the same wherever it is seen, and as it was sent."""
    sent = {(told.client, ask.payload["client_id"]): ask.payload["body"] for told, ask, _ in _acknowledged(matches)}
    found, known = [], {}
    for told, ask, message in _acknowledged(matches):
        if message["body"] != sent[told.client, ask.payload["client_id"]]:
            found.append(f"{message['body']!r} was not sent by {told.client}")
        known[message["id"]] = _essence(message)
    for told, _, message in _seen(matches):
        if known.setdefault(message["id"], _essence(message)) != _essence(message):
            found.append(f"{told.client} read {_essence(message)} as {known[message['id']]}")
    return found


def taken_after_the_end(matches):
    return [
        f"{told.client} said {message['body']!r} in {message['conversation_id']}, which was over"
        for told, ask, message in _acknowledged(matches)
        if not ask.answer["duplicate"] and (match := matches.get(message["conversation_id"]))
        and ask.sent > match.over + matches.rules.clock_ms
    ]


def misnamed(matches):
    """Aliases only, and the same on both sides."""
    found = []
    for match in matches:
        names = {}
        for user, claims in match.claims.items():
            names[claims[0].seat] = claims[0].own_name
            if not claims[0].may_be_named and {claim.own_name for claim in claims} != {STRANGER}:
                found.append(f"{matches.testimonies[user].client} is {claims[0].own_name} in {match.conversation}")
        for user, claims in match.claims.items():
            if names.get(3 - claims[0].seat, claims[0].partner_name) != claims[0].partner_name:
                found.append(f"{matches.testimonies[user].client} sees {claims[0].partner_name} in {match.conversation}")
    for told, conversation, message in _seen(matches):
        sender, match = message["sender"], matches.get(conversation)
        claims = match.claims.get(matches.user_of.get(_writer(message))) if match else None
        if claims and {sender["username"], sender["name"]} != {claims[0].own_name} or sender.keys() - OF_A_WRITER:
            found.append(f"{told.client} saw {sender} in {conversation}")
    for told in matches.testimonies.values():
        for connection in told.connections:
            found += [f"{told.client} was told {payload['partner']}" for what, _, _, payload in connection.story
                      if what == "found" and payload["partner"].keys() - OF_A_PARTNER]
    return found


def _acknowledged(matches):
    for told in matches.testimonies.values():
        for ask in told.asks:
            if ask.name == "message:send" and ask.is_ok:
                yield told, ask, ask.answer["message"]


def _seen(matches):
    for told in matches.testimonies.values():
        for conversation, messages in _readings(told):
            for message in messages:
                yield told, conversation, message


def _readings(told):
    """Messages of one conversation as one connection brought them, or as a history shows them."""
    for connection in told.connections:
        yield from connection.messages.items()
    for ask in told.asks:
        if ask.name == "history" and ask.is_ok:
            yield ask.payload["conversation_id"], ask.answer["messages"]


def _compare(told, conversation, due, messages):
    count = collections.Counter(message["id"] for message in messages)
    for number in due - count.keys():
        yield f"{told.client} did not see {number} of {conversation}"
    for number, times in count.items():
        if times > 1:
            yield f"{told.client} saw {number} of {conversation} {times} times"


def _writer(message):
    return message["body"].split(" ")[0]


def _essence(message):
    return message["conversation_id"], message["seq"], message["body"], message["sender"]["id"]


def _ascends(numbers):
    return all(one < other for one, other in zip(numbers, numbers[1:]))
