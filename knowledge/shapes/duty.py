"""duty.yaml."""

from typing import Literal

from pydantic import Field

from knowledge.fields import ClockRange, DutyDaysText, Line
from knowledge.shapes.base import Names, OneOrMore, Shape


class ResponsibilityShape(Shape):
    categories: Names = Field(alias="类别", min_length=1)
    places: OneOrMore = Field(alias="地点", default=())
    person: Line = Field(alias="人")
    basis: Line = Field(alias="依据", default="")


class ShiftShape(Shape):
    shift: Line = Field(alias="班")
    days: Literal["工作日", "周末", "节假日", "每天"] = Field(alias="日子")
    hours: ClockRange = Field(alias="时间")


class DutyShape(Shape):
    shift: Line = Field(alias="班")
    days: DutyDaysText = Field(alias="日子")
    people: Names = Field(alias="人", min_length=1)


class DutyFile(Shape):
    responsibilities: tuple[ResponsibilityShape, ...] = Field(alias="归口", default=())
    shifts: tuple[ShiftShape, ...] = Field(alias="班次", default=())
    duties: tuple[DutyShape, ...] = Field(alias="值班", default=())
