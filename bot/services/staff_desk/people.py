"""Whom a staff word names: one of the staff by name or trade, or a department."""

from bot.clock import local_day
from bot.community import directory
from bot.conversation.turn import Turn
from bot.tickets.models import Ticket
from intents.service_words import named_role
from knowledge.model import Department, Knowledge, RoleName, StaffMember


def called(turn: Turn, ticket: Ticket, text: str) -> list[StaffMember]:
    """Those of the staff that the words can mean: “马师傅” by name, “水电工” by trade, and then those of the
    property firm of the place where there are any."""
    knowledge, today = turn.knowledge, local_day(turn.now)
    serving = [
        member
        for member in knowledge.staff.values()
        if member.serves_on(today) and directory.may_work_tickets(member)
    ]
    by_name = [member for member in serving if member.name in text]
    if by_name:
        return by_name
    role = named_role(text)
    by_trade = [
        member
        for member in serving
        if member.role_title in text or (role is not None and member.role is RoleName(role))
    ]
    compound = knowledge.compounds.get(ticket.place.compound or "")
    of_the_place = [member for member in by_trade if compound and member.firm == compound.property_firm]
    return of_the_place or by_trade


def departments(knowledge: Knowledge, text: str) -> list[tuple[Department, str]]:
    """Departments named in a text, each by the word it is named with; the longest word first."""
    found = [
        (department, name)
        for department in knowledge.coordination.departments
        for name in (department.name, *department.aliases)
        if name in text
    ]
    return sorted(found, key=lambda pair: len(pair[1]), reverse=True)
