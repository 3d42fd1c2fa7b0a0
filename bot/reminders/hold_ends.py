"""挂起到期: the date of a hold has come; the ticket goes on, and its owner and the residents are told."""

from collections.abc import Sequence
from datetime import datetime

from bot.outbox.reminder import Due
from bot.storage.transaction import Transaction
from bot.tickets import queries, waiting
from bot.tickets.desk import TicketDesk
from bot.tickets.lifecycle import TicketState


class HoldEnds:
    name = "hold_ends"

    def __init__(self, desk: TicketDesk) -> None:
        self._desk = desk

    def due(self, tx: Transaction, since: datetime, until: datetime) -> Sequence[Due]:
        return [
            Due(ticket.held_until, str(ticket.id))
            for ticket in waiting.held_until(tx, since, until)
            if ticket.held_until is not None
        ]

    def fire(self, tx: Transaction, due: Due) -> None:
        ticket = queries.by_id(tx, int(due.key))
        if ticket is not None and ticket.state is TicketState.ON_HOLD and ticket.held_until == due.at:
            self._desk.resume(tx, ticket, None, due.at)
