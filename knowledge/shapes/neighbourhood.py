"""places.yaml, people.yaml and residents.yaml."""

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from knowledge.fields import Day, Flag, HomeText, Line, Phone, Positive, Run
from knowledge.model import RoleName
from knowledge.shapes.base import OfficeHours, OneOrMore, Shape


class CompoundShape(Shape):
    name: Line = Field(alias="名")
    aliases: tuple[Line, ...] = Field(alias="别名", default=())
    buildings: Run = Field(alias="楼")
    units: Positive = Field(alias="单元")
    floors: Positive = Field(alias="层")
    has_lift: Flag = Field(alias="电梯")
    property_firm: Line | None = Field(alias="物业", default=None)
    office_hours: OfficeHours | None = Field(alias="办公时间", default=None)


class GridShape(Shape):
    name: Line = Field(alias="名")
    scopes: OneOrMore = Field(alias="范围")
    worker: Line = Field(alias="网格员")
    stand_in: Line | None = Field(alias="顶班", default=None)


class PlacesFile(Shape):
    compounds: tuple[CompoundShape, ...] = Field(alias="小区", min_length=1)
    grids: tuple[GridShape, ...] = Field(alias="网格", min_length=1)


class PersonShape(Shape):
    name: Line = Field(alias="名")
    role: Line = Field(alias="角色")
    phone: Phone | None = Field(alias="电话", default=None)
    firm: Line | None = Field(alias="单位", default=None)
    buildings: OneOrMore = Field(alias="负责", default=())
    deputy: Line | None = Field(alias="替补", default=None)
    accounts: Mapping[Line, Line] = Field(alias="账号", default={})
    since: Day | None = Field(alias="到岗", default=None)
    until: Day | None = Field(alias="离岗", default=None)


class GroupShape(Shape):
    name: Line = Field(alias="名")
    compound: Line = Field(alias="属于")
    members: Literal["居民", "工作人员"] = Field(alias="成员")
    chats: Mapping[Line, Line] = Field(alias="群号", default={})


class PeopleFile(Shape):
    titles: Mapping[Line, RoleName] = Field(alias="角色")
    people: tuple[PersonShape, ...] = Field(alias="人员", min_length=1)
    groups: tuple[GroupShape, ...] = Field(alias="群", default=())


class ResidentShape(Shape):
    name: Line = Field(alias="名")
    home: HomeText = Field(alias="住址")
    phone: Phone | None = Field(alias="电话", default=None)


class ResidentsFile(Shape):
    residents: tuple[ResidentShape, ...] = Field(alias="居民", default=())
