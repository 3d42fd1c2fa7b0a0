"""工作人员的短词: 收到、转、退、延、好了、当场、报上去、我的待办、谁在办、回复."""

from collections.abc import Sequence

from bot.clock import local_day
from bot.community import directory
from bot.community.identity import person_by_id, staff_person
from bot.conversation.state import Choice, Form, Option
from bot.conversation.turn import Question, Turn
from bot.services.staff_desk import which
from bot.services.staff_desk.own_list import say_own_list
from bot.tickets import queries
from bot.tickets.desk import TicketDesk
from bot.tickets.lifecycle import TicketState, TransitionRefused
from bot.tickets.models import Draft, Place, Ticket
from bot.tickets.notices import facts, place_of, subject_of
from intents.result import Act, PlaceMention
from intents.staff_words import StaffVerb, StaffWords, read_staff_words
from knowledge.model import Knowledge, StaffMember

_MOST_OFFERED = 9
_NEEDS_WORDS = {
    StaffVerb.GIVE_BACK: "staff.why_give_back",
    StaffVerb.REPLY: "staff.what_to_reply",
    StaffVerb.ON_THE_SPOT: "staff.what_on_the_spot",
}


class StaffDesk:
    """Listens to staff; residents use plain words and are never taken for staff."""

    name = "staff_desk"
    intents: frozenset[str] = frozenset()
    speaks_in_groups = False

    def __init__(self, desk: TicketDesk) -> None:
        self._desk = desk

    def start(self, turn: Turn) -> None:
        """Never the start of a message: everything happens in `overhear`."""

    def overhear(self, turn: Turn) -> bool:
        member = directory.member(turn.knowledge, turn.person.staff_name, local_day(turn.now))
        words = read_staff_words(turn.meaning.text) if member is not None else None
        if member is None or (words is None and not _is_plainly_done(turn, member)):
            return False
        words = words or _plain_words(turn.meaning.text)
        if not directory.may_work_tickets(member):
            return self._hear_volunteer(turn, member, words)
        found = [] if _needs_none(words) else self._found(turn, member, words)
        if not self._is_meant(turn, words, found):
            return False
        turn = turn.in_private()
        stack = turn.conversation.stack
        stack[:] = [frame for frame in stack if frame.service != self.name]  # overtaken by the new word
        if words.verb is StaffVerb.MY_TASKS:
            say_own_list(turn, member)
        elif words.verb is StaffVerb.ON_THE_SPOT:
            self._say_or_ask(turn, words, None)
        elif len(found) == 1:
            self._say_or_ask(turn, words, found[0])
        elif found:
            options = [_option(turn.knowledge, ticket) for ticket in found[:_MOST_OFFERED]]
            turn.offer(self.name, words.verb, options, "staff.which")
        elif words.number is not None:
            turn.say("staff.no_such_ticket", number=words.number)
        elif words.verb is StaffVerb.ACCEPT and directory.is_desk(member):
            turn.say("staff.desk_thanks")
        else:
            turn.say("staff.nothing_open")
        return True

    def choose(self, turn: Turn, choice: Choice, value: str | None) -> None:
        """Which of several tickets was meant."""
        words = read_staff_words(choice.text) or _plain_words(choice.text)
        ticket = queries.by_id(turn.tx, int(value)) if value else None
        if ticket is None:
            turn.say("staff.none_of_these")
        else:
            self._say_or_ask(turn, words, ticket, choice_text=choice.text)

    # -- is it for us -----------------------------------------------------------------------------

    def _hear_volunteer(self, turn: Turn, member: StaffMember, words: StaffWords) -> bool:
        """Leaders and the lawyer are asked, not timed: they see their list, and are thanked."""
        if turn.is_group:
            return False
        if words.verb is StaffVerb.MY_TASKS:
            say_own_list(turn, member)
        elif words.verb is StaffVerb.ACCEPT:
            turn.say("staff.volunteer_thanks")
        else:
            return False  # “好了，谢谢” is said of a matter of their own
        return True

    def _found(self, turn: Turn, member: StaffMember, words: StaffWords) -> list[Ticket]:
        if words.number is None:
            return which.meant(turn, member, words.verb, self._desk.duty)
        ticket = which.numbered(turn, words.number)
        return [ticket] if ticket is not None else []

    def _is_meant(self, turn: Turn, words: StaffWords, found: Sequence[Ticket]) -> bool:
        """Whether it is said to us. In a group “收到” is said to anybody, and a worker too has a home."""
        if turn.is_group:
            if turn.message.mentioned or words.number is not None:
                return True
            at_work = turn.group is not None and turn.group.for_staff
            return at_work and (len(found) == 1 or _needs_none(words))
        return bool(found) or words.verb is not StaffVerb.DONE or not _waits_for_verdict(turn)

    # -- what is missing ---------------------------------------------------------------------------

    def _say_or_ask(
        self, turn: Turn, words: StaffWords, ticket: Ticket | None, *, choice_text: str = ""
    ) -> None:
        """Do it, or ask for what the word lacks; the next line completes it."""
        number = str(ticket.id) if ticket is not None else ""
        if _question(words) is None:
            self._act(turn, words, ticket)
        else:
            said = choice_text or turn.meaning.text
            turn.conversation.stack.append(Form(self.name, {"said": said, "ticket": number}))

    def absorb(self, turn: Turn, form: Form) -> bool:
        """The line is what was asked for, whatever it looks like."""
        if form.asked is None or not turn.meaning.text.strip():
            return False
        form.values["said"] = f"{form.values['said']} {turn.meaning.text.strip()}"
        return True

    def absorb_free_text(self, turn: Turn, form: Form) -> bool:
        return False  # `absorb` takes every line

    def missing(self, turn: Turn, form: Form) -> Question | None:
        key = _question(_words(form))
        return Question("rest", turn.reply(key)) if key is not None else None

    def read_back(self, turn: Turn, form: Form) -> None:
        """Nothing is to be confirmed: it is done."""
        turn.conversation.stack.remove(form)
        ticket = queries.by_id(turn.tx, int(form.values["ticket"])) if form.values["ticket"] else None
        self._act(turn, _words(form), ticket)

    def submit(self, turn: Turn, form: Form) -> None:
        """Never reached: the form ends with its act."""

    # -- what to do with it ---------------------------------------------------------------------

    def _act(self, turn: Turn, words: StaffWords, ticket: Ticket | None) -> None:
        if ticket is None:
            self._on_the_spot(turn, words)
            return
        try:
            self._do(turn, ticket, words)
        except TransitionRefused as refusal:
            turn.say(
                f"staff.refused_{refusal.reason}",
                facts(turn.knowledge, ticket),
                state=turn.reply(f"state.{ticket.state}"),
            )

    def _do(self, turn: Turn, ticket: Ticket, words: StaffWords) -> None:
        tx, by, now, desk = turn.tx, turn.person, turn.now, self._desk
        if words.verb in (StaffVerb.ACCEPT, StaffVerb.DONE):
            ticket = desk.claim(tx, ticket, by, now)
        if words.verb is StaffVerb.ACCEPT:
            takes_over = ticket.is_urgent and ticket.owner_id != by.id
            take = desk.take_over if takes_over else desk.take
            turn.say("staff.taken", facts(turn.knowledge, take(tx, ticket, by, now)))
        elif words.verb is StaffVerb.TRANSFER:
            self._transfer(turn, ticket, words)
        elif words.verb is StaffVerb.GIVE_BACK:
            ticket = desk.give_back(tx, ticket, by, words.rest, now)
            turn.say("staff.given_back", facts(turn.knowledge, ticket))
        elif words.verb is StaffVerb.EXTEND:
            assert words.days is not None, "asked for before"
            ticket = desk.extend(tx, ticket, by, words.days, words.rest, now)
            turn.say("staff.extended", facts(turn.knowledge, ticket))
        elif words.verb is StaffVerb.DONE:
            ticket = desk.resolve(tx, ticket, by, words.rest or turn.reply("staff.done_without_words"), now)
            turn.say("staff.resolved", facts(turn.knowledge, ticket))
        elif words.verb is StaffVerb.ESCALATE:
            ticket = desk.escalate(tx, ticket, by, words.rest, now)
            turn.say("staff.escalated", facts(turn.knowledge, ticket), level=ticket.level)
        elif words.verb is StaffVerb.REPLY:
            desk.speak(tx, ticket, by, words.rest, now)
            turn.say("staff.replied", facts(turn.knowledge, ticket))
        else:
            self._who_has(turn, ticket)

    def _transfer(self, turn: Turn, ticket: Ticket, words: StaffWords) -> None:
        target = directory.member(turn.knowledge, words.person, local_day(turn.now))
        if target is None or not directory.may_work_tickets(target):
            turn.say("staff.no_such_person", name=words.person or words.rest)
        elif staff_person(turn.tx, target.name) == turn.person and ticket.owner_id == turn.person.id:
            turn.say("staff.yours_already", facts(turn.knowledge, ticket))
        else:
            ticket = self._desk.transfer(turn.tx, ticket, turn.person, target.name, turn.now)
            turn.say("staff.transferred", facts(turn.knowledge, ticket), name=target.name)

    def _who_has(self, turn: Turn, ticket: Ticket) -> None:
        owner = person_by_id(turn.tx, ticket.owner_id) if ticket.owner_id is not None else None
        entry = turn.knowledge.staff.get(owner.staff_name or "") if owner else None
        turn.say(
            "staff.who_has" if entry else "staff.nobody_has",
            facts(turn.knowledge, ticket),
            name=entry.name if entry else "",
            phone=(entry.phone if entry else None) or "",
            state=turn.reply(f"state.{ticket.state}"),
        )

    def _on_the_spot(self, turn: Turn, words: StaffWords) -> None:
        """What was found and settled in one go: one message opens and closes it (L0)."""
        meaning = turn.reread(words.rest)
        said = meaning.place or PlaceMention()
        own = directory.own_compound(turn.knowledge, turn.person.staff_name, local_day(turn.now))
        place = Place(said.compound or own, said.building, said.unit, None, said.text)
        draft = Draft(
            text=words.rest,
            category=meaning.category,
            urgency=meaning.urgency or "P3",
            place=place,
            reporter_id=turn.person.id,
            operator_id=turn.person.id,
            channel=turn.message.channel,
            photos=turn.message.photos,
        )
        try:
            ticket = self._desk.close_on_spot(turn.tx, draft, turn.person, words.rest, turn.now)
        except TransitionRefused as refusal:
            turn.say(f"staff.refused_{refusal.reason}", number="", place="", subject="", state="")
        else:
            turn.say("staff.on_the_spot", facts(turn.knowledge, ticket))


def _option(knowledge: Knowledge, ticket: Ticket) -> Option:
    label = f"{ticket.number} {place_of(knowledge, ticket)} {subject_of(knowledge, ticket)}"
    return Option(label, str(ticket.id))


def _is_plainly_done(turn: Turn, member: StaffMember) -> bool:
    """“已经修好了” from somebody who has a matter in hand."""
    is_said = Act.FIXED in turn.meaning.acts and not turn.is_group and turn.meaning.intent is None
    return is_said and directory.may_work_tickets(member) and bool(which.in_hand(turn))


def _plain_words(text: str) -> StaffWords:
    return StaffWords(StaffVerb.DONE, rest=text)


def _needs_none(words: StaffWords) -> bool:
    """Whether the word is about no ticket there is."""
    return words.verb in (StaffVerb.MY_TASKS, StaffVerb.ON_THE_SPOT)


def _waits_for_verdict(turn: Turn) -> bool:
    """Whether the person is asked, as a resident, if a matter of their own is solved."""
    mine = queries.reported_by(turn.tx, turn.person.id)
    return any(ticket.state is TicketState.RESOLVED for ticket in mine)


def _question(words: StaffWords) -> str | None:
    """How the word asks for what it lacks; None where it lacks nothing."""
    if words.verb is StaffVerb.TRANSFER:
        return None if words.person or words.rest else "staff.whom_to_transfer"
    if words.verb is StaffVerb.EXTEND:
        if words.days is None:
            return "staff.how_to_extend"
        return None if words.rest else "staff.why_extend"
    if words.verb in _NEEDS_WORDS:
        return None if words.rest else _NEEDS_WORDS[words.verb]
    return None


def _words(form: Form) -> StaffWords:
    words = read_staff_words(form.values["said"])
    assert words is not None, "a form is begun with a staff word"
    return words
