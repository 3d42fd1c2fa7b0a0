"""The counted limits on moves: how often, how long, until when (首接负责, 延期, 挂起, 重办, 当场办结)."""

from datetime import datetime, timedelta

from bot.tickets.lifecycle import RefusalReason, TicketState, TransitionRefused

SILENCE_BEFORE_CLOSING = timedelta(days=3)  # 待本人确认 without an answer: closed, 未评价
REOPEN_WINDOW = timedelta(days=7)  # after closing; later it is a new matter
SILENCE_BEFORE_EXPIRY = timedelta(hours=48)  # 待补充 without an answer: withdrawn, and can be told again
JOIN_WINDOW = timedelta(hours=72)  # how recent an open ticket must be for others to join it
MOST_RETURNS = 2
COMMUNITY_EXTENSION = 3  # working days
SUBDISTRICT_EXTENSION = 10  # working days, in all
LONGEST_HOLD = timedelta(days=183)  # a season; what waits for longer is told so, not held
_ON_SPOT_URGENCIES = frozenset({"P2", "P3", "P4"})
_UNTAKEN = frozenset({TicketState.ASSIGNED, TicketState.REOPENED})


def check_return(returns_so_far: int, *, by_the_same: bool) -> None:
    """The first owner may give it back once, whoever is named then once more; a third time nobody can
    (首接负责). Raises TransitionRefused."""
    if by_the_same:
        raise TransitionRefused(RefusalReason.RETURNED_BEFORE)
    if returns_so_far >= MOST_RETURNS:
        raise TransitionRefused(RefusalReason.RETURNED_TWICE)


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


def check_asking(*, urgent: bool, reached: bool) -> None:
    """What is urgent is not asked about and waited for. Raises TransitionRefused."""
    if urgent or not reached:
        raise TransitionRefused(RefusalReason.TO_BE_RUNG)


def check_hold(state: TicketState, *, urgent: bool, until: datetime, now: datetime) -> None:
    """A hold has a date, and what is urgent is looked at before it waits. Raises TransitionRefused."""
    if urgent and state in _UNTAKEN:
        raise TransitionRefused(RefusalReason.HELD_UNTAKEN)
    if until <= now:
        raise TransitionRefused(RefusalReason.HELD_INTO_THE_PAST)
    if until - now > LONGEST_HOLD:
        raise TransitionRefused(RefusalReason.HELD_TOO_LONG)


def check_on_spot(urgency: str) -> None:
    """Opened and closed in one message is for P2 to P4 only. Raises TransitionRefused."""
    if urgency not in _ON_SPOT_URGENCIES:
        raise TransitionRefused(RefusalReason.TOO_URGENT_FOR_ON_SPOT)
