"""Messages to 客户群: prepared here, sent by each group's owner with one press in WeCom. Nothing reaches a
group without that press."""

from collections.abc import AsyncIterator, Sequence
from enum import IntEnum

from bot.channels.wechat_codec import MalformedMessageError
from bot.channels.wecom import nodes
from bot.channels.wecom.corp import Api
from bot.channels.wecom.nodes import Node
from bot.clock import to_local
from bot.messaging import UnclearOutcome
from bot.upkeep import Finding

LONGEST_TEXT = 4000  # bytes
MOST_GROUPS = 2000

_PAGE = 1000
_SENT = 2  # an owner has pressed


class _Outcome(IntEnum):
    """What became of it in one group."""

    WAITING = 0
    SENT = 1
    NO_CONTACT = 2
    FULL = 3  # the group has had its broadcast of the day, or all of the month's


_SENTENCES = {
    _Outcome.SENT: "broadcast_sent",
    _Outcome.NO_CONTACT: "broadcast_no_contact",
    _Outcome.FULL: "broadcast_full",
}


async def prepare(api: Api, *, owner: str, text: str, groups: Sequence[str]) -> list[Finding]:
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
    prepared = Finding("broadcast_prepared", {"task": answer.get("msgid", "")})
    left_out = nodes.texts(answer, "fail_list")
    return [prepared, *(Finding("broadcast_left_out", {"group": group}, is_wrong=True) for group in left_out)]


async def remind(api: Api, task: str) -> list[Finding]:
    """Ask the owner again; the platform does so at most three times in 24 hours."""
    await api.call("externalcontact/remind_groupmsg_send", {"msgid": task})
    return [Finding("broadcast_reminded")]


async def result(api: Api, task: str) -> list[Finding]:
    """Who has not pressed yet, and how it went in the groups of those who have."""
    findings = []
    try:
        async for owner in _all(api, "get_groupmsg_task", {"msgid": task}, "task_list"):
            member = nodes.identifier(owner, "userid")
            if owner.get("status") != _SENT:
                findings.append(Finding("broadcast_waiting", {"owner": member}))
                continue
            question = {"msgid": task, "userid": member}
            async for sent in _all(api, "get_groupmsg_send_result", question, "send_list"):
                findings += _outcome(sent, member)
    except MalformedMessageError as error:
        raise UnclearOutcome("the platform's answer has an unknown form") from error
    return findings


def _outcome(sent: Node, member: str) -> list[Finding]:
    match sent.get("status"):
        case _Outcome.WAITING:
            return [Finding("broadcast_waiting", {"owner": member})]
        case _Outcome.SENT | _Outcome.NO_CONTACT | _Outcome.FULL as outcome:
            at = f"{to_local(nodes.moment(sent, 'send_time')):%m-%d %H:%M}" if sent.get("send_time") else ""
            values = {"group": nodes.identifier(sent, "chat_id"), "moment": at}
            return [Finding(_SENTENCES[_Outcome(outcome)], values, is_wrong=outcome != _Outcome.SENT)]
    raise MalformedMessageError


async def _all(api: Api, name: str, question: dict[str, str], listed: str) -> AsyncIterator[Node]:
    """Everything that an interface lists in pages."""
    cursor, cursors = "", set[str]()
    while cursor not in cursors:
        cursors.add(cursor)
        page = await api.call(f"externalcontact/{name}", {**question, "limit": _PAGE, "cursor": cursor})
        for value in nodes.items(page, listed):
            yield nodes.as_node(value)
        cursor = nodes.text(page, "next_cursor")
