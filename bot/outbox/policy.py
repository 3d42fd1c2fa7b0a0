"""When a message may go out: quiet hours and the push budget, as plain rules."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.clock import from_local, to_local
from bot.outbox.models import Purpose
from knowledge.model import PushBudget, QuietHours


class Audience(StrEnum):
    RESIDENT = "resident"
    WORKER = "worker"  # staff who handle tickets
    VOLUNTEER = "volunteer"  # building leaders: asked, never pressed


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message about to go out, and what its receiver has had already."""

    purpose: Purpose
    urgent: bool
    audience: Audience
    created_at: datetime
    has_digest_today: bool  # the receiver gets a list today that shows the same matter
    digests_today: int
    singles_today: int
    all_today: int
    about_this_ticket: int
    end_told: bool  # the receiver has heard how this ticket ended


class Verdict(StrEnum):
    SEND = "send"
    HOLD = "hold"  # until the quiet hours end
    FOLD = "fold"  # leave it to the next digest


def judge(message: Waiting, *, now: datetime, quiet: QuietHours, budget: PushBudget) -> Verdict:
    """Emergencies, P1 and answers go at any hour and are not counted."""
    if message.urgent or message.purpose is Purpose.ANSWER:
        return Verdict.SEND
    if is_quiet(now, quiet):
        return Verdict.HOLD
    is_second_list = message.audience is Audience.WORKER and message.digests_today > 0
    is_list = message.purpose is Purpose.DIGEST and not is_second_list
    if is_list or message.purpose in (Purpose.CLOSING, Purpose.RELAY):
        return Verdict.SEND
    if message.audience is Audience.WORKER:
        came_at_night = is_quiet(message.created_at, quiet)
        over = message.singles_today >= budget.worker_singles_a_day
        return Verdict.FOLD if over or (came_at_night and message.has_digest_today) else Verdict.SEND
    if message.audience is Audience.VOLUNTEER:
        return Verdict.FOLD if message.all_today >= budget.leader_a_day else Verdict.SEND
    # The last of a resident's messages about one matter is kept for how it ended.
    most = budget.resident_per_matter - (0 if message.end_told else 1)
    return Verdict.FOLD if message.about_this_ticket >= most else Verdict.SEND


def is_quiet(moment: datetime, quiet: QuietHours) -> bool:
    clock = to_local(moment).time()
    if quiet.start <= quiet.end:
        return quiet.start <= clock < quiet.end
    return clock >= quiet.start or clock < quiet.end


def quiet_ends_at(moment: datetime, quiet: QuietHours) -> datetime:
    """When the quiet hours that `moment` lies in are over."""
    local = to_local(moment).replace(tzinfo=None)
    end = datetime.combine(local.date(), quiet.end)
    return from_local(end if local.time() < quiet.end else end + timedelta(days=1))


BACK_OFF = tuple(timedelta(seconds=pause) for pause in (15, 60, 300, 900, 3600, 3 * 3600, 12 * 3600))
"""Pauses between tries; after the last one the message is given up and somebody has to ring."""

LEASE = timedelta(seconds=60)
