"""心愿、建议、调解: noted in the person's own words and given to the community's dispatcher."""

from datetime import timedelta

from bot.conversation.state import Form
from bot.conversation.turn import SURE, Question, Turn, is_detail
from bot.tickets import queries
from bot.tickets.desk import TicketDesk
from bot.tickets.lifecycle import TransitionRefused
from bot.tickets.models import Draft, Kind, Place
from bot.tickets.notices import excerpt, facts
from intents.result import Act

UNDO_WINDOW = timedelta(minutes=30)

_KINDS = {"wish": Kind.WISH, "propose_topic": Kind.TOPIC, "mediate": Kind.MEDIATION}
_LEAST_WORDS = 4  # characters that can say something
_BARE = {Kind.WISH: 6, Kind.TOPIC: 6, Kind.MEDIATION: 8}  # “我想提个建议”: nothing but the wish to say it
_QUESTIONS = ("ask_faq", "find_place", "who_is", "track_ticket", "human", "privacy", "greeting")


class WrittenRequests:
    """Nothing is asked but the words themselves; a person does the rest."""

    name = "written_requests"
    intents = frozenset(_KINDS)
    speaks_in_groups = False

    def __init__(self, desk: TicketDesk) -> None:
        self._desk = desk

    def start(self, turn: Turn) -> None:
        assert turn.meaning.intent is not None
        text = turn.meaning.text.strip()
        kind = _KINDS[turn.meaning.intent]
        form = Form(self.name, {"kind": kind})
        if len(text) > _BARE[kind]:
            form.values["text"] = text
        if turn.message.one_way:
            self._file(turn, form)
        else:
            turn.conversation.stack.append(form)

    def absorb(self, turn: Turn, form: Form) -> bool:
        """What was asked for, or a new wording of it. “楼下装个长椅” is the answer, though it would be a
        report elsewhere."""
        text = turn.meaning.text.strip()
        is_question = turn.meaning.intent in _QUESTIONS and turn.meaning.confidence >= SURE
        is_answer = form.asked == "text" and len(text) >= _LEAST_WORDS and not is_question
        if form.get("text") and is_detail(turn.meaning):
            form.values["text"] += turn.reply("written.besides", text=text)
            return True
        if not (is_answer or Act.CORRECTION in turn.meaning.acts) or turn.gives_up:
            return False
        form.values["text"] = text
        return True

    def absorb_free_text(self, turn: Turn, form: Form) -> bool:
        return False  # `absorb` takes it

    def missing(self, turn: Turn, form: Form) -> Question | None:
        return None if form.get("text") else Question("text", turn.reply(f"written.ask_{form.get('kind')}"))

    def read_back(self, turn: Turn, form: Form) -> None:
        buttons = [turn.button(f"conversation.button_{word}") for word in ("yes", "change", "cancel")]
        text = excerpt(form.values["text"], 80)
        turn.say(f"written.read_back_{form.get('kind')}", buttons=buttons, text=text)

    def submit(self, turn: Turn, form: Form) -> None:
        self._file(turn, form)

    def undo(self, turn: Turn, reference: str) -> None:
        ticket = queries.by_id(turn.tx, int(reference))
        if ticket is None:
            return
        try:
            self._desk.withdraw(turn.tx, ticket, turn.person, turn.now)
        except TransitionRefused:
            turn.say("report.too_late_to_undo", facts(turn.knowledge, ticket))
        else:
            turn.say("report.undone", facts(turn.knowledge, ticket))

    def correct(self, turn: Turn, reference: str) -> bool:
        """What was written stands; more of it is a supplement."""
        return False

    def _file(self, turn: Turn, form: Form) -> None:
        home = turn.person.home
        draft = Draft(
            text=form.values["text"],
            category=None,
            urgency="P4",
            place=Place(home.compound, home.building, home.unit) if home else Place(),
            reporter_id=turn.person.id,
            channel=turn.message.channel,
            kind=Kind(form.values["kind"]),
        )
        ticket = self._desk.open(turn.tx, draft, turn.now)
        turn.finish(self.name, str(ticket.id), undo_until=turn.now + UNDO_WINDOW)
        owner = self._desk.owner_name(turn.tx, ticket) or turn.reply("report.dispatcher")
        turn.say("written.filed", facts(turn.knowledge, ticket), owner=owner)
