"""我的待办, 回访名单: what waits for whoever asks, be it a worker, the desk, a leader or the lawyer."""

from datetime import timedelta

from bot.community import directory
from bot.community.identity import person_by_id
from bot.conversation.turn import Turn
from bot.offers import bookings
from bot.offers.notices import lawyer_facts
from bot.services.staff_desk.which import of_absent_owners
from bot.tickets import co_owners, queries, waiting
from bot.tickets.leader_list import leader_list
from bot.tickets.limits import REOPEN_WINDOW
from bot.tickets.lists import listed, task_list
from bot.tickets.models import Ticket
from bot.tickets.notices import facts
from knowledge.model import RoleName, StaffMember

_AHEAD = timedelta(days=14)
_MOST_TO_RING = 10


def say_own_list(turn: Turn, member: StaffMember) -> None:
    if member.role is RoleName.BUILDING_LEADER:
        text = leader_list(turn.tx, turn.knowledge, member, turn.now)
        turn.say_text(text or turn.reply("list.nothing"))
    elif member.role is RoleName.LAWYER:
        _say_bookings(turn, member)
    else:
        mine = queries.owned_by(turn.tx, turn.person.id)
        unowned = queries.waiting_for_owner(turn.tx) if directory.is_desk(member) else []
        raised = queries.raised(turn.tx) if directory.is_secretary(member) else []
        helping = co_owners.helped_by(turn.tx, turn.person.id)
        parts = [
            turn.reply("list.for_absent", name=name, count=len(tickets))
            + "\n"
            + listed(turn.knowledge, tickets, turn.now)
            for name, tickets in of_absent_owners(turn).items()
            if tickets
        ]
        if not parts or mine or unowned or raised or helping:
            own = task_list(turn.knowledge, mine, unowned, turn.now, raised=raised, helping=helping)
            parts.insert(0, own)
        turn.say_text("\n".join(parts))


def say_call_backs(turn: Turn) -> None:
    """Residents who have not said whether it is solved, for somebody other than the worker to ring up."""
    since = turn.now - REOPEN_WINDOW
    tickets = waiting.to_call_back(turn.tx, by=turn.person.id, since=since)
    if not tickets:
        turn.say("staff.no_call_backs")
        return
    turn.say("staff.call_backs", count=len(tickets))
    lines = [
        turn.reply(
            "staff.call_back_line",
            **facts(turn.knowledge, ticket),
            index=index,
            contact=_contact(turn, ticket),
        )
        for index, ticket in enumerate(tickets[:_MOST_TO_RING], 1)
    ]
    turn.say_text("\n".join(lines))


def _contact(turn: Turn, ticket: Ticket) -> str:
    reporter = person_by_id(turn.tx, ticket.reporter_id) if ticket.reporter_id is not None else None
    parts = (reporter.name, reporter.phone) if reporter else ()
    return " ".join(part for part in parts if part) or turn.reply("notice.anonymous")


def _say_bookings(turn: Turn, lawyer: StaffMember) -> None:
    coming = [
        turn.reply("legal.lawyer_line", **lawyer_facts(turn.tx, turn.knowledge, booking))
        for booking in bookings.starting_between(turn.tx, turn.now, turn.now + _AHEAD)
        if booking.lawyer == lawyer.name
    ]
    turn.say_text("\n".join(coming) if coming else turn.reply("legal.nobody_booked"))
