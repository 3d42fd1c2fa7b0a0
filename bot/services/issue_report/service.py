"""报修、问题上报: a resident says what is wrong; it becomes a ticket with a place, an owner and a date."""

from dataclasses import replace
from datetime import timedelta

from bot.community.places import place_refusal
from bot.conversation.state import Choice, Form, Option, Stage
from bot.conversation.turn import Question, Turn
from bot.services.issue_report import entering, filed, joining, matter, place
from bot.services.issue_report.answering import WHETHER, answers_after_all, hear_answer
from bot.tickets import queries
from bot.tickets.desk import TicketDesk
from bot.tickets.lifecycle import is_open
from bot.tickets.limits import JOIN_WINDOW
from bot.tickets.models import Draft, Place, Ticket
from bot.tickets.notices import facts, spoken_due
from intents.entries import Entry
from intents.result import Act, PlaceMention

UNDO_WINDOW = timedelta(minutes=30)


class IssueReport:
    """Files matters. P1 is filed and pushed at once and the answer offers to correct; the rest is read
    back first. A letter, whose writer cannot be asked, is filed with what it says."""

    name = "issue_report"
    intents = frozenset({"report_issue", "order_service"})
    speaks_in_groups = False

    def __init__(self, desk: TicketDesk) -> None:
        self._desk = desk

    def start(self, turn: Turn) -> None:
        if len(turn.meaning.matters) > 1 and not turn.message.one_way:
            self._start_several(turn)
        else:
            self._start_one(turn)

    def _start_several(self, turn: Turn) -> None:
        """Each matter of the message becomes a form of its own; the first is dealt with first."""
        whole = turn.meaning
        for part in reversed(whole.matters):
            meaning = turn.reread(part)
            turn.meaning = replace(meaning, place=meaning.place or whole.place, matters=())
            self._start_one(turn)
        turn.meaning = whole
        turn.say("report.several", count=len(whole.matters))

    def enter(self, turn: Turn, entry: Entry) -> None:
        """代报: what one of the staff says for a resident, without whatever it began with."""
        self._start_one(turn, entry)

    def _start_one(self, turn: Turn, entry: Entry | None = None) -> None:
        form = Form(self.name)
        if entry is not None:
            entering.begin(form, entry)
        matter.take_photos(turn, form)
        matter.take_phone(turn, form)
        meaning = turn.meaning
        if meaning.category is not None or matter.says_more_than_a_place(meaning):
            matter.take_matter(turn, form)
        said = meaning.place
        refusal = place_refusal(turn.knowledge, said, _home_compound(turn))
        if refusal is not None and said is not None:
            turn.say_text(refusal)
            said = PlaceMention(compound=said.compound, text=said.text)
        place.take_place(turn, form, said)
        place.assume_scanned(turn, form)
        place.assume_home(turn, form)
        if not form.get("compound"):
            place.assume_spoken_of(form, said, self._place_spoken_of(turn))
        if turn.message.one_way:
            self._file(turn, form)
        elif form.get("urgency") == "P1":
            ticket = self._file(turn, form)
            form.values["ticket"] = str(ticket.id)
            if self.missing(turn, form) is not None:
                turn.conversation.stack.append(form)
        else:
            turn.conversation.stack.append(form)

    def _place_spoken_of(self, turn: Turn) -> Place | None:
        """Where the matter is that is being told, or was filed just now: a further one is there too."""
        top, done = turn.conversation.top, turn.conversation.done
        if isinstance(top, Form) and top.service == self.name:
            return place.filed_place(top)
        if done is None or done.service != self.name or turn.now > done.until:
            return None
        ticket = queries.by_id(turn.tx, int(done.reference))
        return ticket.place if ticket is not None else None

    # -- the same as a neighbour's ---------------------------------------------------------------

    def overhear(self, turn: Turn) -> bool:
        """The answer to a question about a matter of theirs. “我家也是”, “+1”: which of the matters around is
        meant? In a group only where we are called."""
        if hear_answer(self._desk, turn, self.name):
            return True
        says_same = Act.SAME_MATTER in turn.meaning.acts and turn.meaning.intent in (None, "report_issue")
        is_for_us = not turn.is_group or turn.message.mentioned
        if not (says_same and is_for_us) or turn.meaning.category or turn.conversation.top is not None:
            return False
        around = joining.matters_around(turn, since=turn.now - JOIN_WINDOW)
        if not around:
            return False
        if turn.is_group:
            turn.say("conversation.answered_in_private")
        private = turn.in_private()
        if len(around) == 1:
            same = [Option(turn.reply("report.button_same"), str(around[0].id))]
            private.offer(
                self.name, "join", same, "report.already_reported", **facts(turn.knowledge, around[0])
            )
        else:
            options = [Option(joining.label(turn.knowledge, ticket), str(ticket.id)) for ticket in around]
            private.offer(self.name, "join", options, "report.join_which")
        return True

    def choose(self, turn: Turn, choice: Choice, value: str | None) -> None:
        if choice.purpose == WHETHER:
            if not answers_after_all(self._desk, turn, choice, value):
                self._start_one(turn)
            return
        ticket = queries.by_id(turn.tx, int(value)) if value else None
        if ticket is None or not is_open(ticket.state):
            turn.conversation.stack.append(Form(self.name))  # then what is it?
        else:
            self._desk.join(turn.tx, ticket, turn.person, choice.text, turn.now)
            turn.say("report.joined", facts(turn.knowledge, ticket))

    # -- the form -----------------------------------------------------------------------------

    def absorb(self, turn: Turn, form: Form) -> bool:
        acts = turn.meaning.acts
        if self._keep_another(turn, form):
            return True
        if form.get("same_as") and acts & {Act.NO, Act.OTHER_MATTER}:
            del form.values["same_as"]
            form.values["separate"] = "yes"
            return True
        before = dict(form.values)
        said = place.place_said(turn, form)
        refusal = place_refusal(turn.knowledge, said, form.values.get("compound"))
        if refusal is not None:
            turn.say_text(refusal)
            return False
        place.take_place(turn, form, said)
        if form.values == before:
            place.take_spot(turn, form)
        if Act.CORRECTION in acts and turn.meaning.category not in (None, form.get("category")):
            matter.take_matter(turn, form)
        names_matter = turn.meaning.category is not None
        if names_matter and (form.asked == "what" or not form.get("category")):
            matter.take_matter(turn, form)
        matter.take_photos(turn, form)
        if matter.take_phone(turn, form) and (ticket := filed.filed_before(turn, form)) is not None:
            self._desk.supplement(turn.tx, ticket, turn.person, turn.meaning.text, turn.now)
        changed = form.values != before
        if changed:
            form.values.pop("same_as", None)
            filed.note_place(turn, self._desk, form)
        return changed

    def _keep_another(self, turn: Turn, form: Form) -> bool:
        """“下水道也堵了”, said while another matter is read back, is dealt with after it."""
        meaning = turn.meaning
        is_another = meaning.intent == "report_issue" and meaning.category not in (None, form.get("category"))
        changes = {Act.NO, Act.CORRECTION, Act.CHANGE, Act.CANCEL}
        if form.stage is not Stage.CONFIRMING or not is_another or meaning.acts & changes:
            return False
        self._start_one(turn)
        stack = turn.conversation.stack
        if stack[-1] is not form:
            stack.insert(stack.index(form), stack.pop())
            turn.conversation.asked_before.add(id(stack[-2]))
        turn.say("report.another_noted")
        return True

    def absorb_free_text(self, turn: Turn, form: Form) -> bool:
        # “不知道咋说” is asked once more
        least = matter.LEAST_MATTER if form.misses else matter.LEAST_UNNAMED
        if form.asked == "what" and len(turn.meaning.text.strip()) >= least:
            matter.take_matter(turn, form)
            return True
        return place.take_description(turn, form)

    def missing(self, turn: Turn, form: Form) -> Question | None:
        if not form.get("text"):
            return Question("what", turn.reply("report.ask_what"))
        if turn.knowledge.coordination.is_outage(form.get("category")) and joining.same_matter(turn, form):
            return None  # whoever joins it need not say at which door
        return place.missing_place(turn, form)

    def read_back(self, turn: Turn, form: Form) -> None:
        if form.get("ticket"):
            filed.complete(turn, form)
            return
        same = joining.same_matter(turn, form)
        if same is not None:
            form.values["same_as"] = str(same.id)
            key = "report.already_yours" if same.reporter_id == turn.person.id else "report.already_reported"
            buttons = [turn.button("report.button_same"), turn.button("report.button_other")]
            told = facts(turn.knowledge, same) | spoken_due(turn.knowledge, same, turn.now)
            turn.say(key, told, buttons=buttons)
            return
        buttons = [turn.button(f"conversation.button_{word}") for word in ("yes", "change", "cancel")]
        values = {"place": place.spoken_in(turn, form), "subject": matter.subject(turn, form)}
        if entering.is_entered(form):
            turn.say("report.read_back_for", values, buttons=buttons, reach=entering.described(turn, form))
        else:
            turn.say("report.read_back", values, buttons=buttons)

    def submit(self, turn: Turn, form: Form) -> None:
        same_as = form.get("same_as")
        if same_as is None:
            if joining.same_matter(turn, form) is not None:
                turn.conversation.stack.append(form)  # a neighbour was quicker: read back again, to join
            else:
                self._file(turn, form)
            return
        same = queries.by_id(turn.tx, int(same_as))
        if same is None or not is_open(same.state):
            self._file(turn, form)
        else:
            self._add_to(turn, form, same)

    def _add_to(self, turn: Turn, form: Form, same: Ticket) -> None:
        reporter = entering.resident(turn, form) if entering.is_entered(form) else turn.person
        if reporter is None:
            turn.say("report.known_already", facts(turn.knowledge, same))
        elif same.reporter_id == reporter.id:
            self._desk.supplement(turn.tx, same, reporter, form.values["text"], turn.now)
            turn.say("report.added_to_yours", facts(turn.knowledge, same))
        else:
            self._desk.join(turn.tx, same, turn.person, form.values["text"], turn.now, who=reporter)
            turn.say("report.joined", facts(turn.knowledge, same))

    def _file(self, turn: Turn, form: Form) -> Ticket:
        entered = entering.is_entered(form)
        reporter = entering.resident(turn, form) if entered else turn.person
        draft = Draft(
            text=form.get("text") or turn.meaning.text,
            category=form.get("category") or None,
            urgency=form.get("urgency") or "P3",
            place=place.filed_place(form),
            reporter_id=reporter.id if reporter is not None else None,
            operator_id=turn.person.id if entered else None,
            channel=turn.message.channel,
            photos=tuple(form.values.get("photos", "").split()),
        )
        ticket = self._desk.open(turn.tx, draft, turn.now)
        turn.finish(self.name, str(ticket.id), undo_until=turn.now + UNDO_WINDOW)
        values = facts(turn.knowledge, ticket)
        owner = self._desk.owner_name(turn.tx, ticket)
        if entered:
            key = "report.filed_for_urgent" if ticket.is_urgent else "report.filed_for"
            reach = entering.described(turn, form)
            turn.say(key, values, owner=owner or turn.reply("report.dispatcher"), reach=reach)
        elif ticket.is_urgent:
            turn.say("report.filed_urgent", values, owner=owner or turn.reply("report.dispatcher"))
        elif owner is None:
            turn.say("report.filed_without_owner", values)
        else:
            turn.say("report.filed", values, owner=owner)
        if not ticket.is_urgent and not self._desk.is_office_time(turn.now):
            turn.say("report.after_hours")
        return ticket

    # -- afterwards ---------------------------------------------------------------------------

    def undo(self, turn: Turn, reference: str) -> None:
        ticket = queries.by_id(turn.tx, int(reference))
        if ticket is not None:
            filed.undo(turn, self._desk, ticket)

    def correct(self, turn: Turn, reference: str) -> bool:
        ticket = queries.by_id(turn.tx, int(reference))
        if ticket is None or not is_open(ticket.state):
            return False
        return filed.correct(turn, self._desk, ticket)


def _home_compound(turn: Turn) -> str | None:
    return turn.person.home.compound if turn.person.home is not None else None
