"""代报: one of the staff, or a building leader, enters a matter for a resident who cannot write here.

Who typed is the operator; the reporter is the resident, where a name or a number is told, else nobody.
"""

from collections.abc import Callable

from bot.clock import local_day
from bot.community import directory
from bot.community.identity import person_by_id, reachable
from bot.community.models import Home, Person
from bot.community.residents import known_resident, note_resident
from bot.conversation.state import Form
from bot.conversation.turn import Turn
from bot.services.issue_report.place import filed_place
from bot.tickets.models import Place
from intents.entries import Entry, read_entry, read_name

_FOR = "for"  # set where the matter is entered for somebody else
_NAME, _PHONE, _WHO = "for_name", "phone", "for_person"


class Entering:
    """Hears what is entered, whatever else is going on, and begins the report."""

    def __init__(self, begin: Callable[[Turn, Entry], None]) -> None:
        self._begin = begin

    def overhear(self, turn: Turn) -> bool:
        entry = _entry(turn)
        if entry is None:
            return False
        private = turn.in_private()
        private.meaning = turn.reread(entry.text)
        self._begin(private, entry)
        return True


def _entry(turn: Turn) -> Entry | None:
    """What is entered for a resident, if it is said to us by somebody who may."""
    at_work = turn.group is not None and turn.group.for_staff
    if turn.is_group and not (turn.message.mentioned or at_work):
        return None
    member = directory.member(turn.knowledge, turn.person.staff_name, local_day(turn.now))
    return read_entry(turn.meaning.text) if member is not None else None


def is_entered(form: Form) -> bool:
    return form.get(_FOR) is not None


def begin(form: Form, entry: Entry) -> None:
    form.values[_FOR] = "yes"
    if entry.name is not None:
        form.values[_NAME] = entry.name


def take_resident(turn: Turn, form: Form) -> bool:
    """The resident's name and number, told with the matter or after it; whether there is anything new."""
    before = dict(form.values)
    if turn.meaning.phones:
        form.values[_PHONE] = turn.meaning.phones[0]
    if not form.get(_NAME) and (name := read_name(turn.meaning.text)) is not None:
        form.values[_NAME] = name
    return form.values != before


def described(turn: Turn, form: Form) -> str:
    """Whom it is entered for, and how they will hear of it, for the read-back."""
    name, phone = form.get(_NAME), form.get(_PHONE)
    if not (name or phone):
        return turn.reply("report.for_nobody")
    who = " ".join(part for part in (name, phone) if part)
    known = known_resident(turn.tx, name=name, phone=phone, home=_home(filed_place(form)))
    if known is not None and reachable(turn.tx, [known.id]):
        return turn.reply("report.for_reached", who=who)
    member = directory.member(turn.knowledge, turn.person.staff_name, local_day(turn.now))
    rings = directory.may_work_tickets(member)
    return turn.reply("report.for_rung" if rings else "report.for_rung_by_owner", who=who)


def resident(turn: Turn, form: Form) -> Person | None:
    """The reporter: somebody known already, somebody noted now, or nobody."""
    if (noted := form.get(_WHO)) is not None:
        return person_by_id(turn.tx, int(noted))
    name, phone, home = form.get(_NAME), form.get(_PHONE), _home(filed_place(form))
    if not (name or phone):
        return None
    found = known_resident(turn.tx, name=name, phone=phone, home=home)
    found = found or note_resident(turn.tx, name=name, phone=phone, home=home, now=turn.now)
    form.values[_WHO] = str(found.id)
    return found


def _home(place: Place) -> Home | None:
    if place.compound is None or place.building is None:
        return None
    return Home(place.compound, place.building, place.unit, place.room)
