"""法律咨询: half an hour with the community's lawyer. The bot books it and never says what the law is."""

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta

from bot.clock import to_local
from bot.community.identity import note_phone
from bot.community.speech import spoken_moment
from bot.conversation.state import Choice, Form, Option
from bot.conversation.turn import Question, Turn
from bot.messaging import Button
from bot.offers import bookings
from bot.offers.models import Booking
from bot.offers.notices import booking_facts, service_facts, spoken_where
from bot.offers.slots import Wish, all_slots, fitting, nearest, pick, wish_for, wish_from_text, wish_of
from intents.result import Act
from intents.service_words import Cue, has_cue, names_a_topic, read_ordinal
from knowledge.offers import LegalService

UNDO_WINDOW = timedelta(minutes=30)

_MOST_OFFERED = 3
_TOPIC = 40  # characters: one line, so that the lawyer can prepare; nobody is asked for more
_NAMES = (Cue.LAWYER, Cue.CHANGE_TIME, Cue.BY_PHONE, Cue.IN_PERSON)  # what a change may be about
_CHANGING = frozenset({Act.CHANGE, Act.NO, Act.CORRECTION})


class LegalHelp:
    """Books, and moves what is booked. Calling off is the same for all that can be booked: leaving.py."""

    name = "legal_help"
    intents = frozenset({"book_legal"})
    speaks_in_groups = False

    def __init__(self, *, is_closed: Callable[[date], bool]) -> None:
        """`is_closed` tells the days on which the lawyer does not come although it is their weekday."""
        self._is_closed = is_closed

    def start(self, turn: Turn) -> None:
        if turn.knowledge.legal is None:
            turn.say("legal.no_service")
            return
        booking = bookings.active_of(turn.tx, turn.person.id, turn.now)
        if booking is not None:
            self._on_booked(turn, booking)
        elif _calls_off(turn):
            turn.say("legal.nothing_booked")
        elif not self._free(turn):
            turn.say("legal.nothing_free")
        elif (begun := _take_begun(turn, self.name)) is not None:
            self._begin(turn, begun.values)  # asked for in a group, and again
        else:
            turn.say("legal.intro")
            self._begin(turn, {"topic": _topic(turn)})

    def overhear(self, turn: Turn) -> bool:
        """“改到周六上午”, “不对，是周六”, “我约的几点” from somebody who has a booking and no exchange open
        about it."""
        meaning, done = turn.meaning, turn.conversation.done
        just_booked = done is not None and done.service == self.name and turn.now <= done.until
        wants_change = Act.CHANGE in meaning.acts or (just_booked and bool(meaning.acts & _CHANGING))
        names_it = any(has_cue(meaning.text, cue) for cue in _NAMES)
        is_about_it = names_it or bool(meaning.times) or (just_booked and Act.CHANGE in meaning.acts)
        asks_when = has_cue(meaning.text, Cue.BOOKED)
        if turn.is_group or not (asks_when or (wants_change and is_about_it)):
            return False
        is_about_other = turn.is_surely_about_other("book_legal") and not (wants_change and names_it)
        if is_about_other or _is_open(turn, self.name):
            return False
        booking = bookings.active_of(turn.tx, turn.person.id, turn.now)
        if booking is None or turn.knowledge.legal is None:
            return False
        self._on_booked(turn, booking)
        return True

    def choose(self, turn: Turn, choice: Choice, value: str | None) -> None:
        """What to do about the booking there is."""
        booking = bookings.active_of(turn.tx, turn.person.id, turn.now)
        if booking is None:
            turn.say("legal.nothing_booked")
        elif value == "change":
            self._begin_change(turn, booking)
        elif value == "call_off":
            self._cancel(turn, booking)
        else:
            turn.say("legal.kept", booking_facts(turn.knowledge, booking))

    # -- the form -----------------------------------------------------------------------------

    def absorb(self, turn: Turn, form: Form) -> bool:
        if _calls_off(turn) and not turn.meaning.times:
            turn.conversation.stack.remove(form)
            if bookings.active_of(turn.tx, turn.person.id, turn.now) is None:
                turn.say("conversation.cancelled")
            return False  # whoever has a booking already is asked by leaving.py
        before = dict(form.values)
        self._take(turn, form)
        if form.values == before and turn.meaning.intent == "book_legal" and _topic(turn):
            form.values["topic"] = form.get("topic") or _topic(turn)
            turn.say("legal.no_conclusion")
            return True
        return form.values != before

    def absorb_free_text(self, turn: Turn, form: Form) -> bool:
        return False  # nothing here is told in free text

    def missing(self, turn: Turn, form: Form) -> Question | None:
        if not form.get("start"):
            return self._ask_time(turn, form)
        if not form.get("mode"):
            buttons = tuple(Button(mode, mode) for mode in _legal(turn).modes)
            return Question("mode", turn.reply("legal.ask_mode"), buttons)
        if _is_by_phone(form) and not _phone(turn, form):
            return Question("phone", turn.reply("legal.ask_phone"))
        return None

    def read_back(self, turn: Turn, form: Form) -> None:
        legal = _legal(turn)
        phone = _phone(turn, form) if _is_by_phone(form) else None
        turn.say(
            "legal.read_back",
            buttons=[turn.button(f"conversation.button_{word}") for word in ("yes", "change", "cancel")],
            when=spoken_moment(turn.knowledge, _start(form)),
            mode=form.values["mode"],
            where=spoken_where(turn.knowledge, lawyer=legal.lawyer, place=legal.place, phone=phone),
        )

    def submit(self, turn: Turn, form: Form) -> None:
        phone = _phone(turn, form) if _is_by_phone(form) else None
        draft = bookings.BookingDraft(
            turn.person.id, _start(form), form.values["mode"], phone, form.values.get("topic", "")
        )
        before = bookings.active_of(turn.tx, turn.person.id, turn.now)
        try:
            if before is None:
                booking = bookings.book(turn.tx, turn.knowledge, draft, turn.now)
            else:
                booking = bookings.move(turn.tx, turn.knowledge, before, draft, turn.now)
        except bookings.SlotTaken:
            _refuse(form, "taken", wish_for(_start(form)))
            turn.conversation.stack.append(form)
            return
        if phone is not None and not turn.person.phone:
            note_phone(turn.tx, turn.person.id, phone)
        reference = f"{booking.id}/{before.id}" if before is not None else str(booking.id)
        turn.finish(self.name, reference, undo_until=turn.now + UNDO_WINDOW)
        key = "legal.booked"
        if before is not None:
            key = "legal.moved" if before.start_at != booking.start_at else "legal.mode_changed"
        turn.say(key, booking_facts(turn.knowledge, booking))

    # -- afterwards ---------------------------------------------------------------------------

    def undo(self, turn: Turn, reference: str) -> None:
        """Call off what was just booked; put back what was just moved."""
        number, _, number_before = reference.partition("/")
        booking = bookings.active_of(turn.tx, turn.person.id, turn.now)
        before = bookings.by_id(turn.tx, int(number_before)) if number_before else None
        if booking is None or booking.id != int(number):
            turn.say("legal.nothing_booked")
            return
        if before is None:
            self._cancel(turn, booking)
            return
        draft = bookings.BookingDraft(
            before.person_id, before.start_at, before.mode, before.phone, before.topic
        )
        try:
            restored = bookings.move(turn.tx, turn.knowledge, booking, draft, turn.now)
        except bookings.SlotTaken:
            turn.say("legal.cannot_go_back", booking_facts(turn.knowledge, booking))
        else:
            turn.say("legal.moved", booking_facts(turn.knowledge, restored))

    def correct(self, turn: Turn, reference: str) -> bool:
        return False  # a new time is heard by `overhear`

    # -- what the message says ------------------------------------------------------------------

    def _take(self, turn: Turn, form: Form) -> None:
        self._take_time(turn, form)
        _take_mode(turn, form, _legal(turn).modes)
        if turn.meaning.phones:
            form.values["phone"] = turn.meaning.phones[0]

    def _take_time(self, turn: Turn, form: Form) -> None:
        if form.asked == "start" and not turn.meaning.times:
            offered = self._offered(turn, form)
            any_will_do = bool(turn.meaning.acts & {Act.SKIP, Act.YES}) or has_cue(
                turn.meaning.text, Cue.EARLIEST
            )
            number = 0 if any_will_do else read_ordinal(turn.meaning.text, len(offered))
            if number is not None and offered:
                _set_start(form, offered[number])
            return
        wish = wish_of(turn.meaning.times)
        if wish is None or turn.is_surely_about_other("book_legal"):
            return  # “社区周末有人吗” names a day, but not as the answer to ours
        if wish.on is None and form.get("start"):  # “还是三点吧”: the day stays
            wish = Wish(to_local(_start(form)).date(), wish.at, wish.part)
        offered = self._offered(turn, form) if form.asked == "start" else []
        picked = pick(wish, free=self._free(turn), possible=self._slots(turn), offered=offered)
        if picked.start is not None:
            _set_start(form, picked.start)
        else:
            _refuse(form, picked.why_not, wish)

    def _ask_time(self, turn: Turn, form: Form) -> Question:
        offered = [spoken_moment(turn.knowledge, slot) for slot in self._offered(turn, form)]
        if not offered:  # all taken since the exchange began
            return Question("start", turn.reply("legal.nothing_free"))
        key = f"legal.ask_{form.get('why_not') or 'time'}"
        text = turn.reply(key, **service_facts(turn.knowledge, _legal(turn)))
        buttons = tuple(Button(label, label) for label in offered)
        return Question("start", text, buttons, again=turn.reply("legal.ask_again"))

    def _offered(self, turn: Turn, form: Form) -> list[datetime]:
        free = self._free(turn)
        wish = wish_from_text(form.values.get("wish", ""))
        fit = fitting(free, wish) if form.get("why_not") == "several" else []
        return fit[:_MOST_OFFERED] or nearest(free, wish, most=_MOST_OFFERED)

    def _free(self, turn: Turn) -> tuple[datetime, ...]:
        return bookings.free(turn.tx, _legal(turn), self._slots(turn), turn.now)

    def _slots(self, turn: Turn) -> tuple[datetime, ...]:
        return all_slots(_legal(turn), now=turn.now, is_closed=self._is_closed)

    # -- a booking there is ---------------------------------------------------------------------

    def _on_booked(self, turn: Turn, booking: Booking) -> None:
        if wish_of(turn.meaning.times) is not None or turn.meaning.acts & _CHANGING:
            self._begin_change(turn, booking)
            return
        options = [
            Option(turn.reply("legal.option_change"), "change"),
            Option(turn.reply("legal.option_call_off"), "call_off"),
            Option(turn.reply("legal.option_keep"), "keep"),
        ]
        turn.offer(self.name, "booked", options, "legal.already", **booking_facts(turn.knowledge, booking))

    def _begin_change(self, turn: Turn, booking: Booking) -> None:
        turn.say("legal.changing", booking_facts(turn.knowledge, booking))
        values = {"topic": booking.topic, "mode": booking.mode, "phone": booking.phone or ""}
        cues = (Cue.BY_PHONE, Cue.IN_PERSON)
        if not turn.meaning.times and any(has_cue(turn.meaning.text, cue) for cue in cues):
            values["start"] = booking.start_at.isoformat()  # “改成电话”: only the way of meeting changes
        self._begin(turn, values)

    def _begin(self, turn: Turn, values: dict[str, str]) -> None:
        form = Form(self.name, values)
        self._take(turn, form)
        turn.conversation.stack.append(form)

    def _cancel(self, turn: Turn, booking: Booking) -> None:
        bookings.cancel(turn.tx, turn.knowledge, booking, turn.now)
        turn.say("legal.cancelled", booking_facts(turn.knowledge, booking))


def _take_begun(turn: Turn, service: str) -> Form | None:
    """The exchange that is open already, off the stack."""
    for frame in turn.conversation.stack:
        if isinstance(frame, Form) and frame.service == service:
            turn.conversation.stack.remove(frame)
            return frame
    return None


def _is_open(turn: Turn, service: str) -> bool:
    return any(isinstance(frame, Form) and frame.service == service for frame in turn.conversation.stack)


def _calls_off(turn: Turn) -> bool:
    """“律师那个不约了”; a question in which something is called off is a question for the lawyer."""
    calls_off = Act.LEAVE in turn.meaning.acts or has_cue(turn.meaning.text, Cue.CALL_OFF)
    return calls_off and not names_a_topic(turn.meaning.text)


def _legal(turn: Turn) -> LegalService:
    assert turn.knowledge.legal is not None, "an exchange is only begun where there is a lawyer"
    return turn.knowledge.legal


def _start(form: Form) -> datetime:
    return datetime.fromisoformat(form.values["start"])


def _set_start(form: Form, start: datetime) -> None:
    form.values.pop("why_not", None)
    form.values.pop("wish", None)
    form.values["start"] = start.isoformat()


def _refuse(form: Form, why: str, wish: Wish) -> None:
    """Remember the wish that cannot be met as it is; the next question offers what is near it."""
    form.values.pop("start", None)
    form.values["why_not"] = why
    form.values["wish"] = wish.as_text()


def _take_mode(turn: Turn, form: Form, modes: Sequence[str]) -> None:
    text = turn.meaning.text
    for mode in modes:
        cue = Cue.BY_PHONE if has_cue(mode, Cue.BY_PHONE) else Cue.IN_PERSON
        if len(modes) == 1 or has_cue(text, cue) or (form.asked == "mode" and mode in text):
            form.values["mode"] = mode
    if form.asked == "mode" and Act.SKIP in turn.meaning.acts:
        form.values["mode"] = modes[0]  # “都行”


def _is_by_phone(form: Form) -> bool:
    return has_cue(form.values["mode"], Cue.BY_PHONE)


def _phone(turn: Turn, form: Form) -> str:
    return form.get("phone") or turn.person.phone or ""


def _topic(turn: Turn) -> str:
    """The first message, where it says more than that a lawyer is wanted."""
    text = rest = " ".join(turn.meaning.text.split())
    for mention in turn.meaning.times:
        rest = rest.replace(mention.text, "")
    return text[:_TOPIC] if names_a_topic(rest) else ""
