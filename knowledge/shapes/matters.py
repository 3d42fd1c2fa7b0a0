"""categories.yaml and emergencies.yaml."""

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from knowledge.fields import Flag, Letter, Line, ReplyKey, SpanText
from knowledge.shapes.base import Names, OneOrMore, Shape


class ClocksShape(Shape):
    accept: SpanText = Field(alias="签收")
    contact: SpanText = Field(alias="联系")
    resolve: SpanText = Field(alias="办结")


class CategoryShape(Shape):
    name: Line = Field(alias="名称")
    short: Line = Field(alias="简称")
    urgency: Literal["E", "P1", "P2", "P3", "P4"] = Field(alias="紧急")
    accept: SpanText | None = Field(alias="签收", default=None)
    contact: SpanText | None = Field(alias="联系", default=None)
    resolve: SpanText | None = Field(alias="办结", default=None)
    place: Literal["不问", "任意", "小区", "楼", "单元", "室"] = Field(alias="地点")
    chain: Line = Field(alias="负责")
    confidential: Flag = Field(alias="保密", default=False)
    words: tuple[Line, ...] = Field(alias="词", default=())
    not_words: tuple[Line, ...] = Field(alias="排除词", default=())


class LocalClocksShape(Shape):
    places: OneOrMore = Field(alias="地点", min_length=1)
    categories: Names = Field(alias="类别", default=())
    accept: SpanText | None = Field(alias="签收", default=None)
    contact: SpanText | None = Field(alias="联系", default=None)
    resolve: SpanText | None = Field(alias="办结", default=None)


class ClocksByUrgency(Shape):
    e: ClocksShape = Field(alias="E")
    p1: ClocksShape = Field(alias="P1")
    p2: ClocksShape = Field(alias="P2")
    p3: ClocksShape = Field(alias="P3")
    p4: ClocksShape = Field(alias="P4")


class CategoriesFile(Shape):
    groups: Mapping[Letter, Line] = Field(alias="大类")
    clocks: ClocksByUrgency = Field(alias="默认时限")
    local_clocks: tuple[LocalClocksShape, ...] = Field(alias="各地时限", default=())
    categories: Mapping[Line, CategoryShape] = Field(alias="类别")


class EmergencyShape(Shape):
    name: Line = Field(alias="名称")
    reply: ReplyKey = Field(alias="答复")
    private_only: Flag = Field(alias="只私聊", default=False)
    patterns: tuple[Line, ...] = Field(alias="规则", min_length=1)


class EmergenciesFile(Shape):
    classes: Mapping[Line, EmergencyShape] = Field(alias="紧急类")
    softeners: tuple[Line, ...] = Field(alias="减弱", default=())
