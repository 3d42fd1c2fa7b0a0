"""What residents were to be told of a ticket and have not been yet.

At night everything waits, and so does what a platform would not take for a while. In the end each of them
gets one message about the matter: what has been overtaken is taken back, what still counts stands before the
last.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from bot.outbox.models import Purpose
from bot.outbox.withdraw import waiting_about, withdraw_rows
from bot.storage.transaction import Transaction

_ENDED = frozenset(
    {
        "notice.resolved",
        "notice.explained",
        "notice.declined",
        "notice.confirmed",
        "notice.closed_unrated",
    }
)
_ENDED_OR_AGAIN = _ENDED | {"notice.reopened_resident"}
_SENT_UP = frozenset(
    {
        "notice.escalated_resident",
        "notice.whistled_resident",
        "notice.answered",
        "notice.arrived_resident",
    }
)
_TELLS_WHEN = frozenset(
    {"notice.taken", "notice.extended", "notice.held", "notice.resumed_resident", "notice.recounted"}
)
OVERTAKEN_BY: Mapping[str, frozenset[str]] = {
    "notice.accepted": _ENDED_OR_AGAIN | _SENT_UP | _TELLS_WHEN,
    "notice.taken": _ENDED_OR_AGAIN | _SENT_UP | _TELLS_WHEN,
    "notice.resumed_resident": _ENDED_OR_AGAIN | _SENT_UP | _TELLS_WHEN,
    "notice.recounted": _ENDED_OR_AGAIN | _TELLS_WHEN,
    "notice.extended": _ENDED_OR_AGAIN | {"notice.held"},  # its reason has to be told
    "notice.asked": _ENDED_OR_AGAIN | {"notice.expired", "notice.held"},  # it waits for an answer
    "notice.held": _ENDED_OR_AGAIN | {"notice.resumed_resident"},
    **dict.fromkeys(_SENT_UP, _ENDED_OR_AGAIN | _SENT_UP),
    **dict.fromkeys(_ENDED - {"notice.declined"}, _ENDED_OR_AGAIN),
    "notice.reopened_resident": _ENDED,
    # Somebody's own words, why it is not for us, and under which number it goes on: said in any case.
    "notice.reply": frozenset(),
    "notice.declined": frozenset(),
    "notice.expired": frozenset(),
    "notice.merged": frozenset(),
    "notice.parted": frozenset(),
    "notice.split": frozenset(),
}
"""Every sentence about a ticket that residents hear of without having asked -> those after which it is
no news any more."""
_HAVING_ROOM = (Purpose.RELAY, Purpose.CLOSING, Purpose.NOTICE)  # in the push budget, the most first
_AND = "+"  # between the sentences of one message, in its key


@dataclass(slots=True)
class Untold:
    """What one person still has to hear, each sentence with its words, the oldest first."""

    sentences: list[tuple[str, str]] = field(default_factory=list)
    purposes: set[Purpose] = field(default_factory=set)

    def purpose_with(self, purpose: Purpose) -> Purpose:
        """What the whole message is sent for; what has room in any case keeps it."""
        purposes = {purpose, *self.purposes}
        return next(known for known in _HAVING_ROOM if known in purposes)


def promise_key(ticket_id: int, sentences: Collection[str], occasion: object, person_id: int) -> str:
    """Under which a message about a ticket is promised to one person once."""
    return f"ticket/{ticket_id}/{_AND.join(sentences)}/{occasion}/{person_id}"


def joined_text(untold: Untold, text: str) -> str:
    return "\n".join([*(" ".join(words.split()) for _, words in untold.sentences), text])


def overtake(tx: Transaction, ticket_id: int, audience: Collection[int], key: str) -> Mapping[int, Untold]:
    """Take back what these people were to be told, because now they are told `key`; what has to stand before
    it, by person."""
    untold: dict[int, Untold] = defaultdict(Untold)
    taken_back = []
    for row in waiting_about(tx, ticket_id, audience):
        sentences = _sentences(row.dedupe_key, row.text)
        if sentences is not None:
            taken_back.append(row.id)
            one = untold[row.person_id]
            one.purposes.add(Purpose(row.purpose))
            one.sentences += [said for said in sentences if key not in OVERTAKEN_BY[said[0]]]
    withdraw_rows(tx, taken_back)
    return {person: one for person, one in untold.items() if one.sentences}


def forget(tx: Transaction, ticket_id: int, person_id: int, key: str | None) -> None:
    """Somebody does themselves what the others are told as `key`, or has no part in it any more (None): what
    they were to be told before is no news to them."""
    taken_back = [
        row.id
        for row in waiting_about(tx, ticket_id, [person_id])
        if (sentences := _sentences(row.dedupe_key, row.text)) is not None
        and all(OVERTAKEN_BY[said] if key is None else key in OVERTAKEN_BY[said] for said, _ in sentences)
    ]
    withdraw_rows(tx, taken_back)


def _sentences(promise: str, text: str) -> list[tuple[str, str]] | None:
    """The sentences of a message with their words; None where it is not one to residents."""
    parts = promise.split("/")
    keys = parts[2].split(_AND) if parts[0] == "ticket" else []
    if not keys or any(key not in OVERTAKEN_BY for key in keys):
        return None
    return list(zip(keys, text.split("\n", len(keys) - 1), strict=True))
