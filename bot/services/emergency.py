"""紧急情况: numbers first, no questions; the duty order is rung without waiting for an answer."""

from dataclasses import replace
from datetime import timedelta

from bot.clock import local_day
from bot.community import directory
from bot.community.identity import staff_person
from bot.community.speech import spoken_place
from bot.conversation.state import Choice, Form, Option
from bot.conversation.turn import SURE, Turn
from bot.outbox.enqueue import enqueue
from bot.outbox.models import Purpose
from bot.outbox.withdraw import withdraw
from bot.storage.transaction import Transaction
from bot.tickets import queries
from bot.tickets.desk import TicketDesk
from bot.tickets.lifecycle import is_open
from bot.tickets.models import Draft, Place, Ticket
from bot.tickets.notices import excerpt, facts
from intents.result import Act, PlaceMention

SAME_EMERGENCY = timedelta(minutes=30)
"""Within this time another report of the same class at the same building is the same emergency, and what
the person says besides is about it."""

RING_UNLESS_ANSWERED = timedelta(seconds=60)
"""A possible emergency rings the duty person unless the writer says no within this time."""

_NAME = "emergency"
_NODDING = frozenset({Act.YES, Act.NO, Act.THANKS})


class Emergency:
    """Listens to every message before anything else does."""

    name = _NAME
    intents: frozenset[str] = frozenset()
    speaks_in_groups = True

    def __init__(self, desk: TicketDesk) -> None:
        self._desk = desk

    def start(self, turn: Turn) -> None:
        """Never the start of a message: everything happens in `overhear`."""

    def overhear(self, turn: Turn) -> bool:
        fired = turn.meaning.emergency
        if fired is None or not (turn.meaning.respond or not turn.is_group):
            return False
        if not fired.certain and _just_reported(turn) is not None:
            return False  # “快来人啊” is about the emergency of a minute ago
        emergency_class = turn.knowledge.emergency_classes[fired.code]
        if emergency_class.private_only:
            turn = turn.in_private()
        asked_about = _forget_question(turn)
        turn.say(emergency_class.reply)
        if fired.certain:
            place = turn.meaning.place or (turn.reread(asked_about).place if asked_about else None)
            self._ring(turn, fired.code, turn.meaning.text, place)
        else:
            self._ask_whether_now(turn)
        return True

    def choose(self, turn: Turn, choice: Choice, value: str | None) -> None:
        """The answer to “is it happening now?”."""
        code, _, key = choice.purpose.partition("/")
        withdraw(turn.tx, key)
        if value == "yes":
            turn.say(turn.knowledge.emergency_classes[code].reply)
            place = turn.meaning.place or turn.reread(choice.text).place
            self._ring(turn, code, choice.text, place)
        else:
            turn.say("emergency.called_off")

    # -- below ------------------------------------------------------------------------------------

    def _ring(self, turn: Turn, code: str, text: str, said: PlaceMention | None) -> None:
        """File it as an emergency and push it at once; the place may follow."""
        place = _place(turn, said)
        same = self._same(turn, code, place)
        if same is not None:
            if same.reporter_id == turn.person.id:
                self._desk.supplement(turn.tx, same, turn.person, text, turn.now)
                key = "emergency.yours"
            else:
                self._desk.join(turn.tx, same, turn.person, text, turn.now)
                key = "emergency.known"
            turn.say(key, facts(turn.knowledge, same), owner=self._owner(turn, same))
            self._stay_with(turn, same)
            return
        draft = Draft(
            text=text,
            category=code,
            urgency="E",
            place=place,
            reporter_id=turn.person.id,
            channel=turn.message.channel,
            photos=turn.message.photos,
        )
        ticket = self._desk.open(turn.tx, draft, turn.now)
        turn.say("emergency.told_staff", facts(turn.knowledge, ticket), owner=self._owner(turn, ticket))
        self._stay_with(turn, ticket)
        if not (place.compound and place.building) and not turn.message.one_way:
            form = Form("issue_report", {"ticket": str(ticket.id), "text": text, "category": code})
            form.values["urgency"] = "E"
            for slot in ("compound", "building", "unit"):
                if value := getattr(place, slot):
                    form.values[slot] = value
            turn.in_private().conversation.stack.append(form)

    def _same(self, turn: Turn, code: str, place: Place) -> Ticket | None:
        """The emergency this is about, where it is one that somebody has reported just now."""
        since = turn.now - SAME_EMERGENCY
        mine = _just_reported(turn)
        if mine is not None and mine.category == code and _may_be_one(mine.place, place):
            return mine
        if not (place.compound and place.building):
            return None
        return queries.same_matter(
            turn.tx, compound=place.compound, building=place.building, unit=place.unit,
            category=code, since=since,
        )  # fmt: skip

    def _stay_with(self, turn: Turn, ticket: Ticket) -> None:
        until = turn.now + SAME_EMERGENCY
        turn.finish(self.name, str(ticket.id), undo_until=until)
        turn.in_private().finish(self.name, str(ticket.id), undo_until=until)

    def _owner(self, turn: Turn, ticket: Ticket) -> str:
        return self._desk.owner_name(turn.tx, ticket) or turn.reply("report.dispatcher")

    def _ask_whether_now(self, turn: Turn) -> None:
        fired = turn.meaning.emergency
        assert fired is not None
        key = f"possible/{turn.message.channel}/{turn.message.id}"
        on_duty = self._desk.duty.dispatcher(turn.tx, turn.now)
        person = staff_person(turn.tx, on_duty) if on_duty else None
        if person is not None:
            place = _place(turn, turn.meaning.place)
            text = turn.reply(
                "emergency.possible_to_staff",
                name=turn.knowledge.emergency_classes[fired.code].name,
                text=excerpt(turn.meaning.text),
                who=" ".join(part for part in (turn.person.name, turn.person.phone) if part),
                where=spoken_place(
                    turn.knowledge,
                    compound=place.compound,
                    building=place.building,
                    unit=place.unit,
                    text=place.text,
                ),
            )
            _ring_later(turn.tx, key, person.id, text, turn)
        options = [
            Option(turn.reply("emergency.option_now"), "yes"),
            Option(turn.reply("emergency.option_not"), "no"),
        ]
        turn.offer(self.name, f"{fired.code}/{key}", options, "emergency.is_it_now")


class AfterEmergency:
    """Whoever has just reported an emergency is not left alone: what they say next goes to the one who
    comes."""

    def __init__(self, desk: TicketDesk) -> None:
        self._desk = desk

    def overhear(self, turn: Turn) -> bool:
        ticket = _just_reported(turn)
        if ticket is None or turn.is_group or Act.UNDO in turn.meaning.acts or _asks_for_other(turn):
            return False
        turn.in_a_hurry = True
        owner = self._desk.owner_name(turn.tx, ticket) or turn.reply("report.dispatcher")
        said = turn.meaning.place
        told = (
            _place(turn, replace(said, compound=said.compound or ticket.place.compound)) if said else Place()
        )
        is_nearer = told.building is not None and told.building != ticket.place.building
        if is_nearer and told.compound is not None:
            ticket = self._desk.move_place(turn.tx, ticket, turn.person, told, turn.now)
            turn.say("report.corrected", facts(turn.knowledge, ticket))
        elif turn.meaning.acts and turn.meaning.acts <= _NODDING:
            turn.say("emergency.stand_by", facts(turn.knowledge, ticket), owner=owner)
        else:
            words = turn.message.text.strip() or turn.reply("human.without_words")
            self._desk.supplement(turn.tx, ticket, turn.person, words, turn.now)
            turn.say("emergency.passed_on", facts(turn.knowledge, ticket), owner=owner)
        return True


def _just_reported(turn: Turn) -> Ticket | None:
    """The emergency this person reported or joined within the last minutes, if it still goes on."""
    done = turn.conversation.done
    if done is None or done.service != _NAME or turn.now > done.until:
        return None
    ticket = queries.by_id(turn.tx, int(done.reference))
    return ticket if ticket is not None and is_open(ticket.state) else None


def _asks_for_other(turn: Turn) -> bool:
    """Whether the message is certainly about something else, with a matter or an answer of its own."""
    meaning = turn.meaning
    if meaning.intent is None or meaning.confidence < SURE:
        return False
    return meaning.intent != "report_issue" or meaning.category is not None


def _may_be_one(known: Place, said: Place) -> bool:
    """Whether two places may be the same: nothing that is told of both differs."""
    pairs = ((known.compound, said.compound), (known.building, said.building), (known.unit, said.unit))
    return all(one is None or other is None or one == other for one, other in pairs)


def _forget_question(turn: Turn) -> str:
    """“Is it happening now?” is answered by the next cry for help; what it was asked about."""
    top = turn.conversation.top
    if not (isinstance(top, Choice) and top.service == _NAME):
        return ""
    turn.conversation.stack.pop()
    withdraw(turn.tx, top.purpose.partition("/")[2])
    return top.text


def _ring_later(tx: Transaction, key: str, person_id: int, text: str, turn: Turn) -> None:
    enqueue(
        tx,
        dedupe_key=key,
        person_id=person_id,
        purpose=Purpose.NOTICE,
        text=text,
        now=turn.now,
        not_before=turn.now + RING_UNLESS_ANSWERED,
        urgent=True,
    )


def _place(turn: Turn, said: PlaceMention | None) -> Place:
    """What was said, filled up from the QR code, the known home or the group: a guess beats no push."""
    if said is None and (earlier := _just_reported(turn)) is not None:
        return earlier.place  # “还有人晕倒了”: where the fire is
    said = said or PlaceMention()
    scanned = turn.scanned_place() or PlaceMention()
    home = turn.person.home
    compound = said.compound or scanned.compound or (home.compound if home else None)
    if compound is None and turn.group is not None:
        compound = turn.group.compound
    if compound is None:
        compound = directory.own_compound(turn.knowledge, turn.person.staff_name, local_day(turn.now))
    text = said.text or turn.conversation.place_hint
    if said.building is not None:
        at_home = home is not None and (compound, said.building) == (home.compound, home.building)
        unit = said.unit or (home.unit if home is not None and at_home else None)
        return Place(compound, said.building, unit, said.room, text)
    if scanned.building is not None:
        return Place(compound, scanned.building, said.unit or scanned.unit, said.room, text)
    if home is not None and compound == home.compound:
        return Place(compound, home.building, said.unit or home.unit, said.room or home.room, text)
    return Place(compound, None, said.unit, said.room, text)
