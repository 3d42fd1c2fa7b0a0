"""值班顺序: an emergency or P1 that nobody has picked up rings the next in the duty order."""

from collections.abc import Callable, Sequence
from datetime import datetime

from bot.outbox.reminder import Due
from bot.storage.transaction import Transaction
from bot.tickets import queries
from bot.tickets.desk import TicketDesk
from bot.tickets.escalation import RING_EVERY
from bot.tickets.lifecycle import TicketState
from bot.tickets.models import URGENT
from bot.tickets.notices import tell_staff
from knowledge.model import Knowledge

_LONGEST_ORDER = 8  # people who are rung one after the other
_WAITS = {urgency: RING_EVERY[urgency] for urgency in URGENT}
_UNTAKEN = (TicketState.ASSIGNED, TicketState.REOPENED)


class RingNext:
    name = "ring_next"

    def __init__(self, desk: TicketDesk, knowledge: Callable[[], Knowledge]) -> None:
        self._desk = desk
        self._knowledge = knowledge

    def due(self, tx: Transaction, since: datetime, until: datetime) -> Sequence[Due]:
        waits = _WAITS.values()
        return [
            Due(at, f"{ticket.id}/{ticket.round}/{place}")
            for ticket in queries.urgent_untaken(tx, since - _LONGEST_ORDER * max(waits), until - min(waits))
            for place in range(1, _LONGEST_ORDER)
            if since < (at := ticket.round_started_at + place * _WAITS[ticket.urgency]) <= until
            and place < len(self._desk.duty.order(tx, ticket, until))
        ]

    def fire(self, tx: Transaction, due: Due) -> None:
        ticket_id, ticket_round, place = due.key.split("/")
        ticket = queries.by_id(tx, int(ticket_id))
        if ticket is None or ticket.state not in _UNTAKEN or ticket.round != int(ticket_round):
            return
        order = self._desk.duty.order(tx, ticket, due.at)
        if int(place) < len(order):
            owner = self._desk.owner_name(tx, ticket) or ""
            tell_staff(
                tx, self._knowledge(), order[int(place)], "notice.ring_next", ticket,
                now=due.at, occasion=f"{ticket_round}/{place}", owner=owner,
            )  # fmt: skip
