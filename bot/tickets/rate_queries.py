"""What the rates are counted from, one query each.

A matter that came back is judged by its latest round: the times of a ticket are those of that round. Merged
and withdrawn matters, and those not for us, count nowhere; where the clock stands nothing is due.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, case, distinct, exists, func, or_, select

from bot.outbox.models import DeliveryState, Purpose, outbox
from bot.storage.transaction import Transaction
from bot.tickets.lifecycle import Move, TicketState, is_waiting
from bot.tickets.models import Satisfaction, ticket_events, ticket_whistles, tickets
from bot.tickets.rates import REPEAT_WINDOW, Filed, Rate, RateName, repeats

_COUNTS_NOWHERE = [TicketState.MERGED, TicketState.WITHDRAWN, TicketState.DECLINED]
_CLOCK_STANDS = [state for state in TicketState if is_waiting(state)]
_PICKED_UP = [Move.TAKE, Move.HOLD, Move.RESOLVE, Move.EXPLAIN, Move.CLOSE_ON_SPOT]
# Words of the owner that reach the resident. That somebody picked it up (签收) is not one of them.
_SPOKEN_WITH = ["contact", Move.ASK, Move.EXTEND, Move.HOLD, Move.RESOLVE, Move.EXPLAIN, Move.CLOSE_ON_SPOT]
_RATED_WELL = [Satisfaction.SATISFIED, Satisfaction.FAIRLY_SATISFIED]

_event = ticket_events.alias("event")
_later = ticket_events.alias("later")

_here = tickets.c.tenant == bindparam("of_tenant")
_counts = and_(_here, tickets.c.state.not_in(_COUNTS_NOWHERE))
# A worker who notes something in passing is nobody to be spoken with.
_has_resident = and_(
    tickets.c.reporter_id.is_not(None),
    or_(tickets.c.operator_id.is_(None), tickets.c.operator_id != tickets.c.reporter_id),
)
_done_at = func.coalesce(tickets.c.resolved_at, tickets.c.closed_at)


def _within(moment: ColumnElement[datetime]) -> ColumnElement[bool]:
    return and_(moment >= bindparam("since"), moment < bindparam("until_"))


def _number(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


def _in_time(due_at: ColumnElement[datetime], what: list[str]) -> Select[int, int]:
    """Whether one of these things happened by then in the latest round, of matters whose time came."""
    met = exists().where(
        _event.c.tenant == tickets.c.tenant,
        _event.c.ticket_id == tickets.c.id,
        _event.c.what.in_(what),
        _event.c.at >= tickets.c.round_started_at,
        _event.c.at <= due_at,
    )
    over_before = and_(tickets.c.closed_at.is_not(None), tickets.c.closed_at <= due_at)
    return select(_number(met).label("met"), _number(or_(met, ~over_before)).label("n")).where(
        _counts, _within(due_at), tickets.c.state.not_in(_CLOCK_STANDS)
    )


_TAKEN = _in_time(tickets.c.response_due_at, [*_PICKED_UP])
_CONTACTED = _in_time(tickets.c.contact_due_at, _SPOKEN_WITH).where(_has_resident)
_ON_TIME = select(_number(_done_at <= tickets.c.due_at).label("met"), func.count().label("n")).where(
    _counts, _within(tickets.c.due_at), tickets.c.state.not_in(_CLOCK_STANDS)
)
_SOLVED = select(
    _number(_event.c.what == Move.CONFIRM).label("met"),
    _number(_event.c.what.in_([Move.CONFIRM, Move.REOPEN])).label("n"),
    _number(_event.c.what == Move.CLOSE_UNRATED).label("silent"),
).where(
    _event.c.tenant == bindparam("of_tenant"),
    _event.c.what.in_([Move.CONFIRM, Move.REOPEN, Move.CLOSE_UNRATED]),
    _within(_event.c.at),
)
_SATISFIED = select(
    _number(tickets.c.satisfaction.in_(_RATED_WELL)).label("met"),
    _number(tickets.c.satisfaction != Satisfaction.UNRATED).label("n"),
    _number(tickets.c.satisfaction == Satisfaction.UNRATED).label("silent"),
).where(_counts, _has_resident, _within(tickets.c.closed_at))
# Said to be done: by the owner, or by the resident before the owner said so.
_done = or_(
    _event.c.what.in_([Move.RESOLVE, Move.EXPLAIN, Move.CLOSE_ON_SPOT]),
    and_(_event.c.what == Move.CONFIRM, _event.c.from_state != TicketState.RESOLVED),
)


def _followed(first: ColumnElement[bool], then: ColumnElement[bool]) -> Select[int, int]:
    """Tickets to which the first happened in the span, and to how many of them the other after it."""
    return (
        select(
            func.count(distinct(case((then, _event.c.ticket_id)))).label("met"),
            func.count(distinct(_event.c.ticket_id)).label("n"),
        )
        .join_from(
            _event, tickets, and_(_event.c.tenant == tickets.c.tenant, _event.c.ticket_id == tickets.c.id)
        )
        .where(_counts, _event.c.tenant == bindparam("of_tenant"), first, _within(_event.c.at))
    )


def _afterwards(what: str) -> ColumnElement[bool]:
    return exists().where(
        _later.c.tenant == _event.c.tenant,
        _later.c.ticket_id == _event.c.ticket_id,
        _later.c.what == what,
        _later.c.at >= _event.c.at,
        _later.c.id > _event.c.id,
    )


_REOPENED = _followed(_done, _afterwards(Move.REOPEN))
_RETURNED = _followed(_event.c.what == Move.ASSIGN, _afterwards(Move.RETURN))
_TOLD = _followed(
    _done,
    or_(
        _event.c.what == Move.CONFIRM,  # who says it is done need not be told
        exists().where(
            outbox.c.tenant == tickets.c.tenant,
            outbox.c.person_id == tickets.c.reporter_id,
            outbox.c.ticket_id == tickets.c.id,
            outbox.c.purpose == Purpose.CLOSING,
            outbox.c.state == DeliveryState.SENT,
            outbox.c.created_at >= _event.c.at,
        ),
    ),
).where(_has_resident)
_FILED = (
    select(tickets.c.compound, tickets.c.building, tickets.c.unit, tickets.c.category, tickets.c.created_at)
    .where(
        _counts,
        tickets.c.compound.is_not(None),
        tickets.c.building.is_not(None),
        tickets.c.category.is_not(None),
        _within(tickets.c.created_at),
    )
    .order_by(tickets.c.created_at, tickets.c.id)
)


def _kept(done_at: ColumnElement[datetime], due_at: ColumnElement[datetime]) -> Select[int, int]:
    """Departments called in that did it by then, of those whose time came while the matter was open."""
    in_time = and_(done_at.is_not(None), done_at <= due_at)
    over_before = and_(tickets.c.closed_at.is_not(None), tickets.c.closed_at <= due_at)
    return (
        select(_number(in_time).label("met"), _number(or_(in_time, ~over_before)).label("n"))
        .join_from(
            ticket_whistles,
            tickets,
            and_(tickets.c.tenant == ticket_whistles.c.tenant, tickets.c.id == ticket_whistles.c.ticket_id),
        )
        .where(_counts, _within(due_at))
    )


_called = ticket_whistles.c

_QUERIES: Mapping[RateName, Select[*tuple[Any, ...]]] = {
    RateName.TAKEN: _TAKEN,
    RateName.CONTACTED: _CONTACTED,
    RateName.ON_TIME: _ON_TIME,
    RateName.SOLVED: _SOLVED,
    RateName.SATISFIED: _SATISFIED,
    RateName.REOPENED: _REOPENED,
    RateName.RETURNED: _RETURNED,
    RateName.TOLD: _TOLD,
    RateName.WHISTLE_ANSWERED: _kept(_called.answered_at, _called.answer_due_at),
    RateName.WHISTLE_ARRIVED: _kept(_called.arrived_at, _called.arrival_due_at),
}


def rates(tx: Transaction, *, since: datetime, until: datetime, now: datetime) -> list[Rate]:
    """All rates of [since, until). What is due later than now is not due."""
    until = min(until, now)
    found = {name: _rate(tx, name, since, until) for name in _QUERIES}
    filed = [
        Filed(row.compound, row.building, row.unit, row.category, row.created_at)
        for row in tx.fetch(_FILED, since=since - REPEAT_WINDOW, until_=until)
    ]
    found[RateName.REPEATED] = Rate(RateName.REPEATED, *repeats(filed, since=since))
    return [found[name] for name in RateName]


def _rate(tx: Transaction, name: RateName, since: datetime, until: datetime) -> Rate:
    row = tx.fetch_one(_QUERIES[name], since=since, until_=until)
    assert row is not None, "a count is always a row"
    return Rate(name, **{key: int(value) for key, value in row._mapping.items()})
