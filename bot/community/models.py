"""People and the accounts they write from."""

from dataclasses import dataclass

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    ForeignKeyConstraint,
    Index,
    Table,
    Text,
    UniqueConstraint,
)

from bot.storage.base import Moment, id_column, metadata, tenant_column

people = Table(
    "people",
    metadata,
    tenant_column(),
    id_column(),
    Column("name", Text),
    Column("roster_key", Text),  # links to people.yaml (“staff:李敏”) or residents.yaml; None for others
    Column("compound", Text),
    Column("building", Text),
    Column("unit", Text),
    Column("room", Text),
    Column("phone", Text),
    Column("told_privacy", Boolean, nullable=False),
    Column("created_at", Moment, nullable=False),
    UniqueConstraint("tenant", "roster_key"),
    Index("ix_people_phone", "tenant", "phone"),
    Index("ix_people_door", "tenant", "compound", "building", "name"),
)

accounts = Table(
    "accounts",
    metadata,
    tenant_column(),
    Column("channel", Text, primary_key=True),
    Column("account", Text, primary_key=True),
    Column("person_id", BigInteger, nullable=False),
    Column("last_seen_at", Moment),  # None: nobody has written from it yet
    ForeignKeyConstraint(["tenant", "person_id"], ["people.tenant", "people.id"]),
    Index("ix_accounts_person", "tenant", "person_id"),
)

roster_changes = Table(  # leave and swapped shifts; see cover.py
    "roster_changes",
    metadata,
    tenant_column(),
    id_column(),
    Column("request", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("asker", Text, nullable=False),
    Column("other", Text, nullable=False),
    Column("first_day", Date, nullable=False),
    Column("last_day", Date, nullable=False),
    Column("shift", Text),
    Column("state", Text, nullable=False),
    Column("asked_at", Moment, nullable=False),
    Column("settled_at", Moment),
    Index("ix_roster_changes_days", "tenant", "state", "last_day"),
)


@dataclass(frozen=True, slots=True)
class Home:
    """Where somebody lives. The room is never shown in a group."""

    compound: str
    building: str
    unit: str | None = None
    room: str | None = None


@dataclass(frozen=True, slots=True)
class Person:
    id: int
    name: str | None = None
    roster_key: str | None = None
    home: Home | None = None
    phone: str | None = None
    told_privacy: bool = False

    @property
    def staff_name(self) -> str | None:
        """The name in people.yaml, where this is one of the staff."""
        kind, _, name = (self.roster_key or "").partition(":")
        return name if kind == "staff" else None
