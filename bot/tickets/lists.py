"""Lists of tickets as one short message: a worker's tasks, what falls due tomorrow."""

from collections.abc import Sequence
from datetime import datetime

from bot.community.speech import sentence
from bot.tickets.lifecycle import TicketState, clock_runs
from bot.tickets.models import Ticket
from bot.tickets.notices import facts
from knowledge.model import Knowledge

_MOST_LISTED = 10


def listed(knowledge: Knowledge, tickets: Sequence[Ticket], now: datetime) -> str:
    """One line a ticket, the one due first first; late and new ones marked in words."""
    lines = []
    for number, ticket in enumerate(tickets[:_MOST_LISTED], 1):
        mark = _mark(ticket, now)
        values = facts(knowledge, ticket) | {
            "index": number,
            "mark": sentence(knowledge, f"list.{mark}", {}) if mark else "",
        }
        lines.append(sentence(knowledge, "list.line", values))
    if len(tickets) > _MOST_LISTED:
        lines.append(sentence(knowledge, "list.more", {"count": len(tickets) - _MOST_LISTED}))
    return "\n".join(lines)


def _mark(ticket: Ticket, now: datetime) -> str | None:
    if ticket.due_at < now and clock_runs(ticket.state):
        return "late"
    if ticket.state is TicketState.REOPENED:
        return "again"
    if ticket.amber_at <= now and ticket.state is not TicketState.ON_HOLD:
        return "soon"
    return "new" if ticket.state is TicketState.ASSIGNED else None


def task_list(
    knowledge: Knowledge,
    mine: Sequence[Ticket],
    unowned: Sequence[Ticket],
    now: datetime,
    *,
    raised: Sequence[Ticket] = (),
    helping: Sequence[Ticket] = (),
) -> str:
    """我的待办: what a worker has in hand and helps with; for the desk what waits for an owner, and what was
    sent up."""
    parts: list[str] = []
    shown: set[int] = set()
    in_hand = [ticket for ticket in mine if clock_runs(ticket.state)]
    asked = [ticket for ticket in mine if ticket.state is TicketState.NEEDS_INFO]
    held = [ticket for ticket in mine if ticket.state is TicketState.ON_HOLD]
    for key, tickets in (
        ("in_hand", in_hand),
        ("asked", asked),
        ("held", held),
        ("unowned", unowned),
        ("raised", raised),
        ("helping", helping),
    ):
        new = [ticket for ticket in tickets if ticket.id not in shown]
        shown.update(ticket.id for ticket in new)
        if new:
            parts += [sentence(knowledge, f"list.{key}", {"count": len(new)}), listed(knowledge, new, now)]
    return "\n".join(parts) or sentence(knowledge, "list.nothing", {})
