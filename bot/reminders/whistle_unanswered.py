"""吹哨没回音: a department that was called in and does not answer, or come, in time."""

from collections.abc import Sequence
from datetime import datetime

from bot.outbox.reminder import Due
from bot.storage.transaction import Transaction
from bot.tickets import queries, whistles
from bot.tickets.desk import TicketDesk
from bot.tickets.lifecycle import is_in_hand

_UNANSWERED, _NOT_THERE = "notice.whistle_unanswered", "notice.whistle_not_there"


class WhistleUnanswered:
    name = "whistle_unanswered"

    def __init__(self, desk: TicketDesk) -> None:
        self._desk = desk

    def due(self, tx: Transaction, since: datetime, until: datetime) -> Sequence[Due]:
        return [
            Due(at, f"{call.id}/{key}")
            for call in whistles.falling_due(tx, since, until)
            for key, at in ((_UNANSWERED, call.answer_due_at), (_NOT_THERE, call.arrival_due_at))
            if since < at <= until and (key is _NOT_THERE or call.answered_at is None)
        ]

    def fire(self, tx: Transaction, due: Due) -> None:
        call_id, key = due.key.split("/")
        call = whistles.by_id(tx, int(call_id))
        ticket = queries.by_id(tx, call.ticket_id) if call is not None else None
        if call is None or ticket is None or call.arrived_at is not None or not is_in_hand(ticket.state):
            return
        if key == _NOT_THERE or call.answered_at is None:
            self._desk.whistle_late(tx, call, ticket, key, due.at)
