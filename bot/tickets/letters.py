"""提醒函, 交办单: drafts for a person to check, sign and send. Nothing here sends anything."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import and_, bindparam, select

from bot.clock import local_day
from bot.community.identity import person_by_id
from bot.community.speech import sentence, spoken_day, spoken_moment
from bot.storage.transaction import Transaction
from bot.tickets.lifecycle import Move, TicketState, clock_runs
from bot.tickets.models import Ticket, ticket_events, tickets
from bot.tickets.notices import facts, rung_name
from bot.tickets.rows import ticket_and
from knowledge.model import Knowledge

_DRAFTED = (
    select(tickets, ticket_events.c.words.label("letter"))
    .join(
        ticket_events,
        and_(ticket_events.c.tenant == tickets.c.tenant, ticket_events.c.ticket_id == tickets.c.id),
    )
    .where(
        tickets.c.tenant == bindparam("of_tenant"),
        tickets.c.state.in_([state.value for state in TicketState if clock_runs(state)]),
        ticket_events.c.what == Move.SUPERVISE,
        ticket_events.c.at > bindparam("since"),
    )
    .order_by(ticket_events.c.id)
)


class Letter(StrEnum):
    REMINDER = "reminder"  # 提醒函
    ASSIGNMENT = "assignment"  # 交办单


def letter_name(knowledge: Knowledge, letter: Letter) -> str:
    return knowledge.replies[f"letter.name_{letter}"]


def draft(tx: Transaction, knowledge: Knowledge, ticket: Ticket, letter: Letter, now: datetime) -> str:
    """The text of the letter, from what the ticket says; room for the answer and the signature."""
    owner = person_by_id(tx, ticket.owner_id) if ticket.owner_id is not None else None
    entry = knowledge.staff.get(owner.staff_name or "") if owner else None
    values = {
        **facts(knowledge, ticket),
        "to": (entry.firm if entry else None) or (owner.name if owner else None) or "",
        "owner": (owner.name if owner else None) or knowledge.replies["notice.nobody"],
        "rung": rung_name(knowledge, ticket.level),
        "created": spoken_moment(knowledge, ticket.created_at),
        "round": ticket.round,
        "today": spoken_day(knowledge, local_day(now)),
    }
    return sentence(knowledge, f"letter.text_{letter}", values)


def drafted_since(tx: Transaction, knowledge: Knowledge, since: datetime) -> list[str]:
    """One line for each letter drafted since then about a matter that is still not done."""
    found = dict.fromkeys(ticket_and(row, "letter") for row in tx.fetch(_DRAFTED, since=since))
    return [
        sentence(knowledge, "letter.line", facts(knowledge, ticket) | {"letter": letter})
        for ticket, letter in found
    ]
