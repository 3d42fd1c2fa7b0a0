"""转人工: a person takes over; until it is given back, the bot only carries words to them."""

from collections.abc import Callable
from datetime import datetime

from bot.clock import local_day
from bot.community.speech import spoken_moment
from bot.conversation.state import Form, Handover
from bot.conversation.turn import Turn
from bot.tickets import queries
from bot.tickets.desk import TicketDesk
from bot.tickets.lifecycle import TicketState, TransitionRefused, is_open
from bot.tickets.models import Draft, Kind, Place, Ticket
from bot.tickets.working_time import WorkCalendar
from intents.service_words import Cue, has_cue


class HumanHandover:
    """The end of every fallback. Emergencies are heard before this listener."""

    name = "human_handover"
    intents = frozenset({"human"})
    speaks_in_groups = False

    def __init__(self, desk: TicketDesk, *, calendar: Callable[[], WorkCalendar]) -> None:
        self._desk = desk
        self._calendar = calendar

    def start(self, turn: Turn) -> None:
        words = self._words(turn)
        ticket = _open_consultation(turn)
        if ticket is None:
            ticket = self._desk.open(turn.tx, self._draft(turn, words), turn.now)
        else:
            self._desk.supplement(turn.tx, ticket, turn.person, words, turn.now)
        turn.conversation.misses = 0  # what was begun is kept, for whoever finds that nobody is needed
        turn.conversation.handover = Handover.HUMAN
        turn.conversation.handed_over_at = turn.now
        on_duty = self._desk.duty.dispatcher(turn.tx, turn.now)
        in_office = self._desk.is_office_time(turn.now)
        turn.say(
            "human.handed_over" if in_office else "human.handed_over_after_hours",
            number=ticket.number,
            who=on_duty or turn.reply("human.somebody"),
            by=spoken_moment(turn.knowledge, self._answer_by(turn.now)),
        )

    def overhear(self, turn: Turn) -> bool:
        """While a person has the conversation: pass everything on in silence."""
        conversation = turn.conversation
        if conversation.handover is not Handover.HUMAN:
            return False
        ticket = _open_consultation(turn)
        if ticket is None:
            conversation.stack.clear()  # a person has dealt with it
        if ticket is None or turn.now > self._given_back_at(conversation.handed_over_at or turn.now):
            self._take_back(turn, "human.given_back")
            return False
        if has_cue(turn.meaning.text, Cue.BACK_TO_BOT):
            self._take_back(turn, "human.given_back")
            return True
        if has_cue(turn.meaning.text, Cue.NOT_NEEDED):
            self._withdraw(turn, ticket)
            return True
        words = turn.message.text.strip() or turn.reply("human.without_words")
        self._desk.supplement(turn.tx, ticket, turn.person, words, turn.now)
        return True

    # -- below ------------------------------------------------------------------------------------

    def _words(self, turn: Turn) -> str:
        """What the person said last, with what they had begun to report."""
        begun = [frame.get("text") for frame in turn.conversation.stack if isinstance(frame, Form)]
        said = turn.meaning.text.strip() or turn.reply("human.without_words")
        return "\n".join([*(text for text in begun if text), said])

    def _draft(self, turn: Turn, words: str) -> Draft:
        home = turn.person.home
        return Draft(
            text=words,
            category=None,
            urgency="P3",
            place=Place(home.compound, home.building, home.unit) if home else Place(),
            reporter_id=turn.person.id,
            channel=turn.message.channel,
            kind=Kind.CONSULTATION,
            photos=turn.message.photos,
        )

    def _answer_by(self, now: datetime) -> datetime:
        """The end of the office hours that are running or come next."""
        calendar = self._calendar()
        return calendar.closing(local_day(calendar.next_working_moment(now)))

    def _given_back_at(self, handed_over_at: datetime) -> datetime:
        """The end of the next working day: a conversation nobody came back to is the bot's again."""
        calendar = self._calendar()
        day = local_day(handed_over_at)
        return calendar.closing(calendar.working_day_after(day, count=1))

    def _take_back(self, turn: Turn, key: str) -> None:
        turn.conversation.handover = Handover.BOT
        turn.conversation.handed_over_at = None
        turn.conversation.asked_before.clear()  # the question that was open is asked again
        turn.say(key)

    def _withdraw(self, turn: Turn, ticket: Ticket) -> None:
        try:
            self._desk.withdraw(turn.tx, ticket, turn.person, turn.now)
        except TransitionRefused:
            self._take_back(turn, "human.given_back")
        else:
            self._take_back(turn, "human.not_needed")


def _open_consultation(turn: Turn) -> Ticket | None:
    """The person's own matter that waits for a person's answer."""
    for ticket in queries.reported_by(turn.tx, turn.person.id):
        waits = is_open(ticket.state) and ticket.state is not TicketState.RESOLVED
        if ticket.kind is Kind.CONSULTATION and waits and ticket.reporter_id == turn.person.id:
            return ticket
    return None
