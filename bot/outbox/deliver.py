"""Keep the promises of the outbox: claim what may go out, send it, note how it went.

Claiming and noting are two transactions with the sending between them: nothing is held open while a
platform is talked to. A process that dies in between leaves a lease behind, which runs out.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import bindparam, or_, select, update
from sqlalchemy.engine import Row

from bot.clock import local_day
from bot.community import directory
from bot.community.identity import Reachable, reachable, staff_names
from bot.messaging import Address, Brief, Button, Capabilities, OutboundMessage
from bot.outbox.due import Place, due
from bot.outbox.models import DeliveryState, Purpose, outbox
from bot.outbox.policy import BACK_OFF, LEASE, Audience, Verdict, Waiting, judge, quiet_ends_at
from bot.outbox.spent import Spent
from bot.outbox.ways import open_ways, try_another
from bot.storage.among import is_among
from bot.storage.transaction import Transaction
from knowledge.model import Knowledge, RoleName, StaffMember

_here = outbox.c.tenant == bindparam("of_tenant")
# Written out, because several rows cannot be changed at once by a statement with an IN.
_is_being_sent = or_(outbox.c.state == DeliveryState.LEASED, outbox.c.state == DeliveryState.UNKNOWN)
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
_LEASED = select(outbox).where(_here, is_among(outbox.c.id, "of_ids"), outbox.c.state == DeliveryState.LEASED)
_SENT = (
    update(outbox)
    .where(_here, is_among(outbox.c.id, "of_ids"), _is_being_sent)
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
        return self.claim_after(tx, None, now, most=most, on=on)[0]

    def claim_after(
        self,
        tx: Transaction,
        after: Place | None,
        now: datetime,
        *,
        most: int,
        on: Collection[str] | None = None,
    ) -> tuple[list[OutboundMessage], Place | None]:
        """The same, going on in the queue where an earlier claim ended; and where the next one goes on."""
        elsewhere = [] if on is None else [channel for channel in self._capabilities if channel not in on]
        rows, ended_at = due(tx, now, most=most, after=after, elsewhere=elsewhere)
        ways = reachable(tx, {row.person_id for row in rows if row.person_id is not None})
        budgeted = [row for row in rows if _is_budgeted(row)]
        staff = self._staff(tx, {row.person_id for row in budgeted}, now)
        spent = Spent(tx, budgeted, now, staff=staff)
        claimed: list[OutboundMessage] = []
        changes: list[_Change] = []
        for row in rows:
            address = self._address(row, ways.get(row.person_id, ()), now)
            verdict = self._judge(row, staff.get(row.person_id), spent, now)
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
        return claimed, ended_at

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

    # -- below ------------------------------------------------------------------------------------

    def _may_repeat(self, row: Row[Any]) -> bool:
        """Whether a message that may have arrived is sent again: urgent, or the platform tells a repeat."""
        capabilities = self._capabilities.get(row.channel)
        return bool(row.urgent) or (
            capabilities is not None and (capabilities.tells_repeats or capabilities.is_mailbox)
        )

    def _judge(self, row: Row[Any], member: StaffMember | None, spent: Spent, now: datetime) -> Verdict:
        if not _is_budgeted(row):
            return Verdict.SEND
        knowledge = self._knowledge()
        audience = _audience(member)
        is_on_rounds = member is not None and member.role is RoleName.GRID_WORKER
        waiting = Waiting(
            purpose=Purpose(row.purpose),
            urgent=row.urgent,
            audience=audience,
            created_at=row.created_at,
            has_digest_today=is_on_rounds and self._is_working_day(now),
            digests_today=spent.digests_today(row.person_id),
            singles_today=spent.singles_today(row.person_id),
            all_today=spent.all_today(row.person_id),
            about_this_ticket=spent.about(row.person_id, row.ticket_id),
            end_told=spent.end_told(row.person_id, row.ticket_id),
        )
        return judge(waiting, now=now, quiet=knowledge.quiet, budget=knowledge.budget)

    def _staff(self, tx: Transaction, person_ids: Collection[int], now: datetime) -> dict[int, StaffMember]:
        """Those of them who serve today."""
        knowledge, today = self._knowledge(), local_day(now)
        found = {
            person_id: directory.member(knowledge, name, today)
            for person_id, name in staff_names(tx, person_ids).items()
        }
        return {person_id: member for person_id, member in found.items() if member is not None}

    def _address(self, row: Row[Any], ways: Sequence[Reachable], now: datetime) -> Address | None:
        """Where to send it. A channel that is no longer configured, or is only read, reaches nobody."""
        if row.channel is not None and self._can_be_written_to(row.channel):
            return Address(row.channel, row.chat, row.is_group)
        if row.is_group:
            return None
        return next(iter(open_ways(row, ways, self._capabilities, now)), None)

    def _can_be_written_to(self, channel: str) -> bool:
        return channel in self._capabilities and not self._capabilities[channel].is_read_only


def _audience(member: StaffMember | None) -> Audience:
    if member is None:
        return Audience.RESIDENT
    if member.role is RoleName.BUILDING_LEADER:
        return Audience.VOLUNTEER
    if not directory.may_work_tickets(member):
        return Audience.RESIDENT  # the lawyer hears of every booking
    return Audience.WORKER


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
        "note": note,
    }
