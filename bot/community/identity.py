"""Which person writes from an account, and what we know of them."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, select, tuple_, update
from sqlalchemy.engine import Row

from bot.community.models import Home, Person, accounts, people
from bot.messaging import Address
from bot.storage.among import is_among
from bot.storage.ids import new_id
from bot.storage.transaction import Transaction
from knowledge.model import Knowledge

_STAFF_KEY = "staff:"
_here = people.c.tenant == bindparam("of_tenant")
_BY_ACCOUNT = (
    select(people, accounts.c.channel, accounts.c.account, accounts.c.last_seen_at)
    .join(accounts, (accounts.c.tenant == people.c.tenant) & (accounts.c.person_id == people.c.id))
    .where(
        _here,
        accounts.c.tenant == bindparam("of_tenant"),
        tuple_(accounts.c.channel, accounts.c.account).in_(bindparam("of_accounts", expanding=True)),
    )
)
_BY_ID = select(people).where(_here, people.c.id == bindparam("of_id"))
_STAFF = select(people.c.id, people.c.roster_key).where(
    _here, is_among(people.c.id, "of_ids"), people.c.roster_key.startswith(_STAFF_KEY)
)
_BY_ROSTER_KEY = select(people).where(_here, people.c.roster_key == bindparam("of_key"))
_ACCOUNTS = (
    select(accounts)
    .where(
        accounts.c.tenant == bindparam("of_tenant"),
        is_among(accounts.c.person_id, "of_people"),
    )
    .order_by(accounts.c.channel, accounts.c.account)
)
_SEEN = (
    update(accounts)
    .where(
        accounts.c.tenant == bindparam("of_tenant"),
        accounts.c.channel == bindparam("of_channel"),
        accounts.c.account == bindparam("of_account"),
    )
    .values(last_seen_at=bindparam("now"))
)
_GIVE_ACCOUNTS = (
    update(accounts)
    .where(accounts.c.tenant == bindparam("of_tenant"), accounts.c.person_id == bindparam("of_person"))
    .values(person_id=bindparam("new_person"))
)
_SEEN_AGAIN_AFTER = timedelta(minutes=10)
"""Who writes again sooner costs no write of ours."""


@dataclass(frozen=True, slots=True)
class Reachable:
    """Where a person can be reached alone, and when they last wrote from there; None: never yet."""

    address: Address
    seen_at: datetime | None


@dataclass(slots=True)
class _Read:
    """Who has been read in this transaction; None for an account that nobody has written from."""

    by_id: dict[int, Person] = field(default_factory=dict)
    by_account: dict[tuple[str, str], int | None] = field(default_factory=dict)
    seen_at: dict[tuple[str, str], datetime | None] = field(default_factory=dict)
    by_roster_key: dict[str, int] = field(default_factory=dict)


def read_together(tx: Transaction, writers: Iterable[tuple[str, str]]) -> None:
    """Read the people behind several accounts (channel, account) at once, for `identify` to find."""
    known = tx.memory(_Read)
    unread = [writer for writer in dict.fromkeys(writers) if writer not in known.by_account]
    if not unread:
        return
    known.by_account |= dict.fromkeys(unread)
    for row in tx.fetch(_BY_ACCOUNT, of_accounts=unread):
        known.by_account[row.channel, row.account] = _keep(tx, row).id
        known.seen_at[row.channel, row.account] = row.last_seen_at


def identify(tx: Transaction, *, channel: str, account: str, name: str | None, now: datetime) -> Person:
    """The person behind an account; a new one the first time it writes."""
    read_together(tx, [(channel, account)])
    known = tx.memory(_Read)
    person_id = known.by_account[channel, account]
    found = person_by_id(tx, person_id) if person_id is not None else None
    if found is not None:
        return found
    person = Person(id=new_id(), name=name)
    add_person(tx, person, now)
    tx.add(accounts, channel=channel, account=account, person_id=person.id, last_seen_at=now)
    known.by_account[channel, account] = person.id
    known.seen_at[channel, account] = now
    known.by_id[person.id] = person
    return person


def note_seen(tx: Transaction, *, channel: str, account: str, now: datetime) -> None:
    """Somebody who has been identified writes from this account."""
    known = tx.memory(_Read)
    before = known.seen_at.get((channel, account))
    if before is None or now - before >= _SEEN_AGAIN_AFTER:
        tx.change(_SEEN, of_channel=channel, of_account=account, now=now)
        known.seen_at[channel, account] = now


def person_by_id(tx: Transaction, person_id: int) -> Person | None:
    known = tx.memory(_Read).by_id
    if person_id not in known:
        for row in tx.fetch(_BY_ID, of_id=person_id):
            _keep(tx, row)
    return known.get(person_id)


def staff_person(tx: Transaction, staff_name: str) -> Person | None:
    return person_of_roster(tx, f"{_STAFF_KEY}{staff_name}")


def staff_names(tx: Transaction, person_ids: Collection[int]) -> dict[int, str]:
    """The names in people.yaml of those of these people who are staff."""
    if not person_ids:
        return {}
    rows = tx.fetch(_STAFF, of_ids=list(person_ids))
    return {row.id: row.roster_key.removeprefix(_STAFF_KEY) for row in rows}


def person_of_roster(tx: Transaction, key: str) -> Person | None:
    """Somebody of the files: “staff:李敏”, “resident:王阿姨”."""
    known = tx.memory(_Read)
    if key in known.by_roster_key:
        return person_by_id(tx, known.by_roster_key[key])
    row = tx.fetch_one(_BY_ROSTER_KEY, of_key=key)
    if row is None:
        return None
    known.by_roster_key[key] = row.id
    return _keep(tx, row)


def reachable(tx: Transaction, person_ids: Collection[int]) -> dict[int, list[Reachable]]:
    """All accounts of these people."""
    found: dict[int, list[Reachable]] = {}
    if person_ids:
        for row in tx.fetch(_ACCOUNTS, of_people=list(person_ids)):
            way = Reachable(Address(row.channel, row.account), row.last_seen_at)
            found.setdefault(row.person_id, []).append(way)
    return found


def link_account(tx: Transaction, person_id: int, *, channel: str, account: str) -> None:
    """Let an account that nobody has written from be this person's."""
    tx.add_if_new(accounts, channel=channel, account=account, person_id=person_id, last_seen_at=None)


def join_people(tx: Transaction, goes: int, stays: int) -> Person:
    """Two turn out to be one: all accounts are `stays`'s, with what only the other had told. The one that
    goes is nobody any more."""
    old, kept = person_by_id(tx, goes), person_by_id(tx, stays)
    assert old is not None
    assert kept is not None
    tx.change(_GIVE_ACCOUNTS, of_person=goes, new_person=stays)
    if kept.home is None and old.home is not None:
        note_home(tx, stays, old.home)
    if not kept.phone and old.phone:
        note_phone(tx, stays, old.phone)
    if not kept.name and old.name:
        _amend(tx, stays, name=old.name)
    forget(tx, goes)
    tx.memory(_Read).by_account.clear()
    joined = person_by_id(tx, stays)
    assert joined is not None
    return joined


def note_home(tx: Transaction, person_id: int, home: Home) -> None:
    _amend(tx, person_id, compound=home.compound, building=home.building, unit=home.unit, room=home.room)


def note_phone(tx: Transaction, person_id: int, phone: str) -> None:
    _amend(tx, person_id, phone=phone)


def note_privacy_told(tx: Transaction, person_id: int) -> None:
    _amend(tx, person_id, told_privacy=True)


def forget(tx: Transaction, person_id: int) -> None:
    """Remove what identifies a resident; matters stay, without a name, phone or home."""
    _amend(
        tx, person_id,
        name=None, phone=None, compound=None, building=None, unit=None, room=None, told_privacy=False,
    )  # fmt: skip


def _amend(tx: Transaction, person_id: int, **changes: object) -> None:
    tx.amend(people, person_id, **changes)
    tx.memory(_Read).by_id.pop(person_id, None)


def sync_roster(
    tx: Transaction, knowledge: Knowledge, *, named_channels: tuple[str, ...], now: datetime
) -> None:
    """Make the people of the files known to the store.

    `named_channels` are channels whose account names are people's names (the sandbox).
    """
    for member in knowledge.staff.values():
        key = f"{_STAFF_KEY}{member.name}"
        _sync_entry(tx, Person(id=0, name=member.name, roster_key=key, phone=member.phone), now)
        known = dict(member.accounts) | dict.fromkeys(named_channels, member.name)
        _sync_accounts(tx, key, known)
    for entry in knowledge.residents:
        key = f"resident:{entry.name}"
        home = Home(entry.compound, entry.building, entry.unit, entry.room)
        _sync_entry(tx, Person(id=0, name=entry.name, roster_key=key, home=home, phone=entry.phone), now)
        _sync_accounts(tx, key, dict.fromkeys(named_channels, entry.name))


def _sync_entry(tx: Transaction, person: Person, now: datetime) -> None:
    assert person.roster_key is not None
    found = person_of_roster(tx, person.roster_key)
    if found is None:
        add_person(tx, Person(new_id(), person.name, person.roster_key, person.home, person.phone), now)
    elif found.phone != person.phone and person.staff_name is not None:
        note_phone(tx, found.id, person.phone or "")


def _sync_accounts(tx: Transaction, roster_key: str, known: dict[str, str]) -> None:
    if not known:
        return
    person = person_of_roster(tx, roster_key)
    assert person is not None
    for channel, account in known.items():
        link_account(tx, person.id, channel=channel, account=account)


def add_person(tx: Transaction, person: Person, now: datetime) -> None:
    """Somebody new, whom no account leads to yet."""
    home = person.home
    tx.add(
        people,
        id=person.id,
        name=person.name,
        roster_key=person.roster_key,
        compound=home.compound if home else None,
        building=home.building if home else None,
        unit=home.unit if home else None,
        room=home.room if home else None,
        phone=person.phone,
        told_privacy=False,
        created_at=now,
    )


def _keep(tx: Transaction, row: Row[Any]) -> Person:
    home = Home(row.compound, row.building, row.unit, row.room) if row.compound and row.building else None
    person = Person(row.id, row.name, row.roster_key, home, row.phone, row.told_privacy)
    tx.memory(_Read).by_id[person.id] = person
    return person
