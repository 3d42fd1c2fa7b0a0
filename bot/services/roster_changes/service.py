"""请假、换班: asked for by message, in force once the other has agreed, called off by message.

Whoever asks names the days and the other person; the bot asks that person alone. Until they agree nothing
changes.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta

from bot.clock import local_day
from bot.community import cover, directory
from bot.community.cover import ChangeKind, ChangeState, RosterChange
from bot.conversation.state import Choice, Form, Option
from bot.conversation.turn import Question, Turn
from bot.messaging import Button
from bot.services.roster_changes import people, wording
from bot.tickets.on_call import shifts_on
from bot.tickets.working_time import WorkCalendar
from intents.roster_words import RosterVerb, RosterWords, read_agreement, read_roster_words
from knowledge.model import RoleName, StaffMember

_LONGEST_LEAVE = timedelta(days=92)
_KINDS = {RosterVerb.UNDO_LEAVE: ChangeKind.LEAVE, RosterVerb.UNDO_SWAP: ChangeKind.SWAP}
_UNDO, _AGREE, _DECLINE = "undo", "agree", "decline"


class RosterChanges:
    """Listens to staff and building leaders."""

    name = "roster_changes"
    intents: frozenset[str] = frozenset()
    speaks_in_groups = False

    def __init__(self, *, calendar: Callable[[], WorkCalendar]) -> None:
        self._calendar = calendar

    def start(self, turn: Turn) -> None:
        """Never the start of a message: everything happens in `overhear`."""

    def overhear(self, turn: Turn) -> bool:
        member = directory.member(turn.knowledge, turn.person.staff_name, local_day(turn.now))
        if member is None or member.role is RoleName.LAWYER:
            return False
        if turn.is_group and not turn.message.mentioned:
            return False
        if self._hear_answer(turn, member):
            return True
        words = read_roster_words(turn.meaning.text)
        if words is None or (words.verb is RosterVerb.SWAP and not _means_shift(turn)):
            return False
        self._begin(turn.in_private(), member, words)
        return True

    def _begin(self, turn: Turn, member: StaffMember, words: RosterWords) -> None:
        if words.verb is RosterVerb.OVERVIEW:
            turn.say_text(wording.overview(turn, member, self._calendar()))
        elif words.verb in _KINDS:
            self._undo(turn, member, _KINDS[words.verb])
        elif words.verb is RosterVerb.LEAVE and (
            other := people.on_leave(turn.knowledge, turn.meaning.text, member.name)
        ):
            turn.say("roster.own_leave_only", name=other)
        elif words.verb is RosterVerb.SWAP and not turn.knowledge.rota.shifts:
            turn.say("roster.no_rota")
        else:
            form = Form(self.name, {"verb": words.verb})
            self.absorb(turn, form)
            turn.conversation.stack.append(form)

    # -- the form: days and the other person ------------------------------------------------------

    def absorb(self, turn: Turn, form: Form) -> bool:
        before = dict(form.values)
        text, asker = turn.meaning.text, turn.person.staff_name or ""
        days = _days(turn, form)
        if days:
            form.values |= {"first": days[0].isoformat(), "last": days[-1].isoformat()}
        if (name := people.named(turn.knowledge, text, asker, is_answer=form.asked == "other")) is not None:
            form.values["other"] = name
        if (shift := _named_shift(turn, text)) is not None:
            form.values["shift"] = shift
        return form.values != before

    def absorb_free_text(self, turn: Turn, form: Form) -> bool:
        return False  # a name or a day is seen by `absorb`

    def missing(self, turn: Turn, form: Form) -> Question | None:
        is_leave = form.values["verb"] == RosterVerb.LEAVE
        if "first" not in form.values:
            return Question("days", turn.reply("roster.ask_days" if is_leave else "roster.ask_shift_day"))
        if "other" not in form.values:
            if is_leave and self._deputy(turn, form) is not None:
                return None
            buttons = [Button(name, name) for name in people.usual_stand_ins(turn.knowledge, turn.person)]
            key = "roster.ask_stand_in" if is_leave else "roster.ask_partner"
            return Question("other", turn.reply(key), () if not is_leave else tuple(buttons))
        if is_leave or "shift" in form.values:
            return None
        shifts = shifts_on(turn.knowledge.rota, self._calendar(), _day(form, "first"))
        if len(shifts) <= 1:
            return None
        buttons = [Button(shift.name, shift.name) for shift in shifts]
        return Question("shift", turn.reply("roster.ask_shift"), tuple(buttons))

    def read_back(self, turn: Turn, form: Form) -> None:
        """Nothing is to be confirmed here: the other one is asked, and it can be called off."""
        asker = turn.person.staff_name
        assert asker is not None, "only staff begin this form"
        if "other" not in form.values and (deputy := self._deputy(turn, form)) is not None:
            turn.conversation.stack.remove(form)
            self._leave_to_deputy(turn, form, asker, deputy)
            return
        if not people.may_replace(turn.knowledge, asker, form.values["other"], local_day(turn.now)):
            turn.say("roster.no_such_person", name=form.values.pop("other"))
            form.asked = "other"  # the next line is taken for a name
            return
        turn.conversation.stack.remove(form)
        if form.values["verb"] == RosterVerb.LEAVE:
            changes = self._leave(turn, form, asker)
        else:
            changes = self._swap(turn, form, asker)
        if not changes:
            return
        cover.ask(turn.tx, changes)
        other = changes[0].other
        buttons = [turn.button("roster.button_agree"), turn.button("roster.button_decline")]
        wording.tell_other(turn, other, wording.PLEASE_AGREE, changes, buttons=buttons)
        undo = turn.reply(f"roster.undo_{changes[0].kind}")
        what = wording.spoken_change(turn.knowledge, changes)
        turn.say("roster.asked", what=what, other=other, undo=undo)

    def submit(self, turn: Turn, form: Form) -> None:
        """Never reached: the form ends with its act."""

    # -- the deputy, who agreed once for all --------------------------------------------------------

    def _deputy(self, turn: Turn, form: Form) -> str | None:
        """Whom the roster names for every absence, unless they are away themselves."""
        name = people.deputy(turn.knowledge, turn.person, _day(form, "last"))
        away = name and _on_leave(turn, name, _day(form, "first"), _day(form, "last"))
        return None if away else name

    def _leave_to_deputy(self, turn: Turn, form: Form, asker: str, deputy: str) -> None:
        form.values["other"] = deputy
        changes = [replace(change, state=ChangeState.AGREED) for change in self._leave(turn, form, asker)]
        if changes:
            cover.ask(turn.tx, changes)
            wording.tell_other(turn, deputy, "roster.deputy_told", changes)
            turn.say(
                "roster.deputy_stands_in", what=wording.spoken_change(turn.knowledge, changes), other=deputy
            )

    # -- what is asked for ------------------------------------------------------------------------

    def _leave(self, turn: Turn, form: Form, asker: str) -> list[RosterChange]:
        """The leave asked for; empty where it cannot be, which is said."""
        other, first, last = form.values["other"], _day(form, "first"), _day(form, "last")
        if last < local_day(turn.now):
            turn.say("roster.day_past")
        elif last - first > _LONGEST_LEAVE:
            turn.say("roster.too_long")
        elif taken := _on_leave(turn, asker, first, last):
            turn.say("roster.leave_already", what=wording.spoken_change(turn.knowledge, [taken]))
        elif _on_leave(turn, other, first, last):
            turn.say("roster.other_away", name=other)
        else:
            return cover.request_of(ChangeKind.LEAVE, asker, other, [(first, last, None)], turn.now)
        return []

    def _swap(self, turn: Turn, form: Form, asker: str) -> list[RosterChange]:
        """One change for each shift given away; empty where it cannot be, which is said."""
        rota, calendar, other = turn.knowledge.rota, self._calendar(), form.values["other"]
        days = sorted({_day(form, "first"), _day(form, "last")})
        if days[0] < local_day(turn.now):
            turn.say("roster.day_past")
            return []
        legs = []
        for day in days:
            shifts = [shift.name for shift in shifts_on(rota, calendar, day)]
            shift = form.get("shift") if form.get("shift") in shifts else shifts[0] if shifts else ""
            if not shift or not {asker, other} & set(rota.people(shift, day)):
                day_text = wording.spoken_days(turn.knowledge, day, day)
                turn.say("roster.not_on_duty", day=day_text, shift=shift, name=other)
                return []
            legs.append((day, day, shift))
        return cover.request_of(ChangeKind.SWAP, asker, other, legs, turn.now)

    # -- the other one's answer -------------------------------------------------------------------

    def _hear_answer(self, turn: Turn, member: StaffMember) -> bool:
        agrees = read_agreement(turn.meaning.text)
        if agrees is None or turn.is_group:
            return False
        asked = [
            change
            for change in cover.of_person(turn.tx, member.name, local_day(turn.now))
            if change.state is ChangeState.ASKED and change.other == member.name
        ]
        requests = _by_request(asked)
        if not requests:
            return False
        if len(requests) == 1:
            self._settle(turn, requests[0], agrees=agrees)
        else:
            self._offer(turn, _AGREE if agrees else _DECLINE, requests)
        return True

    def _settle(self, turn: Turn, changes: Sequence[RosterChange], *, agrees: bool) -> None:
        state = ChangeState.AGREED if agrees else ChangeState.DECLINED
        cover.settle(turn.tx, changes, state, turn.now)
        wording.ask_no_more(turn, changes)
        what = wording.spoken_change(turn.knowledge, changes)
        asker = changes[0].asker
        turn.say(f"roster.you_{state}", what=what, asker=asker)
        wording.tell_other(turn, asker, f"roster.other_{state}", changes)

    # -- calling it off ---------------------------------------------------------------------------

    def _undo(self, turn: Turn, member: StaffMember, kind: ChangeKind) -> None:
        """Either of the two may: the one who asked, and the one who cannot after all."""
        mine = cover.of_person(turn.tx, member.name, local_day(turn.now))
        requests = _by_request([change for change in mine if change.kind is kind])
        if not requests:
            turn.say(f"roster.none_{kind}")
        elif len(requests) == 1:
            self._call_off(turn, member.name, requests[0])
        else:
            self._offer(turn, _UNDO, requests)

    def _call_off(self, turn: Turn, by: str, changes: Sequence[RosterChange]) -> None:
        cover.settle(turn.tx, changes, ChangeState.UNDONE, turn.now)
        wording.ask_no_more(turn, changes)
        turn.say("roster.undone", what=wording.spoken_change(turn.knowledge, changes))
        to = changes[0].other if by == changes[0].asker else changes[0].asker
        wording.tell_other(turn, to, "roster.undone_by_other", changes)

    # -- which of several -------------------------------------------------------------------------

    def _offer(self, turn: Turn, purpose: str, requests: Sequence[Sequence[RosterChange]]) -> None:
        options = [
            Option(wording.spoken_change(turn.knowledge, changes), str(changes[0].request))
            for changes in requests
        ]
        turn.offer(self.name, purpose, options, "roster.which")

    def choose(self, turn: Turn, choice: Choice, value: str | None) -> None:
        changes = cover.of_request(turn.tx, int(value)) if value else []
        still = (ChangeState.ASKED,) if choice.purpose != _UNDO else (ChangeState.ASKED, ChangeState.AGREED)
        if not changes or changes[0].state not in still:
            turn.say("conversation.cancelled")
        elif choice.purpose == _UNDO:
            self._call_off(turn, turn.person.staff_name or "", changes)
        else:
            self._settle(turn, changes, agrees=choice.purpose == _AGREE)


def _means_shift(turn: Turn) -> bool:
    """“跟物业换锁” is no swap: somebody of the staff, or a shift, must be named."""
    text = turn.meaning.text
    asker = turn.person.staff_name or ""
    return "班" in text or people.named(turn.knowledge, text, asker) in turn.knowledge.staff


def _days(turn: Turn, form: Form) -> list[date]:
    """The days named, or so many days from the first, today where none is named."""
    days = sorted(mention.on for mention in turn.meaning.times if mention.on is not None)
    words = read_roster_words(turn.meaning.text)
    count = words.days if words is not None else None
    if count is None or form.values["verb"] != RosterVerb.LEAVE or len(days) > 1:
        return days
    first = days[0] if days else local_day(turn.now)
    return [first, first + timedelta(days=count - 1)]


def _named_shift(turn: Turn, text: str) -> str | None:
    return next((name for name in turn.knowledge.rota.shifts if name in text), None)


def _day(form: Form, slot: str) -> date:
    return date.fromisoformat(form.values[slot])


def _on_leave(turn: Turn, name: str, first: date, last: date) -> RosterChange | None:
    """A leave of this person, asked for or agreed, that meets one of the days."""
    return next(
        (
            change
            for change in cover.from_day(turn.tx, first)
            if change.kind is ChangeKind.LEAVE and change.asker == name and change.first_day <= last
        ),
        None,
    )


def _by_request(changes: Sequence[RosterChange]) -> list[list[RosterChange]]:
    requests: dict[int, list[RosterChange]] = {}
    for change in sorted(changes, key=lambda change: (change.first_day, change.id)):
        requests.setdefault(change.request, []).append(change)
    return list(requests.values())
