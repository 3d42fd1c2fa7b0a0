"""Leave and swapped shifts: asked for by one, in force once the other has agreed.

Staff are known here by their names in people.yaml. Days are community days, both ends included.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import bindparam, or_, select

from bot.community.models import roster_changes
from bot.storage.ids import new_id
from bot.storage.transaction import Transaction
from knowledge.model import Knowledge
from knowledge.presence import Presence


class ChangeKind(StrEnum):
    LEAVE = "leave"  # 请假：`other` stands in for `asker`
    SWAP = "swap"  # 换班：the two change places in one shift


class ChangeState(StrEnum):
    ASKED = "asked"
    AGREED = "agreed"
    DECLINED = "declined"
    UNDONE = "undone"


@dataclass(frozen=True, slots=True)
class RosterChange:
    """`shift` and `first_day` are those of the swapped shift; a leave has no shift. A swap that gives a
    shift back is two changes with the same `request`."""

    id: int
    request: int
    kind: ChangeKind
    asker: str
    other: str
    first_day: date
    last_day: date
    shift: str | None
    state: ChangeState
    asked_at: datetime


_here = roster_changes.c.tenant == bindparam("of_tenant")
_OPEN = [ChangeState.ASKED.value, ChangeState.AGREED.value]
_FROM_DAY = (
    select(roster_changes)
    .where(_here, roster_changes.c.state.in_(_OPEN), roster_changes.c.last_day >= bindparam("of_day"))
    .order_by(roster_changes.c.first_day, roster_changes.c.id)
)
_OF_REQUEST = select(roster_changes).where(_here, roster_changes.c.request == bindparam("of_request"))
_OF_PERSON = (
    select(roster_changes)
    .where(
        _here,
        or_(roster_changes.c.asker == bindparam("of_name"), roster_changes.c.other == bindparam("of_name")),
        roster_changes.c.state.in_(_OPEN),
        roster_changes.c.last_day >= bindparam("of_day"),
    )
    .order_by(roster_changes.c.id.desc())
)


@dataclass(slots=True)
class _Read:
    """What was read in this transaction: the changes of each day, and all from a day on."""

    from_day: dict[date, list[RosterChange]] = field(default_factory=dict)


def from_day(tx: Transaction, day: date) -> list[RosterChange]:
    """All that is asked or agreed and not over before `day`, the first to begin first."""
    known = tx.memory(_Read).from_day
    if day not in known:
        known[day] = [_change(row) for row in tx.fetch(_FROM_DAY, of_day=day)]
    return known[day]


def in_force(tx: Transaction, day: date) -> list[RosterChange]:
    """What both have agreed to for that day."""
    return [
        change
        for change in from_day(tx, day)
        if change.state is ChangeState.AGREED and change.first_day <= day
    ]


def swaps(tx: Transaction, day: date) -> list[RosterChange]:
    """The agreed swaps of shifts from the day before on: a night shift may have begun then."""
    return [
        change
        for change in from_day(tx, day - timedelta(days=1))
        if change.state is ChangeState.AGREED and change.kind is ChangeKind.SWAP
    ]


def of_person(tx: Transaction, name: str, day: date) -> list[RosterChange]:
    """What somebody asked for or was asked for and is not over, the newest first."""
    return [_change(row) for row in tx.fetch(_OF_PERSON, of_name=name, of_day=day)]


def of_request(tx: Transaction, request: int) -> list[RosterChange]:
    return [_change(row) for row in tx.fetch(_OF_REQUEST, of_request=request)]


def ask(tx: Transaction, changes: Iterable[RosterChange]) -> None:
    for change in changes:
        tx.add(
            roster_changes,
            **{name: getattr(change, name) for name in RosterChange.__dataclass_fields__},
            settled_at=None,
        )
    tx.memory(_Read).from_day.clear()


def settle(tx: Transaction, changes: Iterable[RosterChange], state: ChangeState, now: datetime) -> None:
    """What the other answered, or that it was called off."""
    for change in changes:
        tx.amend(roster_changes, change.id, state=state, settled_at=now)
    tx.memory(_Read).from_day.clear()


def request_of(
    kind: ChangeKind, asker: str, other: str, legs: Iterable[tuple[date, date, str | None]], now: datetime
) -> list[RosterChange]:
    """One request; each leg is its first day, its last day and its shift."""
    request = new_id()
    return [
        RosterChange(new_id(), request, kind, asker, other, first, last, shift, ChangeState.ASKED, now)
        for first, last, shift in legs
    ]


def presence(tx: Transaction, knowledge: Knowledge, day: date) -> Presence:
    """Who is there for whom on that day."""
    leave = (change for change in in_force(tx, day) if change.kind is ChangeKind.LEAVE)
    return Presence(knowledge.staff, day, {change.asker: change.other for change in leave})


def _change(row: object) -> RosterChange:
    values = {name: getattr(row, name) for name in RosterChange.__dataclass_fields__}
    return RosterChange(
        **values | {"kind": ChangeKind(values["kind"]), "state": ChangeState(values["state"])}
    )
