"""What a resident says to a question about a matter of theirs (待补充)."""

from bot.community.places import place_refusal
from bot.conversation.state import Choice, Option
from bot.conversation.turn import Turn
from bot.services.issue_report import place
from bot.tickets import queries, waiting
from bot.tickets.desk import TicketDesk
from bot.tickets.lifecycle import Move
from bot.tickets.models import Ticket
from bot.tickets.notices import facts, spoken_due

WHETHER = "whether_it_answers"  # what `choose` is asked about
_ANSWERS = ("report_issue", "supplement_ticket")


def hear_answer(desk: TicketDesk, turn: Turn, service: str) -> bool:
    """Whether the line has to do with what was asked; a new matter, or another business, has not. Where it
    may be either, the resident is asked which, for `service` to hear."""
    idle = not turn.is_group and turn.conversation.top is None
    if not idle or not turn.meaning.text.strip() or turn.meaning.intent not in (None, *_ANSWERS):
        return False
    ticket = waiting.asked_of(turn.tx, turn.person.id)
    if ticket is None:
        return False
    if turn.meaning.category in (None, ticket.category):
        _take(desk, turn, ticket)
        return True
    if turn.meaning.place is not None or turn.meaning.urgency == "P1":
        return False
    option = Option(turn.reply("report.option_answer"), str(ticket.id))
    asked = queries.happened(turn.tx, ticket, Move.ASK)[-1].words
    turn.offer(service, WHETHER, [option], "report.is_it_the_answer", number=ticket.number, asked=asked)
    return True


def answers_after_all(desk: TicketDesk, turn: Turn, choice: Choice, value: str | None) -> bool:
    """What the resident said to that; the turn then means what the line meant."""
    turn.meaning = turn.reread(choice.text)
    ticket = waiting.asked_of(turn.tx, turn.person.id)
    if value is None or ticket is None:
        return False
    _take(desk, turn, ticket)
    return True


def _take(desk: TicketDesk, turn: Turn, ticket: Ticket) -> None:
    said = turn.meaning.place
    refusal = place_refusal(turn.knowledge, said, ticket.place.compound)
    if refusal is not None:
        turn.say_text(refusal)
        return
    where = place.corrected(turn, ticket.place, said) if said is not None else ticket.place
    ticket = desk.complete_info(turn.tx, ticket, turn.person, turn.meaning.text, where, turn.now)
    values = facts(turn.knowledge, ticket) | spoken_due(turn.knowledge, ticket, turn.now)
    owner = desk.owner_name(turn.tx, ticket) or turn.reply("report.dispatcher")
    turn.say("report.completed", values, owner=owner)
