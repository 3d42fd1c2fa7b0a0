"""The lists that are sent: to workers in the morning and before things fall due, to the secretary weekly.

The first line says how things stand, because a locked phone shows no more; the last what to answer.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from bot.clock import local_day
from bot.community.cover import ChangeState, RosterChange
from bot.community.speech import sentence, spoken_day
from bot.tickets.gaps import Gaps, without_leader
from bot.tickets.lists import listed
from bot.tickets.models import Ticket
from bot.tickets.notices import facts
from knowledge.model import Knowledge

_MOST_LATE = 10
_MOST_BUILDINGS = 12
_MOST_NUMBERS = 5


def morning_list(
    knowledge: Knowledge,
    *,
    mine: Sequence[Ticket],
    of_absent: Mapping[str, Sequence[Ticket]],
    unowned: Sequence[Ticket],
    raised: Sequence[Ticket],
    moved: Sequence[Ticket],
    calls: Sequence[str],
    roster_lines: Sequence[str],
    now: datetime,
) -> str | None:
    """None where there is nothing to do.

    `of_absent`: what those have in hand for whom this person stands in. `raised`: what others have in hand
    and was sent up. `moved`: those of all these whose time the calendar has moved. `calls`: people to ring
    up, whom no message reaches.
    """
    parts: list[str] = []
    if unowned:
        head = sentence(knowledge, "list.unowned", {"count": len(unowned)})
        parts += [head, listed(knowledge, unowned, now)]
    if mine:
        parts += [_in_hand(knowledge, mine, now), listed(knowledge, mine, now)]
    for name, tickets in of_absent.items():
        if tickets:
            values = {"name": name, "count": len(tickets)}
            parts += [sentence(knowledge, "list.for_absent", values), listed(knowledge, tickets, now)]
    if raised:
        head = sentence(knowledge, "list.raised", {"count": len(raised)})
        parts += [head, listed(knowledge, raised, now)]
    if moved:
        numbers = knowledge.replies["roster.name_comma"].join(ticket.number for ticket in moved)
        parts.append(sentence(knowledge, "list.moved", {"numbers": numbers}))
    if calls:
        parts += [sentence(knowledge, "list.calls", {"count": len(calls)}), *calls]
    closing = [sentence(knowledge, "list.closing", {})] if mine or any(of_absent.values()) else []
    return "\n".join([*parts, *roster_lines, *closing]) or None


def _in_hand(knowledge: Knowledge, tickets: Sequence[Ticket], now: datetime) -> str:
    late = sum(ticket.due_at < now for ticket in tickets)
    today = sum(ticket.due_at >= now and local_day(ticket.due_at) == local_day(now) for ticket in tickets)
    values = {"count": len(tickets), "late": late, "today": today}
    if late and today:
        return sentence(knowledge, "list.in_hand_late_and_today", values)
    if late:
        return sentence(knowledge, "list.in_hand_late", values)
    return sentence(knowledge, "list.in_hand_today" if today else "list.in_hand", values)


def due_list(
    knowledge: Knowledge, mine: Sequence[Ticket], of_absent: Mapping[str, Sequence[Ticket]], now: datetime
) -> str | None:
    """What has to be done by the end of the next working day."""
    parts: list[str] = []
    if mine:
        head = sentence(knowledge, "list.due_tomorrow", {"count": len(mine)})
        parts += [head, listed(knowledge, mine, now)]
    for name, tickets in of_absent.items():
        if tickets:
            values = {"name": name, "count": len(tickets)}
            parts += [sentence(knowledge, "list.due_for_absent", values), listed(knowledge, tickets, now)]
    return "\n".join([*parts, sentence(knowledge, "list.closing_before_due", {})]) if parts else None


def roster_today(knowledge: Knowledge, changes: Sequence[RosterChange], gaps: Gaps, day: date) -> list[str]:
    """What the desk has to know of today's roster: who is away, and where nobody is."""
    lines = []
    for change in changes:
        if change.shift is None and change.first_day <= day:
            key = "roster.away_today" if change.state is ChangeState.AGREED else "roster.away_uncovered"
            lines.append(sentence(knowledge, key, {"name": change.asker, "other": change.other}))
    return lines + gap_lines(knowledge, gaps)


def gap_lines(knowledge: Knowledge, gaps: Gaps) -> list[str]:
    lines = [sentence(knowledge, "roster.gap_grid", {"grid": grid}) for grid in gaps.grids]
    lines += [
        sentence(knowledge, "roster.gap_buildings", _buildings(knowledge, name, numbers))
        for name, numbers in gaps.buildings
    ]
    lines += [
        sentence(knowledge, "roster.gap_shift", {"day": spoken_day(knowledge, day), "shift": shift.name})
        for day, shift in gaps.shifts
    ]
    lines += [
        sentence(knowledge, "roster.gap_owner", {"name": name, **_numbers(knowledge, numbers)})
        for name, numbers in gaps.stranded
    ]
    return lines + [knowledge.replies[f"roster.gap_{role}"] for role in gaps.roles]


def _numbers(knowledge: Knowledge, numbers: Sequence[str]) -> dict[str, object]:
    shown = knowledge.replies["roster.name_comma"].join(numbers[:_MOST_NUMBERS])
    return {"count": len(numbers), "numbers": shown}


def secretary_week(
    knowledge: Knowledge,
    *,
    late: Sequence[Ticket],
    gaps: Gaps,
    changes: Sequence[RosterChange],
    to_sign: Sequence[str],
    now: datetime,
) -> str | None:
    """What is late, where nobody is responsible, what waits for a signature; None in a quiet week. Matters
    and places only: nobody is counted or compared."""
    lines_of_gaps = gap_lines(knowledge, gaps)
    asked = [change for change in changes if change.state is ChangeState.ASKED and change.shift is None]
    if not (late or lines_of_gaps or asked or to_sign):
        return None
    values = {"late": len(late), "gaps": len(lines_of_gaps), "letters": len(to_sign)}
    lines = [sentence(knowledge, "week.head", values)]
    if late:
        lines.append(sentence(knowledge, "week.late", {"count": len(late)}))
        lines += [
            sentence(knowledge, "week.late_line", facts(knowledge, ticket) | {"index": index})
            for index, ticket in enumerate(late[:_MOST_LATE], 1)
        ]
        if len(late) > _MOST_LATE:
            lines.append(sentence(knowledge, "week.more", {"count": len(late) - _MOST_LATE}))
    lines += lines_of_gaps
    lines += [
        sentence(knowledge, "roster.away_asked", {"name": change.asker, "other": change.other})
        for change in asked
    ]
    lines += [
        sentence(knowledge, "week.no_leader", _buildings(knowledge, name, numbers))
        for name, numbers in without_leader(knowledge, local_day(now))
    ]
    if to_sign:
        lines += [sentence(knowledge, "week.to_sign", {"count": len(to_sign)}), *to_sign]
    return "\n".join([*lines, sentence(knowledge, "week.closing" if late else "week.closing_quiet", {})])


def _buildings(knowledge: Knowledge, compound: str, numbers: Sequence[int]) -> dict[str, object]:
    shown = knowledge.replies["roster.name_comma"].join(map(str, numbers[:_MOST_BUILDINGS]))
    if len(numbers) > _MOST_BUILDINGS:
        shown = sentence(knowledge, "roster.and_more", {"shown": shown, "count": len(numbers)})
    return {"compound": compound, "buildings": shown}
