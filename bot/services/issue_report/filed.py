"""A matter that is filed already: taken back, put right, told more exactly."""

from bot.community.places import place_refusal
from bot.conversation.state import Form
from bot.conversation.turn import Turn
from bot.services.issue_report import place
from bot.tickets import queries
from bot.tickets.desk import TicketDesk
from bot.tickets.lifecycle import TransitionRefused, is_open
from bot.tickets.models import Ticket
from bot.tickets.notices import facts
from intents.result import Act, PlaceMention


def undo(turn: Turn, desk: TicketDesk, ticket: Ticket) -> None:
    try:
        ticket = desk.withdraw(turn.tx, ticket, turn.person, turn.now)
    except TransitionRefused:
        turn.say("report.too_late_to_undo", facts(turn.knowledge, ticket))
    else:
        goes_on = is_open(ticket.state)
        turn.say("report.goes_on" if goes_on else "report.undone", facts(turn.knowledge, ticket))


def correct(turn: Turn, desk: TicketDesk, ticket: Ticket) -> bool:
    """“打错了，是5号楼” just after filing puts the filed ticket right; what makes its place more exact,
    a number to call and a picture are added to it."""
    if turn.message.photos:
        desk.add_photos(turn.tx, ticket, turn.person, turn.message.photos, turn.now)
        turn.say("report.photos_added", facts(turn.knowledge, ticket))
        return True
    if Act.CORRECTION in turn.meaning.acts:
        return _put_right(turn, desk, ticket, turn.meaning.place)
    return _add_detail(turn, desk, ticket, turn.meaning.place)


def _put_right(turn: Turn, desk: TicketDesk, ticket: Ticket, said: PlaceMention | None) -> bool:
    refusal = place_refusal(turn.knowledge, said, ticket.place.compound)
    if refusal is not None:
        turn.say_text(refusal)
        return True
    corrected = place.corrected(turn, ticket.place, said) if said is not None else ticket.place
    if corrected == ticket.place:
        return False
    ticket = desk.move_place(turn.tx, ticket, turn.person, corrected, turn.now)
    turn.say("report.corrected", facts(turn.knowledge, ticket))
    return True


def _add_detail(turn: Turn, desk: TicketDesk, ticket: Ticket, said: PlaceMention | None) -> bool:
    if said is not None and not place.adds_to(ticket.place, said):
        return False
    if said is not None:
        ticket = desk.move_place(
            turn.tx, ticket, turn.person, place.corrected(turn, ticket.place, said), turn.now
        )
    if turn.meaning.phones:
        desk.supplement(turn.tx, ticket, turn.person, turn.meaning.text, turn.now)
    turn.say("report.corrected", facts(turn.knowledge, ticket))
    return True


def filed_before(turn: Turn, form: Form) -> Ticket | None:
    """The open ticket of a form that was filed before its place was known."""
    number = form.get("ticket")
    ticket = queries.by_id(turn.tx, int(number)) if number else None
    return ticket if ticket is not None and is_open(ticket.state) else None


def note_place(turn: Turn, desk: TicketDesk, form: Form) -> None:
    """Of such a ticket every piece of the place goes out as it comes."""
    ticket = filed_before(turn, form)
    turn.in_a_hurry = ticket is not None
    told = place.filed_place(form)
    if ticket is not None and told != ticket.place:
        desk.move_place(turn.tx, ticket, turn.person, told, turn.now)


def complete(turn: Turn, form: Form) -> None:
    """The place of such a ticket is known now."""
    turn.conversation.stack.remove(form)
    ticket = filed_before(turn, form)
    if ticket is not None:
        turn.say("report.place_added", facts(turn.knowledge, ticket))
