"""法律咨询: half an hour with the community's lawyer. The bot books it and never says what the law is."""

from collections.abc import Callable
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
from bot.services.legal_help import exchange
from intents.result import Act
from intents.service_words import Cue, has_cue, read_ordinal

UNDO_WINDOW = timedelta(minutes=30)

_MOST_OFFERED = 3
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
        elif exchange.calls_off(turn):
            turn.say("legal.nothing_booked")
        elif not self._free(turn):
            turn.say("legal.nothing_free")
        elif (begun := exchange.take_begun(turn, self.name)) is not None:
            self._begin(turn, begun.values)  # asked for in a group, and again
        else:
            turn.say("legal.intro")
            self._begin(turn, {"topic": exchange.topic_of(turn)})

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
        if is_about_other or exchange.is_begun(turn, self.name):
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
        if exchange.calls_off(turn) and not turn.meaning.times:
            turn.conversation.stack.remove(form)
            if bookings.active_of(turn.tx, turn.person.id, turn.now) is None:
                turn.say("conversation.cancelled")
            return False  # whoever has a booking already is asked by leaving.py
        before = dict(form.values)
        self._take(turn, form)
        if form.values == before and turn.meaning.intent == "book_legal" and exchange.topic_of(turn):
            form.values["topic"] = form.get("topic") or exchange.topic_of(turn)
            turn.say("legal.no_conclusion")
            return True
        return form.values != before

    def absorb_free_text(self, turn: Turn, form: Form) -> bool:
        return False  # nothing here is told in free text

    def missing(self, turn: Turn, form: Form) -> Question | None:
        if not form.get("start"):
            return self._ask_time(turn, form)
        if not form.get("mode"):
            buttons = tuple(Button(mode, mode) for mode in exchange.legal_service(turn).modes)
            return Question("mode", turn.reply("legal.ask_mode"), buttons)
        if exchange.is_by_phone(form) and not exchange.phone_of(turn, form):
            return Question("phone", turn.reply("legal.ask_phone"))
        return None

    def read_back(self, turn: Turn, form: Form) -> None:
        legal = exchange.legal_service(turn)
        phone = exchange.phone_of(turn, form) if exchange.is_by_phone(form) else None
        turn.say(
            "legal.read_back",
            buttons=[turn.button(f"conversation.button_{word}") for word in ("yes", "change", "cancel")],
            when=spoken_moment(turn.knowledge, exchange.start_of(form)),
            mode=form.values["mode"],
            where=spoken_where(turn.knowledge, lawyer=legal.lawyer, place=legal.place, phone=phone),
        )

    def submit(self, turn: Turn, form: Form) -> None:
        phone = exchange.phone_of(turn, form) if exchange.is_by_phone(form) else None
        draft = bookings.BookingDraft(
            turn.person.id, exchange.start_of(form), form.values["mode"], phone, form.values.get("topic", "")
        )
        before = bookings.active_of(turn.tx, turn.person.id, turn.now)
        try:
            if before is None:
                booking = bookings.book(turn.tx, turn.knowledge, draft, turn.now)
            else:
                booking = bookings.move(turn.tx, turn.knowledge, before, draft, turn.now)
        except bookings.SlotTaken:
            exchange.refuse(form, "taken", wish_for(exchange.start_of(form)))
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
        exchange.take_mode(turn, form, exchange.legal_service(turn).modes)
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
                exchange.set_start(form, offered[number])
            return
        wish = wish_of(turn.meaning.times)
        if wish is None or turn.is_surely_about_other("book_legal"):
            return  # “社区周末有人吗” names a day, but not as the answer to ours
        if wish.on is None and form.get("start"):  # “还是三点吧”: the day stays
            wish = Wish(to_local(exchange.start_of(form)).date(), wish.at, wish.part)
        offered = self._offered(turn, form) if form.asked == "start" else []
        picked = pick(wish, free=self._free(turn), possible=self._slots(turn), offered=offered)
        if picked.start is not None:
            exchange.set_start(form, picked.start)
        else:
            exchange.refuse(form, picked.why_not, wish)

    def _ask_time(self, turn: Turn, form: Form) -> Question:
        offered = [spoken_moment(turn.knowledge, slot) for slot in self._offered(turn, form)]
        if not offered:  # all taken since the exchange began
            return Question("start", turn.reply("legal.nothing_free"))
        key = f"legal.ask_{form.get('why_not') or 'time'}"
        text = turn.reply(key, **service_facts(turn.knowledge, exchange.legal_service(turn)))
        buttons = tuple(Button(label, label) for label in offered)
        return Question("start", text, buttons, again=turn.reply("legal.ask_again"))

    def _offered(self, turn: Turn, form: Form) -> list[datetime]:
        free = self._free(turn)
        wish = wish_from_text(form.values.get("wish", ""))
        fit = fitting(free, wish) if form.get("why_not") == "several" else []
        return fit[:_MOST_OFFERED] or nearest(free, wish, most=_MOST_OFFERED)

    def _free(self, turn: Turn) -> tuple[datetime, ...]:
        return bookings.free(turn.tx, exchange.legal_service(turn), self._slots(turn), turn.now)

    def _slots(self, turn: Turn) -> tuple[datetime, ...]:
        return all_slots(exchange.legal_service(turn), now=turn.now, is_closed=self._is_closed)

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
