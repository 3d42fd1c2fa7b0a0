"""reminders.yaml."""

from typing import Literal

from pydantic import Field

from knowledge.fields import ClockRange, Line, RecurrenceText, Whole, Word
from knowledge.shapes.base import Shape


class ReminderShape(Shape):
    name: Line = Field(alias="名")
    kind: Word = Field(alias="种类")
    to: Line = Field(alias="给")
    time: RecurrenceText = Field(alias="时间")
    content: Line = Field(alias="内容")


class QuietShape(Shape):
    hours: ClockRange = Field(alias="时间")
    except_for: tuple[Literal["紧急", "P1"], ...] = Field(alias="除外", default=("紧急", "P1"))


class BudgetShape(Shape):
    worker_singles: Whole = Field(alias="工作人员每天单条")
    resident_per_matter: Whole = Field(alias="居民每件事")
    leader: Whole = Field(alias="楼长每天")


class RemindersFile(Shape):
    reminders: tuple[ReminderShape, ...] = Field(alias="提醒")
    quiet: QuietShape = Field(alias="免打扰")
    budget: BudgetShape = Field(alias="推送限额")
