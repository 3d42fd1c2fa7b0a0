"""Keep the promises of the outbox: claim what may go out, send it, note how it went.

Claiming and noting are two transactions with the sending between them: nothing is held open while a
platform is talked to. A process that dies in between leaves a lease behind, which runs out.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, func, or_, select, union_all, update
from sqlalchemy.engine import Row

from bot.clock import local_day
from bot.community import directory
from bot.community.identity import Reachable, person_by_id, reachable, read_by_ids
from bot.messaging import Address, Brief, Button, Capabilities, OutboundMessage
from bot.outbox.models import DeliveryState, Purpose, outbox
from bot.outbox.policy import BACK_OFF, LEASE, Audience, Verdict, Waiting, judge, quiet_ends_at
from bot.outbox.spent import Spent
from bot.outbox.ways import open_ways, try_another
from bot.storage.transaction import Transaction
from knowledge.model import Knowledge, RoleName

_here = outbox.c.tenant == bindparam("of_tenant")
# Written out, because several rows cannot be changed at once by a statement with an IN.
_is_being_sent = or_(outbox.c.state == DeliveryState.LEASED, outbox.c.state == DeliveryState.UNKNOWN)
_is_waiting = and_(outbox.c.state == DeliveryState.WAITING, outbox.c.not_before <= bindparam("now"))
_was_left = and_(outbox.c.state == DeliveryState.LEASED, outbox.c.lease_until <= bindparam("now"))
_is_not_elsewhere = or_(
    outbox.c.channel.is_(None), outbox.c.channel.not_in(bindparam("of_channels", expanding=True))
)


def _due(*also: ColumnElement[bool]) -> Select[Any]:
    """The first of each kind, along the index: a flood that waits need not be sorted for each claim."""
    kinds = (
        and_(_is_waiting, outbox.c.urgent.is_(True)),
        and_(_is_waiting, outbox.c.urgent.is_(False)),
        _was_left,
    )
    firsts = [
        select(outbox)
        .where(_here, kind, *also)
        .order_by(outbox.c.not_before, outbox.c.id)
        .limit(bindparam("most"))
        .subquery()
        for kind in kinds
    ]
    found = union_all(*(select(first) for first in firsts)).subquery()
    return (
        select(found).order_by(found.c.urgent.desc(), found.c.not_before, found.c.id).limit(bindparam("most"))
    )


_DUE = _due()
_DUE_HERE = _due(_is_not_elsewhere)
_DUE_CHANNELS = select(outbox.c.channel).where(_here, or_(_is_waiting, _was_left)).distinct()
_NEXT = select(func.min(outbox.c.not_before)).where(
    _here, outbox.c.state == DeliveryState.WAITING, outbox.c.not_before > bindparam("after")
)
_RELEASE = (
    update(outbox)
    .where(
        _here,
        outbox.c.id == bindparam("of_id"),
        _is_being_sent,
    )
    .values(
        state=DeliveryState.WAITING,
        text=bindparam("new_text"),
        not_before=bindparam("new_not_before"),
        lease_until=None,
    )
)
_LEASED = select(outbox).where(
    _here, outbox.c.id.in_(bindparam("of_ids", expanding=True)), outbox.c.state == DeliveryState.LEASED
)
_SENT = (
    update(outbox)
    .where(_here, outbox.c.id.in_(bindparam("of_ids", expanding=True)), _is_being_sent)
    .values(state=DeliveryState.SENT, sent_at=bindparam("now"), lease_until=None, note=None)
)

_Change = dict[str, Any]  # the new values of a row's columns, by their names


class Outcome(StrEnum):
    """How a try to send ended."""

    SENT = "sent"
    RETRY = "retry"
    HELD = "held"  # nothing was tried, so it counts as no try
    UNCLEAR = "unclear"
    IMPOSSIBLE = "impossible"


@dataclass(frozen=True, slots=True)
class Result:
    message_id: int
    outcome: Outcome
    note: str | None = None
    retry_after: timedelta | None = None


class Courier:
    """Decides what goes out now and on which channel; the sending itself is the caller's."""

    def __init__(
        self,
        *,
        knowledge: Callable[[], Knowledge],
        capabilities: Mapping[str, Capabilities],
        is_working_day: Callable[[datetime], bool],
    ) -> None:
        self._knowledge = knowledge
        self._capabilities = capabilities
        self._is_working_day = is_working_day

    def claim(
        self, tx: Transaction, now: datetime, *, most: int = 100, on: Collection[str] | None = None
    ) -> list[OutboundMessage]:
        """Lease what may go out now, the urgent first. What must wait or be folded is noted in passing.

        `on`: the channels that the caller sends on, where others send on the rest. A message whose way is
        found to be one of theirs is left to them.
        """
        if on is None:
            rows = tx.fetch(_DUE, now=now, most=most)
        else:
            elsewhere = [channel for channel in self._capabilities if channel not in on]
            rows = tx.fetch(_DUE_HERE, now=now, most=most, of_channels=elsewhere)
        people = {row.person_id for row in rows if row.person_id is not None}
        read_by_ids(tx, people)
        ways = reachable(tx, people)
        spent = Spent(tx, [row for row in rows if _is_budgeted(row)], now)
        claimed: list[OutboundMessage] = []
        changes: list[_Change] = []
        for row in rows:
            address = self._address(row, ways.get(row.person_id, ()), now)
            verdict = self._judge(tx, row, spent, now)
            if row.state == DeliveryState.LEASED and not self._may_repeat(row):
                changes.append(
                    _changed(row, state=DeliveryState.UNKNOWN, note="the sender died while sending")
                )
                spent.add(row)
            elif verdict is Verdict.HOLD:
                later = quiet_ends_at(now, self._knowledge().quiet)
                changes.append(_changed(row, state=DeliveryState.WAITING, not_before=later))
            elif verdict is Verdict.FOLD:
                changes.append(_changed(row, state=DeliveryState.FOLDED))
            elif address is None:
                why = "no channel reaches this person"
                changes.append(_changed(row, state=DeliveryState.GIVEN_UP, not_before=now, note=why))
            elif on is not None and address.channel not in on:
                waiting = _changed(row, state=DeliveryState.WAITING)
                changes.append({**waiting, "channel": address.channel, "chat": address.chat})
            else:
                leased = _changed(row, state=DeliveryState.LEASED, not_before=now, lease_until=now + LEASE)
                changes.append({**leased, "channel": address.channel, "chat": address.chat})
                buttons = tuple(Button(label, says) for label, says in row.buttons)
                brief = Brief(**row.brief) if row.brief else None
                claimed.append(OutboundMessage(row.id, address, row.text, buttons, brief))
                spent.add(row)
        tx.amend_all(outbox, changes)
        return claimed

    def settle(self, tx: Transaction, results: Sequence[Result], now: datetime) -> None:
        """Note how the sends ended. Where somebody else took one over, because our lease had run out, only
        that it was sent counts."""
        sent = [result for result in results if result.outcome is Outcome.SENT]
        others = {result.message_id: result for result in results if result.outcome is not Outcome.SENT}
        if sent:
            tx.change(_SENT, of_ids=[result.message_id for result in sent], now=now)
        if others:
            rows = tx.fetch(_LEASED, of_ids=list(others))
            ways = reachable(tx, {row.person_id for row in rows if row.person_id is not None})
            changes = []
            for row in rows:
                result = others[row.id]
                if self._takes_another_way(row, result, ways.get(row.person_id, ()), now):
                    try_another(tx, row, result.note, now)
                else:
                    changes.append(self._after_failure(row, result, now))
            tx.amend_all(outbox, changes)

    def _takes_another_way(
        self, row: Row[Any], result: Result, ways: Sequence[Reachable], now: datetime
    ) -> bool:
        """What this way cannot bring; and what cannot wait until this way works again, where there is
        another."""
        cannot_wait = result.outcome is Outcome.RETRY and row.urgent
        if row.is_group or not (cannot_wait or _is_hopeless(row, result)):
            return False
        here = (row.channel, row.chat)
        others = open_ways(row, ways, self._capabilities, now)
        return any((way.channel, way.chat) != here for way in others)

    def _after_failure(self, row: Row[Any], result: Result, now: datetime) -> _Change:
        pause = result.retry_after or timedelta()
        if result.outcome is Outcome.HELD:
            return _changed(row, state=DeliveryState.WAITING, not_before=now + pause)
        if _is_hopeless(row, result):
            return _changed(row, state=DeliveryState.GIVEN_UP, not_before=now, note=result.note)
        if result.outcome is Outcome.UNCLEAR and not self._may_repeat(row):
            return _changed(row, state=DeliveryState.UNKNOWN, note=result.note)
        later = now + max(BACK_OFF[row.attempts], pause)
        waiting = _changed(row, state=DeliveryState.WAITING, not_before=later, note=result.note)
        return {**waiting, "attempts": row.attempts + 1}

    def release(self, tx: Transaction, messages: Sequence[OutboundMessage], now: datetime) -> None:
        """What a reply in the platform's own request could not carry is sent like any other message."""
        tx.change_many(
            _RELEASE,
            [{"of_id": message.id, "new_text": message.text, "new_not_before": now} for message in messages],
        )

    def next_moment(self, tx: Transaction, after: datetime) -> datetime | None:
        """When the next message that waits for its time may go out."""
        moment: datetime | None = tx.fetch_value(_NEXT, after=after)
        return moment

    def due_channels(self, tx: Transaction, now: datetime) -> list[str | None]:
        """The channels on which something may go out now; None where the way is not chosen yet."""
        return [row.channel for row in tx.fetch(_DUE_CHANNELS, now=now)]

    # -- below ------------------------------------------------------------------------------------

    def _may_repeat(self, row: Row[Any]) -> bool:
        """Whether a message that may have arrived is sent again: urgent, or the platform tells a repeat."""
        capabilities = self._capabilities.get(row.channel)
        return bool(row.urgent) or (
            capabilities is not None and (capabilities.tells_repeats or capabilities.is_mailbox)
        )

    def _judge(self, tx: Transaction, row: Row[Any], spent: Spent, now: datetime) -> Verdict:
        if not _is_budgeted(row):
            return Verdict.SEND
        knowledge = self._knowledge()
        audience, has_digest = self._audience(tx, row.person_id, now)
        waiting = Waiting(
            purpose=Purpose(row.purpose),
            urgent=row.urgent,
            audience=audience,
            created_at=row.created_at,
            has_digest_today=has_digest,
            digests_today=spent.digests_today(row.person_id),
            singles_today=spent.singles_today(row.person_id),
            all_today=spent.all_today(row.person_id),
            about_this_ticket=spent.about(row.person_id, row.ticket_id),
            end_told=spent.end_told(row.person_id, row.ticket_id),
        )
        return judge(waiting, now=now, quiet=knowledge.quiet, budget=knowledge.budget)

    def _audience(self, tx: Transaction, person_id: int, now: datetime) -> tuple[Audience, bool]:
        person = person_by_id(tx, person_id)
        member = directory.member(self._knowledge(), person.staff_name if person else None, local_day(now))
        if member is None:
            return Audience.RESIDENT, False
        if member.role is RoleName.BUILDING_LEADER:
            return Audience.VOLUNTEER, False
        if not directory.may_work_tickets(member):
            return Audience.RESIDENT, False  # the lawyer hears of every booking
        has_digest = member.role is RoleName.GRID_WORKER and self._is_working_day(now)
        return Audience.WORKER, has_digest

    def _address(self, row: Row[Any], ways: Sequence[Reachable], now: datetime) -> Address | None:
        """Where to send it. A channel that is no longer configured, or is only read, reaches nobody."""
        if row.channel is not None and self._can_be_written_to(row.channel):
            return Address(row.channel, row.chat, row.is_group)
        if row.is_group:
            return None
        return next(iter(open_ways(row, ways, self._capabilities, now)), None)

    def _can_be_written_to(self, channel: str) -> bool:
        return channel in self._capabilities and not self._capabilities[channel].is_read_only


def _is_hopeless(row: Row[Any], result: Result) -> bool:
    """Whether this way will never bring it."""
    return result.outcome is Outcome.IMPOSSIBLE or row.attempts >= len(BACK_OFF)


def _is_budgeted(row: Row[Any]) -> bool:
    return row.person_id is not None and not row.urgent and row.purpose != Purpose.ANSWER


def _changed(
    row: Row[Any],
    *,
    state: DeliveryState,
    not_before: datetime | None = None,
    lease_until: datetime | None = None,
    sent_at: datetime | None = None,
    note: str | None = None,
) -> _Change:
    return {
        "id": row.id,
        "state": state,
        "not_before": not_before or row.not_before,
        "lease_until": lease_until,
        "attempts": row.attempts,
        "channel": row.channel,
        "chat": row.chat,
        "sent_at": sent_at,
        "note": note,
    }
