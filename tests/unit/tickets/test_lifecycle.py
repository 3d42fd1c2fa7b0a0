import re
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.tickets import desk, limits
from bot.tickets.lifecycle import (
    TABLE,
    Actor,
    Move,
    Need,
    Party,
    RefusalReason,
    TicketState,
    TransitionRefused,
    clock_runs,
    is_in_hand,
    is_open,
    needs_of,
    next_state,
)
from bot.tickets.limits import (
    check_asking,
    check_extension,
    check_hold,
    check_on_spot,
    check_reopening,
    check_return,
)
from tests.unit.tickets.calendars import at

DESK = Path(desk.__file__).parent

# The whole life, state by state, as people draw it: move -> next state.
LIFE: dict[str, dict[str, str]] = {
    "needs_info": {
        "complete_info": "submitted",
        "expire": "withdrawn",
        "decline": "declined",
        "merge": "merged",
        "withdraw": "withdrawn",
    },
    "submitted": {
        "ask": "needs_info",
        "accept_case": "accepted",
        "assign": "assigned",
        "decline": "declined",
        "close_on_spot": "closed",
        "explain": "closed",
        "confirm": "closed",
        "merge": "merged",
        "withdraw": "withdrawn",
    },
    "accepted": {
        "ask": "needs_info",
        "assign": "assigned",
        "decline": "declined",
        "explain": "closed",
        "confirm": "closed",
        "merge": "merged",
        "withdraw": "withdrawn",
    },
    "assigned": {
        "ask": "needs_info",
        "take": "in_progress",
        "transfer": "assigned",
        "return": "submitted",
        "hold": "on_hold",
        "resolve": "resolved",
        "explain": "closed",
        "confirm": "closed",
        "merge": "merged",
        "withdraw": "withdrawn",
    },
    "in_progress": {
        "ask": "needs_info",
        "transfer": "assigned",
        "return": "submitted",
        "hold": "on_hold",
        "resolve": "resolved",
        "explain": "closed",
        "confirm": "closed",
        "merge": "merged",
        "withdraw": "withdrawn",
    },
    "on_hold": {
        "resume": "in_progress",
        "transfer": "assigned",
        "explain": "closed",
        "confirm": "closed",
        "merge": "merged",
        "withdraw": "withdrawn",
    },
    "resolved": {
        "confirm": "closed",
        "close_unrated": "closed",
        "reopen": "reopened",
        "withdraw": "withdrawn",
    },
    "reopened": {
        "ask": "needs_info",
        "take": "in_progress",
        "transfer": "assigned",
        "return": "submitted",
        "hold": "on_hold",
        "resolve": "resolved",
        "explain": "closed",
        "confirm": "closed",
        "merge": "merged",
        "withdraw": "withdrawn",
    },
    "closed": {"reopen": "reopened"},
    "merged": {"part": "submitted"},
    "withdrawn": {},
    "declined": {},
}


def refusal(state: TicketState, move: Move, actor: Actor) -> RefusalReason:
    with pytest.raises(TransitionRefused) as refused:
        next_state(state, move, actor)
    return refused.value.reason


@pytest.mark.parametrize("move", Move)
@pytest.mark.parametrize("state", TicketState)
def test_the_table_is_the_life_people_draw(state: TicketState, move: Move) -> None:
    rule = TABLE.get((state, move))

    assert (rule.to if rule else None) == LIFE[state].get(move)


@pytest.mark.parametrize(
    ("move", "state", "actors"),
    [
        (Move.ASK, TicketState.ASSIGNED, "assignee dispatcher secretary"),
        (Move.COMPLETE_INFO, TicketState.NEEDS_INFO, "reporter follower assignee dispatcher secretary"),
        (Move.EXPIRE, TicketState.NEEDS_INFO, "system"),
        (Move.ACCEPT_CASE, TicketState.SUBMITTED, "dispatcher secretary"),
        (Move.ASSIGN, TicketState.SUBMITTED, "system dispatcher secretary"),
        (Move.DECLINE, TicketState.SUBMITTED, "dispatcher secretary"),
        (Move.CLOSE_ON_SPOT, TicketState.SUBMITTED, "assignee"),
        (Move.TAKE, TicketState.ASSIGNED, "assignee"),
        (Move.TRANSFER, TicketState.ASSIGNED, "assignee dispatcher secretary"),
        (Move.RETURN, TicketState.IN_PROGRESS, "assignee"),
        (Move.HOLD, TicketState.IN_PROGRESS, "assignee dispatcher secretary"),
        (Move.RESUME, TicketState.ON_HOLD, "system assignee dispatcher secretary"),
        (Move.RESOLVE, TicketState.IN_PROGRESS, "assignee dispatcher secretary"),
        (Move.CONFIRM, TicketState.RESOLVED, "reporter dispatcher secretary"),
        (Move.CONFIRM, TicketState.IN_PROGRESS, "reporter"),
        (Move.CLOSE_UNRATED, TicketState.RESOLVED, "system"),
        (Move.REOPEN, TicketState.RESOLVED, "reporter follower dispatcher secretary"),
        (Move.REOPEN, TicketState.CLOSED, "reporter follower dispatcher secretary"),
        (Move.MERGE, TicketState.ASSIGNED, "assignee dispatcher secretary"),
        (Move.PART, TicketState.MERGED, "reporter dispatcher secretary"),
        (Move.WITHDRAW, TicketState.ASSIGNED, "reporter dispatcher"),
        (Move.EXPLAIN, TicketState.ON_HOLD, "assignee dispatcher secretary"),
        (Move.WHISTLE, TicketState.IN_PROGRESS, "dispatcher secretary"),
        (Move.ARRIVE, TicketState.IN_PROGRESS, "assignee co_owner dispatcher secretary"),
        (Move.PROGRESS, TicketState.ON_HOLD, "assignee co_owner dispatcher secretary"),
        (Move.CO_ASSIGN, TicketState.ASSIGNED, "assignee dispatcher secretary"),
        (Move.SPLIT, TicketState.ASSIGNED, "follower assignee dispatcher secretary"),
        (Move.CALL_BACK, TicketState.CLOSED, "reporter dispatcher secretary"),
        (Move.RECOUNT, TicketState.ASSIGNED, "system"),
    ],
)
def test_only_these_may_make_the_move(move: Move, state: TicketState, actors: str) -> None:
    for actor in Actor:
        if actor in actors.split():
            assert next_state(state, move, actor) is (TABLE[state, move].to or state)
        else:
            assert refusal(state, move, actor) in {RefusalReason.NOT_YOURS, RefusalReason.FOR_THE_DESK}


@pytest.mark.parametrize("state", [TicketState.ASSIGNED, TicketState.IN_PROGRESS, TicketState.REOPENED])
def test_a_worker_may_say_done_without_having_said_received(state: TicketState) -> None:
    assert next_state(state, Move.RESOLVE, Actor.ASSIGNEE) is TicketState.RESOLVED


@pytest.mark.parametrize("state", TicketState)
def test_the_reporter_may_withdraw_exactly_while_the_ticket_is_open(state: TicketState) -> None:
    assert ((state, Move.WITHDRAW) in TABLE) is is_open(state)


def test_the_same_word_twice_is_told_from_a_wrong_one() -> None:
    assert refusal(TicketState.IN_PROGRESS, Move.TAKE, Actor.ASSIGNEE) is RefusalReason.ALREADY_SO
    assert refusal(TicketState.RESOLVED, Move.RESOLVE, Actor.ASSIGNEE) is RefusalReason.ALREADY_SO
    assert refusal(TicketState.CLOSED, Move.TAKE, Actor.ASSIGNEE) is RefusalReason.NOT_FROM_HERE


@pytest.mark.parametrize(
    ("state", "move", "needs"),
    [
        (TicketState.NEEDS_INFO, Move.COMPLETE_INFO, set()),
        (TicketState.ASSIGNED, Move.ASK, {Need.WORDS}),
        (TicketState.SUBMITTED, Move.ASSIGN, {Need.ASSIGNEE}),
        (TicketState.SUBMITTED, Move.DECLINE, {Need.REASON}),
        (TicketState.ASSIGNED, Move.TAKE, set()),
        (TicketState.ASSIGNED, Move.RETURN, {Need.REASON}),
        (TicketState.ASSIGNED, Move.HOLD, {Need.REASON, Need.UNTIL}),
        (TicketState.ASSIGNED, Move.RESOLVE, {Need.OUTCOME}),
        (TicketState.ASSIGNED, Move.MERGE, {Need.OTHER_TICKET}),
        (TicketState.ASSIGNED, Move.EXPLAIN, {Need.BASIS, Need.CONTACT}),
        (TicketState.ASSIGNED, Move.EXTEND, {Need.UNTIL, Need.REASON}),
        (TicketState.CLOSED, Move.TAKE, set()),
    ],
)
def test_what_must_be_told_with_a_move(state: TicketState, move: Move, needs: set[Need]) -> None:
    assert needs_of(state, move) == needs


def test_open_in_hand_and_ticking() -> None:
    assert {state for state in TicketState if not is_open(state)} == {
        TicketState.CLOSED,
        TicketState.MERGED,
        TicketState.WITHDRAWN,
        TicketState.DECLINED,
    }
    assert {state for state in TicketState if is_in_hand(state)} == {
        TicketState.ASSIGNED,
        TicketState.IN_PROGRESS,
        TicketState.REOPENED,
    }
    paused = {state for state in TicketState if is_open(state) and not clock_runs(state)}
    assert paused == {TicketState.NEEDS_INFO, TicketState.ON_HOLD, TicketState.RESOLVED}
    assert not any(clock_runs(state) for state in TicketState if not is_open(state))


# -- counted limits -----------------------------------------------------------------------------------


def test_a_ticket_is_given_back_twice_and_never_a_third_time() -> None:
    check_return(0, by_the_same=False)
    check_return(1, by_the_same=False)
    with pytest.raises(TransitionRefused) as refused:
        check_return(2, by_the_same=False)
    assert refused.value.reason is RefusalReason.RETURNED_TWICE
    with pytest.raises(TransitionRefused) as refused:
        check_return(1, by_the_same=True)
    assert refused.value.reason is RefusalReason.RETURNED_BEFORE


@pytest.mark.parametrize(
    ("state", "urgent", "until", "reason"),
    [
        (TicketState.ASSIGNED, False, "2026-12-01 08:30", None),
        (TicketState.IN_PROGRESS, True, "2026-12-01 08:30", None),
        (TicketState.ASSIGNED, True, "2026-12-01 08:30", RefusalReason.HELD_UNTAKEN),
        (TicketState.REOPENED, True, "2026-12-01 08:30", RefusalReason.HELD_UNTAKEN),
        (TicketState.ASSIGNED, False, "2026-11-23 10:00", RefusalReason.HELD_INTO_THE_PAST),
        (TicketState.ASSIGNED, False, "2027-05-26 08:30", RefusalReason.HELD_TOO_LONG),
    ],
)
def test_a_hold_has_a_date_within_half_a_year_and_nothing_urgent_is_held_unseen(
    state: TicketState, urgent: bool, until: str, reason: RefusalReason | None
) -> None:
    given_reason = None
    try:
        check_hold(state, urgent=urgent, until=at(until), now=at("2026-11-23 10:00"))
    except TransitionRefused as refused:
        given_reason = refused.reason

    assert given_reason is reason


def test_a_closed_ticket_may_be_reopened_for_seven_days() -> None:
    closed_at = at("2026-11-23 10:00")

    check_reopening(None, at("2026-11-23 10:00"))
    check_reopening(closed_at, closed_at + timedelta(days=7))
    with pytest.raises(TransitionRefused) as refused:
        check_reopening(closed_at, closed_at + timedelta(days=7, seconds=1))
    assert refused.value.reason is RefusalReason.REOPENED_TOO_LATE


@pytest.mark.parametrize(
    ("working_days", "extended_before", "now", "reason"),
    [
        (3, False, "2026-11-24 17:29", None),
        (1, False, "2026-11-23 09:00", None),
        (4, False, "2026-11-23 09:00", RefusalReason.EXTENDED_TOO_LONG),
        (1, True, "2026-11-23 09:00", RefusalReason.EXTENDED_BEFORE),
        (1, False, "2026-11-24 17:30", RefusalReason.EXTENDED_TOO_LATE),
    ],
)
def test_an_extension_is_given_once_in_time_and_for_three_days(
    working_days: int, extended_before: bool, now: str, reason: RefusalReason | None
) -> None:
    given_reason = None
    try:
        check_extension(
            working_days=working_days,
            most_days=limits.COMMUNITY_EXTENSION,
            extended_before=extended_before,
            due_at=at("2026-11-24 17:30"),
            now=at(now),
        )
    except TransitionRefused as refused:
        given_reason = refused.reason

    assert given_reason is reason


@pytest.mark.parametrize(("urgent", "reached"), [(True, True), (False, False)])
def test_what_must_not_wait_or_cannot_be_asked_is_asked_by_telephone(urgent: bool, reached: bool) -> None:
    check_asking(urgent=False, reached=True)
    with pytest.raises(TransitionRefused) as refused:
        check_asking(urgent=urgent, reached=reached)
    assert refused.value.reason is RefusalReason.TO_BE_RUNG


@pytest.mark.parametrize(("urgency", "allowed"), [("E", False), ("P1", False), ("P2", True), ("P4", True)])
def test_nothing_urgent_is_closed_on_the_spot(urgency: str, allowed: bool) -> None:
    if allowed:
        check_on_spot(urgency)
        return
    with pytest.raises(TransitionRefused) as refused:
        check_on_spot(urgency)
    assert refused.value.reason is RefusalReason.TOO_URGENT_FOR_ON_SPOT


@pytest.mark.parametrize(
    ("state", "move", "actor", "reason"),
    [
        (TicketState.IN_PROGRESS, Move.ESCALATE, Actor.ASSIGNEE, None),
        (TicketState.ON_HOLD, Move.ESCALATE, Actor.ASSIGNEE, None),
        (TicketState.CLOSED, Move.ESCALATE, Actor.ASSIGNEE, RefusalReason.NOT_FROM_HERE),
        (TicketState.IN_PROGRESS, Move.ESCALATE, Actor.REPORTER, RefusalReason.NOT_YOURS),
        (TicketState.ASSIGNED, Move.URGE, Actor.REPORTER, None),
        (TicketState.ASSIGNED, Move.URGE, Actor.FOLLOWER, None),
        (TicketState.RESOLVED, Move.URGE, Actor.REPORTER, RefusalReason.NOT_FROM_HERE),
        (TicketState.ASSIGNED, Move.EXTEND, Actor.ASSIGNEE, None),
        (TicketState.ON_HOLD, Move.EXTEND, Actor.ASSIGNEE, RefusalReason.NOT_FROM_HERE),
        (TicketState.ASSIGNED, Move.SUPERVISE, Actor.SECRETARY, None),
        (TicketState.ASSIGNED, Move.SUPERVISE, Actor.ASSIGNEE, RefusalReason.FOR_THE_DESK),
        (TicketState.RESOLVED, Move.SUPPLEMENT, Actor.REPORTER, None),
    ],
)
def test_what_leaves_the_state_alone_has_its_states_and_people(
    state: TicketState, move: Move, actor: Actor, reason: RefusalReason | None
) -> None:
    given_reason = None
    try:
        next_state(state, move, actor)
    except TransitionRefused as refused:
        given_reason = refused.reason

    assert given_reason is reason
    assert reason is not None or next_state(state, move, actor) is state


# -- properties ---------------------------------------------------------------------------------------


@given(st.lists(st.tuples(st.sampled_from(Move), st.sampled_from(Actor)), max_size=60))
def test_no_path_leaves_the_table(steps: list[tuple[Move, Actor]]) -> None:
    state = TicketState.SUBMITTED
    for move, actor in steps:
        try:
            after = next_state(state, move, actor)
        except TransitionRefused:
            allowed = TABLE.get((state, move))
            assert allowed is None or actor not in allowed.by
            continue
        assert LIFE[state].get(move, state) == after
        state = after


def reachable_from(*starts: TicketState) -> set[TicketState]:
    found, waiting = set(starts), list(starts)
    while waiting:
        state = waiting.pop()
        following = {rule.to or origin for (origin, _), rule in TABLE.items() if origin is state} - found
        found |= following
        waiting.extend(following)
    return found


def test_every_state_can_be_reached() -> None:
    assert reachable_from(TicketState.SUBMITTED) == set(TicketState)


@pytest.mark.parametrize("state", [state for state in TicketState if is_open(state)])
def test_no_open_ticket_is_stuck(state: TicketState) -> None:
    assert any(not is_open(later) for later in reachable_from(state))


@pytest.mark.parametrize("move", Move)
def test_every_move_is_made_by_the_desk(move: Move) -> None:
    made = "".join(file.read_text(encoding="utf-8") for file in DESK.glob("*.py"))

    assert re.search(rf"\bMove\.{move.name}\b", made)


def test_every_rule_has_somebody_to_use_it() -> None:
    assert all(rule.by for rule in TABLE.values())


def test_whatever_ends_or_holds_up_a_matter_is_told_to_the_residents() -> None:
    # What they say themselves, and what was settled before they could know of it, need not be told.
    untold = {Move.WITHDRAW, Move.CLOSE_ON_SPOT}
    silent = {
        move
        for (state, move), rule in TABLE.items()
        if rule.to is not None and not clock_runs(rule.to) and Party.RESIDENTS not in rule.tells
    }

    assert silent <= untold


def test_the_resident_hears_of_every_rung_and_of_every_department() -> None:
    told = {move for (_, move), rule in TABLE.items() if Party.RESIDENTS in rule.tells}

    assert {Move.ESCALATE, Move.WHISTLE, Move.ANSWER_WHISTLE, Move.ARRIVE, Move.EXPLAIN} <= told
