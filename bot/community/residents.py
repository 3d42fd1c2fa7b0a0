"""Residents whom somebody else writes for: found by their telephone or at their door, else noted."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, select

from bot.community.identity import add_person, person_by_id
from bot.community.models import Home, Person, people
from bot.storage.ids import new_id
from bot.storage.transaction import Transaction

_here = people.c.tenant == bindparam("of_tenant")
_BY_PHONE = select(people.c.id).where(_here, people.c.phone == bindparam("of_phone")).order_by(people.c.id)
_BY_DOOR = (
    select(people.c.id)
    .where(
        _here,
        people.c.name == bindparam("of_name"),
        people.c.compound == bindparam("of_compound"),
        people.c.building == bindparam("of_building"),
    )
    .order_by(people.c.id)
)


def known_resident(
    tx: Transaction, *, name: str | None, phone: str | None, home: Home | None
) -> Person | None:
    """The one who certainly is meant: by the number, else by the name in the building. Of several with the
    number the one so called; never a guess."""
    if phone is not None:
        found = _residents(tx, tx.fetch(_BY_PHONE, of_phone=phone))
        if len(found) > 1:
            found = [person for person in found if person.name == name]
    elif name is not None and home is not None:
        rows = tx.fetch(_BY_DOOR, of_name=name, of_compound=home.compound, of_building=home.building)
        found = [person for person in _residents(tx, rows) if _agrees(person.home, home)]
    else:
        return None
    return found[0] if len(found) == 1 else None


def note_resident(
    tx: Transaction, *, name: str | None, phone: str | None, home: Home | None, now: datetime
) -> Person:
    """Somebody who is known by name or number only, and whom no channel reaches."""
    person = Person(new_id(), name, None, home, phone)
    add_person(tx, person, now)
    return person


def _residents(tx: Transaction, rows: Sequence[Row[Any]]) -> list[Person]:
    found = (person_by_id(tx, row.id) for row in rows)
    return [person for person in found if person is not None and person.staff_name is None]


def _agrees(one: Home | None, other: Home) -> bool:
    """Whether two homes in one building can be the same."""
    return one is not None and all(
        None in pair or pair[0] == pair[1] for pair in ((one.unit, other.unit), (one.room, other.room))
    )
