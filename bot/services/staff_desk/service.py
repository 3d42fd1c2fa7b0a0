"""工作人员的短词: heard, matched with a ticket, completed where something is missing, and done."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from bot.community import directory
from bot.conversation.state import Choice, Form, Option
from bot.conversation.turn import Question, Turn
from bot.services.staff_desk import asking, deeds, desk_deeds, which
from bot.services.staff_desk.deeds import Deed
from bot.services.staff_desk.on_the_spot import close_on_spot
from bot.services.staff_desk.own_list import say_call_backs, say_own_list
from bot.tickets import queries
from bot.tickets.desk import TicketDesk
from bot.tickets.lifecycle import TicketState, TransitionRefused
from bot.tickets.models import Ticket
from bot.tickets.notices import facts, place_of, subject_of
from intents.result import Act
from intents.staff_words import StaffVerb, StaffWords, read_staff_words
from knowledge.model import Knowledge, StaffMember

_MOST_OFFERED = 9
_DEEDS: Mapping[StaffVerb, Callable[[Deed], None]] = {
    StaffVerb.ACCEPT: deeds.accept,
    StaffVerb.TRANSFER: deeds.transfer,
    StaffVerb.GIVE_BACK: deeds.give_back,
    StaffVerb.EXTEND: deeds.extend,
    StaffVerb.HOLD: deeds.hold,
    StaffVerb.RESUME: deeds.resume,
    StaffVerb.DONE: deeds.done,
    StaffVerb.EXPLAIN: deeds.explain,
    StaffVerb.ESCALATE: deeds.escalate,
    StaffVerb.DIRECT_LINE: deeds.escalate,
    StaffVerb.REPLY: deeds.reply,
    StaffVerb.CALL_IN: deeds.call_in,
    StaffVerb.PROGRESS: deeds.progress,
    StaffVerb.WHO_HAS: deeds.who_has,
    StaffVerb.ASK: deeds.ask,
    StaffVerb.ACCEPT_CASE: desk_deeds.accept_case,
    StaffVerb.DECLINE: desk_deeds.decline,
    StaffVerb.WHISTLE: desk_deeds.whistle,
    StaffVerb.ANSWER_WHISTLE: desk_deeds.answer_whistle,
    StaffVerb.ARRIVE: desk_deeds.arrive,
    StaffVerb.REMINDER_LETTER: desk_deeds.letter,
    StaffVerb.ASSIGNMENT_LETTER: desk_deeds.letter,
    StaffVerb.MERGE: desk_deeds.merge,
    StaffVerb.SPLIT: desk_deeds.split,
    StaffVerb.CALL_BACK: desk_deeds.call_back,
}
_ABOUT_NO_TICKET = frozenset({StaffVerb.MY_TASKS, StaffVerb.CALL_BACKS, StaffVerb.ON_THE_SPOT})
_OF_ANY_TICKET = frozenset(
    {
        StaffVerb.DIRECT_LINE,
        StaffVerb.WHISTLE,
        StaffVerb.REMINDER_LETTER,
        StaffVerb.ASSIGNMENT_LETTER,
        StaffVerb.MERGE,
    }
)
"""Words that the desk and the secretary may say of tickets of others, by their numbers."""
_FREE_TEXT = frozenset({StaffVerb.DONE, StaffVerb.PROGRESS, StaffVerb.REPLY})  # “好了 110 来处理的”
_ORDINARY_TALK = frozenset(
    {StaffVerb.ARRIVE, StaffVerb.ANSWER_WHISTLE, StaffVerb.CALL_IN, StaffVerb.RESUME, StaffVerb.SPLIT}
)
"""Words that mean a ticket only where there is one that they fit."""


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
        member = self._desk.duty.presence(turn.tx, turn.now).acting(turn.person.staff_name)
        words = read_staff_words(turn.meaning.text) if member is not None else None
        if member is None or (words is None and not _is_plainly_done(turn, member)):
            return False
        words = words or _plain_words(turn.meaning.text)
        if not directory.may_work_tickets(member):
            return self._hear_volunteer(turn, member, words)
        words, found = self._found(turn, member, words)
        if not self._is_meant(turn, words, found):
            return False
        turn = turn.in_private()
        asked_before = self._overtake(turn)
        if words.verb is StaffVerb.MY_TASKS:
            say_own_list(turn, member)
        elif words.verb is StaffVerb.CALL_BACKS:
            self._say_call_backs(turn, member)
        elif words.verb is StaffVerb.ON_THE_SPOT:
            self._say_or_ask(turn, words, None)
        elif len(found) == 1:
            if asked_before == (words.verb, found[0].id) and words.verb is StaffVerb.DONE:
                words = replace(words, rest=words.rest or turn.reply("staff.done_without_words"))
            self._say_or_ask(turn, words, found[0])
        elif found:
            options = [_option(turn.knowledge, ticket) for ticket in found[:_MOST_OFFERED]]
            turn.offer(self.name, words.verb, options, "staff.which")
        else:
            _say_none(turn, member, words)
        return True

    def choose(self, turn: Turn, choice: Choice, value: str | None) -> None:
        """Which of several tickets was meant, or which of those who joined one."""
        purpose, _, about = choice.purpose.partition("/")
        ticket = queries.by_id(turn.tx, int(about or value)) if value else None
        if ticket is None or value is None:
            turn.say("staff.none_of_these")
        elif purpose == desk_deeds.SPLIT:
            desk_deeds.split_off(self._desk, turn, ticket, int(value))
        else:
            words = read_staff_words(choice.text) or _plain_words(choice.text)
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

    def _found(self, turn: Turn, member: StaffMember, words: StaffWords) -> tuple[StaffWords, list[Ticket]]:
        """The tickets it can be about; and the words, where what looks like a number belongs to them."""
        if words.verb in _ABOUT_NO_TICKET:
            return words, []
        if words.number is not None and words.bare:
            found = which.fitting(words.verb, which.pointed_at(turn, member, words.number))
            if found or words.verb not in _FREE_TEXT or not words.rest:
                return words, found
            words = replace(words, number=None, bare=False, rest=f"{words.number} {words.rest}")
        if words.number is None:
            return words, which.meant(turn, member, words.verb, self._desk.duty)
        ticket = which.numbered(turn, member, words.number)
        return words, [ticket] if ticket is not None else []

    def _is_meant(self, turn: Turn, words: StaffWords, found: Sequence[Ticket]) -> bool:
        """Whether it is said to us. In a group “收到” is said to anybody, and a worker too has a home."""
        if turn.is_group:
            if turn.message.mentioned or (words.number is not None and not words.bare):
                return True
            at_work = turn.group is not None and turn.group.for_staff
            return at_work and (len(found) == 1 or words.verb in _ABOUT_NO_TICKET)
        if words.verb in _ORDINARY_TALK and (words.number is None or words.bare):
            return bool(found)
        return bool(found) or words.verb is not StaffVerb.DONE or not _waits_for_verdict(turn)

    def _overtake(self, turn: Turn) -> tuple[StaffVerb, int] | None:
        """Drop what was asked before the new word; of which word and ticket it was asked."""
        stack = turn.conversation.stack
        asked = [frame for frame in stack if isinstance(frame, Form) and frame.service == self.name]
        stack[:] = [frame for frame in stack if frame.service != self.name]
        if not asked or not asked[-1].values["ticket"]:
            return None
        return _words(asked[-1]).verb, int(asked[-1].values["ticket"])

    def _say_call_backs(self, turn: Turn, member: StaffMember) -> None:
        if directory.is_desk(member):
            say_call_backs(turn)
        else:
            turn.say("staff.no_call_backs")

    # -- what is missing ---------------------------------------------------------------------------

    def _say_or_ask(
        self, turn: Turn, words: StaffWords, ticket: Ticket | None, *, choice_text: str = ""
    ) -> None:
        """Do it, or ask for what the word lacks; the next line completes it."""
        number = str(ticket.id) if ticket is not None else ""
        if asking.question(turn, words) is None:
            self._act(turn, words, ticket)
        else:
            said = choice_text or turn.meaning.text
            turn.conversation.stack.append(Form(self.name, {"said": said, "ticket": number}))

    def absorb(self, turn: Turn, form: Form) -> bool:
        """The line is what was asked for, whatever it looks like."""
        if form.asked is None or not turn.meaning.text.strip():
            return False
        form.values["said"] = asking.with_answer(form.values["said"], form.asked, turn.meaning.text.strip())
        return True

    def absorb_free_text(self, turn: Turn, form: Form) -> bool:
        return False  # `absorb` takes every line

    def missing(self, turn: Turn, form: Form) -> Question | None:
        lacking = asking.question(turn, _words(form))
        if lacking is None:
            return None
        need, key = lacking
        known = turn.knowledge.coordination.departments
        names = turn.reply("staff.names_comma").join(department.name for department in known)
        return Question(need, turn.reply(key, names=names))

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
            close_on_spot(self._desk, turn, words.rest)
            return
        if words.verb is not StaffVerb.WHO_HAS:
            ticket = self._desk.duty.step_in(turn.tx, ticket, turn.person, turn.now)
        try:
            _DEEDS[words.verb](Deed(self._desk, turn, ticket, words))
        except TransitionRefused as refusal:
            turn.say(
                f"staff.refused_{refusal.reason}",
                facts(turn.knowledge, ticket),
                state=turn.reply(f"state.{ticket.state}"),
            )


def _say_none(turn: Turn, member: StaffMember, words: StaffWords) -> None:
    """Why the word meets no ticket."""
    if words.number is not None:
        turn.say("staff.no_such_ticket", number=words.number)
    elif words.verb is StaffVerb.ACCEPT and directory.is_desk(member):
        turn.say("staff.desk_thanks")
    elif words.verb in _OF_ANY_TICKET and directory.is_desk(member):
        turn.say("staff.number_needed")
    else:
        turn.say("staff.nothing_open")


def _option(knowledge: Knowledge, ticket: Ticket) -> Option:
    label = f"{ticket.number} {place_of(knowledge, ticket)} {subject_of(knowledge, ticket)}"
    return Option(label, str(ticket.id))


def _is_plainly_done(turn: Turn, member: StaffMember) -> bool:
    """“已经修好了” from somebody who has a matter in hand, and whom we have not just asked what was done."""
    top = turn.conversation.top
    if isinstance(top, Form) and top.service == StaffDesk.name:
        return False
    is_said = Act.FIXED in turn.meaning.acts and not turn.is_group and turn.meaning.intent is None
    return is_said and directory.may_work_tickets(member) and bool(which.in_hand(turn))


def _plain_words(text: str) -> StaffWords:
    return StaffWords(StaffVerb.DONE, rest=text)


def _waits_for_verdict(turn: Turn) -> bool:
    """Whether the person is asked, as a resident, if a matter of their own is solved."""
    mine = queries.reported_by(turn.tx, turn.person.id)
    return any(ticket.state is TicketState.RESOLVED for ticket in mine)


def _words(form: Form) -> StaffWords:
    words = read_staff_words(form.values["said"])
    assert words is not None, "a form is begun with a staff word"
    return words
