"""The outbox: one row per message to one person or group."""

from enum import StrEnum

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, Table, Text, UniqueConstraint

from bot.storage.base import Json, Moment, id_column, metadata, tenant_column


class Purpose(StrEnum):
    """Why a message is sent; decides how the push budget counts it."""

    ANSWER = "answer"  # answers a message of the receiver: never held back, never counted
    NOTICE = "notice"  # a single push
    DIGEST = "digest"  # a scheduled list
    RELAY = "relay"  # a person's own words to the receiver, passed on: not counted
    CLOSING = "closing"  # tells a resident how it ended: always has room


class DeliveryState(StrEnum):
    WAITING = "waiting"
    LEASED = "leased"  # somebody is sending it until `lease_until`
    SENT = "sent"
    UNKNOWN = "unknown"  # the connection broke after the request: it may have arrived
    GIVEN_UP = "given_up"
    FOLDED = "folded"  # over the push budget: it appears in the next digest instead
    WITHDRAWN = "withdrawn"  # overtaken before it was sent
    BY_PHONE = "by_phone"  # given up, and staff were asked to ring up


outbox = Table(
    "outbox",
    metadata,
    tenant_column(),
    id_column(),
    Column("dedupe_key", Text, nullable=False),
    Column("person_id", BigInteger),  # None for a message to a group
    Column("channel", Text),  # None until the way to reach the person is chosen
    Column("chat", Text),
    Column("is_group", Boolean, nullable=False),
    Column("answers", Text),  # the message it answers: “channel/message id”
    Column("purpose", Text, nullable=False),
    Column("urgent", Boolean, nullable=False),
    Column("ticket_id", BigInteger),
    Column("text", Text, nullable=False),
    Column("buttons", Json, nullable=False),
    Column("brief", Json),  # the fields of messaging.Brief; None where it cannot be said more briefly
    Column("created_at", Moment, nullable=False),
    Column("not_before", Moment, nullable=False),
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("lease_until", Moment),
    Column("sent_at", Moment),
    Column("note", Text),  # why it failed, in words without personal data
    Column("tried", Json),  # ways that were given up: [{channel, chat, at, why}]; None where there is none
    UniqueConstraint("tenant", "dedupe_key"),
    Index("ix_outbox_due", "tenant", "state", "urgent", "not_before", "id"),
    Index("ix_outbox_person", "tenant", "person_id", "id"),
    Index("ix_outbox_chat", "tenant", "channel", "chat", "id"),
    Index("ix_outbox_answers", "tenant", "answers"),
)
