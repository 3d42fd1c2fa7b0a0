"""The writes every move of a ticket is made of: a row, its change, and a line of history."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete

from bot.storage.ids import new_id
from bot.storage.transaction import Transaction
from bot.tickets.lifecycle import Actor, Move, TicketState, next_state
from bot.tickets.models import Draft, Satisfaction, Solved, Ticket, ticket_events, ticket_followers, tickets
from bot.tickets.sla import DueTimes

_STOP_FOLLOWING = delete(ticket_followers).where(
    ticket_followers.c.tenant == bindparam("of_tenant"),
    ticket_followers.c.ticket_id == bindparam("of_id"),
    ticket_followers.c.person_id == bindparam("of_person"),
)


def add(
    tx: Transaction, draft: Draft, *, number: str, due: DueTimes, now: datetime, owner_id: int | None = None
) -> Ticket:
    """A new ticket in the queue (待受理)."""
    ticket = Ticket(
        id=new_id(),
        number=number,
        kind=draft.kind,
        category=draft.category,
        urgency=draft.urgency,
        level=1,
        state=TicketState.SUBMITTED,
        place=draft.place,
        text=draft.text,
        photos=draft.photos,
        reporter_id=draft.reporter_id,
        operator_id=draft.operator_id,
        owner_id=owner_id,
        channel=draft.channel,
        round=1,
        returns=0,
        extended=False,
        created_at=now,
        round_started_at=now,
        accepted_at=None,
        held_until=None,
        resolved_at=None,
        closed_at=None,
        outcome=None,
        solved=Solved.UNANSWERED,
        satisfaction=Satisfaction.UNRATED,
        merged_into=None,
        **due_columns(due),
    )
    tx.add(tickets, **_columns(ticket))
    _add_event(tx, ticket, "open", by=draft.operator_id or draft.reporter_id, now=now, words=draft.text)
    return ticket


def move(
    tx: Transaction,
    ticket: Ticket,
    step: Move,
    actor: Actor,
    *,
    by: int | None,
    now: datetime,
    words: str = "",
    **changes: Any,
) -> Ticket:
    """Make a move of the table, with the columns that change along. Raises TransitionRefused."""
    state = next_state(ticket.state, step, actor)
    _add_event(tx, ticket, step, by=by, now=now, words=words, before=ticket.state, after=state)
    return change(tx, ticket, state=state, **changes)


def change(tx: Transaction, ticket: Ticket, **changes: Any) -> Ticket:
    tx.amend(tickets, ticket.id, **changes)
    return replace(ticket, **{name: value for name, value in changes.items() if hasattr(ticket, name)})


def note(
    tx: Transaction, ticket: Ticket, what: str, *, by: int | None, now: datetime, words: str = ""
) -> None:
    """Something that happened to the ticket without changing its state."""
    _add_event(tx, ticket, what, by=by, now=now, words=words, before=ticket.state)


def stop_following(tx: Transaction, ticket: Ticket, person_id: int) -> None:
    tx.change(_STOP_FOLLOWING, of_id=ticket.id, of_person=person_id)


def due_columns(due: DueTimes) -> dict[str, Any]:
    return {
        "response_due_at": due.response_due_at,
        "contact_due_at": due.contact_due_at,
        "due_at": due.resolution_due_at,
        "amber_at": due.amber_at,
        "red_at": due.red_at,
        "provisional": due.provisional,
    }


def _add_event(
    tx: Transaction,
    ticket: Ticket,
    what: str,
    *,
    by: int | None,
    now: datetime,
    words: str,
    before: TicketState | None = None,
    after: TicketState | None = None,
) -> None:
    tx.add(
        ticket_events,
        id=new_id(),
        ticket_id=ticket.id,
        at=now,
        actor_id=by,
        what=str(what),
        from_state=before,
        to_state=after or ticket.state,
        words=words or None,
    )


def _columns(ticket: Ticket) -> dict[str, Any]:
    place = ticket.place
    named = {name: getattr(ticket, name) for name in ticket.__dataclass_fields__ if name != "place"}
    return named | {
        "photos": list(ticket.photos),
        "compound": place.compound,
        "building": place.building,
        "unit": place.unit,
        "room": place.room,
        "place_text": place.text,
    }
