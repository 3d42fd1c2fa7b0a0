"""Which ticket a staff word is about: the one numbered, else the only one that the word fits."""

import re
from datetime import timedelta

from bot.clock import local_day
from bot.community import directory
from bot.community.cover import presence
from bot.community.identity import staff_person
from bot.conversation.turn import Turn
from bot.outbox.history import said_to
from bot.services.staff_desk.asking import MOVES
from bot.tickets import co_owners, queries, waiting, whistles
from bot.tickets.duty import Duty
from bot.tickets.lifecycle import TABLE, TicketState, is_in_hand, is_open, is_waiting
from bot.tickets.limits import REOPEN_WINDOW
from bot.tickets.models import Ticket
from bot.tickets.numbers import this_months_number
from intents.staff_words import StaffVerb, find_ticket_number
from knowledge.model import StaffMember

_RUNG_WITHIN = timedelta(hours=12)
_OF_THE_DESK = frozenset(
    {
        StaffVerb.TRANSFER,
        StaffVerb.REPLY,
        StaffVerb.ACCEPT,
        StaffVerb.DONE,
        StaffVerb.DECLINE,
        StaffVerb.ACCEPT_CASE,
        StaffVerb.ASK,
        StaffVerb.RESUME,
        StaffVerb.MERGE,
    }
)
"""What the community's desk may say of a ticket that waits for an owner."""
_OF_HELPERS = frozenset({StaffVerb.PROGRESS, StaffVerb.DONE, StaffVerb.GIVE_BACK})
_LIST_LINE = re.compile(r"([0-9]{1,2})\.\s*(.*)")
_LOOKED_BACK = 20  # messages: what was listed longer ago is not meant any more
_OF_DEPARTMENTS = frozenset({StaffVerb.ANSWER_WHISTLE, StaffVerb.ARRIVE})


def numbered(turn: Turn, member: StaffMember, number: str) -> Ticket | None:
    """By the whole number, or by its last digits among those this person deals with; for the desk, which
    deals with all, those of this month."""
    if "-" in number:
        return queries.by_number(turn.tx, number)
    serial = int(number)
    mine = [*owned(turn), *co_owners.helped_by(turn.tx, turn.person.id)]
    mine += queries.waiting_for_owner(turn.tx)
    found = {ticket.id: ticket for ticket in mine if int(ticket.number.rpartition("-")[2]) == serial}
    if not found and directory.is_desk(member):
        return queries.by_number(turn.tx, this_months_number(turn.knowledge.community, serial, turn.now))
    return next(iter(found.values())) if len(found) == 1 else None


def pointed_at(turn: Turn, member: StaffMember, digits: str) -> list[Ticket]:
    """What only digits can mean: a line of the list this person last saw, or a ticket's last digits."""
    listed = [queries.by_number(turn.tx, number) for number in _on_last_list(turn, int(digits))]
    found = [*listed, numbered(turn, member, digits)]
    return list({ticket.id: ticket for ticket in found if ticket is not None}.values())


def fitting(verb: StaffVerb, tickets: list[Ticket]) -> list[Ticket]:
    """Those that the word fits; where it fits none, all: the answer then says why."""
    return [ticket for ticket in tickets if _fits(verb, ticket.state)] or tickets


def _on_last_list(turn: Turn, index: int) -> list[str]:
    """The ticket numbers in lines so numbered; a list of several parts counts anew in each."""
    for text in said_to(turn.tx, turn.person.id, most=_LOOKED_BACK):
        lines = [(found[1], found[2]) for line in text.splitlines() if (found := _LIST_LINE.match(line))]
        if lines:
            named = [find_ticket_number(rest) for at, rest in lines if int(at) == index]
            return [number for number in named if number is not None]
    return []


def in_hand(turn: Turn) -> list[Ticket]:
    """What this person has to deal with, the one due first first."""
    return [ticket for ticket in owned(turn) if is_in_hand(ticket.state)]


def owned(turn: Turn) -> list[Ticket]:
    """The open tickets of this person, and after them those of everybody they stand in for today."""
    tickets = queries.owned_by(turn.tx, turn.person.id)
    for of_absent in of_absent_owners(turn).values():
        tickets += of_absent
    return tickets


def of_absent_owners(turn: Turn) -> dict[str, list[Ticket]]:
    """Whoever is away today and this person stands in for -> their open tickets."""
    here = presence(turn.tx, turn.knowledge, local_day(turn.now))
    names = here.stands_in_for(turn.person.staff_name or "")
    absent = ((name, staff_person(turn.tx, name)) for name in names)
    return {name: queries.owned_by(turn.tx, person.id) for name, person in absent if person is not None}


def meant(turn: Turn, member: StaffMember, verb: StaffVerb, duty: Duty) -> list[Ticket]:
    """Without a number: all that the word fits. Where it fits none but only one is not done yet, that one:
    the answer then says why it does not fit."""
    if verb is StaffVerb.CALL_BACK:
        found = waiting.to_call_back(turn.tx, by=turn.person.id, since=turn.now - REOPEN_WINDOW)
        return [one for one in found if directory.is_desk(member) or one.operator_id == turn.person.id]
    if verb in _OF_DEPARTMENTS:
        return _called_in_to(turn)
    mine = owned(turn)
    fitting = [ticket for ticket in mine if _fits(verb, ticket.state)]
    if verb is StaffVerb.ACCEPT:
        fitting += _rung_about(turn, member, duty)
    if directory.is_desk(member) and verb in _OF_THE_DESK:
        fitting += [one for one in queries.waiting_for_owner(turn.tx) if _waits_so(verb, one.state)]
    if not fitting and verb in _OF_HELPERS:
        fitting = [
            ticket for ticket in co_owners.helped_by(turn.tx, turn.person.id) if _fits(verb, ticket.state)
        ]
    if not fitting and directory.is_secretary(member) and verb is not StaffVerb.ACCEPT:
        fitting = [ticket for ticket in queries.raised(turn.tx) if _fits(verb, ticket.state)]
    if not fitting and verb is StaffVerb.DONE:
        fitting = [ticket for ticket in mine if is_waiting(ticket.state)]
    undone = [ticket for ticket in mine if ticket.state is not TicketState.RESOLVED] or mine
    return fitting or (undone if len(undone) == 1 else [])


def _called_in_to(turn: Turn) -> list[Ticket]:
    """Tickets for whose whistle this person answers, or that they called a department in to."""
    around = {
        ticket.id: ticket
        for ticket in (
            *co_owners.helped_by(turn.tx, turn.person.id),
            *queries.owned_by(turn.tx, turn.person.id),
            *queries.raised(turn.tx),
        )
    }
    return [
        ticket
        for ticket in around.values()
        if any(
            call.arrived_at is None and turn.person.id in (call.contact_id, call.caller_id)
            for call in whistles.of_ticket(turn.tx, ticket.id)
        )
    ]


def _rung_about(turn: Turn, member: StaffMember, duty: Duty) -> list[Ticket]:
    """Urgent tickets of others that nobody has picked up, and about which this person is rung."""
    return [
        ticket
        for ticket in queries.urgent_untaken(turn.tx, turn.now - _RUNG_WITHIN, turn.now)
        if ticket.owner_id != turn.person.id and member.name in duty.order(turn.tx, ticket, turn.now)
    ]


def _fits(verb: StaffVerb, state: TicketState) -> bool:
    """Whether a word said without a number can be about a ticket in this state."""
    move = MOVES.get(verb)
    if verb is StaffVerb.RESUME and state is TicketState.NEEDS_INFO:
        return True  # they have rung the resident themselves
    return is_open(state) if move is None else (state, move) in TABLE


def _waits_so(verb: StaffVerb, state: TicketState) -> bool:
    """The same of a ticket without an owner: what the desk picks up it may also give out, or do."""
    return _fits(verb, state) or verb in (StaffVerb.TRANSFER, StaffVerb.ACCEPT, StaffVerb.DONE)
