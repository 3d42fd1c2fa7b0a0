"""legal.yaml and activities.yaml."""

from pydantic import Field

from knowledge.fields import Amount, ClockTime, Identifier, Line, OccasionText, Positive, Weekday, Whole
from knowledge.shapes.base import Shape


class WindowShape(Shape):
    weekday: Weekday = Field(alias="每周")
    start: ClockTime = Field(alias="从")
    end: ClockTime = Field(alias="到")


class AheadShape(Shape):
    days: Positive = Field(alias="最早天数")
    hours: Whole = Field(alias="最晚小时")


class LegalFile(Shape):
    lawyer: Line = Field(alias="律师")
    place: Line = Field(alias="地点")
    windows: tuple[WindowShape, ...] = Field(alias="时段", min_length=1)
    slot_minutes: Positive = Field(alias="每段分钟")
    seats: Positive = Field(alias="每段人数")
    modes: tuple[Line, ...] = Field(alias="方式", min_length=1)
    ahead: AheadShape = Field(alias="提前")


class ActivityShape(Shape):
    id: Identifier = Field(alias="编号")
    title: Line = Field(alias="名")
    aliases: tuple[Line, ...] = Field(alias="别名", default=())
    time: OccasionText = Field(alias="时间")
    place: Line = Field(alias="地点")
    seats: Positive = Field(alias="名额")
    hours: Amount = Field(alias="时长")


class ActivitiesFile(Shape):
    activities: tuple[ActivityShape, ...] = Field(alias="活动", default=())
