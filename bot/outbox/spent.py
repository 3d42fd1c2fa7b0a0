"""How much of the push budget is spent: what receivers have been sent today, and about one ticket."""

from collections import Counter
from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.engine import Row

from bot.clock import day_start, local_day
from bot.outbox.models import DeliveryState, Purpose, outbox
from bot.storage.among import is_among
from bot.storage.transaction import Transaction

_GONE_OUT = (
    outbox.c.tenant == bindparam("of_tenant"),
    is_among(outbox.c.person_id, "of_people"),
    outbox.c.state.in_([DeliveryState.SENT, DeliveryState.LEASED, DeliveryState.UNKNOWN]),
)
_TODAY = select(outbox.c.id, outbox.c.person_id, outbox.c.purpose).where(
    *_GONE_OUT,
    outbox.c.purpose != Purpose.ANSWER,
    outbox.c.urgent.is_(False),
    outbox.c.not_before >= bindparam("day_start"),
)
_ABOUT_TICKETS = select(outbox.c.id, outbox.c.person_id, outbox.c.ticket_id, outbox.c.purpose).where(
    *_GONE_OUT, is_among(outbox.c.ticket_id, "of_tickets"), outbox.c.purpose != Purpose.RELAY
)


class Spent:
    """Counts of the receivers of some rows; the rows themselves, where they are tried again, not counted.

    What somebody has had today counts for staff only, and what they have had about a ticket is asked only
    where a row is about one.
    """

    def __init__(
        self, tx: Transaction, rows: Collection[Row[Any]], now: datetime, *, staff: Collection[int]
    ) -> None:
        self._today: Counter[tuple[int, str]] = Counter()
        self._about: Counter[tuple[int, int]] = Counter()
        self._end_told: set[tuple[int, int]] = set()
        themselves = {row.id for row in rows}
        if staff:
            for sent in tx.fetch(_TODAY, of_people=sorted(staff), day_start=day_start(local_day(now))):
                self._today[sent.person_id, sent.purpose] += sent.id not in themselves
        about = [row for row in rows if row.ticket_id is not None]
        if about:
            people, tickets = ({getattr(row, name) for row in about} for name in ("person_id", "ticket_id"))
            for sent in tx.fetch(_ABOUT_TICKETS, of_people=sorted(people), of_tickets=sorted(tickets)):
                if sent.id not in themselves:
                    self._count(sent)

    def add(self, row: Row[Any]) -> None:
        """This row goes out now. Urgent ones fill no day, but a matter."""
        if not row.urgent:
            self._today[row.person_id, row.purpose] += 1
        if row.ticket_id is not None and row.purpose != Purpose.RELAY:
            self._count(row)

    def _count(self, row: Row[Any]) -> None:
        self._about[row.person_id, row.ticket_id] += 1
        if row.purpose == Purpose.CLOSING:
            self._end_told.add((row.person_id, row.ticket_id))

    def digests_today(self, person_id: int) -> int:
        return self._today[person_id, Purpose.DIGEST]

    def singles_today(self, person_id: int) -> int:
        """Pushes besides the day's digest; a second list is one more of them."""
        return self._today[person_id, Purpose.NOTICE] + max(0, self.digests_today(person_id) - 1)

    def all_today(self, person_id: int) -> int:
        return sum(self._today[person_id, purpose] for purpose in Purpose)

    def about(self, person_id: int, ticket_id: int | None) -> int:
        return 0 if ticket_id is None else self._about[person_id, ticket_id]

    def end_told(self, person_id: int, ticket_id: int | None) -> bool:
        return (person_id, ticket_id) in self._end_told
