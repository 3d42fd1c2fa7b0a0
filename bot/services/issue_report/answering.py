"""What a resident says to a question about a matter of theirs (待补充)."""

from bot.community.places import place_refusal
from bot.conversation.turn import Turn
from bot.services.issue_report import place
from bot.tickets import waiting
from bot.tickets.desk import TicketDesk
from bot.tickets.models import Ticket
from bot.tickets.notices import facts, spoken_due

_ANSWERS = ("report_issue", "supplement_ticket")


def hear_answer(desk: TicketDesk, turn: Turn) -> bool:
    """Whether the line answers what was asked; a new matter, or another business, does not."""
    idle = not turn.is_group and turn.conversation.top is None
    if not idle or not turn.meaning.text.strip() or turn.meaning.intent not in (None, *_ANSWERS):
        return False
    ticket = waiting.asked_of(turn.tx, turn.person.id)
    if ticket is None or turn.meaning.category not in (None, ticket.category):
        return False
    said = turn.meaning.place
    refusal = place_refusal(turn.knowledge, said, ticket.place.compound)
    if refusal is not None:
        turn.say_text(refusal)
        return True
    where = place.corrected(turn, ticket.place, said) if said is not None else ticket.place
    ticket = desk.complete_info(turn.tx, ticket, turn.person, turn.meaning.text, where, turn.now)
    values = facts(turn.knowledge, ticket) | spoken_due(turn.knowledge, ticket, turn.now)
    turn.say("report.completed", values, owner=_owner(desk, turn, ticket))
    return True


def _owner(desk: TicketDesk, turn: Turn, ticket: Ticket) -> str:
    return desk.owner_name(turn.tx, ticket) or turn.reply("report.dispatcher")
