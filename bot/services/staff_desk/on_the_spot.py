"""当场: what was found and settled in one go; one message opens and closes it (L0)."""

from bot.clock import local_day
from bot.community import directory
from bot.conversation.turn import Turn
from bot.tickets.desk import TicketDesk
from bot.tickets.lifecycle import TransitionRefused
from bot.tickets.models import Draft, Place
from bot.tickets.notices import facts
from intents.result import PlaceMention


def close_on_spot(desk: TicketDesk, turn: Turn, what: str) -> None:
    meaning = turn.reread(what)
    said = meaning.place or PlaceMention()
    own = directory.own_compound(turn.knowledge, turn.person.staff_name, local_day(turn.now))
    draft = Draft(
        text=what,
        category=meaning.category,
        urgency=meaning.urgency or "P3",
        place=Place(said.compound or own, said.building, said.unit, None, said.text),
        reporter_id=turn.person.id,
        operator_id=turn.person.id,
        channel=turn.message.channel,
        photos=turn.message.photos,
    )
    try:
        ticket = desk.close_on_spot(turn.tx, draft, turn.person, what, turn.now)
    except TransitionRefused as refusal:
        turn.say(f"staff.refused_{refusal.reason}", number="", place="", subject="", state="")
    else:
        turn.say("staff.on_the_spot", facts(turn.knowledge, ticket))
