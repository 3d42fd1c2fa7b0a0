"""Whom a line means: by the whole name, by “小赵”, or by a name that nobody has."""

from datetime import date

from bot.community import directory
from bot.community.models import Person
from intents.roster_words import is_leave_of, read_person
from knowledge.model import Knowledge

_FAMILIAR = ("小", "老")
_LONGEST_NAME = 4  # characters


def named(knowledge: Knowledge, text: str, asker: str, *, is_answer: bool = False) -> str | None:
    """The name in people.yaml; a name that is not there comes back as it was written."""
    for name in knowledge.staff:
        if name != asker and name in text:
            return name
    written = read_person(text) or (
        text.strip() if is_answer and len(text.strip()) <= _LONGEST_NAME else None
    )
    if written is None:
        return None
    if written[0] in _FAMILIAR:
        meant = [name for name in knowledge.staff if name != asker and name[0] == written[1:2]]
        if len(meant) == 1:
            return meant[0]
    return written


def on_leave(knowledge: Knowledge, text: str, asker: str) -> str | None:
    """Whom the line puts on leave, if that is somebody else than who wrote it."""
    return next((name for name in knowledge.staff if name != asker and is_leave_of(text, name)), None)


def may_replace(knowledge: Knowledge, asker: str, other: str, today: date) -> bool:
    """Whether `other` can stand in for `asker`: a building leader for a leader, staff for staff."""
    one, two = knowledge.staff.get(asker), directory.member(knowledge, other, today)
    return one is not None and two is not None and two.may_replace(one)


def usual_stand_ins(knowledge: Knowledge, person: Person) -> tuple[str, ...]:
    """Who stands in for them by the files."""
    entry = knowledge.staff.get(person.staff_name or "")
    return entry.stand_ins if entry is not None else ()


def deputy(knowledge: Knowledge, person: Person, day: date) -> str | None:
    """Who stands in for them whenever nobody else does, if they serve on that day."""
    entry = knowledge.staff.get(person.staff_name or "")
    found = directory.member(knowledge, entry.deputy, day) if entry is not None else None
    return found.name if found is not None else None
