"""Messages to 客户群: prepared here, sent by each group's owner with one press in WeCom. Nothing reaches a
group without that press."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

from bot.channels.wecom import nodes
from bot.channels.wecom.corp import Api
from bot.channels.wecom.nodes import Node

LONGEST_TEXT = 4000  # bytes
MOST_GROUPS = 2000

_PAGE = 1000
_SENT = 2  # an owner has pressed


class Outcome(IntEnum):
    WAITING = 0
    SENT = 1
    NO_CONTACT = 2
    FULL = 3  # the group has had its broadcast of the day, or all of the month's


@dataclass(frozen=True, slots=True)
class Task:
    """A broadcast that waits for its owner. `left_out` are groups that it cannot be for."""

    id: str
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class GroupOutcome:
    group: str
    outcome: Outcome
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """`waiting_for` are owners who have not pressed yet. Groups that wait are not told one by one."""

    waiting_for: tuple[str, ...]
    groups: tuple[GroupOutcome, ...]


async def prepare(api: Api, *, owner: str, text: str, groups: Sequence[str] = ()) -> Task:
    """Ask `owner`, a member's id, to send `text` to their groups: to those given, or to those they choose.

    Raises ValueError, before anything is asked, where `text` or `groups` would not fit.
    """
    if not 0 < len(text.encode()) <= LONGEST_TEXT:
        raise ValueError(f"a broadcast has 1 to {LONGEST_TEXT} bytes")
    if len(groups) > MOST_GROUPS:
        raise ValueError(f"a broadcast goes to at most {MOST_GROUPS} groups")
    chosen = {"chat_id_list": list(groups)} if groups else {}
    task = {"chat_type": "group", "sender": owner, "text": {"content": text}, **chosen}
    answer = await api.call("externalcontact/add_msg_template", task)
    return Task(nodes.identifier(answer, "msgid"), tuple(nodes.texts(answer, "fail_list")))


async def remind(api: Api, task: str) -> None:
    """Ask the owner again; the platform does so at most three times in 24 hours."""
    await api.call("externalcontact/remind_groupmsg_send", {"msgid": task})


async def progress(api: Api, task: str) -> Progress:
    waiting, groups = [], []
    async for owner in _all(api, "get_groupmsg_task", {"msgid": task}, "task_list"):
        member = nodes.identifier(owner, "userid")
        if owner.get("status") != _SENT:
            waiting.append(member)
            continue
        question = {"msgid": task, "userid": member}
        sent = _all(api, "get_groupmsg_send_result", question, "send_list")
        groups.extend([_group_outcome(one) async for one in sent])
    return Progress(tuple(waiting), tuple(groups))


def _group_outcome(sent: Node) -> GroupOutcome:
    at = nodes.moment(sent, "send_time") if sent.get("send_time") else None
    return GroupOutcome(nodes.identifier(sent, "chat_id"), Outcome(sent["status"]), at)


async def _all(api: Api, name: str, question: dict[str, str], listed: str) -> AsyncIterator[Node]:
    """Everything that an interface lists in pages."""
    cursor, cursors = "", set[str]()
    while cursor not in cursors:
        cursors.add(cursor)
        page = await api.call(f"externalcontact/{name}", {**question, "limit": _PAGE, "cursor": cursor})
        for value in nodes.items(page, listed):
            yield nodes.as_node(value)
        cursor = nodes.text(page, "next_cursor")
