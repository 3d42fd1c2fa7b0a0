"""What tickets say of people goes when its time is over; what happened, where and how fast, stays."""

from datetime import datetime

from sqlalchemy import bindparam, exists, or_, select, update

from bot.community.models import accounts, people
from bot.storage.transaction import Transaction
from bot.tickets.models import ticket_events, ticket_followers, tickets

_here = tickets.c.tenant == bindparam("of_tenant")
_has_photos = tickets.c.photos != []
_closed_long_ago = tickets.c.closed_at <= bindparam("before")
_OLD_IDS = select(tickets.c.id).where(_here, _closed_long_ago, tickets.c.text != "")

_PHOTOS_IN_USE = select(tickets.c.photos).where(_here, _has_photos)
_DROP_OLD_PHOTOS = update(tickets).where(_here, _closed_long_ago, _has_photos).values(photos=[])
_DROP_PHOTOS_OF = (
    update(tickets)
    .where(_here, tickets.c.reporter_id == bindparam("of_person"), _has_photos)
    .values(photos=[])
)
_DROP_WORDS = tuple(
    update(table)
    .where(table.c.tenant == bindparam("of_tenant"), table.c.ticket_id.in_(_OLD_IDS))
    .values(words=empty)
    for table, empty in ((ticket_events, None), (ticket_followers, ""))
)
_DROP_TEXTS = (  # last: it is by their texts that the others know which tickets are meant
    update(tickets)
    .where(_here, _closed_long_ago, tickets.c.text != "")
    .values(text="", place_text="", room=None, outcome=None, photos=[], reporter_id=None)
)

_STILL_FOLLOWED = exists().where(
    ticket_followers.c.tenant == people.c.tenant,
    ticket_followers.c.person_id == people.c.id,
    tickets.c.tenant == ticket_followers.c.tenant,
    tickets.c.id == ticket_followers.c.ticket_id,
    or_(tickets.c.closed_at.is_(None), tickets.c.closed_at > bindparam("before")),
)
_FORGET_NOTED = (
    update(people)
    .where(
        people.c.tenant == bindparam("of_tenant"),
        people.c.roster_key.is_(None),
        or_(people.c.name.is_not(None), people.c.phone.is_not(None)),
        ~exists().where(accounts.c.tenant == people.c.tenant, accounts.c.person_id == people.c.id),
        ~exists().where(tickets.c.tenant == people.c.tenant, tickets.c.reporter_id == people.c.id),
        ~_STILL_FOLLOWED,
    )
    .values(name=None, phone=None, compound=None, building=None, unit=None, room=None)
)


def drop_photos(tx: Transaction, *, closed_before: datetime) -> None:
    tx.change(_DROP_OLD_PHOTOS, before=closed_before)


def drop_photos_of(tx: Transaction, person_id: int) -> None:
    """Those of a person's own matters."""
    tx.change(_DROP_PHOTOS_OF, of_person=person_id)


def drop_words(tx: Transaction, *, closed_before: datetime) -> None:
    """What was said, by whom, and in which room."""
    for statement in (*_DROP_WORDS, _DROP_TEXTS):
        tx.change(statement, before=closed_before)


def forget_noted(tx: Transaction, *, closed_before: datetime) -> None:
    """Residents for whom staff entered a matter that is over by then: they cannot ask for it themselves.
    After `drop_words`, by which their matters lose them."""
    tx.change(_FORGET_NOTED, before=closed_before)


def photos_in_use(tx: Transaction) -> frozenset[str]:
    """The names of all photos that a ticket still has."""
    return frozenset(name for row in tx.fetch(_PHOTOS_IN_USE) for name in row.photos)
