"""The front matter of faq/*/*.md."""

from pydantic import Field

from knowledge.fields import Day, Identifier, Line
from knowledge.shapes.base import Shape


class FaqHead(Shape):
    """The front matter of one FAQ entry; the answer is the body below it."""

    id: Identifier
    title: Line = Field(alias="标题")
    phrases: tuple[Line, ...] = Field(alias="问法")
    compounds: tuple[Line, ...] = Field(alias="适用", default=())
    source: Line = Field(alias="来源", default="")
    updated_on: Day | None = Field(alias="更新于", default=None)
    valid_until: Day | None = Field(alias="有效期至", default=None)
    owner: Line = Field(alias="负责人", default="")
    related: tuple[Identifier, ...] = Field(alias="相关", default=())
