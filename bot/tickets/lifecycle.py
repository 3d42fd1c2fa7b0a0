"""The life of a ticket as one table: what may be done in which state, by whose hand, what must be given with
it, where it leads, and who hears of it.

A row without a next state is something that happens to a ticket and leaves its state alone: escalating,
extending, urging, supervising, calling others in. The counted limits are in `limits`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
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
    """What may be done to a ticket."""

    ASK = "ask"  # 问居民: what is missing of place or matter
    COMPLETE_INFO = "complete_info"  # the missing place or matter has been told
    EXPIRE = "expire"  # nobody answered the question
    ACCEPT_CASE = "accept_case"  # 受理: it is ours, and who does it comes later
    ASSIGN = "assign"  # 派单
    TAKE = "take"  # 收到
    TRANSFER = "transfer"  # 转
    RETURN = "return"  # 退
    HOLD = "hold"  # 挂起
    RESUME = "resume"  # the date of the hold has come, or the obstacle has gone
    RESOLVE = "resolve"  # 好了
    EXPLAIN = "explain"  # 依规办不了: what forbids it, and who can be asked
    CONFIRM = "confirm"  # the resident says it is solved
    REOPEN = "reopen"  # the resident says it is not, or not any more
    CLOSE_UNRATED = "close_unrated"  # the resident says nothing
    CLOSE_ON_SPOT = "close_on_spot"  # 当场: opened and closed in one message
    MERGE = "merge"  # 并单
    PART = "part"  # wrongly merged: stands on its own again
    WITHDRAW = "withdraw"  # 撤回
    DECLINE = "decline"  # 不予受理, with where to go instead
    # What leaves the state as it is.
    ESCALATE = "escalate"  # 报上去
    WHISTLE = "whistle"  # 吹哨, 呼叫: a department is called in
    ANSWER_WHISTLE = "answer_whistle"  # 响应
    ARRIVE = "arrive"  # 到场
    EXTEND = "extend"  # 延
    RECOUNT = "recount"  # the holidays have become known, and the promised time is another
    URGE = "urge"  # 催办
    SUPERVISE = "supervise"  # 督办: 提醒函, 交办单
    CO_ASSIGN = "co_assign"  # 协办
    PROGRESS = "progress"  # 进展
    SUPPLEMENT = "supplement"  # the resident adds something
    JOIN = "join"  # 附议
    SPLIT = "split"  # somebody who joined means another matter
    CALL_BACK = "call_back"  # 回访, by somebody other than the owner


class Actor(StrEnum):
    """In which capacity somebody acts on this very ticket; one person may be several."""

    REPORTER = "reporter"  # also whoever speaks for them: family, or a worker at the desk
    FOLLOWER = "follower"  # 附议
    ASSIGNEE = "assignee"  # the one who is responsible
    CO_OWNER = "co_owner"  # 协办: helps, and answers for nothing
    DISPATCHER = "dispatcher"
    SECRETARY = "secretary"  # from the third rung on also the subdistrict's officer
    SYSTEM = "system"


class Need(StrEnum):
    """What must be told along with a move."""

    ASSIGNEE = "assignee"
    REASON = "reason"
    UNTIL = "until"
    OUTCOME = "outcome"
    BASIS = "basis"  # 依据: the rule that forbids it
    CONTACT = "contact"  # 联系人: whom the resident can ask
    DEPARTMENT = "department"
    WORDS = "words"
    OTHER_TICKET = "other_ticket"


class Party(StrEnum):
    """Who hears of a move. Whoever made it is never told of it again."""

    RESIDENTS = "residents"  # the reporter and everybody who joined
    OWNER = "owner"  # whoever owns it afterwards; where nobody does, the dispatcher
    CO_OWNERS = "co_owners"
    DISPATCHER = "dispatcher"
    RUNG = "rung"  # whoever stands on the rung it has climbed to, and the secretary
    DEPARTMENT = "department"  # the contact of the department called in


class RefusalReason(StrEnum):
    NOT_FROM_HERE = "not_from_here"  # no such step from the present state
    NOT_YOURS = "not_yours"  # such a step, but not by this person
    FOR_THE_DESK = "for_the_desk"  # not even by the owner: the community's desk decides
    FOR_THE_SECRETARY = "for_the_secretary"  # the direct line
    ALREADY_SO = "already_so"  # it stands there already: the same word said twice
    RETURNED_BEFORE = "returned_before"  # by this very person
    RETURNED_TWICE = "returned_twice"
    REOPENED_TOO_LATE = "reopened_too_late"
    EXTENDED_BEFORE = "extended_before"
    EXTENDED_TOO_LATE = "extended_too_late"
    EXTENDED_TOO_LONG = "extended_too_long"
    TOO_URGENT_FOR_ON_SPOT = "too_urgent_for_on_spot"
    TO_BE_RUNG = "to_be_rung"  # nothing to be asked by message: it is urgent, or nothing reaches them
    HELD_UNTAKEN = "held_untaken"
    HELD_INTO_THE_PAST = "held_into_the_past"
    HELD_TOO_LONG = "held_too_long"
    AT_THE_TOP = "at_the_top"
    HELPS_ALREADY = "helps_already"
    WHISTLED_ALREADY = "whistled_already"
    NOT_WHISTLED = "not_whistled"
    SEVERAL_WHISTLED = "several_whistled"
    NOT_JOINED = "not_joined"
    NOT_TO_MERGE_WITH = "not_to_merge_with"
    RATED_BEFORE = "rated_before"
    CALLED_BACK_BY_OWNER = "called_back_by_owner"


class TransitionRefused(Exception):
    """The rules do not allow this now. The service tells the person why, by `reason`."""

    def __init__(self, reason: RefusalReason) -> None:
        super().__init__(reason.value)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the table. `to` is None where the state stays. `tells` names the sentence for each party."""

    to: TicketState | None
    by: frozenset[Actor]
    needs: frozenset[Need]
    tells: Mapping[Party, str]


_S, _M, _A, _N, _P = TicketState, Move, Actor, Need, Party

_IN_HAND = frozenset({_S.ASSIGNED, _S.IN_PROGRESS, _S.REOPENED})  # an owner is named and the clock runs
_UNOWNED = frozenset({_S.SUBMITTED, _S.ACCEPTED})
_ENDED = frozenset({_S.CLOSED, _S.MERGED, _S.WITHDRAWN, _S.DECLINED})
_OPEN = frozenset(_S) - _ENDED
_BEFORE_RESOLVED = _OPEN - {_S.RESOLVED}
_OWNED = _IN_HAND | {_S.ON_HOLD}
_WAITING = frozenset({_S.NEEDS_INFO, _S.ON_HOLD})

_DESK = frozenset({_A.DISPATCHER, _A.SECRETARY})
_WORKERS = _DESK | {_A.ASSIGNEE}
_HELPERS = _WORKERS | {_A.CO_OWNER}
_RESIDENTS = frozenset({_A.REPORTER, _A.FOLLOWER})

_Row = tuple[
    Move, Iterable[TicketState], TicketState | None, Iterable[Actor], Iterable[Need], Mapping[Party, str]
]

_ROWS: tuple[_Row, ...] = (
    (
        _M.ASK, _IN_HAND | _UNOWNED, _S.NEEDS_INFO, _WORKERS, {_N.WORDS},
        {_P.RESIDENTS: "notice.asked"},
    ),
    # Back in the queue; whoever had it has it again, and hears the answer with it.
    (_M.COMPLETE_INFO, {_S.NEEDS_INFO}, _S.SUBMITTED, _RESIDENTS | _WORKERS, (), {}),
    (
        _M.EXPIRE, {_S.NEEDS_INFO}, _S.WITHDRAWN, {_A.SYSTEM}, (),
        {_P.RESIDENTS: "notice.expired", _P.OWNER: "notice.expired_owner"},
    ),
    (_M.ACCEPT_CASE, {_S.SUBMITTED}, _S.ACCEPTED, _DESK, (), {_P.RESIDENTS: "notice.accepted"}),
    # Naming an owner accepts the matter: the dispatcher says one word, not two. The resident hears who has it
    # when that person says 收到, not at every turn it takes on the way.
    (_M.ASSIGN, _UNOWNED, _S.ASSIGNED, {_A.SYSTEM, *_DESK}, {_N.ASSIGNEE}, {_P.OWNER: "notice.assigned"}),
    (
        _M.DECLINE, {_S.NEEDS_INFO, *_UNOWNED}, _S.DECLINED, _DESK, {_N.REASON},
        {_P.RESIDENTS: "notice.declined"},
    ),
    (_M.CLOSE_ON_SPOT, {_S.SUBMITTED}, _S.CLOSED, {_A.ASSIGNEE}, {_N.OUTCOME}, {}),
    (
        _M.TAKE, {_S.ASSIGNED, _S.REOPENED}, _S.IN_PROGRESS, {_A.ASSIGNEE}, (),
        {_P.RESIDENTS: "notice.taken"},
    ),
    (_M.TRANSFER, _OWNED, _S.ASSIGNED, _WORKERS, {_N.ASSIGNEE}, {_P.OWNER: "notice.assigned"}),
    (
        _M.RETURN, _IN_HAND, _S.SUBMITTED, {_A.ASSIGNEE}, {_N.REASON},
        {_P.DISPATCHER: "notice.returned"},
    ),
    (
        _M.HOLD, _IN_HAND, _S.ON_HOLD, _WORKERS, {_N.REASON, _N.UNTIL},
        {_P.RESIDENTS: "notice.held", _P.CO_OWNERS: "notice.held_helper"},
    ),
    (
        _M.RESUME, {_S.ON_HOLD}, _S.IN_PROGRESS, {_A.SYSTEM, *_WORKERS}, (),
        {_P.OWNER: "notice.resumed", _P.RESIDENTS: "notice.resumed_resident"},
    ),
    # Also straight from 已派单: a worker who mends it without having said 收到 is normal.
    (
        _M.RESOLVE, _IN_HAND, _S.RESOLVED, _WORKERS, {_N.OUTCOME},
        {_P.RESIDENTS: "notice.resolved", _P.CO_OWNERS: "notice.done_helper"},
    ),
    # Every rung has the same honest exit.
    (
        _M.EXPLAIN, _OWNED | _UNOWNED, _S.CLOSED, _WORKERS, {_N.BASIS, _N.CONTACT},
        {_P.RESIDENTS: "notice.explained", _P.CO_OWNERS: "notice.done_helper"},
    ),
    # The desk confirms for the resident after ringing them (回访).
    (
        _M.CONFIRM, {_S.RESOLVED}, _S.CLOSED, {_A.REPORTER, *_DESK}, (),
        {_P.RESIDENTS: "notice.confirmed"},
    ),
    # Mended, and the resident tells us before the worker does.
    (
        _M.CONFIRM, _UNOWNED | _OWNED, _S.CLOSED, {_A.REPORTER}, (),
        {_P.RESIDENTS: "notice.confirmed", _P.OWNER: "notice.mended", _P.CO_OWNERS: "notice.done_helper"},
    ),
    (
        _M.CLOSE_UNRATED, {_S.RESOLVED}, _S.CLOSED, {_A.SYSTEM}, (),
        {_P.RESIDENTS: "notice.closed_unrated"},
    ),
    (
        _M.REOPEN, {_S.RESOLVED, _S.CLOSED}, _S.REOPENED, _RESIDENTS | _DESK, (),
        {_P.OWNER: "notice.reopened", _P.RESIDENTS: "notice.reopened_resident"},
    ),
    (
        _M.MERGE, _BEFORE_RESOLVED, _S.MERGED, _WORKERS, {_N.OTHER_TICKET},
        {_P.RESIDENTS: "notice.merged", _P.OWNER: "notice.merged_owner"},
    ),
    (
        _M.PART, {_S.MERGED}, _S.SUBMITTED, {_A.REPORTER, *_DESK}, (),
        {_P.RESIDENTS: "notice.parted"},
    ),
    (
        _M.WITHDRAW, _OPEN, _S.WITHDRAWN, {_A.REPORTER, _A.DISPATCHER}, (),
        {_P.OWNER: "notice.withdrawn", _P.CO_OWNERS: "notice.withdrawn"},
    ),
    # -- the state stays ---------------------------------------------------------------------------
    (
        _M.ESCALATE, _OWNED, None, _WORKERS | {_A.SYSTEM}, (),
        {_P.RUNG: "notice.escalated", _P.RESIDENTS: "notice.escalated_resident"},
    ),
    (
        _M.WHISTLE, _OWNED, None, _DESK, {_N.DEPARTMENT},
        {
            _P.DEPARTMENT: "notice.whistle", _P.OWNER: "notice.whistled",
            _P.RESIDENTS: "notice.whistled_resident",
        },
    ),
    (
        _M.ANSWER_WHISTLE, _OWNED, None, _HELPERS, (),
        {_P.RESIDENTS: "notice.answered"},
    ),
    (
        _M.ARRIVE, _OWNED, None, _HELPERS, (),
        {_P.OWNER: "notice.arrived", _P.RESIDENTS: "notice.arrived_resident"},
    ),
    (_M.EXTEND, _IN_HAND, None, _WORKERS, {_N.REASON, _N.UNTIL}, {_P.RESIDENTS: "notice.extended"}),
    (_M.RECOUNT, _IN_HAND | _UNOWNED, None, {_A.SYSTEM}, (), {_P.RESIDENTS: "notice.recounted"}),
    # Where the clock stands, no time is promised just now; whatever starts it again tells the time.
    (_M.RECOUNT, _OPEN - _IN_HAND - _UNOWNED, None, {_A.SYSTEM}, (), {}),
    (_M.URGE, _BEFORE_RESOLVED, None, _RESIDENTS | _DESK, (), {_P.OWNER: "notice.urged"}),
    (_M.SUPERVISE, _BEFORE_RESOLVED, None, _DESK, (), {}),
    (_M.CO_ASSIGN, _OWNED, None, _WORKERS, {_N.ASSIGNEE}, {}),
    (_M.PROGRESS, _OWNED, None, _HELPERS, {_N.WORDS}, {_P.OWNER: "notice.progress"}),
    (_M.SUPPLEMENT, _OPEN, None, _RESIDENTS | _WORKERS, {_N.WORDS}, {_P.OWNER: "notice.supplemented"}),
    (_M.JOIN, _OPEN, None, {_A.FOLLOWER}, (), {}),
    (_M.SPLIT, _OPEN, None, {_A.FOLLOWER, *_WORKERS}, (), {}),
    # Whoever entered it for the resident asks them, too.
    (_M.CALL_BACK, {_S.RESOLVED, _S.CLOSED}, None, _DESK | {_A.REPORTER}, {_N.WORDS}, {}),
)  # fmt: skip

TABLE: Mapping[tuple[TicketState, Move], Rule] = {
    (state, move): Rule(to, frozenset(by), frozenset(needs), tells)
    for move, states, to, by, needs, tells in _ROWS
    for state in states
}


def next_state(state: TicketState, move: Move, actor: Actor) -> TicketState:
    """The state after `move`. Raises TransitionRefused."""
    rule = TABLE.get((state, move))
    if rule is None:
        leads_here = any(row.to is state for (_, other), row in TABLE.items() if other is move)
        raise TransitionRefused(RefusalReason.ALREADY_SO if leads_here else RefusalReason.NOT_FROM_HERE)
    if actor not in rule.by:
        is_for_the_desk = actor is Actor.ASSIGNEE and rule.by >= _DESK
        raise TransitionRefused(RefusalReason.FOR_THE_DESK if is_for_the_desk else RefusalReason.NOT_YOURS)
    return rule.to or state


def needs_of(state: TicketState, move: Move) -> frozenset[Need]:
    """What must be told along with a possible move; empty for an impossible one."""
    rule = TABLE.get((state, move))
    return rule.needs if rule else frozenset()


def is_open(state: TicketState) -> bool:
    """Whether the matter still waits for anybody, the resident's yes included (Open311: open)."""
    return state in _OPEN


def is_in_hand(state: TicketState) -> bool:
    """Whether an owner is named and it is for them to act."""
    return state in _IN_HAND


def is_waiting(state: TicketState) -> bool:
    """Whether it waits for its date or for the resident's answer, and the clock stands meanwhile."""
    return state in _WAITING


def may_change_hands(state: TicketState) -> bool:
    """Whether somebody can be named who does it from now on; not where it is done already."""
    return (state, Move.ASSIGN) in TABLE or (state, Move.TRANSFER) in TABLE


def clock_runs(state: TicketState) -> bool:
    """Whether the time to resolve runs; it stands while the resident is waited for, and on hold."""
    return state in _IN_HAND | _UNOWNED
