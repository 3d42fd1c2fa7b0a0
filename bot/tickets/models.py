"""The ticket (工单; Open311: service request) and its append-only history."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from bot.storage.base import Json, Moment, id_column, metadata, tenant_column
from bot.tickets.lifecycle import TicketState


class Solved(StrEnum):
    """What the resident says to “解决了吗”. Silence is never a yes."""

    YES = "yes"
    NO = "no"
    UNANSWERED = "unanswered"


class Satisfaction(StrEnum):
    SATISFIED = "satisfied"
    FAIRLY_SATISFIED = "fairly_satisfied"
    DISSATISFIED = "dissatisfied"
    UNRATED = "unrated"


class Kind(StrEnum):
    REQUEST = "request"  # 诉求
    CONSULTATION = "consultation"  # 咨询转人工
    WISH = "wish"  # 微心愿
    TOPIC = "topic"  # 议题
    MEDIATION = "mediation"  # 调解


URGENT = ("E", "P1")

_IS_URGENT = text("urgency IN ('E', 'P1')")

tickets = Table(
    "tickets",
    metadata,
    tenant_column(),
    id_column(),
    Column("number", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("category", Text),  # None: no category fits; the dispatcher decides
    Column("urgency", Text, nullable=False),
    Column("level", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("compound", Text),
    Column("building", Text),
    Column("unit", Text),
    Column("room", Text),
    Column("place_text", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("photos", Json, nullable=False),
    Column("reporter_id", BigInteger),
    Column("operator_id", BigInteger),  # who typed it, where that is not the reporter
    Column("owner_id", BigInteger),
    Column("channel", Text, nullable=False),
    Column("round", Integer, nullable=False),
    Column("returns", Integer, nullable=False),
    Column("extended", Boolean, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("round_started_at", Moment, nullable=False),
    Column("response_due_at", Moment, nullable=False),
    Column("contact_due_at", Moment, nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("amber_at", Moment, nullable=False),
    Column("red_at", Moment, nullable=False),
    Column("provisional", Boolean, nullable=False),  # counted with holidays not announced yet
    Column("accepted_at", Moment),
    Column("held_until", Moment),  # while on hold only
    Column("resolved_at", Moment),
    Column("closed_at", Moment),
    Column("outcome", Text),
    Column("solved", Text, nullable=False),
    Column("satisfaction", Text, nullable=False),
    Column("merged_into", BigInteger),
    UniqueConstraint("tenant", "number"),
    Index("ix_tickets_place", "tenant", "compound", "building", "category", "state"),
    Index("ix_tickets_owner", "tenant", "owner_id", "state"),
    Index("ix_tickets_reporter", "tenant", "reporter_id", "id"),
    Index("ix_tickets_due", "tenant", "state", "due_at"),
    Index("ix_tickets_amber", "tenant", "state", "amber_at"),
    Index("ix_tickets_recent", "tenant", "compound", "created_at"),
    # Only what is resolved: as long as PostgreSQL knows nothing of a new table, it takes a whole index as
    # short as this one for every look-up by id, and reads all of it.
    Index(
        "ix_tickets_resolved",
        "tenant",
        "resolved_at",
        sqlite_where=text("resolved_at IS NOT NULL"),
        postgresql_where=text("resolved_at IS NOT NULL"),
    ),
    Index(
        "ix_tickets_held",
        "tenant",
        "held_until",
        sqlite_where=text("held_until IS NOT NULL"),
        postgresql_where=text("held_until IS NOT NULL"),
    ),
    Index(
        "ix_tickets_urgent",
        "tenant",
        "round_started_at",
        sqlite_where=_IS_URGENT,
        postgresql_where=_IS_URGENT,
    ),
)

ticket_events = Table(
    "ticket_events",
    metadata,
    tenant_column(),
    id_column(),
    Column("ticket_id", BigInteger, nullable=False),
    Column("at", Moment, nullable=False),
    Column("actor_id", BigInteger),  # None: the system
    Column("what", Text, nullable=False),
    Column("from_state", Text),
    Column("to_state", Text),
    Column("words", Text),
    ForeignKeyConstraint(["tenant", "ticket_id"], ["tickets.tenant", "tickets.id"]),
    Index("ix_ticket_events_ticket", "tenant", "ticket_id", "id"),
)

ticket_followers = Table(
    "ticket_followers",
    metadata,
    tenant_column(),
    Column("ticket_id", BigInteger, primary_key=True),
    Column("person_id", BigInteger, primary_key=True),
    Column("joined_at", Moment, nullable=False),
    Column("words", Text, nullable=False),
    ForeignKeyConstraint(["tenant", "ticket_id"], ["tickets.tenant", "tickets.id"]),
    Index("ix_ticket_followers_person", "tenant", "person_id", "ticket_id"),
)

# 协办: who helps; the owner stays responsible.
ticket_co_owners = Table(
    "ticket_co_owners",
    metadata,
    tenant_column(),
    Column("ticket_id", BigInteger, primary_key=True),
    Column("person_id", BigInteger, primary_key=True),
    Column("added_at", Moment, nullable=False),
    ForeignKeyConstraint(["tenant", "ticket_id"], ["tickets.tenant", "tickets.id"]),
    Index("ix_ticket_co_owners_person", "tenant", "person_id", "ticket_id"),
)

# 吹哨: a department called in, and when it must answer and be there, and did.
ticket_whistles = Table(
    "ticket_whistles",
    metadata,
    tenant_column(),
    id_column(),
    Column("ticket_id", BigInteger, nullable=False),
    Column("department", Text, nullable=False),
    Column("contact_id", BigInteger),  # None: reached by telephone only
    Column("caller_id", BigInteger, nullable=False),
    Column("called_at", Moment, nullable=False),
    Column("answer_due_at", Moment, nullable=False),
    Column("arrival_due_at", Moment, nullable=False),
    Column("answered_at", Moment),
    Column("arrived_at", Moment),
    ForeignKeyConstraint(["tenant", "ticket_id"], ["tickets.tenant", "tickets.id"]),
    Index("ix_ticket_whistles_ticket", "tenant", "ticket_id"),
    Index("ix_ticket_whistles_answer", "tenant", "answer_due_at"),
    Index("ix_ticket_whistles_arrival", "tenant", "arrival_due_at"),
)

ticket_numbers = Table(
    "ticket_numbers",
    metadata,
    tenant_column(),
    Column("month", Text, primary_key=True),
    Column("last", Integer, nullable=False),
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where the matter is. `text` is what the person wrote, for places that are in no file."""

    compound: str | None = None
    building: str | None = None
    unit: str | None = None
    room: str | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """A matter about to be filed. Dates and owner follow from it."""

    text: str
    category: str | None
    urgency: str
    place: Place
    reporter_id: int | None
    channel: str
    operator_id: int | None = None
    kind: Kind = Kind.REQUEST
    photos: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ticket:
    """A ticket as read. Moments are aware UTC; `level` is 0 … 5 (L0 settled on the spot)."""

    id: int
    number: str
    kind: Kind
    category: str | None
    urgency: str
    level: int
    state: TicketState
    place: Place
    text: str
    photos: tuple[str, ...]
    reporter_id: int | None
    operator_id: int | None
    owner_id: int | None
    channel: str
    round: int
    returns: int
    extended: bool
    created_at: datetime
    round_started_at: datetime
    response_due_at: datetime
    contact_due_at: datetime
    due_at: datetime
    amber_at: datetime
    red_at: datetime
    provisional: bool
    accepted_at: datetime | None
    held_until: datetime | None
    resolved_at: datetime | None
    closed_at: datetime | None
    outcome: str | None
    solved: Solved
    satisfaction: Satisfaction
    merged_into: int | None

    @property
    def is_urgent(self) -> bool:
        """Whether it may be pushed at any hour and over any budget."""
        return self.urgency in URGENT


@dataclass(frozen=True, slots=True)
class Whistle:
    """A department called in (吹哨). Moments are aware UTC; `contact_id` is None where it is only rung up."""

    id: int
    ticket_id: int
    department: str
    contact_id: int | None
    caller_id: int
    called_at: datetime
    answer_due_at: datetime
    arrival_due_at: datetime
    answered_at: datetime | None
    arrived_at: datetime | None
