"""Seen messages, and what each conversation is in the middle of."""

from sqlalchemy import Boolean, Column, Table, Text

from bot.storage.base import Json, Moment, metadata, tenant_column

inbox = Table(
    "inbox",
    metadata,
    tenant_column(),
    Column("channel", Text, primary_key=True),
    Column("message_id", Text, primary_key=True),
    Column("received_at", Moment, nullable=False),
    Column("failed", Boolean, nullable=False),  # an apology was all the answer there was
    Column("dropped", Text),  # why it was not dealt with; None where it was
)

conversations = Table(
    "conversations",
    metadata,
    tenant_column(),
    Column("channel", Text, primary_key=True),
    Column("chat", Text, primary_key=True),
    Column("sender", Text, primary_key=True),
    Column("state", Json, nullable=False),
    Column("updated_at", Moment, nullable=False),
)
