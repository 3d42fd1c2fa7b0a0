"""The life of a ticket: which state may follow which, by whose hand, and what must be given with it.

Everything is one table and a few counted limits. Escalating, extending, urging, supervising and
co-assigning do not change the state; when they are possible is in the second table.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class TicketState(StrEnum):
    """Where a ticket stands. People read the labels `state.<value>` of the replies."""

    NEEDS_INFO = "needs_info"  # 待补充
    SUBMITTED = "submitted"  # 待受理
    ACCEPTED = "accepted"  # 已受理
    ASSIGNED = "assigned"  # 已派单
    IN_PROGRESS = "in_progress"  # 处理中
    ON_HOLD = "on_hold"  # 挂起
    RESOLVED = "resolved"  # 待本人确认
    CLOSED = "closed"  # 已办结
    REOPENED = "reopened"  # 重办
    MERGED = "merged"  # 已并单
    WITHDRAWN = "withdrawn"  # 已撤回
    DECLINED = "declined"  # 不予受理


class Move(StrEnum):
    """What changes the state."""

    COMPLETE_INFO = "complete_info"  # the missing place or matter has been told
    ACCEPT_CASE = "accept_case"  # 受理
    ASSIGN = "assign"  # 派单
    TAKE = "take"  # 收到
    TRANSFER = "transfer"  # 转
    RETURN = "return"  # 退
    HOLD = "hold"  # 挂起
    RESUME = "resume"  # the date of the hold has come, or the obstacle has gone
    RESOLVE = "resolve"  # 好了
    CONFIRM = "confirm"  # the resident says it is solved
    REOPEN = "reopen"  # the resident says it is not, or not any more
    CLOSE_UNRATED = "close_unrated"  # the resident says nothing
    CLOSE_ON_SPOT = "close_on_spot"  # 当场: opened and closed in one message
    MERGE = "merge"  # 并单
    PART = "part"  # wrongly merged: stands on its own again
    WITHDRAW = "withdraw"  # 撤回
    DECLINE = "decline"  # 不予受理, with where to go instead
    EXPIRE = "expire"  # nobody answered the question


class Intervention(StrEnum):
    """What happens to a ticket without changing its state."""

    ESCALATE = "escalate"  # 报上去
    EXTEND = "extend"  # 延
    URGE = "urge"  # 催办
    SUPERVISE = "supervise"  # 督办
    CO_ASSIGN = "co_assign"  # 加派
    SUPPLEMENT = "supplement"  # the resident adds something


class Actor(StrEnum):
    """In which capacity somebody acts on this very ticket; one person may be several."""

    REPORTER = "reporter"  # also whoever speaks for them: family, or a worker at the desk
    FOLLOWER = "follower"  # 附议
    ASSIGNEE = "assignee"
    DISPATCHER = "dispatcher"
    SECRETARY = "secretary"
    SYSTEM = "system"


class Need(StrEnum):
    """What must be told along with a move."""

    PLACE = "place"
    ASSIGNEE = "assignee"
    REASON = "reason"
    UNTIL = "until"
    OUTCOME = "outcome"
    OTHER_TICKET = "other_ticket"


class RefusalReason(StrEnum):
    NOT_FROM_HERE = "not_from_here"  # no such step from the present state
    NOT_YOURS = "not_yours"  # such a step, but not by this person
    ALREADY_SO = "already_so"  # it stands there already: the same word said twice
    RETURNED_TWICE = "returned_twice"
    REOPENED_TOO_LATE = "reopened_too_late"
    EXTENDED_BEFORE = "extended_before"
    EXTENDED_TOO_LATE = "extended_too_late"
    EXTENDED_TOO_LONG = "extended_too_long"
    TOO_URGENT_FOR_ON_SPOT = "too_urgent_for_on_spot"


class TransitionRefused(Exception):
    """The rules do not allow this now. The service tells the person why, by `reason`."""

    def __init__(self, reason: RefusalReason) -> None:
        super().__init__(reason.value)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the table: where the move leads, who may make it, and what they must give."""

    to: TicketState
    by: frozenset[Actor]
    needs: frozenset[Need]


_S, _M, _A, _N = TicketState, Move, Actor, Need

_IN_HAND = frozenset({_S.ASSIGNED, _S.IN_PROGRESS, _S.REOPENED})  # an owner is named and the clock runs
_UNOWNED = frozenset({_S.SUBMITTED, _S.ACCEPTED})
_ENDED = frozenset({_S.CLOSED, _S.MERGED, _S.WITHDRAWN, _S.DECLINED})
_OPEN = frozenset(_S) - _ENDED
_BEFORE_RESOLVED = _OPEN - {_S.RESOLVED}

_DESK = frozenset({_A.DISPATCHER, _A.SECRETARY})
_WORKERS = _DESK | {_A.ASSIGNEE}
_RESIDENTS = frozenset({_A.REPORTER, _A.FOLLOWER})

_ROWS: tuple[tuple[Move, Iterable[TicketState], TicketState, Iterable[Actor], Iterable[Need]], ...] = (
    (_M.COMPLETE_INFO, {_S.NEEDS_INFO}, _S.SUBMITTED, {_A.REPORTER, *_DESK}, {_N.PLACE}),
    (_M.EXPIRE, {_S.NEEDS_INFO}, _S.WITHDRAWN, {_A.SYSTEM}, ()),
    (_M.ACCEPT_CASE, {_S.SUBMITTED}, _S.ACCEPTED, {_A.SYSTEM, *_DESK}, ()),
    # Naming an owner accepts the matter: the dispatcher says one word, not two.
    (_M.ASSIGN, _UNOWNED, _S.ASSIGNED, {_A.SYSTEM, *_DESK}, {_N.ASSIGNEE}),
    (_M.DECLINE, {_S.NEEDS_INFO, *_UNOWNED}, _S.DECLINED, _DESK, {_N.REASON}),
    (_M.CLOSE_ON_SPOT, {_S.SUBMITTED}, _S.CLOSED, _WORKERS, {_N.OUTCOME}),
    (_M.TAKE, {_S.ASSIGNED, _S.REOPENED}, _S.IN_PROGRESS, {_A.ASSIGNEE}, ()),
    (_M.TRANSFER, _IN_HAND | {_S.ON_HOLD}, _S.ASSIGNED, _WORKERS, {_N.ASSIGNEE}),
    (_M.RETURN, _IN_HAND, _S.SUBMITTED, {_A.ASSIGNEE}, {_N.REASON}),
    (_M.HOLD, _IN_HAND, _S.ON_HOLD, _WORKERS, {_N.REASON, _N.UNTIL}),
    (_M.RESUME, {_S.ON_HOLD}, _S.IN_PROGRESS, {_A.SYSTEM, *_WORKERS}, ()),
    # Also straight from 已派单: a worker who mends it without having said 收到 is normal.
    (_M.RESOLVE, _IN_HAND, _S.RESOLVED, _WORKERS, {_N.OUTCOME}),
    # The desk confirms for the resident after ringing them (回访).
    (_M.CONFIRM, {_S.RESOLVED}, _S.CLOSED, {_A.REPORTER, *_DESK}, ()),
    # Mended, and the resident tells us before the worker does.
    (_M.CONFIRM, _UNOWNED | _IN_HAND | {_S.ON_HOLD}, _S.CLOSED, {_A.REPORTER}, ()),
    (_M.CLOSE_UNRATED, {_S.RESOLVED}, _S.CLOSED, {_A.SYSTEM}, ()),
    (_M.REOPEN, {_S.RESOLVED, _S.CLOSED}, _S.REOPENED, _RESIDENTS | _DESK, ()),
    (_M.MERGE, _BEFORE_RESOLVED, _S.MERGED, {_A.SYSTEM, *_WORKERS}, {_N.OTHER_TICKET}),
    (_M.PART, {_S.MERGED}, _S.SUBMITTED, {_A.REPORTER, *_DESK}, ()),
    (_M.WITHDRAW, _OPEN, _S.WITHDRAWN, {_A.REPORTER, _A.DISPATCHER}, ()),
)

TABLE: Mapping[tuple[TicketState, Move], Rule] = {
    (state, move): Rule(to, frozenset(by), frozenset(needs))
    for move, states, to, by, needs in _ROWS
    for state in states
}

INTERVENTIONS: Mapping[Intervention, tuple[frozenset[TicketState], frozenset[Actor]]] = {
    Intervention.ESCALATE: (_IN_HAND | {_S.ON_HOLD}, _WORKERS | {_A.SYSTEM}),
    Intervention.EXTEND: (_IN_HAND, _WORKERS),
    Intervention.URGE: (_BEFORE_RESOLVED, _RESIDENTS | _DESK),
    Intervention.SUPERVISE: (_BEFORE_RESOLVED, _DESK | {_A.SYSTEM}),
    Intervention.CO_ASSIGN: (_IN_HAND | {_S.ON_HOLD}, _WORKERS),
    Intervention.SUPPLEMENT: (_OPEN, _RESIDENTS | _WORKERS),
}

SILENCE_BEFORE_EXPIRY = timedelta(hours=48)  # 待补充 without an answer
SILENCE_BEFORE_CLOSING = timedelta(days=3)  # 待本人确认 without an answer: closed, 未评价
REOPEN_WINDOW = timedelta(days=7)  # after closing; later it is a new matter
MOST_RETURNS = 2
COMMUNITY_EXTENSION = 3  # working days
SUBDISTRICT_EXTENSION = 10  # working days, in all
_ON_SPOT_URGENCIES = frozenset({"P2", "P3", "P4"})


def next_state(state: TicketState, move: Move, actor: Actor) -> TicketState:
    """The state after `move`. Raises TransitionRefused."""
    rule = TABLE.get((state, move))
    if rule is None:
        leads_here = any(row.to is state for (_, other), row in TABLE.items() if other is move)
        raise TransitionRefused(RefusalReason.ALREADY_SO if leads_here else RefusalReason.NOT_FROM_HERE)
    if actor not in rule.by:
        raise TransitionRefused(RefusalReason.NOT_YOURS)
    return rule.to


def needs_of(state: TicketState, move: Move) -> frozenset[Need]:
    """What must be told along with a possible move; empty for an impossible one."""
    rule = TABLE.get((state, move))
    return rule.needs if rule else frozenset()


def check_intervention(state: TicketState, intervention: Intervention, actor: Actor) -> None:
    """Raises TransitionRefused if this cannot be done to a ticket in this state, or not by this person."""
    states, actors = INTERVENTIONS[intervention]
    if state not in states:
        raise TransitionRefused(RefusalReason.NOT_FROM_HERE)
    if actor not in actors:
        raise TransitionRefused(RefusalReason.NOT_YOURS)


def is_open(state: TicketState) -> bool:
    """Whether the matter still waits for anybody, the resident's yes included (Open311: open)."""
    return state in _OPEN


def is_in_hand(state: TicketState) -> bool:
    """Whether an owner is named and it is for them to act."""
    return state in _IN_HAND


def clock_runs(state: TicketState) -> bool:
    """Whether the time to resolve runs; it stands while the resident is waited for, and on hold."""
    return state in _IN_HAND | _UNOWNED


class ReturnHandling(StrEnum):
    REDISPATCH = "redispatch"  # another owner may be named, and may return it once more
    DISPATCHER_DECIDES = "dispatcher_decides"  # whoever is named now keeps it


def handle_return(returns_so_far: int) -> ReturnHandling:
    """What a further return leads to (首接负责). Raises TransitionRefused after the second."""
    if returns_so_far >= MOST_RETURNS:
        raise TransitionRefused(RefusalReason.RETURNED_TWICE)
    last_allowed = returns_so_far == MOST_RETURNS - 1
    return ReturnHandling.DISPATCHER_DECIDES if last_allowed else ReturnHandling.REDISPATCH


def check_reopening(closed_at: datetime | None, now: datetime) -> None:
    """Raises TransitionRefused more than seven days after closing. `closed_at` is None while 待本人确认."""
    if closed_at is not None and now - closed_at > REOPEN_WINDOW:
        raise TransitionRefused(RefusalReason.REOPENED_TOO_LATE)


def check_extension(
    *, working_days: int, most_days: int, extended_before: bool, due_at: datetime, now: datetime
) -> None:
    """An extension is asked for once and before the ticket is due. Raises TransitionRefused.

    `most_days` is COMMUNITY_EXTENSION, or SUBDISTRICT_EXTENSION from that level on.
    """
    if extended_before:
        raise TransitionRefused(RefusalReason.EXTENDED_BEFORE)
    if now >= due_at:
        raise TransitionRefused(RefusalReason.EXTENDED_TOO_LATE)
    if working_days > most_days:
        raise TransitionRefused(RefusalReason.EXTENDED_TOO_LONG)


def check_on_spot(urgency: str) -> None:
    """Opened and closed in one message is for P2 to P4 only. Raises TransitionRefused."""
    if urgency not in _ON_SPOT_URGENCIES:
        raise TransitionRefused(RefusalReason.TOO_URGENT_FOR_ON_SPOT)
