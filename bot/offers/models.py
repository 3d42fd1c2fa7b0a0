"""Bookings of the lawyer's time, and sign-ups for activities with the seats they hold."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, Column, ForeignKeyConstraint, Index, Integer, Table, Text, text

from bot.storage.base import Moment, id_column, metadata, tenant_column


class BookingState(StrEnum):
    """People read the labels `booking_state.<value>` of the replies."""

    BOOKED = "booked"  # 已约
    MOVED = "moved"  # 已改期: a later row holds the new time
    CANCELLED = "cancelled"  # 已取消
    OVER = "over"  # 已结束


class SignupState(StrEnum):
    """People read the labels `signup_state.<value>` of the replies."""

    SIGNED_UP = "signed_up"  # 已报名
    WAITING = "waiting"  # 候补
    LEFT = "left"  # 已退出


_IS_BOOKED = text(f"state = '{BookingState.BOOKED}'")
_IS_ACTIVE = text(f"state IN ('{SignupState.SIGNED_UP}', '{SignupState.WAITING}')")

bookings = Table(
    "bookings",
    metadata,
    tenant_column(),
    id_column(),
    Column("person_id", BigInteger, nullable=False),
    Column("lawyer", Text, nullable=False),
    Column("start_at", Moment, nullable=False),
    Column("end_at", Moment, nullable=False),
    Column("seat", Integer, nullable=False),  # 1 … people a slot
    Column("place", Text, nullable=False),
    Column("mode", Text, nullable=False),  # as written in legal.yaml: 当面, 电话
    Column("phone", Text),  # where the lawyer rings; only for bookings by phone
    Column("topic", Text, nullable=False),  # one line in the person's words, may be empty
    Column("state", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    ForeignKeyConstraint(["tenant", "person_id"], ["people.tenant", "people.id"]),
    # One person a seat, and one booking a person: whoever comes second is refused by the store itself.
    Index(
        "uq_bookings_seat", "tenant", "lawyer", "start_at", "seat",
        unique=True, sqlite_where=_IS_BOOKED, postgresql_where=_IS_BOOKED,
    ),
    Index(
        "uq_bookings_person", "tenant", "person_id",
        unique=True, sqlite_where=_IS_BOOKED, postgresql_where=_IS_BOOKED,
    ),
    Index("ix_bookings_person", "tenant", "person_id", "id"),
    Index("ix_bookings_start", "tenant", "state", "start_at"),
)  # fmt: skip

signups = Table(
    "signups",
    metadata,
    tenant_column(),
    id_column(),  # in the order of signing up, which is the order of the waiting list
    Column("activity", Text, nullable=False),  # the id in activities.yaml
    Column("person_id", BigInteger, nullable=False),
    Column("people", Integer, nullable=False),  # the person included; each takes a seat
    Column("state", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    ForeignKeyConstraint(["tenant", "person_id"], ["people.tenant", "people.id"]),
    Index(
        "uq_signups_person", "tenant", "activity", "person_id",
        unique=True, sqlite_where=_IS_ACTIVE, postgresql_where=_IS_ACTIVE,
    ),
    Index("ix_signups_person", "tenant", "person_id", "id"),
    Index("ix_signups_activity", "tenant", "activity", "state", "id"),
)  # fmt: skip

signup_seats = Table(
    "signup_seats",
    metadata,
    tenant_column(),
    Column("activity", Text, primary_key=True),
    Column("seat", Integer, primary_key=True),  # 1 … places of the activity: a seat is held once
    Column("signup_id", BigInteger, nullable=False),
    ForeignKeyConstraint(["tenant", "signup_id"], ["signups.tenant", "signups.id"]),
    Index("ix_signup_seats_signup", "tenant", "signup_id"),
)


@dataclass(frozen=True, slots=True)
class Booking:
    """Moments are aware UTC."""

    id: int
    person_id: int
    lawyer: str
    start_at: datetime
    end_at: datetime
    place: str
    mode: str
    phone: str | None
    topic: str
    state: BookingState


@dataclass(frozen=True, slots=True)
class Signup:
    id: int
    activity: str
    person_id: int
    people: int
    state: SignupState
