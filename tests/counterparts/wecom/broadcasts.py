"""WeCom's 客户群 and what may be broadcast to them: prepared by an application, sent by a group's owner."""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tests.counterparts.serving import Json, Refused
from tests.counterparts.wecom.corp import Corp

REMINDERS, REMINDED_WITHIN = 3, timedelta(hours=24)
SENT, NO_LONGER_A_GROUP, FULL = 1, 2, 3


@dataclass
class Group:
    """`screen` is what was broadcast to it, oldest first."""

    owner: str
    screen: list[str] = field(default_factory=list)
    had_one_on: datetime | None = None
    is_there: bool = True


@dataclass
class Task:
    owner: str
    text: str
    groups: list[str]
    results: dict[str, tuple[int, int]] = field(default_factory=dict)  # group -> how, when
    reminded_at: list[datetime] = field(default_factory=list)


class Broadcasts:
    """All state is public: tests read it. `page` is how many entries one answer holds."""

    def __init__(self, corp: Corp, *, page: int = 1000) -> None:
        self.corp = corp
        self.page = page
        self.groups: dict[str, Group] = {}
        self.tasks: dict[str, Task] = {}
        self._numbers = itertools.count(1)
        for path, work in {
            "add_msg_template": self._add,
            "remind_groupmsg_send": self._remind,
            "get_groupmsg_task": self._owners,
            "get_groupmsg_send_result": self._results,
        }.items():
            corp.server.add(f"/cgi-bin/externalcontact/{path}", work)

    def press(self, task_id: str) -> None:
        """The owner looks at the task and presses “send”."""
        task, now = self.tasks[task_id], self.corp.clock.now()
        for name in task.groups:
            group = self.groups[name]
            if not group.is_there:
                how = NO_LONGER_A_GROUP
            elif group.had_one_on is not None and group.had_one_on.date() == now.date():
                how = FULL
            else:
                how = SENT
                group.screen.append(task.text)
                group.had_one_on = now
            task.results[name] = how, int(now.timestamp())

    def _add(self, body: Json, parameters: Mapping[str, str]) -> Json:
        self.corp.app_of(parameters)
        text, owner = body["text"]["content"], body.get("sender")
        if body.get("chat_type") != "group" or not owner:
            raise Refused(40058, "invalid Request Parameter")
        if not 0 < len(text.encode()) <= 4000:
            raise Refused(40058, "text.content exceed max length")
        owned = [name for name, group in self.groups.items() if group.owner == owner]
        wanted = body.get("chat_id_list", owned)
        groups = [name for name in wanted if name in owned]
        if not groups:
            raise Refused(41048, "no customer to send")
        task_id = f"msg{next(self._numbers):04}"
        self.tasks[task_id] = Task(owner, text, groups)
        return {"msgid": task_id, "fail_list": [name for name in wanted if name not in owned]}

    def _remind(self, body: Json, parameters: Mapping[str, str]) -> Json:
        task, now = self._task(body, parameters), self.corp.clock.now()
        task.reminded_at = [at for at in task.reminded_at if now - at < REMINDED_WITHIN]
        if len(task.reminded_at) >= REMINDERS:
            raise Refused(41063, "remind limit")  # what the platform's code for it is, is not documented
        task.reminded_at.append(now)
        return {}

    def _owners(self, body: Json, parameters: Mapping[str, str]) -> Json:
        task = self._task(body, parameters)
        return {"task_list": [{"userid": task.owner, "status": 2 if task.results else 0}], "next_cursor": ""}

    def _results(self, body: Json, parameters: Mapping[str, str]) -> Json:
        task = self._task(body, parameters)
        if body.get("userid") != task.owner:
            raise Refused(40003, "invalid userid")
        start = int(body.get("cursor") or 0)
        found = [
            {"chat_id": name, "userid": task.owner, "status": how, "send_time": at}
            for name, (how, at) in task.results.items()
        ]
        end = start + self.page
        return {"send_list": found[start:end], "next_cursor": str(end) if end < len(found) else ""}

    def _task(self, body: Json, parameters: Mapping[str, str]) -> Task:
        self.corp.app_of(parameters)
        task = self.tasks.get(str(body.get("msgid")))
        if task is None:
            raise Refused(41046, "invalid msgid")
        return task
