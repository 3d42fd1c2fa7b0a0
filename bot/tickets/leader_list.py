"""What a building leader is shown of their own building: open matters and the week's activities."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.clock import from_local
from bot.community.speech import sentence, spoken_moment, spoken_place
from bot.storage.transaction import Transaction
from bot.tickets import queries
from bot.tickets.models import Kind, Ticket
from bot.tickets.notices import facts
from knowledge.model import Knowledge, StaffMember

_MOST_LISTED = 5
_THIS_WEEK = timedelta(days=7)


def leader_list(tx: Transaction, knowledge: Knowledge, leader: StaffMember, now: datetime) -> str | None:
    """The list, or None where there is nothing to say: no message is better than an empty one."""
    lines = [
        sentence(knowledge, "leader.line", facts(knowledge, ticket))
        for compound, building in leader.buildings
        for ticket in _to_be_told(knowledge, queries.at_building(tx, compound, building))[:_MOST_LISTED]
    ]
    activities = [
        sentence(
            knowledge,
            "leader.activity",
            {
                "title": activity.title,
                "when": spoken_moment(knowledge, from_local(activity.starts_at)),
                "where": activity.place,
            },
        )
        for activity in knowledge.activities.values()
        if now < from_local(activity.starts_at) <= now + _THIS_WEEK
    ]
    if not lines and not activities:
        return None
    places = knowledge.replies["leader.list_comma"].join(
        spoken_place(knowledge, compound=compound, building=building, unit=None)
        for compound, building in leader.buildings
    )
    values = {"name": leader.name, "place": places, "open": len(lines), "events": len(activities)}
    head = sentence(knowledge, "leader.head", values)
    body = lines or [sentence(knowledge, "leader.nothing_open", {})]
    return "\n".join([head, *body, *activities, sentence(knowledge, "leader.closing", {})])


def _to_be_told(knowledge: Knowledge, tickets: Sequence[Ticket]) -> list[Ticket]:
    """What neighbours may know: no talk with the community, no wish, no quarrel, nothing confidential."""
    return [
        ticket
        for ticket in tickets
        if ticket.kind is Kind.REQUEST and not _is_confidential(knowledge, ticket.category)
    ]


def _is_confidential(knowledge: Knowledge, category: str | None) -> bool:
    found = knowledge.categories.get(category) if category else None
    return found is not None and found.confidential
