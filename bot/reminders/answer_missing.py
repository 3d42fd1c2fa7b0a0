"""两天没回话: what was asked of the resident was not answered; the matter is withdrawn, and they are told."""

from collections.abc import Sequence
from datetime import datetime

from bot.outbox.reminder import Due
from bot.storage.transaction import Transaction
from bot.tickets import queries, waiting
from bot.tickets.desk import TicketDesk
from bot.tickets.lifecycle import Move, TicketState
from bot.tickets.limits import SILENCE_BEFORE_EXPIRY


class AnswerMissing:
    name = "answer_missing"

    def __init__(self, desk: TicketDesk) -> None:
        self._desk = desk

    def due(self, tx: Transaction, since: datetime, until: datetime) -> Sequence[Due]:
        silence = SILENCE_BEFORE_EXPIRY
        asked = waiting.asked_between(tx, since - silence, until - silence)
        return [Due(at + silence, str(ticket_id)) for ticket_id, at in asked]

    def fire(self, tx: Transaction, due: Due) -> None:
        ticket = queries.by_id(tx, int(due.key))
        if ticket is None or ticket.state is not TicketState.NEEDS_INFO:
            return
        if queries.happened(tx, ticket, Move.ASK)[-1].at + SILENCE_BEFORE_EXPIRY == due.at:
            self._desk.expire(tx, ticket, due.at)
