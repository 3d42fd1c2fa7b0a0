"""绑定: a code said on one channel and repeated on another proves that both accounts are one person's."""

import secrets
from datetime import datetime, timedelta

from sqlalchemy import BigInteger, Column, Integer, Table, Text, bindparam, delete, select

from bot.storage.base import Moment, metadata, tenant_column
from bot.storage.transaction import Transaction

CODE_LASTS = timedelta(minutes=10)
_DIGITS = 6
_MOST_TRIES = 5  # wrong codes of one person …
_TRIES_COUNT_FOR = timedelta(hours=1)  # … within

link_codes = Table(
    "link_codes",
    metadata,
    tenant_column(),
    Column("person_id", BigInteger, primary_key=True, autoincrement=False),  # one code a person: the newest
    Column("code", Text, nullable=False),
    Column("until", Moment, nullable=False),
)
link_tries = Table(
    "link_tries",
    metadata,
    tenant_column(),
    Column("person_id", BigInteger, primary_key=True, autoincrement=False),
    Column("tries", Integer, nullable=False),
    Column("until", Moment, nullable=False),
)
_OF_CODE = select(link_codes.c.person_id).where(
    link_codes.c.tenant == bindparam("of_tenant"),
    link_codes.c.code == bindparam("of_code"),
    link_codes.c.until > bindparam("now"),
)
_USE_UP = delete(link_codes).where(
    link_codes.c.tenant == bindparam("of_tenant"), link_codes.c.person_id == bindparam("of_person")
)
_TRIES = select(link_tries.c.tries, link_tries.c.until).where(
    link_tries.c.tenant == bindparam("of_tenant"),
    link_tries.c.person_id == bindparam("of_person"),
    link_tries.c.until > bindparam("now"),
)


class TooManyTries(Exception):
    """Somebody guesses: for an hour nothing they say is taken for a code."""


def new_code(tx: Transaction, person_id: int, now: datetime) -> str:
    """Six digits that stand for this person for ten minutes; an older code of theirs is void."""
    code = ""
    while not code or tx.fetch_one(_OF_CODE, of_code=code, now=now) is not None:
        code = str(secrets.randbelow(10**_DIGITS)).zfill(_DIGITS)
    tx.put(link_codes, person_id=person_id, code=code, until=now + CODE_LASTS)
    return code


def whose_code(tx: Transaction, code: str, *, tried_by: int, now: datetime) -> int | None:
    """Whom a code stands for; None where it is wrong, too old or used. Raises TooManyTries."""
    before = tx.fetch_one(_TRIES, of_person=tried_by, now=now)
    if before is not None and before.tries >= _MOST_TRIES:
        raise TooManyTries
    row = tx.fetch_one(_OF_CODE, of_code=code, now=now)
    if row is not None:
        return int(row.person_id)
    tries, until = (before.tries, before.until) if before is not None else (0, now + _TRIES_COUNT_FOR)
    tx.put(link_tries, person_id=tried_by, tries=tries + 1, until=until)
    return None


def use_up(tx: Transaction, person_id: int) -> None:
    tx.change(_USE_UP, of_person=person_id)
