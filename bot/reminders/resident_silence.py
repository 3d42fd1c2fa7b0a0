"""三天没回音: a resident who was asked and said nothing; the matter closes as 未评价, and they are told."""

from collections.abc import Sequence
from datetime import datetime

from bot.outbox.reminder import Due
from bot.storage.transaction import Transaction
from bot.tickets import queries
from bot.tickets.desk import TicketDesk
from bot.tickets.lifecycle import TicketState
from bot.tickets.limits import SILENCE_BEFORE_CLOSING


class ResidentSilence:
    name = "resident_silence"

    def __init__(self, desk: TicketDesk) -> None:
        self._desk = desk

    def due(self, tx: Transaction, since: datetime, until: datetime) -> Sequence[Due]:
        silence = SILENCE_BEFORE_CLOSING
        return [
            Due(ticket.resolved_at + silence, f"{ticket.id}/{ticket.round}")
            for ticket in queries.resolved_between(tx, since - silence, until - silence)
            if ticket.resolved_at is not None
        ]

    def fire(self, tx: Transaction, due: Due) -> None:
        ticket_id, ticket_round = due.key.split("/")
        ticket = queries.by_id(tx, int(ticket_id))
        if ticket is not None and ticket.state is TicketState.RESOLVED and ticket.round == int(ticket_round):
            self._desk.close_unrated(tx, ticket, due.at)
