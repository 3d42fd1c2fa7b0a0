"""请电话告知: the lines of a worker's list for people whom no message reached."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.engine import Row

from bot.clock import local_day
from bot.community import directory
from bot.community.cover import presence
from bot.community.identity import person_by_id, staff_person
from bot.community.speech import sentence
from bot.outbox.calls import unreached
from bot.storage.transaction import Transaction
from bot.tickets import queries
from bot.tickets.lifecycle import TicketState
from bot.tickets.models import Ticket
from bot.tickets.notices import excerpt
from knowledge.model import Knowledge

_LONGEST = 80  # characters of what was to be said


@dataclass(slots=True)
class Calls:
    """What one caller is asked to tell whom, and the messages that it makes good."""

    lines: list[str] = field(default_factory=list)
    message_ids: list[int] = field(default_factory=list)


def calls_to_make(tx: Transaction, knowledge: Knowledge, now: datetime) -> dict[int, Calls]:
    """By the caller's person id.

    Names and numbers go to whoever entered the matter for the resident, else to the ticket's owner, who has
    them anyway, else to the dispatcher; never to whoever is to be called.
    """
    calls: dict[int, Calls] = defaultdict(Calls)
    rows = unreached(tx)
    last_about = {_matter(row): row.id for row in rows}
    for row in rows:
        ticket = queries.by_id(tx, row.ticket_id) if row.ticket_id is not None else None
        caller = next((one for one in _callers(tx, knowledge, ticket, now) if one != row.person_id), None)
        if caller is None:
            continue
        calls[caller].message_ids.append(row.id)
        if last_about[_matter(row)] == row.id:  # what was to be said before is overtaken
            calls[caller].lines.append(_line(tx, knowledge, row, ticket, caller))
    return calls


def _matter(row: Row[Any]) -> tuple[int, int]:
    return row.person_id, row.ticket_id or row.id


def _callers(tx: Transaction, knowledge: Knowledge, ticket: Ticket | None, now: datetime) -> Sequence[int]:
    """Who may be asked, the first choice first."""
    here = presence(tx, knowledge, local_day(now))
    of_ticket = (ticket.operator_id, ticket.owner_id) if ticket is not None else ()
    known = [person_by_id(tx, person_id) for person_id in of_ticket if person_id is not None]
    names = [
        name
        for name in (*(one.staff_name for one in known if one), here.dispatcher(), here.secretary())
        if name is not None and here.there(name) and directory.may_work_tickets(knowledge.staff[name])
    ]
    people = [staff_person(tx, name) for name in names]
    return [person.id for person in people if person is not None]


def _line(tx: Transaction, knowledge: Knowledge, row: Row[Any], ticket: Ticket | None, caller: int) -> str:
    person = person_by_id(tx, row.person_id)
    values = {
        "name": (person.name if person else None) or knowledge.replies["notice.anonymous"],
        "phone": (person.phone if person else None) or knowledge.replies["list.no_phone"],
        "text": excerpt(row.text, _LONGEST),
    }
    if ticket is None:
        return sentence(knowledge, "list.call", values)
    asks = ticket.state is TicketState.RESOLVED and caller != ticket.owner_id
    key = "list.call_and_ask" if asks else "list.call_about"
    return sentence(knowledge, key, {**values, "number": ticket.number})
