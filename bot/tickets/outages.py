"""停水、停电: what many report of one compound is one ticket, and each residents' group hears of it twice:
when it has become an outage, and when it is over."""

from datetime import datetime

from sqlalchemy import bindparam, select

from bot.community import directory
from bot.community.speech import sentence
from bot.messaging import Address
from bot.outbox.enqueue import enqueue_to_group
from bot.outbox.withdraw import withdraw
from bot.storage.transaction import Transaction
from bot.tickets import ledger, queries
from bot.tickets.lifecycle import TicketState, is_open
from bot.tickets.models import Ticket, tickets
from bot.tickets.notices import facts, spoken_due
from bot.tickets.rows import ticket_of
from knowledge.model import Knowledge

_ANNOUNCE = "announce"
_BEGIN, _OVER = "group.outage", "group.outage_over"
_SAME_OUTAGE = (
    select(tickets)
    .where(
        tickets.c.tenant == bindparam("of_tenant"),
        tickets.c.compound == bindparam("of_compound"),
        tickets.c.category == bindparam("of_category"),
        tickets.c.state.in_([state.value for state in TicketState if is_open(state)]),
        tickets.c.created_at >= bindparam("since"),
    )
    .order_by(tickets.c.id)
    .limit(1)
)


def same_outage(tx: Transaction, *, compound: str, category: str, since: datetime) -> Ticket | None:
    """An open ticket of the same category anywhere in the compound."""
    return ticket_of(tx.fetch_one(_SAME_OUTAGE, of_compound=compound, of_category=category, since=since))


def announce_begin(
    tx: Transaction, knowledge: Knowledge, ticket: Ticket, now: datetime, *, named_channels: tuple[str, ...]
) -> int | None:
    """Somebody joined: say it once in the groups where enough households have reported it; by how many, where
    it is said now."""
    if not knowledge.coordination.is_outage(ticket.category):
        return None
    households = 1 + len(queries.followers(tx, ticket.id))
    if households < knowledge.coordination.outage_from or _was_announced(tx, ticket):
        return None
    ledger.note(tx, ticket, _ANNOUNCE, by=None, now=now, words=str(households))
    _say(tx, knowledge, ticket, _BEGIN, now, households=households, named_channels=named_channels)
    return households


def announce_end(
    tx: Transaction, knowledge: Knowledge, ticket: Ticket, now: datetime, *, named_channels: tuple[str, ...]
) -> None:
    """It is done: say so, once a round, where it was announced."""
    if knowledge.coordination.is_outage(ticket.category) and _was_announced(tx, ticket):
        households = 1 + len(queries.followers(tx, ticket.id))
        _say(
            tx, knowledge, ticket, _OVER, now,
            households=households, named_channels=named_channels,
        )  # fmt: skip


def _was_announced(tx: Transaction, ticket: Ticket) -> bool:
    return bool(queries.happened(tx, ticket, _ANNOUNCE))


def _say(
    tx: Transaction,
    knowledge: Knowledge,
    ticket: Ticket,
    key: str,
    now: datetime,
    *,
    households: int,
    named_channels: tuple[str, ...],
) -> None:
    """The compound and the matter, and nothing of who reported it or where they live."""
    compound = ticket.place.compound
    if compound is None:
        return
    told = facts(knowledge, ticket) | spoken_due(knowledge, ticket, now)
    text = sentence(knowledge, key, told | {"compound": compound, "households": households})
    for channel, chat in directory.residents_chats(knowledge, compound, named_channels=named_channels):
        if key == _OVER:  # what began and ended in one night is said once
            withdraw(tx, _promise(ticket, _BEGIN, channel, chat))
        enqueue_to_group(
            tx,
            dedupe_key=_promise(ticket, key, channel, chat),
            address=Address(channel, chat, is_group=True),
            text=text,
            now=now,
            quiet=knowledge.quiet,
            ticket_id=ticket.id,
        )


def _promise(ticket: Ticket, key: str, channel: str, chat: str) -> str:
    return f"ticket/{ticket.id}/{key}/{ticket.round}/{channel}/{chat}"
