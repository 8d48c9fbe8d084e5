"""What a guest means to do in one round, drawn before it begins. `habits` are those of habits.json, the same for both crowds."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Plan:
    wishes: dict
    # Cancels before there is an answer.
    changes_mind: bool
    second_socket: bool
    cut_while_waiting: bool
    # Before which message the line is cut, if it is.
    cut_before: int | None
    stays_away: bool
    messages: int
    types: bool
    ending: str
    reads_back: bool


def draw_plan(chance, habits, name):
    return Plan(
        wishes=_draw_wishes(chance, habits, name),
        changes_mind=chance.random() < habits["changes_mind"],
        second_socket=chance.random() < habits["second_socket"],
        cut_while_waiting=chance.random() < habits["cut_while_waiting"],
        cut_before=chance.randint(0, 3) if chance.random() < habits["cut_while_matched"] else None,
        stays_away=chance.random() < habits["stays_away"],
        messages=chance.randint(1, 3),
        types=chance.random() < habits["types"],
        ending=_kind(chance, habits["endings"]),
        reads_back=chance.random() < habits["reads_back"],
    )


def _draw_wishes(chance, habits, name):
    some = {chance.choice(habits["interests"]): None for _ in range(chance.randint(1, 3))}
    wishes = {
        "anybody": {},
        "preferring": {"interests": list(some)},
        "only_common": {"interests": list(some), "only_common": True},
        # Something that nobody else likes: anybody will do after ten seconds.
        "odd": {"interests": [f"what {name} likes"]},
        # And that, from nobody else: in vain.
        "hopeless": {"interests": [f"what {name} likes"], "only_common": True},
    }[_kind(chance, habits["wishes"])]
    return {**wishes, "as": "username"} if chance.random() < habits["by_name"] else wishes


def _kind(chance, shares):
    (kind,) = chance.choices(list(shares), weights=list(shares.values()))
    return kind
