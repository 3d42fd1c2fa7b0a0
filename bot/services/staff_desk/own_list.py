"""我的待办: what waits for whoever asks, be it a worker, the community's desk, a leader or the lawyer."""

from datetime import timedelta

from bot.community import directory
from bot.conversation.turn import Turn
from bot.offers import bookings
from bot.offers.notices import lawyer_facts
from bot.tickets import queries
from bot.tickets.leader_list import leader_list
from bot.tickets.lists import task_list
from knowledge.model import RoleName, StaffMember

_AHEAD = timedelta(days=14)


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
        turn.say_text(task_list(turn.knowledge, mine, unowned, turn.now, raised=raised))


def _say_bookings(turn: Turn, lawyer: StaffMember) -> None:
    coming = [
        turn.reply("legal.lawyer_line", **lawyer_facts(turn.tx, turn.knowledge, booking))
        for booking in bookings.starting_between(turn.tx, turn.now, turn.now + _AHEAD)
        if booking.lawyer == lawyer.name
    ]
    turn.say_text("\n".join(coming) if coming else turn.reply("legal.nobody_booked"))
