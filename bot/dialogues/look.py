"""Looks into the store for the checks of a dialogue file."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from bot.clock import to_local
from bot.community.identity import person_by_id
from bot.dialogues.scene import Check
from bot.offers import bookings, signups
from bot.storage.transaction import Transaction
from bot.tickets import queries
from bot.tickets.models import Solved, Ticket
from knowledge.model import Knowledge

_SOLVED = {Solved.YES: "是", Solved.NO: "否", Solved.UNANSWERED: "未答"}
_LATEST = "最新"

PersonNamed = Callable[[str], int]


def look_into_store(tx: Transaction, knowledge: Knowledge, check: Check, person: PersonNamed) -> str:
    """How the store differs from what the file expects; empty if it does not."""
    if check.what == "工单数":
        found = queries.count(tx)
        return "" if str(found) == check.fields["数"] else f"工单数应当是{check.fields['数']}，实际是{found}"
    if check.what == "工单":
        return _ticket_difference(tx, knowledge, check.fields)
    if check.what == "预约":
        return _booking_difference(tx, knowledge, check.fields, person)
    if check.what == "报名":
        return _signup_difference(tx, knowledge, check.fields, person)
    raise AssertionError(check.what)


def _booking_difference(
    tx: Transaction, knowledge: Knowledge, expected: Mapping[str, str], person: PersonNamed
) -> str:
    """The newest booking of that person at that time; without a time, the newest of all."""
    mine = [
        {
            "律师": booking.lawyer,
            "开始": _moment(booking.start_at),
            "状态": knowledge.replies[f"booking_state.{booking.state}"],
        }
        for booking in bookings.of_person(tx, person(expected["谁"]))
    ]
    wanted = {key: value for key, value in expected.items() if key != "谁"}
    same_time = [one for one in mine if one["开始"] == wanted.get("开始", one["开始"])]
    return _difference("预约", wanted, (same_time or mine)[:1])


def _signup_difference(
    tx: Transaction, knowledge: Knowledge, expected: Mapping[str, str], person: PersonNamed
) -> str:
    """The newest sign-up of that person for that activity."""
    mine = [
        {"活动": activity.title, "状态": knowledge.replies[f"signup_state.{signup.state}"]}
        for signup in signups.of_person(tx, person(expected["谁"]))
        if (activity := knowledge.activities.get(signup.activity)) is not None
        and activity.title == expected["活动"]
    ]
    return _difference("报名", {key: value for key, value in expected.items() if key != "谁"}, mine[:1])


def _difference(what: str, wanted: Mapping[str, str], found: Sequence[Mapping[str, str]]) -> str:
    if not found:
        return f"没有这样的{what}"
    for key, value in wanted.items():
        if found[0][key] != value:
            return f"{what}的{key}应当是“{value}”，实际是“{found[0][key]}”"
    return ""


def _ticket_difference(tx: Transaction, knowledge: Knowledge, expected: Mapping[str, str]) -> str:
    which = expected.get("第", _LATEST)
    if which == _LATEST:
        ticket = queries.latest(tx)
    elif "-" in which:
        ticket = queries.by_number(tx, which)
    else:
        everything = queries.every(tx)
        index = int(which) - 1
        ticket = everything[index] if 0 <= index < len(everything) else None
    if ticket is None:
        return "没有这张工单"
    actual = _shown(tx, knowledge, ticket)
    for key, wanted in expected.items():
        if key != "第" and not _matches(key, wanted, actual[key]):
            return f"工单的{key}应当是“{wanted}”，实际是“{actual[key]}”"
    return ""


def _shown(tx: Transaction, knowledge: Knowledge, ticket: Ticket) -> dict[str, str]:
    owner = person_by_id(tx, ticket.owner_id) if ticket.owner_id is not None else None
    return {
        "状态": knowledge.replies[f"state.{ticket.state}"],
        "类别": ticket.category or "",
        "楼": ticket.place.building or "",
        "单元": ticket.place.unit or "",
        "负责人": (owner.name if owner else None) or "",
        "级别": f"L{ticket.level}",
        "紧急": ticket.urgency,
        "结果": ticket.outcome or "",
        "解决": _SOLVED[ticket.solved],
        "满意度": knowledge.replies[f"satisfaction.{ticket.satisfaction}"],
        "附议": str(len(queries.followers(tx, ticket.id))),
        "截止": _moment(ticket.due_at),
    }


def _matches(key: str, wanted: str, actual: str) -> bool:
    if key == "截止":
        return actual.startswith(wanted)
    return wanted in actual if key == "结果" else wanted == actual


def _moment(moment: datetime) -> str:
    return f"{to_local(moment):%Y-%m-%d %H:%M}"
