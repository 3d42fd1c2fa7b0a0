"""我的信息: what is kept about a person, to be seen, put right, or deleted."""

from bot.community.identity import forget, note_home, note_phone
from bot.community.models import Home
from bot.community.places import place_refusal
from bot.community.speech import masked_phone, spoken_moment, spoken_place
from bot.conversation.state import Choice, Form, Option
from bot.conversation.turn import Question, Turn
from bot.messaging import Button
from bot.offers import bookings, signups
from bot.offers.activities import to_come
from bot.offers.models import SignupState
from bot.tickets import queries
from bot.tickets.ageing import drop_photos_of
from intents.service_words import Cue, has_cue

_BARE = 6  # characters of “改一下住址”: nothing but the wish itself
_HOME, _PHONE = "home", "phone"
_PLACE_SLOTS = ("compound", "building", "unit", "room")


class MyInformation:
    name = "my_information"
    intents = frozenset({"privacy"})
    speaks_in_groups = False

    def start(self, turn: Turn) -> None:
        text = turn.meaning.text
        if has_cue(text, Cue.DELETE):
            self._ask_to_delete(turn)
        elif has_cue(text, Cue.CHANGE_HOME):
            self._begin(turn, _HOME)
        elif has_cue(text, Cue.CHANGE_PHONE):
            self._begin(turn, _PHONE)
        elif has_cue(text, Cue.STOP):
            turn.say("privacy.pushes", buttons=[turn.button("privacy.button_delete")])
        else:
            self._show(turn)

    def overhear(self, turn: Turn) -> bool:
        """“我搬到5号楼了”, “我的电话换成139…”, “改住址”: plain words that need no “我的信息” in front."""
        meaning = turn.meaning
        if turn.is_group or turn.conversation.top is not None:
            return False
        is_bare = len(meaning.text.strip()) <= _BARE
        names_home = meaning.place is not None and bool(meaning.place.building) and meaning.category is None
        if has_cue(meaning.text, Cue.CHANGE_PHONE) and (is_bare or meaning.phones):
            self._begin(turn, _PHONE)
        elif has_cue(meaning.text, Cue.CHANGE_HOME) and (is_bare or names_home):
            self._begin(turn, _HOME)
        else:
            return False
        return True

    def choose(self, turn: Turn, choice: Choice, value: str | None) -> None:
        if value is None:
            turn.say("privacy.kept")
        else:
            self._delete(turn)

    # -- the form: a new home or a new number ----------------------------------------------------

    def absorb(self, turn: Turn, form: Form) -> bool:
        before = dict(form.values)
        if form.values["what"] == _PHONE:
            if turn.meaning.phones:
                form.values["phone"] = turn.meaning.phones[0]
            return form.values != before
        said = turn.meaning.place
        if said is None:
            return False
        if refusal := place_refusal(turn.knowledge, said, form.get("compound")):
            turn.say_text(refusal)
            form.values["compound"] = said.compound or form.values["compound"]
            form.asked = "building"
            return False
        for slot in _PLACE_SLOTS:
            if value := getattr(said, slot):
                form.values[slot] = value
        return form.values != before

    def absorb_free_text(self, turn: Turn, form: Form) -> bool:
        return False  # a home that is in no file cannot be kept

    def missing(self, turn: Turn, form: Form) -> Question | None:
        if form.values["what"] == _PHONE:
            return None if form.get("phone") else Question("phone", turn.reply("privacy.ask_phone"))
        if not form.get("compound"):
            buttons = tuple(Button(name, name) for name in turn.knowledge.compounds)
            return Question("compound", turn.reply("privacy.ask_compound"), buttons)
        if not form.get("building"):
            return Question("building", turn.reply("privacy.ask_building", compound=form.values["compound"]))
        return None

    def read_back(self, turn: Turn, form: Form) -> None:
        buttons = [turn.button(f"conversation.button_{word}") for word in ("yes", "change", "cancel")]
        if form.values["what"] == _PHONE:
            turn.say("privacy.read_back_phone", buttons=buttons, phone=form.values["phone"])
        else:
            turn.say("privacy.read_back_home", buttons=buttons, home=_spoken_home(turn, _home(form)))

    def submit(self, turn: Turn, form: Form) -> None:
        if form.values["what"] == _PHONE:
            note_phone(turn.tx, turn.person.id, form.values["phone"])
            turn.say("privacy.changed_phone", phone=masked_phone(form.values["phone"]))
        else:
            note_home(turn.tx, turn.person.id, _home(form))
            turn.say("privacy.changed_home", home=_spoken_home(turn, _home(form)))

    # -- below ------------------------------------------------------------------------------------

    def _begin(self, turn: Turn, what: str) -> None:
        if turn.person.staff_name is not None:
            turn.say("privacy.staff")
            return
        form = Form(self.name, {"what": what})
        home = turn.person.home
        said = turn.meaning.place
        if what == _HOME and home is not None and said is not None and said.building:
            form.values["compound"] = said.compound or home.compound
        self.absorb(turn, form)
        turn.conversation.stack.append(form)

    def _show(self, turn: Turn) -> None:
        person = turn.person
        unknown = turn.reply("privacy.unknown")
        booking = bookings.active_of(turn.tx, person.id, turn.now)
        buttons = [
            turn.button(f"privacy.button_{word}") for word in ("delete", "change_home", "change_phone")
        ]
        turn.say(
            "privacy.shown",
            buttons=() if person.staff_name is not None else buttons,
            name=person.name or unknown,
            home=_spoken_home(turn, person.home) if person.home else unknown,
            phone=masked_phone(person.phone or "") or unknown,
            matters=queries.count_reported_by(turn.tx, person.id),
            booking=spoken_moment(turn.knowledge, booking.start_at)
            if booking
            else turn.reply("privacy.none"),
            signups=self._spoken_signups(turn) or turn.reply("privacy.none"),
        )

    def _spoken_signups(self, turn: Turn) -> str:
        activities = to_come(turn.knowledge, turn.now)
        titles = {activity.id: activity.title for activity in activities}
        spoken = [
            turn.reply(
                "privacy.waiting_for" if signup.state is SignupState.WAITING else "privacy.signed_up_for",
                title=titles[signup.activity],
            )
            for signup in signups.active_of(turn.tx, turn.person.id, activities)
        ]
        return turn.reply("privacy.list_comma").join(spoken)

    def _ask_to_delete(self, turn: Turn) -> None:
        if turn.person.staff_name is not None:
            turn.say("privacy.staff")
            return
        turn.offer(
            self.name, "delete", [Option(turn.reply("privacy.option_delete"), "delete")], "privacy.sure"
        )

    def _delete(self, turn: Turn) -> None:
        """What was booked is called off; matters stay, without name, number, home or photos."""
        person = turn.person
        booking = bookings.active_of(turn.tx, person.id, turn.now)
        if booking is not None:
            bookings.cancel(turn.tx, turn.knowledge, booking, turn.now)
        activities = to_come(turn.knowledge, turn.now)
        by_id = {activity.id: activity for activity in activities}
        for signup in signups.active_of(turn.tx, person.id, activities):
            signups.leave(turn.tx, turn.knowledge, by_id[signup.activity], signup, turn.now)
        bookings.forget(turn.tx, person.id)
        drop_photos_of(turn.tx, person.id)
        forget(turn.tx, person.id)
        turn.conversation.stack.clear()
        turn.conversation.done = None
        turn.say("privacy.deleted")


def _home(form: Form) -> Home:
    return Home(form.values["compound"], form.values["building"], form.get("unit"), form.get("room"))


def _spoken_home(turn: Turn, home: Home) -> str:
    """With the room: this is said to the person alone."""
    place = spoken_place(turn.knowledge, compound=home.compound, building=home.building, unit=home.unit)
    return f"{place}{home.room or ''}"
