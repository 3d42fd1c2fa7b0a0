"""coordination.yaml."""

from pydantic import Field

from knowledge.fields import Line, Phone, Positive, SpanText
from knowledge.shapes.base import Shape


class ClimbsShape(Shape):
    community: Positive | None = Field(alias="L2", default=None)
    subdistrict: Positive | None = Field(alias="L3", default=None)


class ArrivalsShape(Shape):
    e: SpanText | None = Field(alias="E", default=None)
    p1: SpanText | None = Field(alias="P1", default=None)
    p2: SpanText | None = Field(alias="P2", default=None)
    p3: SpanText | None = Field(alias="P3", default=None)
    p4: SpanText | None = Field(alias="P4", default=None)


class WhistleShape(Shape):
    answer: SpanText = Field(alias="响应")
    arrivals: ArrivalsShape = Field(alias="到场", default=ArrivalsShape())


class DepartmentShape(Shape):
    name: Line = Field(alias="名")
    aliases: tuple[Line, ...] = Field(alias="又叫", default=())
    contact: Line | None = Field(alias="联系人", default=None)
    phone: Phone | None = Field(alias="电话", default=None)


class OutageShape(Shape):
    categories: tuple[Line, ...] = Field(alias="类别")
    households: Positive = Field(alias="几户")


class CoordinationFile(Shape):
    climbs: ClimbsShape = Field(alias="超期升级", default=ClimbsShape())
    whistle: WhistleShape | None = Field(alias="吹哨", default=None)
    departments: tuple[DepartmentShape, ...] = Field(alias="部门", default=())
    outage: OutageShape | None = Field(alias="群通知", default=None)
