"""楼长周提醒: one short list a week, about the leader's own building only."""

from collections.abc import Callable, Sequence
from datetime import datetime

from bot.clock import local_day
from bot.community import directory
from bot.community.cover import presence
from bot.community.identity import staff_person
from bot.outbox.enqueue import Push, enqueue_all
from bot.outbox.models import Purpose
from bot.outbox.reminder import Due
from bot.storage.transaction import Transaction
from bot.tickets.leader_list import leader_list
from bot.tickets.occasions import newest_occurrence
from bot.tickets.working_time import WorkCalendar
from knowledge.model import Knowledge, RoleName

KIND = "building_leader_weekly"


class BuildingLeaderWeekly:
    name = KIND

    def __init__(self, *, knowledge: Callable[[], Knowledge], calendar: Callable[[], WorkCalendar]) -> None:
        self._knowledge = knowledge
        self._calendar = calendar

    def due(self, tx: Transaction, since: datetime, until: datetime) -> Sequence[Due]:
        rules = [rule for rule in self._knowledge().reminders if rule.kind == KIND]
        moments = [newest_occurrence(rule, self._calendar(), since, until) for rule in rules]
        return [Due(moment, f"{KIND}/{local_day(moment)}") for moment in moments if moment is not None]

    def fire(self, tx: Transaction, due: Due) -> None:
        knowledge, today = self._knowledge(), local_day(due.at)
        pushes = []
        here = presence(tx, knowledge, today)
        for leader in directory.with_role(knowledge, RoleName.BUILDING_LEADER, today):
            text = leader_list(tx, knowledge, leader, due.at)
            person = staff_person(tx, here.there(leader.name) or leader.name)
            if text is not None and person is not None:
                pushes.append(Push(f"{due.key}/{leader.name}", person.id, text))
        enqueue_all(tx, pushes, purpose=Purpose.DIGEST, now=due.at)
