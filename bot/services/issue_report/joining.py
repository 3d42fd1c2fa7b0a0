"""Matters of neighbours: those that “我家也是” can mean, and the one that is told again."""

from datetime import datetime

from bot.conversation.state import Form
from bot.conversation.turn import Turn
from bot.tickets import outages, queries
from bot.tickets.limits import JOIN_WINDOW
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


def same_matter(turn: Turn, form: Form) -> Ticket | None:
    """The open matter that this form tells again; None where it is one of its own."""
    compound, building, category = (form.get(slot) for slot in ("compound", "building", "category"))
    if form.get("separate") or not (compound and category):
        return None
    found = turn.knowledge.categories.get(category)
    if found is None or found.confidential:
        return None  # nobody hears that somebody else has said such a thing
    since = turn.now - JOIN_WINDOW
    if turn.knowledge.coordination.is_outage(category):  # no water is no matter of one building
        return outages.same_outage(turn.tx, compound=compound, category=category, since=since)
    if not building:
        return None
    return queries.same_matter(
        turn.tx,
        compound=compound,
        building=building,
        unit=form.get("unit"),
        category=category,
        since=since,
    )


def label(knowledge: Knowledge, ticket: Ticket) -> str:
    return f"{place_of(knowledge, ticket)} {subject_of(knowledge, ticket)}"


def _is_confidential(knowledge: Knowledge, ticket: Ticket) -> bool:
    """What neighbours need not know; a matter no category fits may be anything."""
    category = knowledge.categories.get(ticket.category or "")
    return category is None or category.confidential
