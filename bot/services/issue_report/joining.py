"""Matters of neighbours that somebody who says “我家也是” can mean."""

from datetime import datetime

from bot.conversation.turn import Turn
from bot.tickets import queries
from bot.tickets.models import Ticket
from bot.tickets.notices import place_of, subject_of
from knowledge.model import Knowledge

_MOST_OFFERED = 3


def matters_around(turn: Turn, *, since: datetime) -> list[Ticket]:
    """Those of the person's building, else of the compound, newest first; nothing confidential."""
    home = turn.person.home
    compound = turn.group.compound if turn.group is not None else home.compound if home is not None else None
    if compound is None:
        return []
    others = [
        ticket
        for ticket in queries.filed_since(turn.tx, compound, since)
        if ticket.reporter_id != turn.person.id and not _is_confidential(turn.knowledge, ticket)
    ]
    at_home = [ticket for ticket in others if home is not None and ticket.place.building == home.building]
    return (at_home or others)[:_MOST_OFFERED]


def label(knowledge: Knowledge, ticket: Ticket) -> str:
    return f"{place_of(knowledge, ticket)} {subject_of(knowledge, ticket)}"


def _is_confidential(knowledge: Knowledge, ticket: Ticket) -> bool:
    """What neighbours need not know; a matter no category fits may be anything."""
    category = knowledge.categories.get(ticket.category or "")
    return category is None or category.confidential
