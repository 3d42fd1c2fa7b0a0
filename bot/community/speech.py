"""How places, days and moments are said to people, by the patterns of replies.yaml."""

import re
from collections.abc import Mapping
from datetime import date, datetime, time

from bot.clock import to_local
from knowledge.model import FaqEntry, Knowledge
from knowledge.replies import community_values, render

_MOBILE = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)")


def spoken_day(knowledge: Knowledge, day: date) -> str:
    weekday = knowledge.replies[f"time.weekday_{day.isoweekday()}"]
    return render(knowledge.replies["time.day"], {"month": day.month, "day": day.day, "weekday": weekday})


def spoken_moment(knowledge: Knowledge, moment: datetime) -> str:
    """A moment (aware) in community time, such as “11月25日周三 14:00”."""
    local = to_local(moment)
    return f"{spoken_day(knowledge, local.date())} {local:%H:%M}"


def spoken_place(
    knowledge: Knowledge, *, compound: str | None, building: str | None, unit: str | None, text: str = ""
) -> str:
    """A place down to the unit, never the room: fit for a group and for a lock screen."""
    replies = knowledge.replies
    if compound and building and unit:
        pattern = replies["place.unit"]
    elif compound and building:
        pattern = replies["place.building"]
    elif compound and text and compound not in text:
        pattern = replies["place.spot"]
    elif compound:
        pattern = replies["place.compound"]
    else:
        return text or replies["place.unknown"]
    return render(pattern, {"compound": compound, "building": building, "unit": unit, "spot": text})


def sentence(knowledge: Knowledge, key: str, values: Mapping[str, object]) -> str:
    """A sentence of replies.yaml; the community's own names and numbers need not be given."""
    return render(knowledge.replies[key], community_values(knowledge.community) | dict(values))


def spoken_office_hours(knowledge: Knowledge) -> str:
    """“周一至周五 08:30—12:00、14:00—17:30”; days in a row with the same hours are one."""
    runs: list[tuple[list[int], tuple[tuple[time, time], ...]]] = []
    for weekday, spans in sorted(knowledge.community.office_hours.items()):
        if runs and runs[-1][1] == spans and runs[-1][0][-1] == weekday - 1:
            runs[-1][0].append(weekday)
        elif spans:
            runs.append(([weekday], spans))
    lines = [
        sentence(
            knowledge,
            "office_hours.line",
            {"days": _days(knowledge, days), "spans": _spans(knowledge, spans)},
        )
        for days, spans in runs
    ]
    return knowledge.replies["office_hours.next"].join(lines)


def _days(knowledge: Knowledge, days: list[int]) -> str:
    first, last = (knowledge.replies[f"time.weekday_{day}"] for day in (days[0], days[-1]))
    return (
        first if len(days) == 1 else sentence(knowledge, "office_hours.days", {"first": first, "last": last})
    )


def _spans(knowledge: Knowledge, spans: tuple[tuple[time, time], ...]) -> str:
    spoken = [
        sentence(knowledge, "office_hours.span", {"start": f"{start:%H:%M}", "end": f"{end:%H:%M}"})
        for start, end in spans
    ]
    return knowledge.replies["office_hours.and"].join(spoken)


def spoken_entry(knowledge: Knowledge, entry: FaqEntry, today: date) -> str:
    """An answer as it stands in its file, with where it holds, how old it is and who to ask to be sure.

    Where the community has not filled in a local fact yet, only the rest is said, and whom to ask.
    """
    values = {
        "compounds": knowledge.replies["faq.list_comma"].join(entry.compounds),
        "day": entry.updated_on.isoformat() if entry.updated_on else "",
        "valid_until": entry.valid_until.isoformat() if entry.valid_until else "",
    }
    keys = ["faq.updated" if entry.updated_on else "faq.not_dated"]
    if entry.valid_until is not None and entry.valid_until < today:
        keys.append("faq.past_review")
    if entry.has_gap:
        keys.insert(0, "faq.not_filled_in")
    answer = [entry.known_part] if entry.known_part else []
    lines = [*answer, *(sentence(knowledge, key, values) for key in keys)]
    if entry.compounds and not any(compound in entry.answer for compound in entry.compounds):
        lines.insert(0, sentence(knowledge, "faq.valid_for", values))
    return "\n".join(lines)


def masked_phone(phone: str) -> str:
    """“139****1003”: enough for its owner to recognise it."""
    return f"{phone[:3]}****{phone[-4:]}" if phone else ""


def without_mobiles(text: str) -> str:
    """For a group: no mobile number may stand there, whatever sentence it slipped into."""
    return _MOBILE.sub("***********", text)
